//! AdamW with a global gradient limit, warm-up and cosine decay.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;

use super::optimizer_config::OptimizerConfig;
use crate::diffusion::math;

/// Burn's AdamW set up as `config` says.
pub fn adamw(config: &OptimizerConfig) -> ModuleOptimizer {
    AdamWConfig::new()
        .with_beta_1(config.beta_1 as f32)
        .with_beta_2(config.beta_2 as f32)
        .with_epsilon(config.epsilon as f32)
        .with_weight_decay(config.weight_decay as f32)
        .with_amsgrad(config.amsgrad)
        .init()
}

/// The learning rate of update `step`: linear warm-up, then half a cosine (Loshchilov and Hutter 2017) down to the final share.
pub fn learning_rate(config: &OptimizerConfig, step: u64) -> f64 {
    let warmup = config.warmup_steps.min(config.steps);
    if step < warmup {
        return config.learning_rate * (step + 1) as f64 / warmup as f64;
    }
    let progress = (step - warmup) as f64 / (config.steps - warmup).max(1) as f64;
    let cosine = 0.5 * (1.0 + math::cos(core::f64::consts::PI * progress.min(1.0)));
    config.learning_rate * (config.final_learning_rate + (1.0 - config.final_learning_rate) * cosine)
}

/// Scales all gradients together so that their joint norm is at most `max_norm` (Pascanu et al. 2013); returns the norm before, `[1]`.
///
/// Everything stays on the device; a `max_norm` of 0 only measures.
pub fn clip_grad_norm<M: Module>(
    module: &M,
    gradients: GradientsParams,
    max_norm: f64,
) -> (GradientsParams, Option<Tensor<1>>) {
    let mut squares = SquaredNorm { gradients: &gradients, sum: None };
    module.visit(&mut squares);
    let Some(norm) = squares.sum.map(Tensor::sqrt) else { return (gradients, None) };
    if max_norm == 0.0 {
        return (gradients, Some(norm));
    }
    let factor = (norm.clone() + 1e-6).recip().mul_scalar(max_norm).clamp_max(1.0);
    let mut scale = Scale { gradients, factor };
    module.visit(&mut scale);
    (scale.gradients, Some(norm))
}

struct SquaredNorm<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SquaredNorm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale {
    gradients: GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let scaled = gradient * self.factor.clone().reshape([1; D]);
            self.gradients.register(param.id, scaled);
        }
    }
}
