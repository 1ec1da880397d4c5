"""The preview of a trade against floating point: margins afterwards, and the largest size that still meets them.

The trade is booked here from METHODOLOGY's words: options pay their premium in cash; futures and perpetuals average
their entry, and closing realises the share of the profit that goes with the closed size.
"""

import math
import random

from . import engine
from .check_margin_float import allowed_of_totals
from .margin import margin
from .portfolios import digits, lot_of, nine, random_leg, random_portfolio
from .report import Report

PORTFOLIOS = 250
FIELDS = ("market", "kind", "expiry_s", "strike")


def same(leg: dict, other: dict) -> bool:
    """Whether two legs are of the same instrument."""
    return all(leg.get(name) == other.get(name) for name in FIELDS)


def booked(portfolio: dict, trade: dict, size: float) -> dict:
    """The portfolio after `size` of the trade's instrument at its price."""
    if size == 0:
        return portfolio
    after = {**portfolio, "legs": [dict(leg) for leg in portfolio["legs"] if not same(leg, trade)]}
    held = next((leg for leg in portfolio["legs"] if same(leg, trade)), None)
    before = held["size"] if held else 0.0
    leg = {**{name: trade[name] for name in FIELDS if name in trade}, "size": nine(before + size)}
    if trade["kind"] in ("call", "put"):
        after["cash"] -= size * trade["price"]
    elif before * size >= 0:
        paid = before * held["entry"] if held else 0.0
        leg["entry"] = (paid + size * trade["price"]) / (before + size)
    else:
        closed = math.copysign(min(abs(size), abs(before)), before)
        after["cash"] += closed * (trade["price"] - held["entry"])
        leg["entry"] = held["entry"] if abs(size) <= abs(before) else trade["price"]
    if leg["size"] != 0:
        after["legs"].append(leg)
    return after


def random_candidate(rng: random.Random, portfolio: dict) -> dict:
    """A trade in a market of the portfolio, now and then in an instrument that it holds."""
    market = rng.choice(portfolio["markets"])
    if rng.random() < 0.3:
        leg = dict(rng.choice(portfolio["legs"]))
        market = next(m for m in portfolio["markets"] if m["id"] == leg["market"])
        lot = lot_of(market["spot"])
        leg["size"] = nine(rng.choice([-1, 1]) * max(1, round(abs(leg["size"]) * rng.uniform(0.1, 2) / lot)) * lot)
    else:
        leg = random_leg(rng, market, {})
    leg.pop("entry", None)
    forward = next((b["forward"] for b in market["books"] if b["expiry_s"] == leg.get("expiry_s")), market["spot"])
    near = forward if leg["kind"] in ("future", "perpetual") else forward * rng.uniform(0, 0.2)
    return {**leg, "price": digits(near * math.exp(rng.gauss(0, 0.02)))}


def largest_margined(portfolio: dict, side: float) -> float:
    """Nearly the largest size of the candidate that the engine does not refuse as too large."""
    (market,) = [m for m in portfolio["markets"] if m["id"] == portfolio["candidate"]["market"]]
    lot = lot_of(market["spot"])

    def margined(lots: int) -> bool:
        try:
            engine.margin({**portfolio, "candidate": {**portfolio["candidate"], "size": nine(side * lots * lot)}})
        except engine.Refused:
            return False
        return True

    low, high = max(1, round(abs(portfolio["candidate"]["size"]) / lot)), 10**11
    while high > low * 1.02:
        middle = round(math.sqrt(low * high))
        low, high = (middle, high) if margined(middle) else (low, middle)
    return nine(low * lot)


def check_largest(report: Report, name: str, portfolio: dict, largest: float | None, allowed: float) -> str:
    """The largest size meets initial margin and a lot more does not; returns what kind of answer it was."""
    trade = portfolio["candidate"]
    (market,) = [m for m in portfolio["markets"] if m["id"] == trade["market"]]
    lot, side = lot_of(market["spot"]), math.copysign(1.0, trade["size"])

    def free(size: float) -> float:
        return margin(booked(portfolio, trade, side * size))["free_im"]

    if largest is None:
        big = largest_margined(portfolio, side)
        grown = allowed * (1 + big / abs(trade["size"]))
        report.check(free(big) >= -grown, f"{name}: there is said to be no largest size, but {big} leaves {free(big)}")
        return "no largest"
    # errors grow with the size
    grown = allowed * (1 + abs(largest / trade["size"]))
    above = free(abs(largest) + lot)
    if largest == 0:
        # nothing can: not at the best size either, which a search of a concave function finds
        low, high = 0.0, 1e8 * lot
        for _ in range(60):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            low, high = (a, high) if free(a) < free(b) else (low, b)
        report.check(max(above, free(low)) <= grown, f"{name}: nothing is said to do, {low} does: {free(low)}")
        return "nothing"
    at = free(abs(largest))
    report.check(at >= -grown, f"{name}: largest {largest} leaves {at}, allowed {-grown:.3g}")
    report.check(above <= grown, f"{name}: largest {largest}, but {lot} more leave {above}, allowed {grown:.3g}")
    return "some"


def run(seed: int, scale: float) -> bool:
    """True if every preview is as the reference says."""
    report = Report("margins after a trade, and the largest trade, against floating point")
    rng = random.Random(f"preview {seed}")
    portfolios = []
    for _ in range(int(PORTFOLIOS * scale)):
        portfolio = random_portfolio(rng)
        portfolio["legs"] = portfolio["legs"][: rng.choice([2, 5, 12])]
        portfolio["candidate"] = random_candidate(rng, portfolio)
        portfolios.append(portfolio)
    answers = engine.margins(portfolios, report.progress)
    kinds = {"no largest": 0, "nothing": 0, "some": 0}
    worst = 0.0
    for number, (portfolio, answer) in enumerate(zip(portfolios, answers)):
        name = f"preview-{seed}-{number}"
        failed = len(report.failures)
        if isinstance(answer, dict):
            trade = portfolio["candidate"]
            after = booked(portfolio, trade, trade["size"])
            reference = margin(after)
            allowed = allowed_of_totals(after, reference) + 2e-9 * abs(trade["size"] * trade["price"])
            for field in ("im", "mm", "free_im"):
                off = abs(answer["preview"][field] - reference[field])
                worst = max(worst, off / allowed)
                got = answer["preview"][field]
                report.check(off <= allowed, f"{name} {field}: engine {got}, reference {reference[field]}")
            kinds[check_largest(report, name, portfolio, answer["preview"]["largest_size"], allowed)] += 1
        else:
            report.fail(f"{name}: {answer}")
        if len(report.failures) > failed:
            path = engine.keep_failure(name, portfolio, answer, {}, report.failures[failed:])
            report.figure(f"kept as {path}")
        report.progress(number + 1, len(portfolios))
    report.figure(f"{len(portfolios)} trades, worst {worst:.2f} of what is allowed; largest sizes: {kinds}")
    report.check(min(kinds.values()) > len(portfolios) // 50, f"too few kinds of answers: {kinds}")
    return report.close()
