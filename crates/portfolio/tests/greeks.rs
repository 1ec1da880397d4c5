//! Greeks are the derivatives of marks, in the units that docs/PORTFOLIO_JSON.md says, and puts follow by parity.

use novate_portfolio::Answer;
use novate_portfolio::form::Portfolio;
use novate_portfolio::world::World;

/// A book and a position in one of its options.
#[derive(Clone, Copy)]
struct Case {
    kind: &'static str,
    forward: f64,
    strike: f64,
    size: f64,
    vol: f64,
    rate: f64,
    expiry_s: i64,
}

/// Mark, delta, gamma, vega, theta of the position.
struct Values {
    mark: f64,
    greeks: [f64; 4],
}

impl Case {
    fn values(&self) -> Values {
        let Self { kind, forward, strike, size, vol, rate, expiry_s } = *self;
        let file = format!(
            "{{\"markets\": [{{\"id\": \"M\", \"spot\": {forward:.9}, \"books\": [{{\"expiry_s\": {expiry_s}, \
             \"forward\": {forward:.9}, \"rate\": {rate:.9}, \"vol\": {vol:.9}}}]}}], \
             \"legs\": [{{\"market\": \"M\", \"kind\": \"{kind}\", \"expiry_s\": {expiry_s}, \
             \"strike\": {strike:.9}, \"size\": {size}}}]}}"
        );
        let portfolio = Portfolio::read(&file).unwrap();
        let world = World::new(&portfolio).unwrap();
        let answer = Answer::new(&portfolio, &world).unwrap();
        let leg = &answer.legs[0];
        let number = |text: String| text.parse::<f64>().unwrap();
        Values {
            mark: leg.mark as f64 / 1e9,
            greeks: [
                number(leg.greeks.delta.text()),
                number(leg.greeks.gamma.text()),
                leg.greeks.vega as f64 / 1e9,
                leg.greeks.theta as f64 / 1e9,
            ],
        }
    }

    /// The same by central differences of marks; of deltas for gamma.
    fn differences(&self) -> [f64; 4] {
        let at_forward = |forward| Self { forward, ..*self }.values();
        let (bump, nudge) = (self.forward * 1e-3, 1e-3);
        let (up, down) = (at_forward(self.forward + bump), at_forward(self.forward - bump));
        let at_vol = |vol| Self { vol, ..*self }.values().mark;
        let at_time = |expiry_s| Self { expiry_s, ..*self }.values().mark;
        let step = self.expiry_s / 200;
        [
            (up.mark - down.mark) / (2.0 * bump),
            (up.greeks[0] - down.greeks[0]) / (2.0 * bump),
            (at_vol(self.vol + nudge) - at_vol(self.vol - nudge)) / (2.0 * nudge),
            (at_time(self.expiry_s - step) - at_time(self.expiry_s + step)) / (2 * step) as f64 * 86_400.0,
        ]
    }
}

/// Options in, at and out of the money, dear and cheap, long and short, with rates of both signs.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in ["call", "put"] {
        for (forward, size) in [(100_000.0, -2.0), (3_500.0, 10.0), (0.02, -250_000.0)] {
            for moneyness in [0.85, 1.0, 1.2] {
                for (rate, expiry_s) in [(0.0, 30 * 86_400), (0.08, 200 * 86_400), (-0.05, 500 * 86_400)] {
                    cases.push(Case { kind, forward, strike: forward * moneyness, size, vol: 0.6, rate, expiry_s });
                }
            }
        }
    }
    cases
}

#[test]
fn greeks_are_derivatives_of_marks() {
    for case in cases() {
        let (found, expected) = (case.values().greeks, case.differences());
        let years = case.expiry_s as f64 / 31_536_000.0;
        // what each is of the order of, for this size
        let scales = [1.0, 1.0 / case.forward, case.forward * years.sqrt(), case.forward / 365.0];
        for (place, name) in ["delta", "gamma", "vega", "theta"].into_iter().enumerate() {
            let error = (found[place] - expected[place]).abs() / (scales[place] * case.size.abs());
            let Case { kind, forward, strike, .. } = case;
            assert!(error < 2e-4, "{name} of {kind} {strike} at {forward}: {} {}", found[place], expected[place]);
        }
    }
}

#[test]
fn puts_follow_from_calls_by_parity() {
    for call in cases().into_iter().filter(|case| case.kind == "call") {
        let (of_call, of_put) = (call.values(), Case { kind: "put", ..call }.values());
        let Case { forward, strike, size, rate, expiry_s, .. } = call;
        let discount = (-rate * expiry_s as f64 / 31_536_000.0).exp();
        let parity = (forward - strike) * discount * size;
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-7 * forward * size.abs();
        assert!(close(of_call.mark - of_put.mark, parity));
        assert!((of_call.greeks[0] - of_put.greeks[0] - discount * size).abs() <= 1e-7 * size.abs());
        assert_eq!(of_call.greeks[1], of_put.greeks[1]);
        assert_eq!(of_call.greeks[2], of_put.greeks[2]);
        assert!(close(of_call.greeks[3] - of_put.greeks[3], parity * rate / 365.0));
    }
}
