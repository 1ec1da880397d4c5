//! What can be held: perpetuals, dated futures, calls and puts, each named by one ordered key.

use bytemuck::{Pod, Zeroable};

use crate::units::{Lots, Quote};

/// The payoff of an instrument. The order is the order of legs inside a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// European call, cash settled.
    Call = 0,
    /// European put, cash settled; valued through its call by parity, never stored.
    Put = 1,
    /// Future of one expiry.
    Future = 2,
    /// Perpetual: no expiry, valued at the market's price.
    Perpetual = 3,
}

impl Kind {
    /// The kind of a byte, or `None` when no kind has that number.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Call),
            1 => Some(Self::Put),
            2 => Some(Self::Future),
            3 => Some(Self::Perpetual),
            _ => None,
        }
    }

    /// Whether the instrument is an option.
    pub const fn is_option(self) -> bool {
        matches!(self, Self::Call | Self::Put)
    }
}

/// Names an instrument: market (16 bits), expiry in hours since 1970 (24 bits, 0 for a perpetual), index of the strike
/// in its book (16 bits), kind (8 bits), from the highest bits to the lowest. Legs are kept in ascending order of it,
/// which puts the legs of a market, a book and a strike next to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct LegKey(pub u64);

/// Hours are 24 bits of a [`LegKey`].
pub const MAX_EXPIRY_HOUR: u32 = (1 << 24) - 1;

impl LegKey {
    /// The key of an instrument, or `None` when the hour does not fit, a future or perpetual names a strike, or the
    /// expiry does not suit the kind (perpetuals have hour 0, all others a later one).
    pub const fn new(market: u16, expiry_hour: u32, strike: u16, kind: Kind) -> Option<Self> {
        let perpetual = matches!(kind, Kind::Perpetual);
        if expiry_hour > MAX_EXPIRY_HOUR || perpetual != (expiry_hour == 0) || (!kind.is_option() && strike != 0) {
            return None;
        }
        Some(Self((market as u64) << 48 | (expiry_hour as u64) << 24 | (strike as u64) << 8 | kind as u64))
    }

    /// The market's number.
    pub const fn market(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Hours since 1970 at which the instrument expires; 0 for a perpetual.
    pub const fn expiry_hour(self) -> u32 {
        (self.0 >> 24) as u32 & MAX_EXPIRY_HOUR
    }

    /// Market and expiry together: equal for legs of one book, ascending with the key.
    pub const fn book(self) -> u64 {
        self.0 >> 24
    }

    /// Market, expiry and strike together: equal for the call and the put of one strike.
    pub const fn series(self) -> u64 {
        self.0 >> 8
    }

    /// Index of the strike in its book; 0 for futures and perpetuals.
    pub const fn strike(self) -> u16 {
        (self.0 >> 8) as u16
    }

    /// The payoff, or `None` when the lowest byte is no kind.
    pub const fn kind(self) -> Option<Kind> {
        Kind::from_byte(self.0 as u8)
    }
}

/// One position. 24 bytes, the form in which accounts store it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Leg {
    /// The instrument.
    pub key: LegKey,
    /// Signed lots, never 0 in an account.
    pub size: Lots,
    /// What the open size cost, signed like the size: unrealised P&L is size × price − cost. Futures and perpetuals
    /// only; 0 for options, whose premium moves in cash when they trade.
    pub cost: Quote,
}

const _: () = assert!(core::mem::size_of::<Leg>() == 24);
