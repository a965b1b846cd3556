//! Low-rank adapters: fine-tuning a network by few numbers, by the names of peft.
#![allow(non_snake_case, reason = "the names of peft's files")]

use burn::module::{Initializer, Module, Param, Reparameterization, Reparameterizer};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Where adapters go and how strong they are: fields of peft's `LoraConfig`, with the defaults of diffusers' training scripts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoraConfig {
    /// Rank: the width of the bottleneck.
    pub r: usize,
    /// Strength; see [`LoraConfig::scaling`].
    pub lora_alpha: f64,
    /// Whether the strength falls with the root of the rank only (rsLoRA, Kalajdzievski 2023).
    pub use_rslora: bool,
    /// Whether magnitude and direction of the weights are trained apart (DoRA, Liu et al. 2024).
    pub use_dora: bool,
    /// Modules that get adapters: their whole path or its end.
    pub target_modules: Vec<String>,
}

impl Default for LoraConfig {
    fn default() -> Self {
        let target_modules = ["to_q", "to_k", "to_v", "to_out.0"].map(str::to_owned).to_vec();
        Self { r: 4, lora_alpha: 4.0, use_rslora: false, use_dora: false, target_modules }
    }
}

impl LoraConfig {
    /// What the low-rank product is multiplied by: `lora_alpha / r`, or `lora_alpha / √r` with rsLoRA.
    pub fn scaling(&self) -> f64 {
        let rank = self.r as f64;
        self.lora_alpha / if self.use_rslora { rank.sqrt() } else { rank }
    }

    fn targets(&self, module: &str) -> bool {
        let is_end = |target: &String| module.strip_suffix(target.as_str()).is_some_and(|rest| rest.ends_with('.'));
        self.target_modules.iter().any(|target| module == target || is_end(target))
    }
}

/// The adapter of one weight: `W + scaling · B A` takes the place of W (LoRA, Hu et al. 2021).
///
/// Attached to a weight's `Param`, it serves any layer without a change to the layer, and trains while W is frozen.
/// With a magnitude vector m it is DoRA: `m (W + scaling · B A) / ‖W + scaling · B A‖`, the norm taken over each output's weights.
#[derive(Module, Debug)]
pub struct LoraAdapter {
    /// A `[r, inputs]`; a convolution's inputs are channels × height × width of its kernel.
    pub lora_A: Param<Tensor<2>>,
    /// B `[outputs, r]`.
    pub lora_B: Param<Tensor<2>>,
    /// m `[outputs]`, of DoRA only.
    pub lora_magnitude_vector: Option<Param<Tensor<1>>>,
    /// What B A is multiplied by.
    pub scaling: f64,
}

impl LoraAdapter {
    /// A new adapter that changes nothing yet: A is drawn as peft draws it, B is 0 and m is the norm of the weights.
    pub fn new<const D: usize>(config: &LoraConfig, weight: Tensor<D>) -> Self {
        let device = weight.device();
        let rows = rows(weight);
        let [outputs, inputs] = rows.dims();
        let bound = (inputs as f64).sqrt().recip();
        Self {
            lora_A: Initializer::Uniform { min: -bound, max: bound }.init([config.r, inputs], &device),
            lora_B: Initializer::Zeros.init([outputs, config.r], &device),
            lora_magnitude_vector: config.use_dora.then(|| Param::from_tensor(norms(rows).squeeze_dim(1))),
            scaling: config.scaling(),
        }
    }

    /// `scaling · B A`, `[outputs, inputs]`.
    pub fn delta(&self) -> Tensor<2> {
        self.lora_B.val().matmul(self.lora_A.val()) * self.scaling
    }
}

impl Reparameterization for LoraAdapter {
    const NAME: &'static str = "lora";

    /// The merged weight in the layout of `base`: burn keeps a linear map's as `[inputs, outputs]`, a convolution's as `[outputs, …]`.
    fn apply<const D: usize>(&self, base: Tensor<D>) -> Tensor<D> {
        let dims = base.dims();
        let merged = rows(base) + self.delta();
        let merged = match &self.lora_magnitude_vector {
            // The norm counts as a constant in training, as the paper proposes (its section 4.3).
            Some(magnitude) => merged.clone() * (magnitude.val().unsqueeze_dim::<2>(1) / norms(merged.detach())),
            None => merged,
        };
        if D == 2 { merged.transpose().reshape(dims) } else { merged.reshape(dims) }
    }
}

/// A weight as torch keeps it, `[outputs, inputs]`.
fn rows<const D: usize>(weight: Tensor<D>) -> Tensor<2> {
    let dims = weight.dims();
    let first_and_rest = weight.reshape([dims[0], dims[1..].iter().product()]);
    if D == 2 { first_and_rest.transpose() } else { first_and_rest }
}

/// The Euclidean norm of each row, `[rows, 1]`.
fn norms(rows: Tensor<2>) -> Tensor<2> {
    rows.square().sum_dim(1).sqrt()
}

/// Attaches new adapters to the targets' weights and freezes everything else: `network.apply_reparameterization(config)`.
///
/// The base weights stay as they are: [`Module::materialize`] of a clone merges, dropping the clone unmerges.
impl Reparameterizer for LoraConfig {
    type Reparam = LoraAdapter;

    fn reparameterize<const D: usize>(
        &mut self,
        path: &str,
        param: Param<Tensor<D>>,
    ) -> (Param<Tensor<D>>, Option<LoraAdapter>) {
        let is_target = weight_of(path, D).is_some_and(|module| self.targets(module));
        let adapter = is_target.then(|| LoraAdapter::new(self, param.base()));
        (param.set_require_grad(false), adapter)
    }
}

/// The module whose weight the parameter at `path` is, where it can have an adapter: a linear map or a convolution in two dimensions.
fn weight_of(path: &str, dimensions: usize) -> Option<&str> {
    let module = path.strip_suffix("weight").filter(|_| dimensions == 2 || dimensions == 4)?;
    if module.is_empty() { Some(module) } else { module.strip_suffix('.') }
}

#[cfg(test)]
mod tests {
    use burn::nn::conv::Conv2d;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::model::layers::conv1x1;

    #[derive(Module, Debug)]
    struct Network {
        to_q: Linear,
        conv: Conv2d,
        to_out: Vec<Linear>,
        not_to_q: Linear,
    }

    fn network(device: &Device) -> Network {
        let linear = || LinearConfig::new(5, 3).init(device);
        Network { to_q: linear(), conv: conv1x1([2, 4], device), to_out: vec![linear()], not_to_q: linear() }
    }

    fn config(use_dora: bool) -> LoraConfig {
        LoraConfig {
            use_dora,
            target_modules: ["to_q", "to_out.0", "conv"].map(str::to_owned).to_vec(),
            ..LoraConfig::default()
        }
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn only_targets_get_adapters() {
        let network = network(&Device::flex()).apply_reparameterization(config(false));
        let adapter = |linear: &Linear| linear.weight.reparameterization::<LoraAdapter>().is_some();
        assert!(adapter(&network.to_q) && adapter(&network.to_out[0]) && !adapter(&network.not_to_q));
        // A and B of two linear maps and of a convolution, at rank 4.
        let added = 2 * 4 * (5 + 3) + 4 * (2 + 4);
        assert_eq!(network.num_params(), 3 * (15 + 3) + (8 + 4) + added);
    }

    /// B starts at 0, so an adapter changes nothing; DoRA divides by the norm that it multiplies by, to the last bits.
    #[test]
    fn a_new_adapter_changes_nothing() {
        let device = Device::flex();
        for use_dora in [false, true] {
            let plain = network(&device);
            let adapted = plain.clone().apply_reparameterization(config(use_dora));
            let weights =
                |network: &Network| [numbers(network.to_q.weight.val()), numbers(network.conv.weight.val())].concat();
            for (before, after) in weights(&plain).into_iter().zip(weights(&adapted)) {
                assert!((before - after).abs() <= 4.0 * f32::EPSILON * before.abs(), "{before} became {after}");
            }
        }
    }

    #[test]
    fn merging_a_clone_leaves_the_base_as_it_was() {
        let device = Device::flex();
        let plain = network(&device);
        let mut adapted = plain.clone().apply_reparameterization(config(false));
        let mut randomize = Randomize;
        adapted = adapted.map(&mut randomize);
        let merged = adapted.clone().materialize();
        assert!(merged.to_q.weight.reparameterization::<LoraAdapter>().is_none());
        assert_eq!(numbers(merged.to_q.weight.base()), numbers(adapted.to_q.weight.val()));
        assert_ne!(numbers(merged.to_q.weight.base()), numbers(adapted.to_q.weight.base()));
        assert_eq!(numbers(plain.to_q.weight.base()), numbers(adapted.to_q.weight.base()));
    }

    /// Gives every parameter that is 0 throughout random numbers.
    struct Randomize;

    impl burn::module::ModuleMapper for Randomize {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|tensor| {
                let random = Tensor::random(tensor.shape(), Distribution::Normal(0.0, 1.0), &tensor.device());
                if numbers(tensor.clone().abs().max()) == [0.0] { random } else { tensor }
            })
        }
    }
}
