//! What grows with the legs of an account: margin, trades, withdrawals, liquidations.

use solana_instruction::Instruction;

use super::desk::Desk;
use super::figures::{Figures, instruction_units};
use crate::actors::witness_of;
use crate::{Trader, World, instructions as ix};

/// Legs that are measured with.
pub const COUNTS: [usize; 4] = [1, 8, 32, 128];
/// The most legs: measured in more ways.
const MOST: usize = 128;

/// Measures with accounts of `count` legs.
pub fn measure(count: usize, figures: &mut Figures) {
    let mut desk = Desk::new(count);
    clear_trade(&mut desk, count, figures);
    check_margin(&mut desk, count, figures);
    withdraw(&mut desk, count, figures);
    desk.crash();
    liquidate(&mut desk, count, figures);
}

fn clear_trade(desk: &mut Desk, count: usize, figures: &mut Figures) {
    let (trade, venue) = (desk.last_trade(), desk.world.keys.venue.insecure_clone());
    let (metadata, sent, ()) = desk.try_out(&trade, &venue, |_| ());
    figures.add_sent(format!("clear_trade/{count}_legs"), instruction_units(&metadata), sent);
    desk.world.must(&[trade], &["venue"]);
    for account in [desk.maker.account, desk.holder.account] {
        let legs = desk.world.legs(account);
        let mut books: Vec<u64> = legs.iter().map(|leg| leg.key.book()).collect();
        books.dedup();
        assert_eq!((legs.len(), books.len()), (count, desk.books));
    }
}

fn check_margin(desk: &mut Desk, count: usize, figures: &mut Figures) {
    let account = desk.holder.account;
    let check = ix::check_margin(account, false);
    let check = ix::with_remaining(check, &desk.world.risk_accounts(&[account], &[]));
    let metadata = desk.world.must(&[check], &[]);
    figures.add(format!("check_margin/{count}_legs"), instruction_units(&metadata));
    let preview = desk.preview();
    let metadata = desk.world.must(&[preview], &[]);
    figures.add(format!("preview_trade/{count}_legs"), instruction_units(&metadata));
}

fn withdraw(desk: &mut Desk, count: usize, figures: &mut Figures) {
    let usdc = desk.world.usdc;
    let withdrawal = desk.world.withdrawal(&desk.holder, usdc, 1_000_000);
    let (metadata, sent, ()) = desk.try_out(&withdrawal, &desk.holder.owner.insecure_clone(), |_| ());
    figures.add_sent(format!("withdraw/{count}_legs"), instruction_units(&metadata), sent);
}

fn liquidate(desk: &mut Desk, count: usize, figures: &mut Figures) {
    let margin = desk.world.margin(desk.holder.account);
    assert!(margin.equity_mm < margin.mm, "{margin:?}");
    let witness = witness_of(&margin);
    let fresh = desk.world.trader(MOST as u16, 50_000_000);
    for (form, witness) in [("liquidate_witness", Some(witness)), ("liquidate_search", None)] {
        let whole = liquidation(&desk.world, &fresh, &desk.holder, 1.0, &witness);
        take(desk, &whole, &fresh, 0, &format!("{form}/{count}_legs"), figures);
        if count == MOST {
            let part = liquidation(&desk.world, &fresh, &desk.holder, 0.5, &witness);
            take(desk, &part, &fresh, count, &format!("{form}/{count}_legs_half"), figures);
            let maker = Trader { owner: desk.maker.owner.insecure_clone(), account: desk.maker.account };
            let net = liquidation(&desk.world, &maker, &desk.holder, 1.0, &witness);
            take(desk, &net, &maker, 0, &format!("{form}/{count}_legs_netting"), figures);
        }
    }
}

fn liquidation(world: &World, by: &Trader, of: &Trader, fraction: f64, witness: &Option<Vec<u8>>) -> Instruction {
    let liquidate = world.liquidation(by, of.account, fraction, witness.clone());
    ix::with_remaining(liquidate, &world.shared_interest(of.account, by.account))
}

/// Tries a liquidation out, after which the account must have `left` legs.
fn take(desk: &mut Desk, liquidate: &Instruction, by: &Trader, left: usize, name: &str, figures: &mut Figures) {
    let account = desk.holder.account;
    let (metadata, sent, legs) = desk.try_out(liquidate, &by.owner, |world| world.legs(account).len());
    assert_eq!(legs, left, "{name}");
    figures.add_sent(name, instruction_units(&metadata), sent);
}
