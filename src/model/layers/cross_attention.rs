//! Attention from one sequence to another, or to itself.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::scaled_dot_product::{AttentionMask, scaled_dot_product_attention};
use super::{linear, pytorch_linear};
use crate::model::probe::Watch;

/// The shape of a [`CrossAttention`].
#[derive(Debug, Clone, Copy)]
pub struct CrossAttentionConfig {
    /// Width of the queries' sequence and of the output.
    pub query_dim: usize,
    /// Width of the context.
    pub context_dim: usize,
    /// Number of heads.
    pub heads: usize,
    /// Width of a head; `heads · dim_head` need not be `query_dim`.
    pub dim_head: usize,
    /// Whether the projections to Q, K and V have a bias.
    pub bias: bool,
}

impl CrossAttentionConfig {
    /// As the transformer blocks of U-Nets have it: the heads share the queries' width, and Q, K and V have no bias.
    pub fn of_unet(query_dim: usize, context_dim: usize, heads: usize) -> Self {
        let heads = heads.max(1);
        Self { query_dim, context_dim, heads, dim_head: query_dim / heads, bias: false }
    }
}

/// Multi-head attention (Vaswani et al. 2017), diffusers' `Attention` over sequences: `to_out(softmax(Q Kᵀ / √d) V)`.
///
/// Q is linear in the queries' sequence, K and V in the context; the output has a bias.
#[derive(Module, Debug)]
pub struct CrossAttention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Vec<Linear>,
    heads: usize,
}

impl CrossAttention {
    /// Attention with fresh weights.
    pub fn new(config: &CrossAttentionConfig, device: &Device) -> Self {
        let inner = config.heads * config.dim_head;
        let projection = |from: usize| -> Linear {
            LinearConfig::new(from, inner).with_bias(config.bias).with_initializer(pytorch_linear()).init(device)
        };
        Self {
            to_q: projection(config.query_dim),
            to_k: projection(config.context_dim),
            to_v: projection(config.context_dim),
            to_out: vec![linear(inner, config.query_dim, device)],
            heads: config.heads,
        }
    }

    /// Queries `[B, N, C]` and context `[B, M, D]` to `[B, N, C]`; the probabilities `[B, heads, N, M]` go through the watch.
    pub fn forward(&self, x: Tensor<3>, context: Tensor<3>, mask: &AttentionMask, watch: &mut Watch<'_>) -> Tensor<3> {
        let split = |projected: Tensor<3>| -> Tensor<4> {
            let [batch, length, inner] = projected.dims();
            projected.reshape([batch, length, self.heads, inner / self.heads]).swap_dims(1, 2)
        };
        let q = split(self.to_q.forward(x));
        let k = split(self.to_k.forward(context.clone()));
        let v = split(self.to_v.forward(context));
        let [batch, heads, queries, dim_head] = q.dims();
        let mixed = scaled_dot_product_attention([q, k, v], mask, (dim_head as f64).sqrt().recip(), watch);
        let mixed: Tensor<3> = mixed.swap_dims(1, 2).reshape([batch, queries, heads * dim_head]);
        self.to_out.iter().fold(mixed, |out, projection| projection.forward(out))
    }
}
