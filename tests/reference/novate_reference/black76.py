"""Black (1976) in double precision, on the undiscounted forward, and the surface that feeds it.

Fischer Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976) 167-179.
"""

import math
from dataclasses import dataclass

YEAR = 365 * 86_400
MIN_VOL, MAX_VOL, MAX_SHOCKED_VOL = 0.01, 5.0, 16.0


def cdf(x: float) -> float:
    """Standard normal distribution."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def density(x: float) -> float:
    """Standard normal density."""
    return math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def call(forward: float, strike: float, deviation: float) -> float:
    """Undiscounted call; deviation is σ√τ. Out of the money it is computed as such, in the money by parity."""
    if deviation <= 0:
        return max(forward - strike, 0.0)
    d1 = math.log(forward / strike) / deviation + 0.5 * deviation
    d2 = d1 - deviation
    if forward <= strike:
        return max(forward * cdf(d1) - strike * cdf(d2), 0.0)
    return forward - strike + max(strike * cdf(-d2) - forward * cdf(-d1), 0.0)


@dataclass(frozen=True)
class Greeks:
    """Of one call: mark; delta D·N(d₁); gamma ∂²/∂F²; vega per 1.00; theta per day."""

    mark: float
    delta: float
    gamma: float
    vega: float
    theta: float


def greeks(forward: float, strike: float, vol: float, years: float, discount: float) -> Greeks:
    """Mark and greeks of a call; theta lets a day pass with the forward, the volatility and the rate staying."""
    deviation = vol * math.sqrt(years)
    mark = discount * call(forward, strike, deviation)
    rate = -math.log(discount) / years if years > 0 else 0.0
    if deviation <= 0:
        return Greeks(mark, discount if forward > strike else 0.0, 0.0, 0.0, rate * mark / 365)
    d1 = math.log(forward / strike) / deviation + 0.5 * deviation
    weighted = discount * forward * density(d1)
    vega = weighted * math.sqrt(years)
    theta = (rate * mark - vega * vol / (2 * years)) / 365
    return Greeks(mark, discount * cdf(d1), weighted / (deviation * forward * forward), vega, theta)


def svi_variance(svi: dict, x: float) -> float:
    """Total variance of a raw SVI slice at x = ln(K/F); Gatheral & Jacquier (2014), equation 3.1."""
    shifted = x - svi["m"]
    return svi["a"] + svi["b"] * (svi["rho"] * shifted + math.hypot(shifted, svi["sigma"]))


def surface_vol(book: dict, strike: float) -> float:
    """Volatility of a book at a strike, within the bounds of the surface."""
    if "svi" not in book:
        return book["vol"]
    variance = svi_variance(book["svi"], math.log(strike / book["forward"]))
    return min(max(math.sqrt(max(variance, 0.0) / (book["expiry_s"] / YEAR)), MIN_VOL), MAX_VOL)
