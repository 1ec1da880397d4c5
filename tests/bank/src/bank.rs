//! A bank of Agave's runtime with the built program, deployed through the upgradeable loader.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::bpf_loader_upgradeable;
use novate_tests::layout::START;
use novate_tests::world::PROGRAM;
use novate_tests::{Failure, addresses};
use solana_account::{Account, AccountSharedData};
use solana_clock::Clock;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::{TransactionError, TransactionResult};

/// The longest transaction that validators forward, in bytes.
const PACKET: usize = 1_232;
/// What a signature costs in this bank, in lamports.
pub const SIGNATURE_FEE: u64 = 5_000;

/// The bank.
pub struct Bank {
    context: ProgramTestContext,
    deployer: Keypair,
}

/// A transaction that went through.
#[derive(Debug)]
pub struct Receipt {
    /// Compute units that it took.
    pub compute_units: u64,
    /// What was logged.
    pub logs: Vec<String>,
}

impl Bank {
    /// The program alone, at [`START`].
    pub async fn start() -> Self {
        let elf = std::fs::read(PROGRAM)
            .unwrap_or_else(|error| panic!("the program is not built ({PROGRAM}: {error}): run `make program`"));
        let deployer = Keypair::new();
        let mut test = ProgramTest::default();
        if std::env::var_os("RUST_LOG").is_none() {
            // otherwise every instruction is logged to the terminal, past the test harness; failures carry their logs
            log::set_max_level(log::LevelFilter::Warn);
        }
        for (address, account) in deployment(&elf, &deployer.pubkey()) {
            test.add_account(address, account);
        }
        let mut bank = Self { context: test.start_with_context().await, deployer };
        bank.set_time(START).await;
        bank
    }

    /// Who pays for all transactions.
    pub fn payer(&self) -> Pubkey {
        self.context.payer.pubkey()
    }

    /// The program's upgrade authority.
    pub fn deployer(&self) -> &Keypair {
        &self.deployer
    }

    async fn clock(&self) -> Clock {
        self.context.banks_client.get_sysvar().await.expect("the clock")
    }

    /// The chain's time.
    pub async fn now(&self) -> i64 {
        self.clock().await.unix_timestamp
    }

    /// Freezes the slot and goes on in the next, at a time of one's choice.
    pub async fn set_time(&mut self, unix_timestamp: i64) {
        let slot = self.clock().await.slot;
        self.context.warp_to_slot(slot + 1).expect("a later slot");
        let clock = Clock { unix_timestamp, ..self.clock().await };
        self.context.set_sysvar(&clock);
    }

    /// Lets time pass.
    pub async fn advance(&mut self, seconds: i64) {
        let now = self.now().await;
        self.set_time(now + seconds).await;
    }

    /// What an account of this length has to hold, in lamports.
    pub async fn rent(&self, length: usize) -> u64 {
        self.context.banks_client.get_rent().await.expect("the rent").minimum_balance(length)
    }

    /// Writes an account, rent exempt.
    pub async fn set_account(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let lamports = self.rent(data.len()).await;
        let account = Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX };
        self.context.set_account(&address, &AccountSharedData::from(account));
    }

    /// An account, if there is one.
    pub async fn account(&self, address: Pubkey) -> Option<Account> {
        self.context.banks_client.get_account(address).await.expect("the bank answers")
    }

    /// An account's data; empty if there is none.
    pub async fn data(&self, address: Pubkey) -> Vec<u8> {
        self.account(address).await.map(|account| account.data).unwrap_or_default()
    }

    /// A zero-copy account's fixed part.
    pub async fn read<T: bytemuck::Pod>(&self, address: Pubkey) -> T {
        bytemuck::pod_read_unaligned(&self.data(address).await[8..8 + size_of::<T>()])
    }

    /// Sends instructions in a legacy transaction, signed by the payer and others.
    pub async fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Failure> {
        loop {
            let transaction = self.sign(instructions, signers).await;
            let sent = self.context.banks_client.process_transaction_with_metadata(transaction).await;
            let sent = sent.expect("the bank answers");
            if is_late(&sent.result) {
                continue;
            }
            let (compute_units, logs) = match sent.metadata {
                Some(metadata) => (metadata.compute_units_consumed, metadata.log_messages),
                None => (0, Vec::new()),
            };
            return match sent.result {
                Ok(()) => Ok(Receipt { compute_units, logs }),
                Err(error) => Err(failure(&error, logs)),
            };
        }
    }

    /// Sends instructions that a program has to refuse with this error number, and proves that they leave every account
    /// that they name as it was, to the last byte and lamport, but for the payer's fee.
    pub async fn refuse(&mut self, instructions: &[Instruction], signers: &[&Keypair], expected: impl Into<u32>) {
        let expected = expected.into();
        let payer = self.payer();
        let mut named: Vec<Pubkey> =
            instructions.iter().flat_map(|instruction| &instruction.accounts).map(|meta| meta.pubkey).collect();
        named.retain(|address| *address != payer);
        named.sort_unstable();
        named.dedup();
        let before = self.picture(&named).await;
        let funds = self.account(payer).await.expect("the payer").lamports;
        let failure = match self.send(instructions, signers).await {
            Ok(receipt) => panic!("error {expected} was expected: {receipt:#?}"),
            Err(failure) => failure,
        };
        assert_eq!(failure.code, Some(expected), "{failure:#?}");
        for (address, (before, after)) in named.iter().zip(before.iter().zip(self.picture(&named).await)) {
            assert_eq!(*before, after, "{address} was changed by a transaction that failed: {failure:#?}");
        }
        let signatures = 1 + signers.iter().filter(|key| key.pubkey() != payer).count();
        let paid = funds - self.account(payer).await.expect("the payer").lamports;
        assert_eq!(paid, SIGNATURE_FEE * u64::try_from(signatures).expect("a few"), "the payer pays more than the fee");
    }

    async fn picture(&self, addresses: &[Pubkey]) -> Vec<Option<Account>> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for address in addresses {
            accounts.push(self.account(*address).await);
        }
        accounts
    }

    /// What an instruction returns. It is only simulated.
    pub async fn simulate(&mut self, instruction: &Instruction) -> Result<Vec<u8>, Failure> {
        loop {
            let transaction = self.sign(std::slice::from_ref(instruction), &[]).await;
            let simulated = self.context.banks_client.simulate_transaction(transaction).await;
            let simulated = simulated.expect("the bank answers");
            let result = simulated.result.expect("a simulation has a result");
            if is_late(&result) {
                continue;
            }
            let details = simulated.simulation_details.expect("a simulation has details");
            return match result {
                Ok(()) => Ok(details.return_data.map(|returned| returned.data).unwrap_or_default()),
                Err(error) => Err(failure(&error, details.logs)),
            };
        }
    }

    async fn sign(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> VersionedTransaction {
        self.next_blockhash().await;
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(1_400_000)];
        all.extend_from_slice(instructions);
        let message = Message::new_with_blockhash(&all, Some(&self.payer()), &self.context.last_blockhash);
        let mut keys = vec![&self.context.payer];
        keys.extend(signers.iter().filter(|key| key.pubkey() != self.payer()));
        let message = VersionedMessage::Legacy(message);
        let transaction = VersionedTransaction::try_new(message, &keys).expect("every signer is there");
        let length = 1 + 64 * transaction.signatures.len() + transaction.message.serialize().len();
        assert!(length <= PACKET, "{length} bytes do not fit a packet");
        transaction
    }

    /// Waits for a new block hash, so that no two transactions are the same.
    async fn next_blockhash(&mut self) {
        loop {
            let hash = self.context.banks_client.get_latest_blockhash().await.expect("the bank answers");
            if hash != self.context.last_blockhash {
                self.context.last_blockhash = hash;
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Whether a transaction came too late for its block hash, of which the bank forgets one every few milliseconds. It was
/// not looked at then.
fn is_late(result: &TransactionResult<()>) -> bool {
    matches!(result, Err(TransactionError::BlockhashNotFound))
}

fn failure(error: &TransactionError, logs: Vec<String>) -> Failure {
    let code = match error {
        TransactionError::InstructionError(_, solana_instruction::error::InstructionError::Custom(code)) => Some(*code),
        _ => None,
    };
    Failure { code, logs, error: format!("{error:?}") }
}

/// The accounts that the upgradeable loader makes of a program: `UpgradeableLoaderState::Program`, which names the data
/// account, and `::ProgramData` with slot and upgrade authority before the ELF.
fn deployment(elf: &[u8], authority: &Pubkey) -> [(Pubkey, Account); 2] {
    let data_address = addresses::program_data();
    let program = [2_u32.to_le_bytes().as_slice(), data_address.as_ref()].concat();
    let data = [3_u32.to_le_bytes().as_slice(), &0_u64.to_le_bytes(), &[1], authority.as_ref(), elf].concat();
    let account = |data: Vec<u8>, executable| Account {
        lamports: 100_000_000_000,
        data,
        owner: bpf_loader_upgradeable::ID,
        executable,
        rent_epoch: u64::MAX,
    };
    [(data_address, account(data, false)), (clearing_house::ID, account(program, true))]
}
