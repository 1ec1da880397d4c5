"""The risk matrix of Deribit's documentation, by configuration alone.

Deribit's grid is nine moves of the range times volatility up, same and down, then an extended table of eight far moves
of which a share of R ÷ |move| counts. The example's positions settle in BTC: their P&L is the linear one in dollars
over the moved price, where a row of the extended table counts as its end of the range. The expiry of the future is not
printed and nothing here depends on it.
"""

import json
from pathlib import Path

from . import engine
from .report import Report

DATA = Path(__file__).parent / "data" / "deribit.json"
TIMES = 1_000
"""Positions are asked for so many times: as printed, a billionth of a BTC is too small a lot for the engine."""


def portfolio_of(data: dict) -> dict:
    """The file of the example."""
    grid = [
        {"k": move, "unit": "range", "vol": vol, "weight": 1}
        for move in data["standard_moves"]
        for vol in ("up", "flat", "down")
    ]
    grid += [{"k": move, "unit": "absolute", "vol": "up"} for move in data["extended_moves"]]
    perpetual, future = data["positions"].values()
    book = {"expiry_s": future["expiry_s"], "forward": future["mark_price"]}
    market = {"id": "BTC", "spot": perpetual["mark_price"], "books": [book]}
    legs = [
        {"market": "BTC", "kind": "perpetual", "size": round(TIMES * perpetual["size"], 6)},
        {"market": "BTC", "kind": "future", "expiry_s": future["expiry_s"], "size": round(TIMES * future["size"], 6)},
    ]
    params = {**data["params"], "roll_rate": 0, "grid": grid}
    return {"params": params, "markets": [market], "legs": legs}


def vectors(data: dict, position: dict, leg: dict) -> tuple[list[float], list[float]]:
    """The engine's standard and extended vector of a leg, in BTC."""
    spread, price = data["params"]["range"], position["mark_price"]
    rows = len(data["standard_moves"]) * 3
    standard = [
        leg["scenarios"][3 * place + vol] / TIMES / (price * (1 + move * spread))
        for place, move in enumerate(data["standard_moves"])
        for vol in range(3)
    ]
    extended = [
        pnl / TIMES * min(1.0, spread / abs(move)) / (price * (1 + (spread if move > 0 else -spread)))
        for move, pnl in zip(data["extended_moves"], leg["scenarios"][rows:], strict=True)
    ]
    return standard, extended


def run(seed: int, scale: float) -> bool:
    """True if every entry of the matrix is Deribit's."""
    report = Report("the risk matrix in Deribit's documentation")
    data = json.loads(DATA.read_text())
    portfolio = portfolio_of(data)
    answer = engine.margin(portfolio)
    worst, seen = 0.0, 0
    total = [0.0] * 27
    for (name, position), leg in zip(data["positions"].items(), answer["legs"], strict=True):
        standard, extended = vectors(data, position, leg)
        theirs = [x for x in position["standard"] for _ in range(3)] + position["extended"]
        for row, (got, want) in enumerate(zip(standard + extended, theirs, strict=True)):
            seen += 1
            worst = max(worst, abs(got - want))
            report.check(abs(got - want) <= 1e-9, f"{name} row {row}: engine {got} BTC, Deribit {want} BTC")
        total = [x + y for x, y in zip(total, standard, strict=True)]
    report.figure(f"{seen} entries, worst {worst:.1e} BTC")
    off = abs(-min(total) - data["worst_case"])
    report.check(off <= 1e-9, f"worst case: engine {-min(total)} BTC, Deribit {data['worst_case']} BTC")
    (market,) = answer["markets"]
    # the edge of the range, which the extended row beyond it counts the same as
    edge = market["scenarios"][data["worst_case_index"] - 1]
    off_edge = abs(market["worst"]["pnl"] - edge)
    report.check(off_edge <= 1e-6 * abs(edge), f"worst row: engine {market['worst']}, at Deribit's row {edge}")
    # maintenance is the same share of initial as Deribit's
    share = answer["mm"] / answer["im"]
    theirs = data["maintenance_margin"] / data["risk_matrix_margin"]
    report.check(abs(share - theirs) <= 1e-6, f"maintenance over initial: engine {share}, Deribit {theirs}")
    report.figure(f"worst case {-min(total):.9f} BTC, off {off:.1e}; maintenance over initial {share:.6f}")
    return report.close()
