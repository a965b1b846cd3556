//! Transformer blocks over the pixels of a feature map: where words enter a U-Net.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, Initializer, LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::cross_attention::{CrossAttention, CrossAttentionConfig};
use super::feed_forward::FeedForward;
use super::scaled_dot_product::AttentionMask;
use super::{conv1x1, group_norm};
use crate::model::probe::Watch;

/// Self-attention, attention to the words, feed-forward, each with layer normalisation before and a residual connection; diffusers' `BasicTransformerBlock`.
#[derive(Module, Debug)]
pub struct BasicTransformerBlock {
    norm1: LayerNorm,
    attn1: CrossAttention,
    norm2: LayerNorm,
    attn2: CrossAttention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl BasicTransformerBlock {
    /// A block of width `dim` that attends to words of width `context_dim`.
    pub fn new(dim: usize, context_dim: usize, heads: usize, device: &Device) -> Self {
        let norm = || LayerNormConfig::new(dim).with_epsilon(1e-5).init(device);
        let attention =
            |context_dim| CrossAttention::new(&CrossAttentionConfig::of_unet(dim, context_dim, heads), device);
        Self {
            norm1: norm(),
            attn1: attention(dim),
            norm2: norm(),
            attn2: attention(context_dim),
            norm3: norm(),
            ff: FeedForward::of_unet(dim, device),
        }
    }

    /// Pixels `[B, HW, C]` and words `[B, M, D]` to `[B, HW, C]`.
    pub fn forward(&self, x: Tensor<3>, words: &Tensor<3>, watch: &mut Watch<'_>) -> Tensor<3> {
        let all = AttentionMask::default();
        let normed = self.norm1.forward(x.clone());
        let x = x + watch.inside("attn1", |watch| self.attn1.forward(normed.clone(), normed.clone(), &all, watch));
        let normed = self.norm2.forward(x.clone());
        let x = x + watch.inside("attn2", |watch| self.attn2.forward(normed, words.clone(), &all, watch));
        let normed = self.norm3.forward(x.clone());
        x + self.ff.forward(normed)
    }
}

/// Diffusers' `Transformer2DModel` without linear projections: `x + proj_out(blocks(proj_in(norm(x))))` over pixels.
#[derive(Module, Debug)]
pub struct Transformer2DModel {
    norm: GroupNorm,
    proj_in: Conv2d,
    transformer_blocks: Vec<BasicTransformerBlock>,
    proj_out: Conv2d,
}

impl Transformer2DModel {
    /// `layers` blocks of `heads` heads over `channels` channels, for words of width `context_dim`.
    pub fn new(
        channels: usize,
        context_dim: usize,
        heads: usize,
        layers: usize,
        groups: usize,
        device: &Device,
    ) -> Self {
        let block = |_| BasicTransformerBlock::new(channels, context_dim, heads, device);
        Self {
            norm: group_norm(groups, channels, 1e-6, device),
            proj_in: conv1x1([channels, channels], device),
            transformer_blocks: (0..layers).map(block).collect(),
            // A fresh transformer first changes nothing, as in the code of latent diffusion.
            proj_out: Conv2dConfig::new([channels, channels], [1, 1]).with_initializer(Initializer::Zeros).init(device),
        }
    }

    /// `[B, C, H, W]` and words `[B, M, D]` to `[B, C, H, W]`.
    pub fn forward(&self, x: Tensor<4>, words: &Tensor<3>, watch: &mut Watch<'_>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let hidden = self.proj_in.forward(self.norm.forward(x.clone()));
        let mut hidden: Tensor<3> = hidden.reshape([batch, channels, height * width]).swap_dims(1, 2);
        for (index, block) in self.transformer_blocks.iter().enumerate() {
            hidden = watch.within("transformer_blocks", index, |watch| block.forward(hidden, words, watch));
        }
        x + self.proj_out.forward(hidden.swap_dims(1, 2).reshape([batch, channels, height, width]))
    }
}
