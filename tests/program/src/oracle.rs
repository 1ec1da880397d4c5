//! Pyth price updates as accounts of the receiver program.

use anchor_lang::AnchorSerialize;
use anchor_lang::Discriminator;
use anchor_lang::prelude::Pubkey;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};

/// Pyth's receiver program.
pub const RECEIVER: Pubkey = pyth_solana_receiver_sdk::ID;

/// A fully verified update at exponent −8 with a confidence of 0.05 % and the average at the price.
pub fn update(feed_id: [u8; 32], price: f64, publish_time: i64) -> PriceUpdateV2 {
    let mantissa = (price * 1e8).round() as i64;
    PriceUpdateV2 {
        write_authority: Pubkey::new_unique(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id,
            price: mantissa,
            conf: mantissa.unsigned_abs() / 2_000,
            exponent: -8,
            publish_time,
            prev_publish_time: publish_time - 1,
            ema_price: mantissa,
            ema_conf: mantissa.unsigned_abs() / 2_000,
        },
        posted_slot: 1,
    }
}

/// The account's data: 134 bytes, as the receiver allocates.
pub fn encode(update: &PriceUpdateV2) -> Vec<u8> {
    let mut data = PriceUpdateV2::DISCRIMINATOR.to_vec();
    update.serialize(&mut data).expect("a vector takes any length");
    data.resize(PriceUpdateV2::LEN, 0);
    data
}
