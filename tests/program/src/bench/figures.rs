//! Figures by name, and how they are read off a transaction.

use std::collections::BTreeMap;

use litesvm::types::TransactionMetadata;

/// A transaction that was sent as a v0 transaction with a lookup table.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Compute units of the whole transaction.
    pub units: u64,
    /// Its length.
    pub bytes: usize,
    /// Accounts that it locks.
    pub locks: usize,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Compute units by name of the row.
    pub rows: BTreeMap<String, u64>,
    /// The transactions of the rows that were sent with a lookup table.
    pub sent: BTreeMap<String, Sent>,
}

impl Figures {
    /// Adds a row.
    pub fn add(&mut self, name: impl Into<String>, units: u64) {
        let name = name.into();
        assert!(self.rows.insert(name.clone(), units).is_none(), "{name} was measured twice");
    }

    /// Adds a row that a transaction with a lookup table was sent for.
    pub fn add_sent(&mut self, name: impl Into<String>, units: u64, sent: Sent) {
        let name = name.into();
        self.sent.insert(name.clone(), sent);
        self.add(name, units);
    }

    /// The figure of a row.
    pub fn of(&self, name: &str) -> u64 {
        *self.rows.get(name).unwrap_or_else(|| panic!("there is no row {name}"))
    }
}

/// Compute units of a transaction's last instruction for the clearing house, with all that it calls.
pub fn instruction_units(metadata: &TransactionMetadata) -> u64 {
    let start = format!("Program {} consumed ", clearing_house::ID);
    let line = metadata.logs.iter().rev().find_map(|line| line.strip_prefix(&start));
    let units = line.and_then(|line| line.split(' ').next()).and_then(|number| number.parse().ok());
    units.expect("the log says what the program consumed")
}
