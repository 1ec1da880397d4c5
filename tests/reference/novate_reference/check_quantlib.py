"""Marks, greeks and risk arrays of random option portfolios against QuantLib.

QuantLib prices every leg anew in every row: BlackCalculator and blackFormula at the moved forward and the shocked
volatility, SviSmileSection for the volatility of a strike. Of ours there is only which forward and which volatility a
row asks for.
"""

import math
import random
from dataclasses import dataclass

import QuantLib as ql

from . import engine
from .allowances import option_allowances
from .black76 import MAX_VOL, MIN_VOL, YEAR
from .margin import read_markets, shocked_vols
from .portfolios import lot_of, random_market, random_params
from .report import Report

PORTFOLIOS = 400
GREEKS = ("delta", "gamma", "vega", "theta")


@dataclass(frozen=True)
class Leg:
    """QuantLib's word on a leg, for its size, and how far off the engine may be."""

    mark: float
    greeks: dict[str, float]
    scenarios: list[float]
    allowed: dict[str, float]


def volatility(book: dict, strike: float) -> float:
    """QuantLib's volatility of a strike, within the engine's bounds."""
    if "svi" not in book:
        return book["vol"]
    svi = book["svi"]
    parameters = [svi[name] for name in ("a", "b", "sigma", "rho", "m")]
    section = ql.SviSmileSection(book["expiry_s"] / YEAR, book["forward"], parameters)
    return min(max(section.volatility(strike), MIN_VOL), MAX_VOL)


def price(market, leg: dict) -> Leg:
    """Prices a leg with QuantLib."""
    book = market.books[leg["expiry_s"]]
    kind = ql.Option.Call if leg["kind"] == "call" else ql.Option.Put
    forward, strike, size = book["forward"], leg["strike"], leg["size"]
    years = leg["expiry_s"] / YEAR
    discount = math.exp(-book["rate"] * years)
    vol = volatility(book, strike)
    deviation = vol * math.sqrt(years)
    quoted = ql.BlackCalculator(ql.PlainVanillaPayoff(kind, strike), forward, deviation, discount)
    greeks = {
        "delta": quoted.deltaForward(),
        "gamma": quoted.gammaForward(),
        "vega": quoted.vega(years),
        "theta": quoted.theta(forward, years) / 365,
    }
    vols = shocked_vols(market.params, vol, leg["expiry_s"])
    scenarios = [
        ql.blackFormula(kind, strike, forward * (1 + row.k), vols[row.vol] * math.sqrt(years), discount)
        - quoted.value()
        for row in market.rows
    ]
    allowed = option_allowances(market, book, strike, vol, greeks["theta"])
    return Leg(
        size * quoted.value(),
        {name: size * greek for name, greek in greeks.items()},
        [size * pnl for pnl in scenarios],
        {name: abs(size) * error for name, error in allowed.items()},
    )


def random_options(rng: random.Random) -> dict:
    """A portfolio of options of one market."""
    market = random_market(rng, rng.choice(["BTC", "ETH", "SOL", "JUP"]), random_params(rng))
    lot = lot_of(market["spot"])
    legs = []
    for _ in range(rng.randint(2, 24)):
        book = rng.choice(market["books"])
        deviation = book.get("vol", 0.5) * math.sqrt(book["expiry_s"] / YEAR)
        spread = rng.choice([rng.gauss(0, 2) * deviation, rng.gauss(0, 0.1), rng.uniform(-2, 2)])
        strike = round(book["forward"] * math.exp(min(max(spread, -3.5), 3.5)), 6)
        size = rng.choice([-1, 1]) * round(lot * round(10 ** rng.uniform(0, 5)), 9)
        kind = rng.choice(["call", "put"])
        leg = {"market": market["id"], "kind": kind, "expiry_s": book["expiry_s"], "strike": strike, "size": size}
        legs.append(leg)
    unique = {(leg["kind"], leg["expiry_s"], leg["strike"]): leg for leg in legs}
    return {"markets": [market], "legs": list(unique.values())}


def run(seed: int, scale: float) -> bool:
    """True if every leg of every portfolio is as QuantLib says."""
    report = Report(f"marks, greeks and risk arrays against QuantLib {ql.__version__}")
    rng = random.Random(f"quantlib {seed}")
    portfolios = [random_options(rng) for _ in range(int(PORTFOLIOS * scale))]
    answers = engine.margins(portfolios, report.progress)
    worst: dict[str, float] = {}
    prices = legs = 0
    for number, (portfolio, answer) in enumerate(zip(portfolios, answers)):
        name = f"quantlib-{seed}-{number}"
        if not isinstance(answer, dict):
            report.fail(f"{engine.keep_failure(name, portfolio, answer, {}, [str(answer)])}: {answer}")
            continue
        (market,) = read_markets(portfolio)
        why = []
        for leg, got in zip(portfolio["legs"], answer["legs"], strict=True):
            want = price(market, leg)
            legs += 1
            prices += 1 + len(want.scenarios)
            pairs = [("mark", got["mark"], want.mark)]
            pairs += [(greek, got[greek], want.greeks[greek]) for greek in GREEKS]
            pairs += [("scenarios", x, y) for x, y in zip(got["scenarios"], want.scenarios, strict=True)]
            for field, x, y in pairs:
                share = abs(x - y) / want.allowed[field]
                worst[field] = max(worst.get(field, 0.0), share)
                if not share <= 1:
                    why.append(f"{field} of {leg}: engine {x}, QuantLib {y}, allowed {want.allowed[field]:.3g}")
        if why:
            report.fail(f"{engine.keep_failure(name, portfolio, answer, {}, why)}: {why[0]}")
    report.figure(f"{len(portfolios)} portfolios, {legs} legs, {prices} prices")
    report.figure("worst, of what is allowed: " + ", ".join(f"{field} {share:.2f}" for field, share in worst.items()))
    return report.close()
