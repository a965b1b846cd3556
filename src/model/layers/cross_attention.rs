//! Attention from one sequence to another, or to itself.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation};

use super::{linear, pytorch_linear};
use crate::model::probe::Watch;

/// Multi-head attention (Vaswani et al. 2017) as the transformer blocks of diffusers' U-Nets use it: `to_out(softmax(Q Kᵀ / √d) V)`.
///
/// Q is linear in the queries' sequence, K and V in the context; the three have no bias, the output has.
#[derive(Module, Debug)]
pub struct CrossAttention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Vec<Linear>,
    heads: usize,
}

impl CrossAttention {
    /// Attention of `heads` heads from sequences of width `dim` to contexts of width `context_dim`.
    pub fn new(dim: usize, context_dim: usize, heads: usize, device: &Device) -> Self {
        let projection = |from: usize| -> Linear {
            LinearConfig::new(from, dim).with_bias(false).with_initializer(pytorch_linear()).init(device)
        };
        Self {
            to_q: projection(dim),
            to_k: projection(context_dim),
            to_v: projection(context_dim),
            to_out: vec![linear(dim, dim, device)],
            heads: heads.max(1),
        }
    }

    /// Queries `[B, N, C]` and context `[B, M, D]` to `[B, N, C]`; the probabilities `[B, heads, N, M]` go through the watch.
    pub fn forward(&self, x: Tensor<3>, context: Tensor<3>, watch: &mut Watch<'_>) -> Tensor<3> {
        let [batch, queries, channels] = x.dims();
        let [_, keys, _] = context.dims();
        let head_dim = channels / self.heads;
        let split = |projected: Tensor<3>, length: usize| -> Tensor<4> {
            projected.reshape([batch, length, self.heads, head_dim]).swap_dims(1, 2)
        };
        let q = split(self.to_q.forward(x), queries);
        let k = split(self.to_k.forward(context.clone()), keys);
        let v = split(self.to_v.forward(context), keys);
        let scores = (q * (head_dim as f64).sqrt().recip()).matmul(k.swap_dims(2, 3));
        let probabilities = watch.attention(activation::softmax(scores, 3));
        let mixed: Tensor<3> = probabilities.matmul(v).swap_dims(1, 2).reshape([batch, queries, channels]);
        self.to_out.iter().fold(mixed, |out, projection| projection.forward(out))
    }
}
