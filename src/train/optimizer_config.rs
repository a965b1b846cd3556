//! How weights move and what is written meanwhile: the settings that all training shares.

use serde::{Deserialize, Serialize};

use super::failure::Outcome;
use super::settings_file::in_range;

/// AdamW (Loshchilov and Hutter 2019) with warm-up and cosine decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Number of weight updates.
    pub steps: u64,
    /// Pictures per forward pass.
    pub batch_size: usize,
    /// Forward passes per weight update.
    pub gradient_accumulation: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Updates over which the learning rate rises from 0.
    pub warmup_steps: u64,
    /// The learning rate at the end, as a share of the highest.
    pub final_learning_rate: f64,
    /// Decay of the gradient's moving average.
    pub beta_1: f64,
    /// Decay of the squared gradient's moving average.
    pub beta_2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Divide by the largest squared average so far, AMSGrad (Reddi et al. 2018), so that step sizes never grow again.
    pub amsgrad: bool,
    /// The gradient's largest norm over all parameters; 0 for no limit.
    pub max_grad_norm: f64,
    /// Decay of the moving average of the weights; 0 for none.
    pub ema_decay: f64,
}

/// What is written while training, in updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// A row of metrics every so many.
    pub log_every: u64,
    /// A grid of samples every so many; 0 for none.
    pub sample_every: u64,
    /// A checkpoint every so many.
    pub checkpoint_every: u64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            steps: 10_000,
            batch_size: 64,
            gradient_accumulation: 1,
            learning_rate: 1e-3,
            warmup_steps: 200,
            final_learning_rate: 0.02,
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.01,
            amsgrad: false,
            max_grad_norm: 1.0,
            ema_decay: 0.999,
        }
    }
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { log_every: 20, sample_every: 1000, checkpoint_every: 500 }
    }
}

impl OptimizerConfig {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// One sentence naming the key and what is allowed.
    pub fn validate(&self) -> Outcome<()> {
        in_range("optimizer.steps", self.steps as f64, 1.0, 1e9)?;
        in_range("optimizer.batch_size", self.batch_size as f64, 1.0, 65_536.0)?;
        in_range("optimizer.gradient_accumulation", self.gradient_accumulation as f64, 1.0, 65_536.0)?;
        in_range("optimizer.learning_rate", self.learning_rate, 0.0, 10.0)?;
        in_range("optimizer.final_learning_rate", self.final_learning_rate, 0.0, 1.0)?;
        in_range("optimizer.beta_1", self.beta_1, 0.0, 0.999_999)?;
        in_range("optimizer.beta_2", self.beta_2, 0.0, 0.999_999)?;
        // Below, f32 has only denormal numbers; 0 would divide 0 by 0 where a gradient is 0.
        in_range("optimizer.epsilon", self.epsilon, 1e-37, 1.0)?;
        in_range("optimizer.max_grad_norm", self.max_grad_norm, 0.0, f64::MAX)?;
        in_range("optimizer.weight_decay", self.weight_decay, 0.0, 10.0)?;
        in_range("optimizer.ema_decay", self.ema_decay, 0.0, 0.999_999)
    }
}

impl ReportConfig {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// One sentence naming the key and what is allowed.
    pub fn validate(&self) -> Outcome<()> {
        in_range("report.log_every", self.log_every as f64, 1.0, 1e9)?;
        in_range("report.checkpoint_every", self.checkpoint_every as f64, 1.0, 1e9)
    }
}
