"""How short and how wasteful plain delta-gamma-vega is: the three figures of METHODOLOGY.

The margin by revaluation is the engine's; the margin by expansion is computed here from the engine's greeks, on the
core of the grid, without tails, with R 16 % and a volatility of 60 %, which is where the figures are true.
"""

from . import engine
from .margin import DEFAULT_GRID, DEFAULTS, resolve, shocked_vols
from .report import Report

FORWARD, VOL, CORE = 100.0, 0.6, DEFAULT_GRID[:27]
CASES = [
    # name, seconds, strike over forward, margin by expansion over margin by revaluation, its last digit
    ("one day, 110 %", 86_400, 1.10, 0.03, 0.01),
    ("seven days, 120 %", 7 * 86_400, 1.20, 0.22, 0.01),
    ("two hours and twenty minutes, at the money", 8_400, 1.00, 3.9, 0.1),
]


def short_call(seconds: int, strike: float) -> dict:
    """A short call with nothing asked for but the scan."""
    params = {"grid": CORE, "short_option_mm": 0, "short_option_im": 0, "vega_charge": 0, "roll_rate": 0}
    book = {"expiry_s": seconds, "forward": FORWARD, "vol": VOL}
    leg = {"market": "X", "kind": "call", "expiry_s": seconds, "strike": strike, "size": -1_000}
    return {"params": params, "markets": [{"id": "X", "spot": FORWARD, "books": [book]}], "legs": [leg]}


def expansion(leg: dict, seconds: int) -> float:
    """The largest loss by ΔdF + ½ΓdF² + Vdσ over the core."""
    vols = shocked_vols(DEFAULTS, VOL, seconds)
    loss = 0.0
    for row in resolve(CORE, DEFAULTS["range"]):
        move, rise = FORWARD * row.k, vols[row.vol] - VOL
        loss = max(loss, -(leg["delta"] * move + 0.5 * leg["gamma"] * move * move + leg["vega"] * rise))
    return loss


def run(seed: int, scale: float) -> bool:
    """True if METHODOLOGY's three figures come out."""
    report = Report("plain delta-gamma-vega against revaluation")
    for name, seconds, moneyness, figure, digit in CASES:
        answer = engine.margin(short_call(seconds, round(FORWARD * moneyness, 9)))
        ratio = expansion(answer["legs"][0], seconds) / answer["im"]
        report.check(abs(ratio - figure) <= digit / 2, f"{name}: {ratio:.4f}, METHODOLOGY says {figure}")
        report.figure(f"short call, {name}: {ratio:.3f} of the margin by revaluation")
    return report.close()
