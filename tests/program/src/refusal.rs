//! Refused transactions: which error they end in, and that they change nothing.

use anchor_lang::error::ErrorCode;
use anchor_lang::prelude::Pubkey;
use clearing_house::error::ClearingError;
use litesvm::types::TransactionMetadata;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::world::{Failure, World};

/// The error that a transaction must end in.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// A program's error number.
    Code(u32),
    /// One of the runtime's own errors, by a part of its name.
    Runtime(&'static str),
    /// Any typed error: not a panic, and not one that says that compute ran out.
    AnyTyped,
}

impl From<ClearingError> for Expected {
    fn from(error: ClearingError) -> Self {
        Self::Code(error.into())
    }
}

impl From<ErrorCode> for Expected {
    fn from(error: ErrorCode) -> Self {
        Self::Code(error.into())
    }
}

impl From<u32> for Expected {
    fn from(code: u32) -> Self {
        Self::Code(code)
    }
}

impl From<&'static str> for Expected {
    fn from(name: &'static str) -> Self {
        Self::Runtime(name)
    }
}

impl Expected {
    /// Whether a transaction failed in this way.
    pub fn is(self, failure: &Failure) -> bool {
        let crashed = ["ProgramFailedToComplete", "ComputationalBudgetExceeded", "SanitizeFailure"]
            .iter()
            .any(|name| failure.error.contains(name));
        match self {
            Self::Code(code) => failure.code == Some(code),
            Self::Runtime(name) => failure.error.contains(name),
            Self::AnyTyped => !crashed,
        }
    }
}

impl World {
    /// Sends instructions signed by whoever they name: the roles' keys are known, others come with `extra`.
    pub fn signed(&mut self, all: &[Instruction], extra: &[&Keypair]) -> Result<TransactionMetadata, Failure> {
        let keys = self.keys_for(all, extra);
        let signers: Vec<&Keypair> = keys.iter().collect();
        self.send(all, &signers)
    }

    /// As [`World::signed`]; must succeed.
    pub fn accepts(&mut self, instruction: Instruction, extra: &[&Keypair]) -> TransactionMetadata {
        self.signed(&[instruction], extra).unwrap_or_else(|failure| panic!("{failure:#?}"))
    }

    /// As [`World::signed`]; must end in the expected error and leave every account as it was, the payer's lamports
    /// apart.
    #[track_caller]
    pub fn refuses(&mut self, instruction: Instruction, extra: &[&Keypair], expected: impl Into<Expected>) {
        self.refuses_case("", instruction, extra, expected);
    }

    /// As [`World::refuses`]; a failing test names the case.
    #[track_caller]
    pub fn refuses_case(
        &mut self,
        case: &str,
        instruction: Instruction,
        extra: &[&Keypair],
        expected: impl Into<Expected>,
    ) {
        let expected = expected.into();
        let addresses: Vec<Pubkey> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        let before = self.photograph(&addresses);
        match self.signed(&[instruction], extra) {
            Ok(_) => panic!("{case}: went through, {expected:?} expected"),
            Err(failure) => assert!(expected.is(&failure), "{case}: {expected:?} expected, {failure:#?}"),
        }
        assert_eq!(before, self.photograph(&addresses), "{case}: a refused transaction changed something");
    }

    /// Whether an instruction that only roles sign would go through; changes nothing.
    pub fn simulates(&mut self, instruction: Instruction) -> bool {
        let svm = self.svm.clone();
        let passed = self.signed(&[instruction], &[]).is_ok();
        self.svm = svm;
        passed
    }

    /// The named accounts as they are, but for the payer's lamports.
    fn photograph(&self, addresses: &[Pubkey]) -> Vec<Option<Account>> {
        let photograph = |address: &Pubkey| {
            let mut account = self.svm.get_account(address)?;
            if *address == self.payer() {
                account.lamports = 0;
            }
            Some(account)
        };
        addresses.iter().map(photograph).collect()
    }

    fn keys_for(&self, all: &[Instruction], extra: &[&Keypair]) -> Vec<Keypair> {
        let roles = &self.keys;
        let known = [
            &roles.payer,
            &roles.authority,
            &roles.risk,
            &roles.listing,
            &roles.oracle,
            &roles.guardian,
            &roles.publisher,
            &roles.venue,
        ];
        let mut keys: Vec<Keypair> = Vec::new();
        for meta in all.iter().flat_map(|instruction| &instruction.accounts).filter(|meta| meta.is_signer) {
            let is_new = meta.pubkey != self.payer() && keys.iter().all(|key| key.pubkey() != meta.pubkey);
            let key = known.iter().chain(extra).find(|key| key.pubkey() == meta.pubkey);
            if is_new {
                keys.push(key.expect("the key of every signer").insecure_clone());
            }
        }
        keys
    }
}
