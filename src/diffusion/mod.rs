//! The mathematics of diffusion: pure functions of numbers, no tensor and no device.

pub mod adaptive;
pub mod guidance;
pub mod inpaint;
pub mod math;
pub mod mixture;
pub mod noise;
pub mod parameterization;
pub mod plan;
pub mod sampler;
pub mod schedule;
pub mod scheduler_config;
pub mod simulate;
pub mod walk;
