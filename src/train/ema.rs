//! The moving average of the weights, which samples better than the weights themselves.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

use crate::diffusion::ema::EmaDecay;

/// The decay of an average that has seen `step` updates, with the warm-up of diffusers' `EMAModel`.
pub fn decay_at(decay: f64, step: u64) -> f64 {
    EmaDecay { decay, ..EmaDecay::default() }.at_age(step)
}

/// `ema ← decay · ema + (1 − decay) · weights`, parameter by parameter.
pub fn update<M: Module>(ema: M, weights: &M, decay: f64) -> M {
    let mut collect = Collect(HashMap::new());
    weights.visit(&mut collect);
    ema.map(&mut Blend { weights: collect.0, decay })
}

/// Parameters by id, flattened so that one map holds every rank.
struct Collect(HashMap<ParamId, Tensor<1>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.insert(param.id, param.val().inner().flatten(0, D - 1));
    }
}

struct Blend {
    weights: HashMap<ParamId, Tensor<1>>,
    decay: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(weights) = self.weights.remove(&param.id) else { return param };
        let decay = self.decay;
        param.map(|ema| {
            let weights = weights.reshape(ema.shape());
            ema * decay + weights * (1.0 - decay)
        })
    }
}
