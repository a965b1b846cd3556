//! Plots as SVG: axes with units, direct labels, and the same numbers as a table.

pub mod curve;
pub mod histogram;
