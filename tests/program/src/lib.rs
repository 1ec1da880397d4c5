//! The built program in LiteSVM: a world with a house, collaterals, markets and actors, and builders for every
//! instruction. Tests are in `tests/`, the compute-unit benchmark is `src/bin/bench.rs`.

pub mod actors;
pub mod addresses;
pub mod bench;
pub mod instructions;
pub mod layout;
pub mod oracle;
pub mod publishers;
pub mod refusal;
pub mod stake_pool;
pub mod switchboard;
pub mod tokens;
pub mod world;

pub use actors::Trader;
pub use addresses::*;
pub use world::{Failure, World};
