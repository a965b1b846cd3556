//! Self-attention over the pixels of a feature map.

use burn::module::Module;
use burn::nn::{GroupNorm, Linear};
use burn::tensor::{Device, Tensor};

use super::scaled_dot_product::{AttentionMask, scaled_dot_product_attention};
use super::{group_norm, linear};
use crate::model::probe::Watch;

/// Multi-head self-attention on `[B, C, H, W]` with a residual connection; diffusers' `Attention` as its U-Nets without words and its VAE use it.
///
/// `x + to_out(softmax(Q Kᵀ / √d) V)`, where Q, K and V are linear in the group-normalised pixels.
#[derive(Module, Debug)]
pub struct Attention {
    group_norm: GroupNorm,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Vec<Linear>,
    heads: usize,
    rescale_output_factor: f64,
}

impl Attention {
    /// Attention with `channels / head_dim` heads.
    pub fn new(
        channels: usize,
        head_dim: usize,
        groups: usize,
        eps: f64,
        rescale_output_factor: f64,
        device: &Device,
    ) -> Self {
        let projection = || linear(channels, channels, device);
        Self {
            group_norm: group_norm(groups, channels, eps, device),
            to_q: projection(),
            to_k: projection(),
            to_v: projection(),
            to_out: vec![projection()],
            heads: (channels / head_dim).max(1),
            rescale_output_factor,
        }
    }

    /// `[B, C, H, W]` to the same shape; the probabilities `[B, heads, HW, HW]` go through the watch.
    pub fn forward(&self, x: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let tokens = height * width;
        let normed = self.group_norm.forward(x.clone()).reshape([batch, channels, tokens]).swap_dims(1, 2);
        let split = |projection: &Linear| -> Tensor<4> {
            let projected: Tensor<3> = projection.forward(normed.clone());
            projected.reshape([batch, tokens, self.heads, channels / self.heads]).swap_dims(1, 2)
        };
        let qkv = [&self.to_q, &self.to_k, &self.to_v].map(split);
        let scale = ((channels / self.heads) as f64).sqrt().recip();
        let mixed = scaled_dot_product_attention(qkv, &AttentionMask::default(), scale, watch);
        let mixed: Tensor<3> = mixed.swap_dims(1, 2).reshape([batch, tokens, channels]);
        let out = self.to_out.iter().fold(mixed, |out, projection| projection.forward(out));
        let sum = x + out.swap_dims(1, 2).reshape([batch, channels, height, width]);
        if self.rescale_output_factor == 1.0 { sum } else { sum / self.rescale_output_factor }
    }
}
