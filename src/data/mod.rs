//! Data to learn from: pure functions of a seed.

pub mod avatar;
