//! Single functions, called, at arguments where they take the long way.

use core::hint::black_box;

use novate_risk::pricing::black76::Carry;
use novate_risk::pricing::tenor::Tenor;
use novate_risk::pricing::{exp, log, normal, price_call, sqrt};
use novate_risk::units::{LotValue, Vol, mul_div_floor};

use crate::meter::{measure, measure_ok};

/// A row that measures a call of a function with one argument, whose own compute units are not counted.
macro_rules! rows {
    ($($name:ident: $function:path, $argument:expr;)*) => {$(
        pub fn $name() {
            #[inline(never)]
            fn called<T>(argument: T, function: impl Fn(T) -> i64) -> i64 {
                function(argument)
            }
            let argument = black_box($argument);
            measure(|| called(argument, |argument| $function(argument) as i64));
        }
    )*};
}

rows! {
    normal_cdf: normal::cdf, -800_000_000;
    normal_density: normal::density, -800_000_000;
    ln: log::ln, 123_456_789_012;
    exp: exp::exp, -400_000_000_000;
    sqrt: sqrt::isqrt, 1_234_567_890_123_456_789;
}

/// Value, delta, gamma, vega and theta of a call with a week to go.
pub fn black76_greeks() {
    let tenor = Tenor::new(black_box(604_800)).expect("a tenor in range");
    let (forward, strike) = black_box((LotValue(100_000_000_000), LotValue(104_000_000_000)));
    let vol = black_box(Vol(600_000_000));
    measure_ok(|| price_call(forward, strike, vol, &tenor, &Carry::NONE));
}

/// A multiplication and a division of 64-bit numbers by way of 128 bits.
pub fn multiply_divide() {
    let (x, y, z) = black_box((104_250_000_000, 600_000_000, 1_750_000_000));
    measure(|| mul_div_floor(x, y, z));
}
