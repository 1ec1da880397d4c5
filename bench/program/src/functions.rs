//! Single functions, called, at arguments where they take the long way.

use core::hint::black_box;

use novate_risk::pricing::black76::Carry;
use novate_risk::pricing::tenor::Tenor;
use novate_risk::pricing::{exp, log, normal, price_call, sqrt};
use novate_risk::units::{LotValue, Vol};

use crate::meter::{measure, measure_ok};

/// A call of `function`, less what it takes to have the argument ready.
fn call<A: Copy, R>(function: fn(A) -> R, argument: A) -> u64 {
    let function = black_box(function);
    let argument = black_box(argument);
    measure(|| function(argument))
}

pub fn normal_cdf() -> u64 {
    call(normal::cdf, -800_000_000)
}

pub fn normal_density() -> u64 {
    call(normal::density, -800_000_000)
}

pub fn ln() -> u64 {
    call(log::ln, 123_456_789_012)
}

pub fn exp() -> u64 {
    call(exp::exp, -400_000_000_000)
}

pub fn sqrt() -> u64 {
    call(sqrt::isqrt, 1_234_567_890_123_456_789)
}

/// Value, delta, gamma, vega and theta of a call with a week to go.
pub fn black76_greeks() -> u64 {
    let tenor = Tenor::new(black_box(604_800)).expect("a tenor in range");
    let (forward, strike) = black_box((LotValue(100_000_000_000), LotValue(104_000_000_000)));
    let vol = black_box(Vol(600_000_000));
    measure_ok(|| price_call(forward, strike, vol, &tenor, &Carry::NONE))
}
