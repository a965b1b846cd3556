//! Everything that reads text or bytes, given broken ones: it may refuse them, but neither panic nor ask for absurd memory.
//!
//! Inputs are valid ones with a few random edits, and random bytes; seeds are fixed, so that a failure comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what failed by panicking")]

mod memory;
mod mutation;
mod protocol;
mod texts;

#[cfg(feature = "train")]
mod folders;
#[cfg(feature = "train")]
mod models;
#[cfg(feature = "train")]
#[path = "../common/zip_writer.rs"]
mod zip_writer;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// `cases` runs from a fixed seed.
fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() }
}
