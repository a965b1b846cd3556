//! Adam on one long vector of weights: ten kernels an update, however many layers there are.

use burn::tensor::Tensor;

use crate::diffusion::math;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
/// As burn and PyTorch's users of it have it: added to the root of the mean square.
const EPSILON: f64 = 1e-5;

/// Adam (Kingma and Ba 2015), its two memories kept as plain sums: `m = β₁ m + g`, `v = β₂ v + g²`, both scaled when they are used.
#[derive(Debug, Clone, Default)]
pub struct Adam {
    sums: Option<(Tensor<1>, Tensor<1>)>,
    steps: i32,
}

impl Adam {
    /// The weights after a step of `rate` against `gradient`.
    pub fn step(&mut self, weights: Tensor<1>, gradient: Tensor<1>, rate: f64) -> Tensor<1> {
        let square = gradient.clone().square();
        let (first, second) = match self.sums.take() {
            Some((first, second)) => (first * BETA_1 + gradient, second * BETA_2 + square),
            None => (gradient, square),
        };
        self.steps = self.steps.saturating_add(1);
        let steps = f64::from(self.steps);
        let mean = (1.0 - BETA_1) / (1.0 - math::powf(BETA_1, steps));
        let root = math::sqrt((1.0 - BETA_2) / (1.0 - math::powf(BETA_2, steps)));
        // rate · mean · m / (root · √v + ε), with the root taken out of the fraction.
        let way = first.clone() / (second.clone().sqrt() + EPSILON / root) * (rate * mean / root);
        self.sums = Some((first, second));
        weights - way
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, Param};
    use burn::optim::{AdamConfig, GradientsParams};
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[derive(Module, Debug)]
    struct One {
        weights: Param<Tensor<1>>,
    }

    #[test]
    fn it_walks_as_burns_own_does() {
        let device = Device::flex();
        let tensor = |values: [f32; 3]| Tensor::<1>::from_data(TensorData::new(values.to_vec(), [3]), &device);
        let start = [0.5f32, -1.0, 2.0];
        let (mut mine, mut adam) = (tensor(start), Adam::default());
        let mut one = One { weights: Param::from_tensor(Tensor::from_inner(tensor(start)).require_grad()) };
        let mut theirs = AdamConfig::new().init();
        for step in 0..20 {
            let slope = [0.1 * step as f32, 1.0, -3.0];
            let loss = (one.weights.val() * Tensor::from_inner(tensor(slope))).sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &one);
            one = theirs.step(0.05, one, gradients);
            mine = adam.step(mine, tensor(slope), 0.05);
        }
        let numbers = |tensor: Tensor<1>| -> Vec<f32> { tensor.into_data().try_to_vec().unwrap() };
        for (mine, theirs) in numbers(mine).into_iter().zip(numbers(one.weights.val().inner())) {
            // Twenty steps of 0.05, each off by an ulp or two.
            assert!((mine - theirs).abs() < 1e-5, "{mine} {theirs}");
        }
    }
}
