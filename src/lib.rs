//! Noisewalk: a complete, tiny Stable Diffusion that runs in a browser, and the trainer that makes its models.

pub mod data;
pub mod diffusion;
pub mod metrics;
pub mod protocol;

#[cfg(feature = "app")]
pub mod app;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "model")]
pub mod model;
#[cfg(all(feature = "train", not(target_family = "wasm")))]
pub mod train;

#[cfg(all(feature = "train", target_family = "wasm"))]
compile_error!("the train layer is native only; build the app or engine layer for the web");
