"""Printed values of Black's formula and of others that it contains, each to the digits that are printed.

An option on a spot S with yield q and rate r is one on the forward S·exp((r − q)T); a future is its own forward.
"""

import json
import math
from pathlib import Path

from . import engine
from .report import Report

NANO = 10**9
YEAR = 365 * 86_400
DATA = Path(__file__).parent / "data" / "published.json"


def nanos(x: float) -> int:
    """The nearest whole number of nanos."""
    return round(x * NANO)


def ask(kind: str, strike: float, spot: float, yields: float, rate: float, years: float, vol: float) -> tuple:
    """Value and greeks as the books define them: with respect to the spot, theta per year."""
    forward = spot * math.exp((rate - yields) * years)
    discount = math.exp(-rate * years)
    (got,) = engine.price([(nanos(forward), nanos(strike), nanos(vol), round(years * YEAR), nanos(discount))])
    if isinstance(got, str):
        raise RuntimeError(got)
    value, delta, gamma, vega, theta = (x / NANO for x in got)
    theta *= 365
    if kind == "put":
        value -= discount * (forward - strike)
        delta -= discount
        theta -= rate * discount * (forward - strike)
    lean = forward / spot
    # as time passes the spot stays and the forward falls
    theta -= (rate - yields) * forward * delta
    return {"value": value, "delta": delta * lean, "gamma": gamma / spot**2, "vega": vega, "theta": theta}


def check_printed(report: Report, group: dict) -> None:
    """Each value within 0.6 of the last printed digit: one of Haug's, 1.8734 for 1.87334, is not rounded to nearest."""
    worst = 0.0
    for case in group["cases"]:
        *inputs, printed = case
        greek = inputs.pop() if "greek" in group["columns"] else "value"
        got = ask(*inputs)[greek]
        off = abs(got - printed)
        worst = max(worst, off)
        text = f"{group['source']}: {greek} of {inputs} is {got}, printed {printed}"
        report.check(off <= 0.6 * 10 ** -group["digits"], text)
    report.figure(f"{len(group['cases'])} values to {group['digits']} digits, worst {worst:.1e}: {group['source']}")


def check_table(report: Report, group: dict) -> None:
    """Values with all digits of a double: within 10⁻⁸ of the forward and two nanos, the engine's own error."""
    forward, seconds = group["forward"], round(group["years"] * YEAR)
    cases = [
        (float(strike), vol * group["times_vol"], printed)
        for strike, row in group["table"].items()
        for vol, printed in zip(group["vols"], row, strict=True)
    ]
    prices = engine.price([(nanos(forward), nanos(strike), nanos(vol), seconds, NANO) for strike, vol, _ in cases])
    worst = 0.0
    for (strike, vol, printed), got in zip(cases, prices, strict=True):
        off = abs(got[0] / NANO - printed) if isinstance(got, tuple) else math.inf
        worst = max(worst, off / forward)
        report.check(off <= 1e-8 * forward + 2e-9, f"strike {strike}, vol {vol}: {got}, printed {printed}")
    source = group["source"].split(":")[0]
    report.figure(f"{len(cases)} values to 16 digits, worst {worst:.1e} of the forward: {source}")


def run(seed: int, scale: float) -> bool:
    """True if every printed value is met."""
    report = Report("printed values")
    for group in json.loads(DATA.read_text()):
        (check_table if "table" in group else check_printed)(report, group)
    return report.close()
