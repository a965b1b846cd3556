//! Networks on burn tensors, weight files, and the one tensor sampling loop.

pub mod config;
pub mod denoiser;
pub mod folder;
pub mod layers;
pub mod manifest;
pub mod probe;
pub mod sample;
pub mod unet2d;
pub mod weights;
