//! What grows with the strikes of a book: computing its risk arrays.

use clearing_house::{ListBookArgs, PublishSurfaceArgs};
use solana_signer::Signer;

use super::desk::skewed_surface;
use super::figures::{Figures, instruction_units};
use crate::layout::{self, FAR, UNDERLYINGS};
use crate::{World, instructions as ix};

/// Strikes that are measured with.
const COUNTS: [usize; 4] = [1, 8, 16, 32];

/// Measures books of the most volatile market, a month from expiry: no scenario is so far from a strike that its price
/// would be known without computing it.
pub fn measure(figures: &mut Figures) {
    let mut world = World::with_expiries(1, &[FAR]);
    let (listing, publisher) = (world.keys.listing.pubkey(), world.keys.publisher.pubkey());
    let underlying = UNDERLYINGS[2];
    for count in COUNTS {
        let expiry_hour = layout::hour(FAR) + count as u32;
        let strikes = match count {
            1 => vec![layout::nanos(underlying.price)],
            _ => layout::strikes(underlying.price, count),
        };
        let (first, more) = strikes.split_at(count.min(16));
        let args = ListBookArgs { expiry_hour, strikes: first.to_vec() };
        world.must(&[ix::list_book(world.payer(), listing, underlying.id, args)], &["listing"]);
        if !more.is_empty() {
            let add = ix::add_strikes(world.payer(), listing, underlying.id, expiry_hour, more.to_vec());
            world.must(&[add], &["listing"]);
        }
        let now = world.now();
        let surface = skewed_surface(underlying.vol, i64::from(expiry_hour) * 3_600 - now);
        let args = PublishSurfaceArgs { surface, time: now, deadline: now + 60 };
        world.must(&[ix::publish_surface(publisher, underlying.id, expiry_hour, args)], &["publisher"]);
        let metadata = world.must(&[ix::refresh_risk(underlying.id, expiry_hour)], &[]);
        figures.add(format!("refresh_risk/{count}_strikes"), instruction_units(&metadata));
    }
}
