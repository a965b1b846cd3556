//! Normalisation steered by a condition, as the diffusion transformer uses it.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};

use super::linear;

/// adaLN-Zero of DiT (Peebles and Xie 2023); diffusers' `AdaLayerNormZero` without its own time embedder.
///
/// One linear map of the activated condition gives shift, scale and gate of a block's attention and of its feed-forward part.
#[derive(Module, Debug)]
pub struct AdaLayerNormZero {
    linear: Linear,
    eps: f64,
}

/// What [`AdaLayerNormZero`] hands to its block.
#[derive(Debug, Clone)]
pub struct AdaLayerNormZeroOutput {
    /// The input of the attention `[B, N, C]`, normalised and modulated.
    pub x: Tensor<3>,
    /// What the attention's output is multiplied by `[B, C]`.
    pub gate_msa: Tensor<2>,
    /// Shift of the feed-forward part's input `[B, C]`, for [`modulate`].
    pub shift_mlp: Tensor<2>,
    /// Scale of the feed-forward part's input `[B, C]`, for [`modulate`].
    pub scale_mlp: Tensor<2>,
    /// What the feed-forward part's output is multiplied by `[B, C]`.
    pub gate_mlp: Tensor<2>,
}

impl AdaLayerNormZero {
    /// For tokens and a condition of `embedding_dim` numbers; `eps` is that of the normalisation.
    pub fn new(embedding_dim: usize, eps: f64, device: &Device) -> Self {
        Self { linear: linear(embedding_dim, 6 * embedding_dim, device), eps }
    }

    /// Tokens `[B, N, C]` and a condition `[B, C]` that is not activated yet.
    pub fn forward(&self, x: Tensor<3>, emb: Tensor<2>) -> AdaLayerNormZeroOutput {
        let all = self.linear.forward(activation::silu(emb));
        let width = all.dims()[1] / 6;
        let part = |index: usize| all.clone().narrow(1, index * width, width);
        AdaLayerNormZeroOutput {
            x: modulate(normalize(x, self.eps), part(0), part(1)),
            gate_msa: part(2),
            shift_mlp: part(3),
            scale_mlp: part(4),
            gate_mlp: part(5),
        }
    }
}

/// `x (1 + scale) + shift` of tokens `[B, N, C]` by `shift` and `scale` `[B, C]`.
pub fn modulate(x: Tensor<3>, shift: Tensor<2>, scale: Tensor<2>) -> Tensor<3> {
    x * (scale.unsqueeze_dim::<3>(1) + 1.0) + shift.unsqueeze_dim(1)
}

/// Layer normalisation (Ba et al. 2016) without weights: each token `[…, C]` gets mean 0 and variance 1.
pub fn normalize<const D: usize>(x: Tensor<D>, eps: f64) -> Tensor<D> {
    let centred = x.clone() - x.mean_dim(D - 1);
    let variance = centred.clone().square().mean_dim(D - 1);
    centred / (variance + eps).sqrt()
}
