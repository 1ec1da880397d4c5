//! Feeds of Switchboard On-Demand as accounts of its program, in the vendor's own layout.

use anchor_lang::prelude::Pubkey;
use bytemuck::Zeroable;
use clearing_house::state::FallbackBinding;
use novate_risk::units::NANO;
use switchboard_on_demand::{Discriminator, ON_DEMAND_MAINNET_PID, OracleSubmission, PullFeedAccountData};

use crate::world::World;

/// Switchboard's program.
pub fn program() -> Pubkey {
    Pubkey::new_from_array(ON_DEMAND_MAINNET_PID.to_bytes())
}

/// Address of the second feed with this number.
pub fn address(number: u16) -> Pubkey {
    let mut address = [201; 32];
    address[..2].copy_from_slice(&number.to_le_bytes());
    Pubkey::new_from_array(address)
}

/// The queue of every feed here.
pub const QUEUE: [u8; 32] = [202; 32];
/// The jobs of every feed here.
pub const JOBS: [u8; 32] = [203; 32];

/// Binding with a minute's age, 3 responses, 1 % spread, asked after 5 minutes, 10 % jump.
pub fn binding(number: u16) -> FallbackBinding {
    FallbackBinding {
        feed: address(number),
        queue: Pubkey::new_from_array(QUEUE),
        feed_hash: JOBS,
        max_age: 60,
        min_responses: 3,
        max_spread: NANO / 100,
        fallback_after: 300,
        max_jump: NANO / 10,
    }
}

/// A feed in which oracle number i, from 0 on, answered `values[i]` (in quote) at `time`, signed two slots before.
pub fn feed(values: &[f64], time: i64, slot: u64) -> Box<PullFeedAccountData> {
    let mut feed: Box<PullFeedAccountData> = Box::new(Zeroable::zeroed());
    (feed.queue, feed.feed_hash) = (QUEUE.into(), JOBS);
    (feed.min_responses, feed.max_staleness, feed.last_update_timestamp) = (1, 100, time);
    for (index, value) in values.iter().enumerate() {
        let mut response = OracleSubmission::zeroed();
        response.oracle = [index as u8 + 1; 32].into();
        (response.slot, response.landed_at) = (slot - 2, slot);
        response.value = (value * 1e9).round() as i128 * 1_000_000_000;
        feed.submissions[index] = response;
        feed.submission_timestamps[index] = time;
    }
    feed
}

/// The account's data.
pub fn encode(feed: &PullFeedAccountData) -> Vec<u8> {
    [PullFeedAccountData::DISCRIMINATOR, bytemuck::bytes_of(feed)].concat()
}

impl World {
    /// Writes a feed with these responses of now.
    pub fn answer(&mut self, number: u16, values: &[f64]) {
        let feed = feed(values, self.now(), self.slot());
        self.set_account(address(number), program(), encode(&feed));
    }
}
