//! Instructions that take the same whatever an account holds, each once, in the order in which a house comes to life.

use anchor_lang::prelude::Pubkey;
use clearing_house::state::Gate;
use clearing_house::{GrantVenueArgs, ListBookArgs, ListCollateralArgs, PublishSurfaceArgs, SetHaircutArgs};
use litesvm::types::TransactionMetadata;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::desk::skewed_surface;
use super::figures::{Figures, instruction_units};
use crate::layout::{self, FAR, UNDERLYINGS, Underlying, nanos};
use crate::world::SOL_FEED;
use crate::{Trader, World, addresses, instructions as ix, oracle, stake_pool, switchboard};

/// Measures a house with one market and one account.
pub fn measure(figures: &mut Figures) {
    let mut run = Run { world: World::empty(), figures };
    run.governance();
    run.listing();
    run.pricing();
    run.account();
    run.publishers();
    let listing = run.world.keys.listing.pubkey();
    run.role("retire_venue", ix::retire_venue(listing, 0), &["listing"]);
}

struct Run<'a> {
    world: World,
    figures: &'a mut Figures,
}

impl Run<'_> {
    fn role(&mut self, name: &str, instruction: Instruction, roles: &[&str]) {
        let metadata = self.world.must(&[instruction], roles);
        self.note(name, &metadata);
    }

    fn signed(&mut self, name: &str, instruction: Instruction, signer: &Keypair) {
        let result = self.world.send(&[instruction], &[signer]);
        let metadata = result.unwrap_or_else(|failure| panic!("{failure:#?}"));
        self.note(name, &metadata);
    }

    fn note(&mut self, name: &str, metadata: &TransactionMetadata) {
        self.figures.add(name, instruction_units(metadata));
    }

    fn governance(&mut self) {
        let (payer, usdc, args) = (self.world.payer(), self.world.usdc, self.world.house_args());
        self.role("initialize_house", ix::initialize_house(payer, payer, usdc, args), &[]);
        let (oracle, publisher) = (self.world.keys.oracle.pubkey(), self.world.keys.publisher.pubkey());
        self.role("set_publishers", ix::set_publishers(oracle, vec![publisher], 1), &["oracle"]);
        let (guardian, authority) = (self.world.keys.guardian.pubkey(), self.world.keys.authority.pubkey());
        self.role("set_gates", ix::set_gates(guardian, Gate::Withdraw as u64), &["guardian"]);
        self.world.must(&[ix::set_gates(authority, 0)], &["authority"]);
    }

    fn listing(&mut self) {
        let (payer, listing) = (self.world.payer(), self.world.keys.listing.pubkey());
        let Underlying { id, price, lot, .. } = UNDERLYINGS[2];
        self.role("list_market", ix::list_market(payer, listing, World::market_args(id, lot)), &["listing"]);
        let strikes = layout::strikes(price, 32);
        let args = ListBookArgs { expiry_hour: layout::hour(FAR), strikes: strikes[..16].to_vec() };
        self.role("list_book/16_strikes", ix::list_book(payer, listing, id, args), &["listing"]);
        let add = ix::add_strikes(payer, listing, id, layout::hour(FAR), strikes[16..].to_vec());
        self.role("add_strikes/16_strikes", add, &["listing"]);
        let (usdc, sol) = (self.world.usdc, self.world.sol);
        let quote = layout::quote_token();
        self.world.must(&[ix::list_collateral(payer, listing, usdc, None, quote)], &["listing"]);
        let args = layout::collateral(SOL_FEED, 0.03, 0.05);
        self.role("list_collateral", ix::list_collateral(payer, listing, sol, Some(id), args), &["listing"]);
        let venue = self.world.keys.venue.pubkey();
        self.role("register_venue", ix::register_venue(payer, listing, 0, venue), &["listing"]);
    }

    fn pricing(&mut self) {
        let Underlying { id, price, vol, .. } = UNDERLYINGS[2];
        let publisher = self.world.keys.publisher.pubkey();
        let surface = |world: &World| {
            let (now, expiry_hour) = (world.now(), layout::hour(FAR));
            let surface = skewed_surface(vol, i64::from(expiry_hour) * 3_600 - now);
            let args = PublishSurfaceArgs { surface, time: now, deadline: now + 60 };
            ix::publish_surface(publisher, id, expiry_hour, args)
        };
        self.world.must(&[surface(&self.world)], &["publisher"]);
        self.world.advance(60);
        // the second: the first has no speed that could be limited
        let second = surface(&self.world);
        self.role("publish_surface/1_fresh", second, &["publisher"]);
        let now = self.world.now();
        for feed in [id, SOL_FEED] {
            self.world.post(feed, &oracle::update(layout::feed(feed), price, now));
        }
        self.role("refresh_price", ix::refresh_price(id, World::price_account(id)), &[]);
        let sol = self.world.sol;
        self.role("sample_volatility/first", ix::sample_volatility(id), &[]);
        let later = self.world.now() + 300;
        self.world.set_time(later);
        self.world.post(id, &oracle::update(layout::feed(id), price * 0.9, later));
        self.world.must(&[ix::refresh_price(id, World::price_account(id))], &[]);
        // a fall by a tenth in five minutes: the range rises, and the grid is worked out anew
        self.role("sample_volatility/range_rises", ix::sample_volatility(id), &[]);
        self.world.post(SOL_FEED, &oracle::update(layout::feed(SOL_FEED), price, later));
        self.role("refresh_collateral", ix::refresh_collateral(&sol, World::price_account(SOL_FEED)), &[]);
        self.other_sources(id, price);
        let risk = self.world.keys.risk.pubkey();
        let args = SetHaircutArgs { mm: nanos(0.05), im: nanos(0.08), ramp_seconds: 7_200 };
        self.role("set_haircut", ix::set_haircut(risk, &sol, args), &["risk"]);
    }

    /// The last of eight publishers, whose surfaces all differ.
    fn publishers(&mut self) {
        let publishers = self.world.set_publishers(8, 8);
        self.world.advance(60);
        let (now, expiry_hour) = (self.world.now(), layout::hour(FAR));
        for (place, publisher) in publishers.iter().enumerate() {
            let vol = UNDERLYINGS[2].vol + 0.001 * ((3 * place) % 8) as f64;
            let surface = skewed_surface(vol, i64::from(expiry_hour) * 3_600 - now);
            let args = PublishSurfaceArgs { surface, time: now, deadline: now };
            let publish = ix::publish_surface(publisher.pubkey(), UNDERLYINGS[2].id, expiry_hour, args);
            if place < 7 {
                self.world.send(&[publish], &[publisher]).expect("a surface");
            } else {
                self.signed("publish_surface/8_fresh", publish, publisher);
            }
        }
    }

    /// Prices from a pool and, once the first feeds have been silent, from second ones with the most responses.
    fn other_sources(&mut self, id: u16, price: f64) {
        let fallback = Some(switchboard::binding(SOL_FEED));
        let args = |mint: &Pubkey| {
            let pool = Some(stake_pool::binding(mint));
            ListCollateralArgs { fallback, pool, ..layout::collateral(SOL_FEED, 0.03, 0.05) }
        };
        let pooled = self.world.list_more(Some(id), args);
        self.world.set_pool(&pooled, 1.2);
        let refresh = ix::refresh_staked_collateral(&pooled, id, stake_pool::address(&pooled));
        self.role("refresh_staked_collateral", refresh, &[]);
        self.world.must(&[ix::refresh_collateral(&pooled, World::price_account(SOL_FEED))], &[]);
        let before = self.world.svm.clone();
        self.world.advance(301);
        for (responses, name) in [(3, "3_responses"), (32, "32_responses")] {
            // the market fell by a tenth before
            for (number, price) in [(id, price * 0.9), (SOL_FEED, price)] {
                self.world.answer(number, &vec![price; responses]);
            }
            let feed = switchboard::address;
            self.role(&format!("refresh_price_fallback/{name}"), ix::refresh_price_fallback(id, feed(id)), &[]);
            let refresh = ix::refresh_collateral_fallback(&pooled, feed(SOL_FEED));
            self.role(&format!("refresh_collateral_fallback/{name}"), refresh, &[]);
        }
        self.world.svm = before;
    }

    fn account(&mut self) {
        let (payer, owner) = (self.world.payer(), self.world.key());
        let (key, account) = (owner.pubkey(), addresses::margin_account(&owner.pubkey(), 0));
        self.signed("open_account", ix::open_account(payer, key, 0), &owner);
        self.signed("grow_account", ix::grow_account(payer, key, account, 128), &owner);
        let grant = GrantVenueArgs { expires_at: self.world.now() + 86_400, max_lots: 1_000 };
        self.signed("grant_venue", ix::grant_venue(payer, key, account, 0, grant), &owner);
        self.signed("revoke_grant", ix::revoke_grant(key, payer, account, 0), &owner);
        let trader = Trader { owner, account };
        let (usdc, sol) = (self.world.usdc, self.world.sol);
        for (name, mint) in [("deposit", usdc), ("deposit_collateral", sol)] {
            let metadata = self.world.deposit(&trader, mint, 5_000_000).expect("the deposit");
            self.note(name, &metadata);
        }
        let withdrawal = self.world.withdrawal(&trader, usdc, 5_000_000);
        self.signed("withdraw/0_legs", withdrawal, &trader.owner);
        self.world.withdraw(&trader, sol, 5_000_000).expect("the withdrawal");
        self.signed("close_account", ix::close_account(trader.owner.pubkey(), payer, account), &trader.owner);
    }
}
