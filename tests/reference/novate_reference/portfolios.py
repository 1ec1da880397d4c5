"""Random portfolios in the form of docs/PORTFOLIO_JSON.md. Every number has the decimals that the form keeps."""

import math
import random

from .black76 import YEAR
from .margin import DEFAULTS

DAY = 86_400
SPOTS = {"BTC": 95_000.0, "ETH": 3_400.0, "SOL": 180.0, "JUP": 0.85, "BONK": 0.000_031}


def nine(x: float) -> float:
    """The value at nine decimals."""
    return round(x, 9)


def digits(x: float, figures: int = 7) -> float:
    """The value at some significant figures and at most nine decimals."""
    return nine(float(f"{x:.{figures - 1}e}"))


def random_params(rng: random.Random) -> dict:
    """Parameters of a market: each contingency on, off or at an end of its range."""

    def pick(name: str, low: float, high: float, off: float = 0.0) -> float:
        kind = rng.random()
        if kind < 0.2:
            return off
        if kind < 0.45:
            return DEFAULTS[name]
        return round(rng.uniform(low, high), 5)

    params = {
        "range": round(rng.uniform(0.04, 0.6), 4),
        "vol_up": pick("vol_up", 0, 2),
        "vol_down": pick("vol_down", 0, 1),
        "vol_floor": round(rng.choice([0.01, 0.5, rng.uniform(0.1, 1.5)]), 4),
        "vol_power_short": pick("vol_power_short", 0, 0.6),
        "vol_power_long": pick("vol_power_long", 0, 0.6),
        "mm_factor": round(rng.choice([0.8, 1.0, rng.uniform(0.1, 1)]), 4),
        "short_option_mm": pick("short_option_mm", 0, 0.1),
        "short_option_im": pick("short_option_im", 0, 0.1),
        "roll_rate": pick("roll_rate", 0, 0.1),
        "vega_charge": pick("vega_charge", 0, 1),
        "oracle_confidence": pick("oracle_confidence", 0, 10),
        "oracle_dispersion": pick("oracle_dispersion", 0, 10),
        "liquidity_depth": rng.choice([0.0, 0.0, round(10 ** rng.uniform(4, 9), 2)]),
        "unrealised_cap": rng.choice([0.0, 1_000_000.0, round(10 ** rng.uniform(2, 7), 2)]),
    }
    return {name: value for name, value in params.items() if rng.random() < 0.8}


def random_grid(rng: random.Random, rows: int | None = None) -> list[dict]:
    """A grid of 1 to 40 rows, with flat rows for some of its moves only."""
    rows = rows or rng.choice([1, 40, rng.randint(2, 40)])
    grid = []
    while len(grid) < rows:
        unit = rng.choice(["absolute", "range"])
        high = 5.0 if unit == "absolute" else 1.5
        low = -0.95 if unit == "absolute" else -1.05
        move = round(rng.choice([0.0, rng.uniform(low, -low), rng.uniform(low, high)]), 4)
        for vol in rng.sample(["up", "flat", "down"], rng.randint(1, 3)):
            row = {"k": move, "unit": unit, "vol": vol}
            if rng.random() < 0.7:
                row["weight"] = round(rng.choice([1.0, rng.uniform(0.01, 1)]), 4)
            grid.append(row)
    return grid[:rows]


def random_svi(rng: random.Random, vol: float, years: float) -> dict:
    """A slice with volatility `vol` at the money and no negative variance."""
    level = vol * vol * years
    share, rho = rng.uniform(0, 0.9), round(rng.uniform(-0.8, 0.8), 4)
    m, sigma = round(rng.uniform(-0.1, 0.1), 4), round(rng.uniform(0.05, 0.6), 4)
    slope = share * level / (math.hypot(m, sigma) - rho * m)
    return {"a": nine(level * (1 - share)), "b": nine(min(slope, 1.0)), "rho": rho, "m": m, "sigma": sigma}


def random_book(rng: random.Random, spot: float, expiry_s: int) -> dict:
    """An expiry with a surface or a flat volatility."""
    years = expiry_s / YEAR
    rate = rng.choice([0.0, 0.0, round(rng.uniform(-0.05, 0.3), 4)])
    basis = rng.gauss(0, 0.01) + rate * years
    vol = round(math.exp(rng.uniform(math.log(0.08), math.log(3.0))), 4)
    book = {"expiry_s": expiry_s, "forward": digits(spot * (1 + basis), 9), "rate": rate}
    if rng.random() < 0.5:
        book["svi"] = random_svi(rng, vol, years)
    else:
        book["vol"] = vol
    if rng.random() < 0.6:
        book["dispersion"] = round(rng.uniform(0, 0.1), 5)
    return book


def random_market(rng: random.Random, name: str, params: dict) -> dict:
    """A market with one to four expiries from half an hour to two years."""
    spot = digits(SPOTS[name] * math.exp(rng.gauss(0, 0.3)))
    count = rng.randint(1, 4)
    expiries = sorted({int(math.exp(rng.uniform(math.log(1_800), math.log(2 * YEAR)))) for _ in range(count)})
    market = {"id": name, "spot": spot, "books": [random_book(rng, spot, expiry) for expiry in expiries]}
    if rng.random() < 0.7:
        market["confidence"] = digits(spot * rng.uniform(0, 0.01), 4)
    if params:
        market["params"] = params
    return market


def lot_of(price: float) -> float:
    """A power of ten of units that is worth 1 to 10 quote: sizes are whole numbers of it."""
    return 10.0 ** -math.floor(math.log10(price))


def random_leg(rng: random.Random, market: dict, strikes: dict) -> dict:
    """A position worth some 10² to 10⁷ of the quote; some strikes come more than once."""
    book = rng.choice(market["books"])
    kind = rng.choices(["call", "put", "future", "perpetual"], [5, 5, 2, 1])[0]
    price, lot = market["spot"], lot_of(market["spot"])
    lots = rng.choice([-1, 1]) * max(1, round(10 ** rng.uniform(2, 6.5) / (price * lot)))
    leg = {"market": market["id"], "kind": kind, "size": nine(lots * lot)}
    if kind == "perpetual":
        leg["entry"] = digits(price * math.exp(rng.gauss(0, 0.1)))
        return leg
    leg["expiry_s"] = book["expiry_s"]
    if kind == "future":
        leg["entry"] = digits(book["forward"] * math.exp(rng.gauss(0, 0.1)))
        return leg
    known = strikes.setdefault((market["id"], book["expiry_s"]), [])
    if known and rng.random() < 0.3:
        leg["strike"] = rng.choice(known)
    else:
        spread = rng.choice([0.02, 0.15, 0.6]) * rng.gauss(0, 1)
        leg["strike"] = digits(book["forward"] * math.exp(min(max(spread, -3), 3)), 4)
        known.append(leg["strike"])
    return leg


def random_portfolio(rng: random.Random) -> dict:
    """A portfolio of 1 to 64 legs over 1 to 3 markets with 1 to 4 expiries each."""
    names = rng.sample(sorted(SPOTS), rng.choice([1, 1, 2, 3]))
    shared = random_params(rng)
    rows = rng.choice([None, None, rng.randint(1, 40)])
    if rows:
        shared["grid"] = random_grid(rng, rows)
    markets = []
    for name in names:
        own = random_params(rng) if rng.random() < 0.5 else {}
        if rows and rng.random() < 0.5:
            own["grid"] = random_grid(rng, rows)
        if rng.random() < 0.8:
            own["offset_group"] = rng.choice([0, 1, 1, 1, 1, 2])
            own["offset"] = rng.choice([0.0, 0.45, 0.45, 0.45, 0.8])
            if rng.random() < 0.8:
                own.pop("mm_factor", None)
        markets.append(random_market(rng, name, own))
    legs, seen, strikes = [], set(), {}
    for _ in range(rng.choice([1, 2, rng.randint(3, 16), rng.randint(17, 64)])):
        leg = random_leg(rng, rng.choice(markets), strikes)
        key = (leg["market"], leg["kind"], leg.get("expiry_s"), leg.get("strike"))
        if key not in seen:
            seen.add(key)
            legs.append(leg)
    portfolio = {"params": shared, "markets": markets, "legs": legs, "cash": round(rng.uniform(-1e6, 5e6), 2)}
    portfolio["collateral"] = random_collateral(rng, markets)
    return portfolio


def random_collateral(rng: random.Random, markets: list[dict]) -> list[dict]:
    """Up to three tokens, some of them bound to a market's grid."""
    collateral = []
    for symbol in rng.sample(["USDT", "stake", "wrapped"], rng.choice([0, 0, 1, 2, 3])):
        market = rng.choice(markets)
        price = 1.0 if symbol == "USDT" else digits(market["spot"] * rng.uniform(0.9, 1.2))
        haircut = round(rng.uniform(0, 0.3), 4)
        token = {
            "symbol": symbol,
            "amount": digits(10 ** rng.uniform(3, 6) / price, 6),
            "price": price,
            "haircut_mm": haircut,
            "haircut_im": round(haircut + rng.uniform(0, 0.2), 4),
        }
        if symbol != "USDT":
            token["market"] = market["id"]
        collateral.append(token)
    return collateral
