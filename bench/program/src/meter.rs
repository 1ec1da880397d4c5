//! The meter: what is left of the compute budget before and after.

// syscalls are foreign functions
#![allow(unsafe_code)]

use core::hint::black_box;

#[cfg(target_os = "solana")]
fn remaining() -> u64 {
    // SAFETY: takes nothing and returns a number
    unsafe { solana_define_syscall::definitions::sol_remaining_compute_units() }
}

/// There is no meter elsewhere; the crate only compiles there for the sake of lints.
#[cfg(not(target_os = "solana"))]
fn remaining() -> u64 {
    0
}

#[inline(always)]
fn raw<T>(work: impl FnOnce() -> T) -> u64 {
    let before = remaining();
    let result = work();
    let after = remaining();
    black_box(result);
    before.saturating_sub(after)
}

/// Compute units that `work` takes; the meter's own are not counted.
#[inline(always)]
pub fn measure<T>(work: impl FnOnce() -> T) -> u64 {
    let own = raw(|| ());
    raw(work).saturating_sub(own)
}

/// As [`measure`], for work that must succeed.
#[inline(always)]
pub fn measure_ok<T, E>(work: impl FnOnce() -> Result<T, E>) -> u64 {
    let own = raw(|| ());
    let before = remaining();
    let result = work();
    let after = remaining();
    assert!(black_box(result).is_ok(), "the sample is refused");
    before.saturating_sub(after).saturating_sub(own)
}

/// Returns the result to the caller.
#[cfg(target_os = "solana")]
pub fn answer(units: u64) {
    let bytes = units.to_le_bytes();
    // SAFETY: the pointer and the length are those of a live array
    unsafe { solana_define_syscall::definitions::sol_set_return_data(bytes.as_ptr(), bytes.len() as u64) }
}

#[cfg(not(target_os = "solana"))]
pub fn answer(_: u64) {}
