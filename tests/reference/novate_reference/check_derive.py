"""Derive's reference portfolios: a published system's grid reproduced by configuration alone.

Derive values a scenario as its discounted value times a static factor, one for expiries in credit and one for those in
debit. Times its own discount that is one discount per expiry, and so a rate of the file. Its smile is quoted for a time
to expiry a few seconds longer than the option's; total variance is scaled to the option's. Its skew scenarios and its
forward contingency have no counterpart here and bind in none of these portfolios.
"""

import json
import math
from pathlib import Path

from . import engine
from .black76 import YEAR
from .report import Report

DATA = Path(__file__).parent / "data" / "derive.json"


def smile_of(given: dict, options: list[dict]) -> dict:
    """The file's slice for the option's time, or a straight line through the volatilities of two options."""
    years = given["expiry_s"] / YEAR
    if "svi" in given:
        svi = given["svi"]
        scale = years / svi["years"]
        return {**{name: svi[name] for name in ("rho", "m", "sigma")}, "a": svi["a"] * scale, "b": svi["b"] * scale}
    (x, low), (y, high) = [
        (math.log(option["strike"] / given["forward"]), option["vol"] ** 2 * years) for option in options
    ]
    slope = (high - low) / (y - x)
    return {"a": low - slope * x, "b": slope, "rho": 0.0, "m": 0.0, "sigma": 1e-9}


def book_of(given: dict, options: list[dict]) -> dict:
    """An expiry of the file."""
    discount = given["mark_discount"] * given["static_discount"]
    return {
        "expiry_s": given["expiry_s"],
        "forward": round(given["forward"], 9),
        "rate": round(-math.log(discount) / (given["expiry_s"] / YEAR), 9),
        "svi": {name: round(value, 9) for name, value in smile_of(given, options).items()},
    }


def times(case: dict) -> float:
    """How many of the portfolio are asked for, where its sizes have only a tiny lot in common."""
    return case.get("times", 1)


def portfolio_of(case: dict, data: dict) -> dict:
    """The file of one of Derive's portfolios."""
    market = {"id": "X", "spot": case["spot"], "books": [book_of(book, case["options"]) for book in case["books"]]}
    fields = ("kind", "expiry_s", "strike")
    legs = [
        {"market": "X", **{name: option[name] for name in fields}, "size": round(option["size"] * times(case), 9)}
        for option in case["options"]
    ]
    return {"params": {**data["params"], "grid": data["grid"]}, "markets": [market], "legs": legs}


def one_of(case: dict, answer):
    """What one of the portfolio comes to, of an answer to several: every amount in it divided."""
    if isinstance(answer, dict):
        return {name: one_of(case, value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [one_of(case, value) for value in answer]
    return answer / times(case) if isinstance(answer, (int, float)) else answer


def debit(case: dict, answer: dict, pnl: float) -> float:
    """What the other static factor adds where a scenario turns an expiry in credit into a debit."""
    book = case["books"][0]
    value = sum(leg["mark"] for leg in answer["legs"]) + pnl
    if "static_discount_of_debit" not in book or value >= 0:
        return 0.0
    return value * (book["static_discount_of_debit"] / book["static_discount"] - 1)


def compare(case: dict, data: dict, answer: dict) -> list[tuple[str, float, float]]:
    """Name, engine's value and Derive's value of every figure."""
    (market,) = answer["markets"]
    rows = [row["k"] == 0 and row["vol"] == "flat" for row in data["grid"]]
    # Derive's P&L starts from the mark without the static factor: the same constant in every scenario
    start = case["rows"][rows.index(True)]
    pairs = []
    for place, (row, pnl, theirs) in enumerate(zip(data["grid"], market["scenarios"], case["rows"], strict=True)):
        pnl += debit(case, answer, pnl)
        pairs.append((f"scenario {place}", row["weight"] * (pnl + start), theirs))
    for given, theirs in zip(case["books"], case["discounted_per_expiry"], strict=True):
        held = zip(case["options"], answer["legs"], strict=True)
        marks = sum(leg["mark"] for option, leg in held if option["expiry_s"] == given["expiry_s"])
        pairs.append((f"value of expiry {given['expiry_s']}", marks, theirs))
    contingencies = market["contingencies"]
    pairs.append(("short option, maintenance", -contingencies["short_option_mm"], case["mm_option"]))
    pairs.append(("short option, initial", -contingencies["short_option_im"], case["mm_option"] + case["im_option"]))
    pairs.append(("initial margin net of value", answer["free_im"], case["im"]))
    # of the constant, maintenance counts only its share of the loss
    share = 1 - data["params"]["mm_factor"]
    pairs.append(("maintenance margin net of value", answer["free_mm"] - share * start, case["mm"]))
    return pairs


def run(seed: int, scale: float) -> bool:
    """True if every figure of every portfolio is Derive's."""
    report = Report("Derive's reference portfolios")
    data = json.loads(DATA.read_text())
    for case in data["cases"]:
        portfolio = portfolio_of(case, data)
        answer = engine.margin(portfolio)
        # of the forward, for the sizes held: nanos of the surface's parameters and of weights, and the kernel's error
        notional = case["spot"] * sum(abs(option["size"]) for option in case["options"])
        allowed = 3e-8 * notional
        worst, why = 0.0, []
        for name, got, theirs in compare(case, data, one_of(case, answer)):
            worst = max(worst, abs(got - theirs) / notional)
            if not abs(got - theirs) <= allowed:
                why.append(f"{name}: engine {got}, Derive {theirs}, allowed {allowed:.2g}")
        for line in why:
            report.fail(f"{engine.keep_failure(case['name'], portfolio, answer, case, why)}: {line}")
        report.figure(f"{case['name']}: {len(case['rows'])} scenarios, margins; worst {worst:.1e} of the notional")
    return report.close()
