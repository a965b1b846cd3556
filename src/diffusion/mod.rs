//! The mathematics of diffusion: pure functions of numbers, no tensor and no device.

pub mod adaptive;
pub mod convergence;
pub mod ema;
pub mod forward;
pub mod gamma_net;
pub mod guidance;
pub mod inpaint;
pub mod learning_rate;
pub mod loss;
pub mod math;
pub mod mixture;
pub mod noise;
pub mod parameterization;
pub mod plan;
pub mod post_hoc_ema;
pub mod preconditioning;
pub mod sampler;
pub mod schedule;
pub mod scheduler_config;
pub mod sigma_density;
pub mod simulate;
pub mod timestep_sampling;
pub mod vlb;
pub mod walk;
pub mod weighting;
