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
    allowed = tolerances(market, book, strike, vol, greeks)
    return Leg(
        size * quoted.value(),
        {name: size * greek for name, greek in greeks.items()},
        [size * pnl for pnl in scenarios],
        {name: abs(size) * error for name, error in allowed.items()},
    )


def tolerances(market, book: dict, strike: float, vol: float, greeks: dict[str, float]) -> dict[str, float]:
    """How far off the engine may be, per unit: what price_50_digits allows, and nanos of SVI and of a lot."""
    forward, seconds = book["forward"], book["expiry_s"]
    years, days = seconds / YEAR, seconds / 86_400
    deviation = vol * math.sqrt(years)
    nano = 1e-9 / lot_of(market.spot)
    d1 = math.log(forward / strike) / deviation + deviation / 2
    density = math.exp(-0.5 * max(0.0, abs(d1) - 1e-3) ** 2) / math.sqrt(2 * math.pi)
    # total variance is computed from parameters in nanos, log-moneyness and roots rounded to one
    steep = book["svi"]["b"] if "svi" in book else 0.0
    drift = (math.sqrt(deviation**2 + 4e-9 * steep + 2e-12) - deviation) / deviation + 1e-9 / vol
    # forward and strike of a lot are rounded to nanos
    slip = nano * (1 / forward + 1 / strike) / deviation
    loose = slip * (abs(d1) + 1) * density + 1.2 * drift * (d1 * d1 + abs(d1) * deviation + 1) * density
    rate = abs(book["rate"]) / 365
    widest = 1 + max(row.k for row in market.rows)
    shocked = max(shocked_vols(market.params, vol, seconds).values()) / vol
    # the discount is known to a nano or two, and it is what the engine has the rate from
    discounting = 2e-9 * (forward + strike) if rate else 0.0
    value = 2e-8 * forward + 4 * nano + 0.4 * forward * deviation * drift * shocked + discounting
    vega = (5e-8 + loose) * forward * math.sqrt(years) + 3 * nano
    return {
        "mark": value,
        "scenarios": widest * value + 4 * nano,
        "delta": 5e-8 + 2e-9 + slip * density + drift * (abs(d1) + deviation) * density,
        "gamma": ((5e-8 + loose) * forward + nano) / deviation / forward**2 + 2 * nano / forward**2 + 2e-18,
        "vega": vega,
        "theta": vega * vol / (2 * days)
        + 1.2 * drift * abs(greeks["theta"])
        + 0.5 * nano / days
        + 2 * nano
        + rate * 3 * value
        + discounting / days,
    }


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
        legs.append({"market": market["id"], "kind": kind, "expiry_s": book["expiry_s"], "strike": strike, "size": size})
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
