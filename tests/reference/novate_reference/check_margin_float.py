"""The whole margin of the engine against the same in double precision, over random portfolios."""

import json
import math
import random

from . import engine
from .allowances import option_allowances
from .black76 import surface_vol
from .margin import margin, read_markets
from .portfolios import lot_of, random_portfolio
from .report import Report

PORTFOLIOS = 2_000
ATOM = 1e-6
SHARE = 2e-8
"""Share of the notional that an amount may be wrong by."""
TOTALS = ("equity", "im", "mm", "static_im", "free_im", "free_mm")
GREEKS = ("delta", "gamma", "vega", "theta")
PARTS = ("vega", "liquidity", "roll", "oracle", "short_option_mm", "short_option_im")


def widest_move(market: dict, params: dict) -> float:
    """The largest factor that a row brings a forward to: what notional is multiplied by in a scenario."""
    grid = {**params, **market.get("params", {})}.get("grid")
    spread = {"range": 0.16, **params, **market.get("params", {})}["range"]
    moves = [4.0] if grid is None else [row["k"] * (spread if row["unit"] == "range" else 1) for row in grid]
    return 1 + max(0.0, *moves, spread)


def tolerances(portfolio: dict) -> dict[str, float]:
    """How far the amounts of each market may be off: a share of the notional, and nanos of every lot.

    Values of a lot are kept in nanos of quote, so that a lot worth one quote is rounded by some billionths of itself.
    """
    of_market = {}
    for market in portfolio["markets"]:
        lot = lot_of(market["spot"])
        wide = widest_move(market, portfolio["params"])
        notional = lots = 0.0
        for leg in portfolio["legs"]:
            if leg["market"] == market["id"]:
                forwards = [book["forward"] for book in market["books"]] + [market["spot"]]
                notional += abs(leg["size"]) * max(*forwards, leg.get("entry", 0.0))
                lots += abs(leg["size"]) / lot
        held = sum(c["amount"] * c["price"] for c in portfolio["collateral"] if c.get("market") == market["id"])
        of_market[market["id"]] = wide * (SHARE * (notional + 0.1 * held) + 4e-9 * lots) + 4 * ATOM
    return of_market


def allowed_of_totals(portfolio: dict, reference: dict) -> float:
    """How far sums over markets may be off; where concentration is charged, by as much more as it charges."""
    money = 1e-9 * sum(c["amount"] * c["price"] for c in portfolio["collateral"])
    everything = sum(tolerances(portfolio).values()) + 4 * ATOM * (1 + len(portfolio["legs"])) + money
    parts = [market["contingencies"] for market in reference["markets"]]
    both = sum(part["scan"] + part["vega"] for part in parts)
    return everything * (2 + sum(part["liquidity"] for part in parts) / max(both, ATOM))


def differences(portfolio: dict, answer: dict, reference: dict) -> list[tuple[str, float, float, float]]:
    """Name, engine's value, reference's value and tolerance of every field."""
    allowed = tolerances(portfolio)
    everything = allowed_of_totals(portfolio, reference)
    fields = []
    for got, want in zip(answer["markets"], reference["markets"], strict=True):
        own, name = allowed[got["id"]], got["id"]
        for part in PARTS:
            gain = 1.0
            if part == "liquidity":
                both = want["contingencies"]["scan"] + want["contingencies"]["vega"]
                gain = 1 + (want["contingencies"]["liquidity"] / both if both > 0 else 0.0)
            fields.append((f"{name}.{part}", got["contingencies"][part], want["contingencies"][part], own * gain))
        fields.append((f"{name}.worst.pnl", got["worst"]["pnl"], -want["contingencies"]["scan"], own))
        at_worst = min(want["weighted"][got["worst"]["index"]], 0.0)
        fields.append((f"{name}.worst.index", at_worst, -want["contingencies"]["scan"], own))
        for row, (x, y) in enumerate(zip(got["scenarios"], want["scenarios"], strict=True)):
            fields.append((f"{name}.scenarios[{row}]", x, y, own))
    for got, want in zip(answer["legs"], reference["legs"], strict=True):
        name, own = want["market"], allowed[want["market"]]
        fields.append((f"legs.{want['name']}.mark", got["mark"], want["mark"], own))
        for row, (x, y) in enumerate(zip(got["scenarios"], want["scenarios"], strict=True)):
            fields.append((f"legs.{want['name']}.scenarios[{row}]", x, y, own))
    fields += greek_differences(portfolio, answer, reference)
    for total in TOTALS:
        fields.append((total, answer[total], reference[total], everything))
    for total in ("offset_im", "offset_mm"):
        fields.append((total, answer.get(total, 0.0), reference[total], everything))
    if reference["im"] > 1e3 * everything:
        loose = 3 * everything * (1 + reference["efficiency"]) / reference["im"] + 2e-6
        fields.append(("efficiency", answer["efficiency"], reference["efficiency"], loose))
    return fields


def greek_differences(portfolio: dict, answer: dict, reference: dict) -> list[tuple[str, float, float, float]]:
    """As differences, of the greeks of legs and markets."""
    markets = {market.id: market for market in read_markets({**portfolio, "legs": []})}
    # of a market's delta, collateral over the price
    sums = {name: dict.fromkeys(GREEKS, 2e-9 * (1 + m.collateral / m.spot)) for name, m in markets.items()}
    fields = []
    for leg, got, want in zip(portfolio["legs"], answer["legs"], reference["legs"], strict=True):
        market, unit = markets[leg["market"]], dict.fromkeys(GREEKS, 0.0)
        if leg["kind"] in ("call", "put"):
            book, strike = market.books[leg["expiry_s"]], leg["strike"]
            unit = option_allowances(market, book, strike, surface_vol(book, strike), want["theta"] / leg["size"])
        for greek in GREEKS:
            allowed = abs(leg["size"]) * unit[greek] + 1e-15
            sums[market.id][greek] += allowed
            fields.append((f"legs.{want['name']}.{greek}", got[greek], want[greek], allowed))
    for got, want in zip(answer["markets"], reference["markets"], strict=True):
        for greek in GREEKS:
            own = sums[got["id"]][greek]
            fields.append((f"{got['id']}.greek {greek}", got["greeks"][greek], want["greeks"][greek], own))
    return fields


def compare(report: Report, number: str, portfolio: dict, answer: dict, worst: dict) -> None:
    """Compares one answer; keeps the worst error of each kind of field, as a share of what is allowed."""
    reference = margin(portfolio)
    why = []
    for name, got, want, allowed in differences(portfolio, answer, reference):
        kind = name.split("[")[0].split(".")[-1]
        kind = f"legs.{kind}" if name.startswith("legs") else kind
        error = abs(got - want)
        if not math.isfinite(error) or error > allowed:
            why.append(f"{name}: engine {got}, reference {want}, allowed {allowed:.3g}")
        worst.setdefault(kind, []).append((error / allowed, error, number))
    report.check(answer["mm"] <= answer["im"] + 2 * ATOM, f"{number}: mm {answer['mm']} above im {answer['im']}")
    if why:
        path = engine.keep_failure(f"margin-{number}", portfolio, answer, reference, why)
        report.fail(f"{path}: {why[0]}" + (f" and {len(why) - 1} more" if len(why) > 1 else ""))


def run(seed: int, scale: float) -> bool:
    """True if every field of every answer is as the reference says."""
    report = Report("the whole margin against floating point")
    rng = random.Random(f"margin {seed}")
    portfolios = [random_portfolio(rng) for _ in range(int(PORTFOLIOS * scale))]
    answers = engine.margins(portfolios, report.progress)
    legs = sum(len(portfolio["legs"]) for portfolio in portfolios)
    report.figure(f"{len(portfolios)} portfolios with {legs} legs")
    worst: dict[str, list] = {}
    for number, (portfolio, answer) in enumerate(zip(portfolios, answers)):
        if isinstance(answer, dict):
            compare(report, f"{seed}-{number}", portfolio, answer, worst)
        else:
            path = engine.keep_failure(f"margin-{seed}-{number}", portfolio, answer, {}, [str(answer)])
            report.fail(f"{path}: {answer}")
    for kind, found in worst.items():
        share, error, number = max(found)
        report.figure(f"{kind}: worst {share:.2f} of what is allowed ({error:.3g}, portfolio {number})")
    covered(report, portfolios)
    return report.close()


def covered(report: Report, portfolios: list[dict]) -> None:
    """Fails if a contingency was not at work in a good number of portfolios, so that the check cannot be empty."""
    at_work = dict.fromkeys((*PARTS, "scan", "offset_im", "offset_mm"), 0)
    for portfolio in portfolios:
        reference = margin(portfolio)
        for part in at_work:
            of_markets = [market["contingencies"].get(part, 0.0) for market in reference["markets"]]
            at_work[part] += reference.get(part, max(of_markets)) > ATOM
    report.figure("at work in: " + json.dumps(at_work))
    for part, count in at_work.items():
        report.check(count >= len(portfolios) // 50, f"{part} was at work in {count} portfolios only")
