"""How far the engine may be off an exact value, from what its formats keep and its kernel promises.

The kernel promises 10⁻⁸ of the forward (price_50_digits holds it to that); values of a lot are nanos of quote;
volatility, discount and the surface's parameters are nanos, and so is log-moneyness.
"""

import math

from .black76 import YEAR
from .margin import Market, shocked_vols
from .portfolios import lot_of


def option_allowances(market: Market, book: dict, strike: float, vol: float, theta: float) -> dict[str, float]:
    """How far off mark, P&L and greeks of an option may be, per unit of underlying."""
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
    rate = abs(book.get("rate", 0.0)) / 365
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
        + 1.2 * drift * abs(theta)
        + 0.5 * nano / days
        + 2 * nano
        + rate * 3 * value
        + discounting / days,
    }
