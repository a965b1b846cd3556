//! What holds for all numbers: curves are monotone and meet their ends, conversions can be undone, and no finite input makes a panic or a NaN.
#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod metrics;
mod plans;
mod scalars;
mod schedules;

use proptest::prelude::*;

/// `cases` runs; a failure prints its input and leaves no file behind.
fn runs(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Any finite number, with a liking for those that break things.
fn finite() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        4 => -4.0..4.0f64,
        2 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 0.5, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, f64::EPSILON]),
    ]
}

/// A number far beyond anything a model meets, whose square is still finite: formulas must give a number or an infinity for it.
fn wide() -> impl Strategy<Value = f64> + Clone {
    let power =
        (-30.0..30.0f64, any::<bool>()).prop_map(|(e, minus)| if minus { -(10f64.powf(e)) } else { 10f64.powf(e) });
    prop_oneof![4 => -4.0..4.0f64, 2 => power, 1 => prop::sample::select(vec![0.0, 1.0, -1.0])]
}

/// The same, above 0.
fn positive() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![2 => 0.01..4.0f64, 1 => (-30.0..30.0f64).prop_map(|e| 10f64.powf(e))]
}
