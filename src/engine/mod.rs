//! The engine: chooses a device, loads models, answers the page's requests one at a time.
//!
//! Plain async Rust over a small [`platform::Platform`], so that native tests drive the same code as the browser.

pub mod device;
pub mod generate;
pub mod lab;
pub mod load;
pub mod mailbox;
pub mod open;
pub mod platform;
pub mod serve;
pub mod shelf;
pub mod training;

#[cfg(target_family = "wasm")]
pub mod canvas;
#[cfg(target_family = "wasm")]
pub mod frames;
#[cfg(target_family = "wasm")]
pub mod noised;
#[cfg(target_family = "wasm")]
pub mod paint;
#[cfg(target_family = "wasm")]
pub mod pipelines;
#[cfg(target_family = "wasm")]
pub mod plane;
#[cfg(target_family = "wasm")]
pub mod probe;
#[cfg(target_family = "wasm")]
pub mod web;
