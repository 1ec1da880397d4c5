//! The meter: logs what is left of the compute budget before and after. The syscall that would return it is not
//! available on mainnet.

// syscalls are foreign functions
#![allow(unsafe_code)]

use core::hint::black_box;

#[cfg(target_os = "solana")]
fn log_remaining() {
    // SAFETY: takes and returns nothing
    unsafe { solana_define_syscall::definitions::sol_log_compute_units_() }
}

/// There is no meter elsewhere; the crate only compiles there for the sake of lints.
#[cfg(not(target_os = "solana"))]
fn log_remaining() {}

/// Logs four readings: the last two are around `work`, the first two around nothing.
#[inline(always)]
pub fn measure<T>(work: impl FnOnce() -> T) -> T {
    log_remaining();
    log_remaining();
    log_remaining();
    let result = work();
    log_remaining();
    black_box(result)
}

/// As [`measure`], for work that must succeed.
#[inline(always)]
pub fn measure_ok<T, E: core::fmt::Debug>(work: impl FnOnce() -> Result<T, E>) -> T {
    measure(work).expect("the sample is accepted")
}
