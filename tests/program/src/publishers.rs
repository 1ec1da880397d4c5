//! Publishers of surfaces, and what a publication announces.

use anchor_lang::prelude::Pubkey;
use anchor_lang::{AnchorDeserialize, Discriminator};
use clearing_house::PublishSurfaceArgs;
use clearing_house::events::SurfacePublished;
use clearing_house::state::{Book, SurfaceParams};
use litesvm::types::TransactionMetadata;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::world::{Failure, World};
use crate::{addresses, instructions as ix, layout};

impl World {
    /// Replaces the publishers by `count` new ones, of which `quorum` have to agree.
    pub fn set_publishers(&mut self, count: usize, quorum: u16) -> Vec<Keypair> {
        let publishers: Vec<Keypair> = (0..count).map(|_| self.key()).collect();
        let keys: Vec<Pubkey> = publishers.iter().map(Keypair::pubkey).collect();
        self.name_publishers(&keys, quorum);
        publishers
    }

    /// Replaces the publishers.
    pub fn name_publishers(&mut self, keys: &[Pubkey], quorum: u16) {
        let set = ix::set_publishers(self.keys.oracle.pubkey(), keys.to_vec(), quorum);
        self.must(&[set], &["oracle"]);
    }

    /// The first book of market 2.
    pub fn first_book(&self) -> Book {
        self.read(&addresses::book(2, self.expiries[0]))
    }

    /// A publication of a surface made now for the first book of market 2.
    pub fn publication(&self, publisher: &Keypair, surface: SurfaceParams) -> Instruction {
        let now = self.now();
        let args = PublishSurfaceArgs { surface, time: now, deadline: now };
        ix::publish_surface(publisher.pubkey(), 2, self.expiries[0], args)
    }

    /// A flat surface without carry for the first book of market 2.
    pub fn flat(&self, vol: f64) -> SurfaceParams {
        layout::flat_surface(vol, i64::from(self.expiries[0]) * 3_600 - self.now())
    }

    /// Publishes a surface made now for the first book of market 2.
    pub fn publish(&mut self, publisher: &Keypair, surface: SurfaceParams) -> Result<SurfacePublished, Failure> {
        let publication = self.publication(publisher, surface);
        self.send(&[publication], &[publisher]).map(|metadata| published(&metadata))
    }
}

/// The publication that a transaction announced.
pub fn published(metadata: &TransactionMetadata) -> SurfacePublished {
    let data = metadata.logs.iter().filter_map(|line| line.strip_prefix("Program data: ")).map(base64);
    let mut events = data.filter_map(|data| data.strip_prefix(SurfacePublished::DISCRIMINATOR).map(<[u8]>::to_vec));
    let event = events.next_back().expect("the event");
    SurfacePublished::deserialize(&mut event.as_slice()).expect("an event of this type")
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let bits: Vec<bool> = digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}
