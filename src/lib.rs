//! Noisewalk: a complete, tiny Stable Diffusion that runs in a browser, and the trainer that makes its models.

pub mod diffusion;
pub mod protocol;

#[cfg(feature = "model")]
pub mod model;
