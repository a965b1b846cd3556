//! The transformer layers of CLIP (Radford et al. 2021), with the parameter names of transformers.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor, activation};

use super::linear;
use crate::model::clip_config::HiddenAct;

/// What every layer of an encoder shares.
#[derive(Debug, Clone, Copy)]
pub struct ClipLayerConfig {
    /// Width of a state.
    pub hidden_size: usize,
    /// Width inside the feed-forward map.
    pub intermediate_size: usize,
    /// Heads of the attention.
    pub heads: usize,
    /// The non-linearity.
    pub hidden_act: HiddenAct,
    /// ε of the normalisations.
    pub eps: f64,
}

/// Layer normalisation of width `dim`.
pub fn layer_norm(dim: usize, eps: f64, device: &Device) -> LayerNorm {
    LayerNormConfig::new(dim).with_epsilon(eps).init(device)
}

#[derive(Module, Debug)]
struct ClipAttention {
    k_proj: Linear,
    v_proj: Linear,
    q_proj: Linear,
    out_proj: Linear,
    heads: usize,
}

impl ClipAttention {
    fn forward(&self, x: &Tensor<3>, mask: Option<&Tensor<2>>) -> Tensor<3> {
        let [batch, length, width] = x.dims();
        let head_dim = width / self.heads;
        let split = |projection: &Linear| -> Tensor<4> {
            projection.forward(x.clone()).reshape([batch, length, self.heads, head_dim]).swap_dims(1, 2)
        };
        let scores =
            (split(&self.q_proj) * (head_dim as f64).sqrt().recip()).matmul(split(&self.k_proj).swap_dims(2, 3));
        let scores = match mask {
            Some(mask) => scores + mask.clone().reshape([1, 1, length, length]),
            None => scores,
        };
        let mixed = activation::softmax(scores, 3).matmul(split(&self.v_proj));
        self.out_proj.forward(mixed.swap_dims(1, 2).reshape([batch, length, width]))
    }
}

#[derive(Module, Debug)]
struct ClipMlp {
    fc1: Linear,
    fc2: Linear,
    #[module(skip)]
    hidden_act: HiddenAct,
}

impl ClipMlp {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let hidden = self.fc1.forward(x);
        let hidden = match self.hidden_act {
            HiddenAct::QuickGelu => hidden.clone() * activation::sigmoid(hidden * 1.702),
            HiddenAct::Gelu => activation::gelu(hidden),
        };
        self.fc2.forward(hidden)
    }
}

/// Attention, then a feed-forward map, each with normalisation before and a residual connection.
#[derive(Module, Debug)]
struct ClipLayer {
    self_attn: ClipAttention,
    layer_norm1: LayerNorm,
    mlp: ClipMlp,
    layer_norm2: LayerNorm,
}

impl ClipLayer {
    fn new(config: &ClipLayerConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        let projection = || linear(width, width, device);
        Self {
            self_attn: ClipAttention {
                k_proj: projection(),
                v_proj: projection(),
                q_proj: projection(),
                out_proj: projection(),
                heads: config.heads,
            },
            layer_norm1: layer_norm(width, config.eps, device),
            mlp: ClipMlp {
                fc1: linear(width, config.intermediate_size, device),
                fc2: linear(config.intermediate_size, width, device),
                hidden_act: config.hidden_act,
            },
            layer_norm2: layer_norm(width, config.eps, device),
        }
    }

    fn forward(&self, x: Tensor<3>, mask: Option<&Tensor<2>>) -> Tensor<3> {
        let x = x.clone() + self.self_attn.forward(&self.layer_norm1.forward(x), mask);
        x.clone() + self.mlp.forward(self.layer_norm2.forward(x))
    }
}

/// The layers of an encoder, one after the other.
#[derive(Module, Debug)]
pub struct ClipEncoder {
    layers: Vec<ClipLayer>,
}

impl ClipEncoder {
    /// An encoder of `count` layers.
    pub fn new(config: &ClipLayerConfig, count: usize, device: &Device) -> Self {
        Self { layers: (0..count).map(|_| ClipLayer::new(config, device)).collect() }
    }

    /// `[B, N, C]` to the same shape; `mask` `[N, N]` is added to the attention scores.
    pub fn forward(&self, x: Tensor<3>, mask: Option<&Tensor<2>>) -> Tensor<3> {
        self.layers.iter().fold(x, |x, layer| layer.forward(x, mask))
    }
}
