"""Runs the references: `python -m novate_reference [CHECK...]`, all of them without arguments."""

import argparse
import importlib
import os
import sys

from .engine import Refused

CHECKS = {
    "published": "printed values of Black-76",
    "price_50_digits": "prices and greeks against 50-digit arithmetic",
    "quantlib": "marks, greeks and risk arrays against QuantLib",
    "span": "SPAN's 16-point arrays",
    "deribit": "the risk matrix in Deribit's documentation",
    "derive": "Derive's reference portfolios",
    "margin_float": "the whole margin against floating point",
    "preview": "margins after a trade and the largest trade against floating point",
    "expansion": "plain delta-gamma-vega against revaluation",
}


def main() -> int:
    """Exit status 0 if every check passed."""
    parser = argparse.ArgumentParser(prog="novate_reference", description=__doc__)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")), help="of what is random")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies how many random cases there are")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.checks if name not in CHECKS]
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}")
    passed = True
    for name in arguments.checks or CHECKS:
        check = importlib.import_module(f"novate_reference.check_{name}")
        try:
            passed &= check.run(arguments.seed, arguments.scale)
        except (Refused, OSError, RuntimeError) as error:
            print(f"-- {CHECKS[name]}: {type(error).__name__}: {error}", file=sys.stderr)
            passed = False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
