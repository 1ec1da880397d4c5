"""Prices and greeks of the kernel against 50-digit arithmetic, over the whole box that it supports."""

import math
import random
from concurrent.futures import ProcessPoolExecutor

import mpmath

from . import engine
from .report import Report, worst

POINTS = 100_000
PAIRS = 20_000
NANO = 10**9
YEAR = 31_536_000
LOW_FORWARD, HIGH_FORWARD = 1_000_000, 4_000 * NANO
"""Values of a lot: 0.001 to 4,000 quote."""
LOW_VOL, SURFACE_VOL, HIGH_VOL = NANO // 100, 5 * NANO, 16 * NANO
SHORT, LONG = 60, 2 * YEAR

Point = tuple[int, int, int, int, int]

LIMITS = {"value": 1e-8, "delta": 5e-8, "gamma": 5e-8, "vega": 5e-8, "theta": 5e-8}
"""Greatest errors: value and vega in forwards, gamma in forwards over σ√τ, theta in forwards times the greater
of σ√τ over days and the rate. A last digit or more of the output, and of inputs after discounting, comes on top."""


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def random_point(rng: random.Random) -> Point:
    """A point of the box: anywhere, at its corners, at the money, near expiry, in the wings, near the bend."""
    where = rng.choices(["box", "corner", "money", "expiry", "wing", "bend"], [30, 5, 15, 15, 15, 20])[0]
    vol = log_uniform(rng, LOW_VOL, rng.choice([SURFACE_VOL, HIGH_VOL]))
    seconds = log_uniform(rng, SHORT, 86_400 if where == "expiry" else LONG)
    moneyness = log_uniform(rng, 0.01, 100)
    if where == "corner":
        vol, seconds = rng.choice([LOW_VOL, SURFACE_VOL, HIGH_VOL]), rng.choice([SHORT, LONG])
        moneyness = rng.choice([0.01, 1, 100])
    elif where == "money":
        moneyness = 1 + rng.choice([0, rng.gauss(0, 1e-6), rng.gauss(0, 1e-3)])
    elif where == "wing":
        moneyness = rng.choice([log_uniform(rng, 0.01, 0.05), log_uniform(rng, 20, 100)])
    elif where in ("expiry", "bend"):
        deviation = vol / NANO * math.sqrt(seconds / YEAR)
        moneyness = math.exp(min(max(rng.uniform(-9, 9) * deviation, -4.6), 4.6))
    vol, seconds = min(max(int(vol), LOW_VOL), HIGH_VOL), int(seconds)
    discount = random_discount(rng, seconds)
    # a hair inside: the engine's limits are on amounts that it has discounted and rounded down
    low, high = LOW_FORWARD * NANO // discount + 10, HIGH_FORWARD * NANO // max(discount, NANO)
    forward = rng.choice([low, high]) if where == "corner" else int(log_uniform(rng, low, high))
    strike = min(max(int(forward * moneyness), forward // 100 + 10), forward * 100 - 1_000)
    return forward, strike, vol, seconds, discount


def random_discount(rng: random.Random, seconds: int) -> int:
    """1, or between 0.5 and 1.1 at a rate of at most 90 % a day, which is where theta stops to follow it."""
    most = 0.9 * seconds / 86_400
    factor = math.exp(rng.uniform(max(math.log(0.5), -most), min(math.log(1.1), most)))
    return rng.choice([NANO, int(factor * NANO)])


def exact(point: Point) -> tuple:
    """Value, delta, gamma, vega and theta at 50 digits, as multiprecision numbers in the engine's units."""
    forward, strike, vol, seconds, discount = (mpmath.mpf(x) for x in point)
    discount, vol, years = discount / NANO, vol / NANO, seconds / YEAR
    root = mpmath.sqrt(years)
    deviation = vol * root
    d1 = mpmath.log(forward / strike) / deviation + deviation / 2
    two = mpmath.sqrt(2)
    n_d1 = mpmath.erfc(-d1 / two) / 2
    n_d2 = mpmath.erfc((deviation - d1) / two) / 2
    value = discount * (forward * n_d1 - strike * n_d2)
    weighted = discount * forward * mpmath.exp(-d1 * d1 / 2) / mpmath.sqrt(2 * mpmath.pi)
    days = seconds / 86_400
    theta = -mpmath.log(discount) * value / days - weighted * deviation / (2 * days)
    return value, discount * n_d1 * NANO, weighted / deviation, weighted * root, theta


def errors(point: Point, got: tuple) -> dict[str, float]:
    """Errors beyond the last digit, in the scales of LIMITS, with the value's error beyond 2 nanos."""
    forward, _, vol, seconds, discount = point
    deviation = vol / NANO * math.sqrt(seconds / YEAR)
    days = seconds / 86_400
    scale = forward * max(1.0, discount / NANO)
    value, delta, gamma, vega, theta = (float(abs(x - y)) for x, y in zip(got, exact(point)))
    rate = abs(math.log(discount / NANO)) / days
    # three nanos of vega and one of vega × σ, over 2τ, and two nanos of value times the rate
    last_digits = (3 * vol / NANO + 1) / (2 * days) + 2 * rate + 2
    # ln D is known to 36 binary places, over the tenor, and so is the rate a day
    last_digits += scale * (1.6e-11 / days + 2e-11)
    slip_delta, slip_density = slips(point, deviation)
    return {
        "value": max(0.0, value - 2) / scale,
        "delta": max(0.0, delta - 1 - slip_delta * discount) / NANO,
        "gamma": max(0.0, gamma - 2 - (slip_density * scale + 1) / deviation) * deviation / scale,
        "vega": max(0.0, vega - 3 - slip_density * scale * math.sqrt(seconds / YEAR)) / scale,
        "theta": max(0.0, theta - last_digits - slip_density * scale * deviation / (2 * days))
        / (scale * max(deviation / days, rate)),
    }


def slips(point: Point, deviation: float) -> tuple[float, float]:
    """How far N(d₁) and φ(d₁) move when forward and strike, discounted, are rounded to a nano: the inputs' limit.

    Nothing where the discount is 1: there the inputs are exact.
    """
    forward, strike, _, _, discount = point
    if discount == NANO:
        return 0.0, 0.0
    slip = (1 / forward + 1 / strike) * NANO / discount / deviation
    d1 = math.log(forward / strike) / deviation + deviation / 2
    near = max(0.0, abs(d1) - slip)
    density = math.exp(-0.5 * near * near) / math.sqrt(2 * math.pi)
    return slip * density, slip * (abs(d1) + slip) * density + density / forward


def errors_of(chunk: list[tuple[Point, tuple]]) -> list[dict[str, float]]:
    """As errors, for many."""
    mpmath.mp.dps = 50
    return [errors(point, got) for point, got in chunk]


def check_errors(report: Report, points: list[Point], prices: list) -> None:
    """Every price and every greek within its limit."""
    answered = [(point, got) for point, got in zip(points, prices) if isinstance(got, tuple)]
    for point, got in zip(points, prices):
        report.check(isinstance(got, tuple), f"{point}: {got}")
    size = 2_000
    chunks = [answered[start : start + size] for start in range(0, len(answered), size)]
    found: list[dict[str, float]] = []
    with ProcessPoolExecutor(engine.PROCESSES) as pool:
        for chunk in pool.map(errors_of, chunks):
            found.extend(chunk)
            report.progress(len(found), len(points))
    for name, limit in LIMITS.items():
        report.figure(f"{name}: {worst([error[name] for error in found])} (limit {limit:.0e})")
        for (point, got), error in zip(answered, found):
            report.check(error[name] <= limit, f"{name} at {point}: off by {error[name]:.2e}, got {got}")


def check_monotone(report: Report, rng: random.Random, pairs: int) -> None:
    """A higher volatility, a lower strike and a higher forward never lower the value by more than its error."""
    points: list[Point] = []
    steps = []
    for _ in range(pairs):
        point = list(random_point(rng))
        which = rng.choice([0, 1, 2])
        moved = point.copy()
        moved[which] = int(moved[which] * (1 + log_uniform(rng, 1e-9, 0.1))) + 1
        forward, strike, vol = moved[:3]
        if not (strike <= forward * 99 and strike >= forward / 99 and vol <= HIGH_VOL and forward <= HIGH_FORWARD):
            continue
        steps.append(which)
        points += [tuple(point), tuple(moved)]
    prices = engine.price(points)
    fell = []
    for place, which in enumerate(steps):
        before, after = prices[2 * place], prices[2 * place + 1]
        if not (isinstance(before, tuple) and isinstance(after, tuple)):
            report.fail(f"{points[2 * place]} or {points[2 * place + 1]}: {before} {after}")
            continue
        rise = after[0] - before[0] if which != 1 else before[0] - after[0]
        slack = points[2 * place][0] * 1e-8 + 2
        fell.append(max(0, -rise) / slack)
        report.check(-rise <= slack, f"{points[2 * place]} to {points[2 * place + 1]}: {before[0]} to {after[0]}")
    report.figure(f"monotone over {len(steps)} steps: worst fall {max(fell):.2f} of the allowed error")


def run(seed: int, scale: float) -> bool:
    """True if every price is within the limits."""
    report = Report("prices and greeks against 50-digit arithmetic")
    rng = random.Random(f"50 digits {seed}")
    points = [random_point(rng) for _ in range(int(POINTS * scale))]
    report.figure(f"{len(points)} points")
    check_errors(report, points, engine.price(points))
    check_monotone(report, rng, int(PAIRS * scale))
    return report.close()
