"""SPAN's grid of 16 points, by configuration alone.

The array of a future is compared with a printed one. No array of an option was found in print together with the inputs
that it was computed from (McMillan's, on page 669, is none: its call gains 8,060 dollars at the end of the range and
3,130 at the extreme, less than 35 % of what any price must gain there), so those of options are compared with QuantLib
on the same 16 points, in the weighting of the printed one and in that of CME, three times the range at 33 %.
"""

import json
import math
from fractions import Fraction
from pathlib import Path

import QuantLib as ql

from . import engine
from .black76 import YEAR
from .report import Report

DATA = Path(__file__).parent / "data" / "span.json"
FUTURE, EXPIRY, VOL, VOL_SCAN = 400.0, 60 * 86_400, 0.18, 0.03
"""A future, days, a volatility and a volatility scan range such as the printed example may have had."""


def grid_of(data: dict, spread: float, times: int, weight: float) -> list[dict]:
    """The 16 points with extreme moves of so many ranges, given in full as the form asks, and this weight."""
    grid = []
    for row in data["rows"]:
        move = row["move"]
        k = float(Fraction(*move)) if isinstance(move, list) else move
        if "weight" in row:
            k = math.copysign(times * spread, k)
            grid.append({"k": round(k, 9), "unit": "absolute", "vol": row["vol"], "weight": weight})
        else:
            grid.append({"k": round(k, 9), "unit": "range", "vol": row["vol"], "weight": 1})
    return grid


def file_of(grid: list[dict], spread: float, legs: list[dict]) -> dict:
    """A file with SPAN's grid; the volatility scan range is absolute, so that its share of the volatility is given."""
    share = VOL_SCAN / VOL
    params = {
        "range": spread,
        "grid": grid,
        "vol_up": round(share, 9),
        "vol_down": round(share, 9),
        "vol_power_short": 0,
        "vol_power_long": 0,
        "vol_floor": 0.01,
        "short_option_mm": 0,
        "short_option_im": 0,
        "roll_rate": 0,
        "vega_charge": 0,
    }
    book = {"expiry_s": EXPIRY, "forward": FUTURE, "vol": VOL}
    return {"params": params, "markets": [{"id": "SP", "spot": FUTURE, "books": [book]}], "legs": legs}


def check_future(report: Report, data: dict) -> None:
    """The printed array of a future and its requirement."""
    spread = data["range_points"] / FUTURE
    grid = grid_of(data, spread, 2, 0.35)
    leg = {"market": "SP", "kind": "future", "expiry_s": EXPIRY, "size": data["multiplier"]}
    answer = engine.margin(file_of(grid, spread, [leg]))
    worst = 0.0
    pairs = zip(grid, answer["legs"][0]["scenarios"], data["long_future"], strict=True)
    for number, (row, pnl, printed) in enumerate(pairs, start=1):
        off = abs(row["weight"] * pnl - printed)
        worst = max(worst, off)
        report.check(off <= data["printed_to"] / 2, f"point {number}: engine {row['weight'] * pnl}, printed {printed}")
    report.figure(f"16 points of a long future to the 10 dollars printed, worst {worst:.2f}")
    required = -answer["markets"][0]["worst"]["pnl"]
    off = abs(required - data["requirement"])
    report.check(off <= 1e-4, f"requirement: engine {required}, printed {data['requirement']}")


def check_options(report: Report, data: dict, times: int, weight: float) -> None:
    """Arrays of calls and puts around the future, against QuantLib."""
    spread = data["range_points"] / FUTURE
    grid = grid_of(data, spread, times, weight)
    strikes = [360.0, 390.0, 400.0, 410.0, 450.0]
    legs = [
        {"market": "SP", "kind": kind, "expiry_s": EXPIRY, "strike": strike, "size": data["multiplier"]}
        for strike in strikes
        for kind in ("call", "put")
    ]
    answer = engine.margin(file_of(grid, spread, legs))
    root = math.sqrt(EXPIRY / YEAR)
    vols = {"up": VOL + VOL_SCAN, "flat": VOL, "down": VOL - VOL_SCAN}
    worst = 0.0
    for leg, got in zip(legs, answer["legs"], strict=True):
        kind = ql.Option.Call if leg["kind"] == "call" else ql.Option.Put
        base = ql.blackFormula(kind, leg["strike"], FUTURE, VOL * root)
        for row, pnl in zip(grid, got["scenarios"], strict=True):
            moved = FUTURE * (1 + row["k"] * (spread if row["unit"] == "range" else 1))
            want = leg["size"] * (ql.blackFormula(kind, leg["strike"], moved, vols[row["vol"]] * root) - base)
            off = abs(pnl - want) / (FUTURE * leg["size"])
            worst = max(worst, off)
            report.check(off <= 3e-8, f"{leg['kind']} {leg['strike']} at {row}: engine {pnl}, QuantLib {want}")
    report.figure(
        f"{16 * len(legs)} points of options, extreme {times} ranges at {weight:.0%}: worst {worst:.1e} of the future"
    )


def run(seed: int, scale: float) -> bool:
    """True if every point is as printed or as QuantLib says."""
    report = Report("SPAN's 16-point arrays")
    data = json.loads(DATA.read_text())
    check_future(report, data)
    check_options(report, data, 2, 0.35)
    check_options(report, data, 3, 0.33)
    return report.close()
