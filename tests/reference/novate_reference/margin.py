"""The whole margin in double precision, written from docs/METHODOLOGY.md and docs/PORTFOLIO_JSON.md alone.

Takes a portfolio in the form of docs/PORTFOLIO_JSON.md. Sizes are units of the underlying throughout, so that the size
of a lot cancels.
"""

import math
from dataclasses import dataclass, field

from .black76 import MAX_SHOCKED_VOL, YEAR, Greeks, call, greeks, surface_vol

DAY = 86_400
MAX_VOL_FACTOR = 9.0
"""A vol-up row multiplies volatility by at most this."""
DEFAULTS = {
    "range": 0.16,
    "vol_up": 0.5,
    "vol_down": 0.25,
    "vol_floor": 0.5,
    "vol_power_short": 0.3,
    "vol_power_long": 0.13,
    "mm_factor": 0.8,
    "short_option_mm": 0.003,
    "short_option_im": 0.002,
    "unrealised_cap": 1_000_000.0,
    "roll_rate": 0.001,
    "vega_charge": 0.2,
    "liquidity_depth": 0.0,
    "oracle_confidence": 1.0,
    "oracle_dispersion": 1.0,
    "offset_group": 0,
    "offset": 0.0,
    "model": "full_revaluation",
}
DEFAULT_GRID = [
    {"k": quarter / 4, "unit": "range", "vol": vol, "weight": 1.0}
    for quarter in range(-4, 5)
    for vol in ("up", "flat", "down")
] + [{"k": k, "unit": "absolute", "vol": "up"} for k in (-0.66, -0.33, 0.5, 1.0, 2.0, 4.0)]


@dataclass(frozen=True)
class Row:
    """A row of the grid with the range worked in."""

    k: float
    vol: str
    weight: float


@dataclass
class Position:
    """A priced leg; values are per unit of underlying, `size` is signed."""

    kind: str
    size: float
    expiry_s: int | None
    strike: float
    mark: float
    greeks: Greeks | None
    pnl: list[float]
    unrealised: float


@dataclass
class Market:
    """A market with all that its positions share."""

    id: str
    spot: float
    confidence: float
    params: dict
    rows: list[Row]
    books: dict[int, dict]
    collateral: float = 0.0
    positions: list[Position] = field(default_factory=list)


def resolve(grid: list[dict], spread: float) -> list[Row]:
    """Works the range into a grid."""
    rows = []
    for row in grid:
        k = row["k"] * spread if row["unit"] == "range" else row["k"]
        k = math.floor(round(k * 1e9, 3)) / 1e9
        weight = row.get("weight")
        if weight is None:
            weight = 1.0 if k == 0 else min(1.0, spread / abs(k))
        rows.append(Row(k, row["vol"], weight))
    return rows


def shocked_vols(params: dict, vol: float, expiry_s: int) -> dict[str, float]:
    """The volatility of each direction of a row."""
    days = expiry_s / DAY
    power = params["vol_power_short"] if days <= 30 else params["vol_power_long"]
    m = (30 / max(days, 1)) ** power
    up = max(params["vol_floor"], vol * min(1 + params["vol_up"] * m, MAX_VOL_FACTOR))
    down = vol * max(0.0, 1 - params["vol_down"] * m)
    return {"up": min(up, MAX_SHOCKED_VOL), "flat": vol, "down": down}


def price_option(market: Market, leg: dict) -> Position:
    """An option at every row; a put is its call less the forward's distance from the strike."""
    book = market.books[leg["expiry_s"]]
    forward, strike = book["forward"], leg["strike"]
    years = leg["expiry_s"] / YEAR
    discount = math.exp(-book.get("rate", 0.0) * years)
    vol = surface_vol(book, strike)
    vols = shocked_vols(market.params, vol, leg["expiry_s"])
    of_call = greeks(forward, strike, vol, years, discount)
    is_put = leg["kind"] == "put"
    pnl = []
    for row in market.rows:
        moved = forward * (1 + row.k)
        value = discount * call(moved, strike, vols[row.vol] * math.sqrt(years))
        pnl.append(value - of_call.mark - (discount * forward * row.k if is_put else 0.0))
    mark = of_call.mark - (discount * (forward - strike) if is_put else 0.0)
    delta = of_call.delta - (discount if is_put else 0.0)
    # per day, D grows by r/365: of a put the discounted strike less the discounted forward does too
    theta = of_call.theta - (book.get("rate", 0.0) * discount * (forward - strike) / 365 if is_put else 0.0)
    own = Greeks(mark, delta, of_call.gamma, of_call.vega, theta)
    return Position(leg["kind"], leg["size"], leg["expiry_s"], strike, mark, own, pnl, 0.0)


def price_linear(market: Market, leg: dict) -> Position:
    """A perpetual at the market's price or a future at its forward; both settle undiscounted."""
    expiry = leg.get("expiry_s")
    price = market.spot if leg["kind"] == "perpetual" else market.books[expiry]["forward"]
    pnl = [price * row.k for row in market.rows]
    unrealised = leg["size"] * (price - leg.get("entry", price))
    return Position(leg["kind"], leg["size"], expiry, 0.0, price, Greeks(price, 1.0, 0.0, 0.0, 0.0), pnl, unrealised)


@dataclass(frozen=True)
class Parts:
    """The parts of a market's margin.

    `pnl` is L, not weighted; `at_rows` is w·(−L + vega_charge·G), which offsets between markets add up.
    """

    scan: float
    vega: float
    liquidity: float
    roll: float
    oracle: float
    short_option_mm: float
    short_option_im: float
    pnl: list[float]
    at_rows: list[float]

    def im(self) -> float:
        """Initial margin without offsets."""
        return self.scan + self.vega + self.liquidity + self.roll + self.oracle + self.short_option_im

    def mm(self, factor: float) -> float:
        """Maintenance margin without offsets."""
        return factor * (self.scan + self.vega + self.liquidity + self.roll) + self.oracle + self.short_option_mm


def flat_row(rows: list[Row], of: Row) -> int | None:
    """The row with the same move and volatility flat; none for flat rows themselves."""
    if of.vol == "flat":
        return None
    return next((place for place, row in enumerate(rows) if row.k == of.k and row.vol == "flat"), None)


def market_parts(market: Market, positions: list[Position], collateral: float) -> Parts:
    """Every part of one market's margin; `collateral` is the value of what is bound to it."""
    params, rows, spot = market.params, market.rows, market.spot
    of_book: dict[int | None, list[Position]] = {}
    for position in positions:
        of_book.setdefault(position.expiry_s, []).append(position)
    by_book = {
        expiry: [sum(p.size * p.pnl[s] for p in held) for s in range(len(rows))] for expiry, held in of_book.items()
    }
    pnl = [sum(book[s] for book in by_book.values()) + collateral * row.k for s, row in enumerate(rows)]
    gains = []
    for s, row in enumerate(rows):
        flat = flat_row(rows, row)
        gains.append(0.0 if flat is None else sum(max(0.0, book[s] - book[flat]) for book in by_book.values()))
    scan = max(0.0, max(-row.weight * p for row, p in zip(rows, pnl)))
    at_rows = [row.weight * (params["vega_charge"] * g - p) for row, g, p in zip(rows, gains, pnl)]
    vega = max(0.0, max(at_rows)) - scan

    gross = spot * sum(abs(p.size) for p in positions)
    depth = params["liquidity_depth"]
    liquidity = (scan + vega) * (math.sqrt(gross / depth) - 1) if depth > 0 and gross > depth else 0.0

    def sum_of(kinds: tuple[str, ...], held: list[Position]) -> float:
        return sum(p.size * p.greeks.delta for p in held if p.kind in kinds)

    roll = 0.0
    dispersion = 0.0
    for expiry, held in of_book.items():
        if expiry is None:
            continue
        futures, calls, puts = (sum_of((kind,), held) for kind in ("future", "call", "put"))
        exposure = max(0.0, -(futures + calls), futures + puts)
        roll += exposure * spot * params["roll_rate"] * (0.5 + 2 * expiry / YEAR)
        vega_of_book = sum(p.size * p.greeks.vega for p in held)
        dispersion += max(0.0, -vega_of_book) * market.books[expiry].get("dispersion", 0.0)
    linear = sum_of(("perpetual", "future"), positions)
    calls, puts = sum_of(("call",), positions), sum_of(("put",), positions)
    mispriced = max(0.0, -(linear + collateral / spot + calls), linear + puts)
    oracle = (
        mispriced * market.confidence * params["oracle_confidence"] + dispersion * params["oracle_dispersion"]
    )

    naked: dict[tuple, float] = {}
    for p in positions:
        if p.kind in ("call", "put"):
            key = (p.expiry_s, p.strike, p.kind)
            naked[key] = naked.get(key, 0.0) + p.size
    short = spot * sum(max(0.0, -size) for size in naked.values())
    return Parts(
        scan=scan,
        vega=vega,
        liquidity=liquidity,
        roll=roll,
        oracle=oracle,
        short_option_mm=short * params["short_option_mm"],
        short_option_im=short * (params["short_option_mm"] + params["short_option_im"]),
        pnl=pnl,
        at_rows=at_rows,
    )


def offsets(markets: list[Market], parts: list[Parts]) -> tuple[float, float]:
    """What the groups take off initial and maintenance margin, both summed over groups."""
    groups: dict[tuple, list[int]] = {}
    for place, market in enumerate(markets):
        own = market.params
        if own["offset_group"] and own["offset"] and (market.positions or market.collateral):
            groups.setdefault((own["offset_group"], own["offset"], own["mm_factor"]), []).append(place)
    offset_im = offset_mm = 0.0
    for (_, share, factor), members in groups.items():
        joint = max(0.0, max(map(sum, zip(*(parts[m].at_rows for m in members)))))
        offset = share * max(0.0, sum(parts[m].scan + parts[m].vega for m in members) - joint)
        offset_im += offset
        offset_mm += factor * offset
    return offset_im, offset_mm


def read_markets(portfolio: dict) -> list[Market]:
    """The markets of a portfolio with their positions priced and their collateral."""
    markets = {}
    for given in portfolio["markets"]:
        params = {**portfolio.get("params", {}), **given.get("params", {})}
        grid = params.pop("grid", DEFAULT_GRID)
        params = {**DEFAULTS, **params}
        books = {book["expiry_s"]: book for book in given.get("books", [])}
        rows = resolve(grid, params["range"])
        markets[given["id"]] = Market(given["id"], given["spot"], given.get("confidence", 0.0), params, rows, books)
    for leg in portfolio["legs"]:
        market = markets[leg["market"]]
        price = price_option if leg["kind"] in ("call", "put") else price_linear
        market.positions.append(price(market, leg))
    for collateral in portfolio.get("collateral", []):
        if "market" in collateral:
            markets[collateral["market"]].collateral += collateral["amount"] * collateral["price"]
    return list(markets.values())


def margin(portfolio: dict) -> dict:
    """The answer to a portfolio, in the form of docs/PORTFOLIO_JSON.md."""
    markets = read_markets(portfolio)
    parts = [market_parts(market, market.positions, market.collateral) for market in markets]
    offset_im, offset_mm = offsets(markets, parts)
    im = sum(part.im() for part in parts) - offset_im
    mm = sum(part.mm(market.params["mm_factor"]) for market, part in zip(markets, parts)) - offset_mm
    static = sum(
        market_parts(market, [position], 0.0).im() for market in markets for position in market.positions
    )
    for collateral in portfolio.get("collateral", []):
        if "market" in collateral:
            market = next(market for market in markets if market.id == collateral["market"])
            static += market_parts(market, [], collateral["amount"] * collateral["price"]).im()

    equity_mm = equity_im = portfolio.get("cash", 0.0)
    for market in markets:
        marks = sum(p.size * p.mark for p in market.positions if p.kind in ("call", "put"))
        unrealised = sum(p.unrealised for p in market.positions)
        equity_mm += marks + unrealised
        equity_im += marks + min(unrealised, market.params["unrealised_cap"])
    for collateral in portfolio.get("collateral", []):
        value = collateral["amount"] * collateral["price"]
        equity_mm += value * (1 - collateral["haircut_mm"])
        equity_im += value * (1 - collateral["haircut_im"])
    return {
        "markets": [market_answer(market, part) for market, part in zip(markets, parts)],
        "legs": legs_answer(portfolio, {market.id: market for market in markets}),
        "offset_im": offset_im,
        "offset_mm": offset_mm,
        "equity": equity_mm,
        "equity_im": equity_im,
        "im": im,
        "mm": mm,
        "static_im": static,
        "free_im": equity_im - im,
        "free_mm": equity_mm - mm,
        "efficiency": static / im if im > 0 else None,
    }


def market_answer(market: Market, part: Parts) -> dict:
    """One market of the answer."""
    positions = market.positions
    total = {
        name: sum(p.size * getattr(p.greeks, name) for p in positions) for name in ("delta", "gamma", "vega", "theta")
    }
    total["delta"] += market.collateral / market.spot
    names = ("scan", "vega", "liquidity", "roll", "oracle", "short_option_mm", "short_option_im")
    return {
        "id": market.id,
        "greeks": total,
        "scenarios": part.pnl,
        "weighted": [row.weight * pnl for row, pnl in zip(market.rows, part.pnl)],
        "contingencies": {name: getattr(part, name) for name in names},
    }


def legs_answer(portfolio: dict, markets: dict[str, Market]) -> list[dict]:
    """The legs of the answer, in the order of the file; greeks are of the leg's size."""
    next_of = {name: iter(market.positions) for name, market in markets.items()}
    answer = []
    for leg in portfolio["legs"]:
        position = next(next_of[leg["market"]])
        names = ("delta", "gamma", "vega", "theta")
        answer.append(
            {
                "market": leg["market"],
                "name": f"{leg['market']}-{leg['kind']}-{leg.get('expiry_s')}-{leg.get('strike')}",
                "mark": position.size * position.mark,
                "scenarios": [position.size * pnl for pnl in position.pnl],
                **{name: position.size * getattr(position.greeks, name) for name in names},
            }
        )
    return answer
