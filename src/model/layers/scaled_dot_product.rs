//! The core of attention, and which keys a query may attend to.

use burn::tensor::{Bool, Device, Tensor, activation};

use crate::model::probe::Watch;

/// What limits attention; each of the four dimensions may be 1 where all share it.
#[derive(Debug, Clone, Default)]
pub struct AttentionMask {
    /// Whether a query may attend to a key `[B, heads, N, M]`.
    pub allowed: Option<Tensor<4, Bool>>,
    /// What is added to the scores `[B, heads, N, M]`.
    pub bias: Option<Tensor<4>>,
}

impl AttentionMask {
    /// Query n attends to keys 0 to n only, as in a language model.
    pub fn causal(queries: usize, keys: usize, device: &Device) -> Self {
        let allowed = Tensor::<2, Bool>::tril_mask([queries, keys], 0, device).bool_not();
        Self { allowed: Some(allowed.reshape([1, 1, queries, keys])), bias: None }
    }

    /// Leaves out padding: keys whose mask `[B, M]` is 0 get −10000 added to their scores, as diffusers' `UNet2DConditionModel` does.
    pub fn padding(key_mask: Tensor<2>) -> Self {
        let [batch, keys] = key_mask.dims();
        Self { allowed: None, bias: Some(((key_mask - 1.0) * 10_000.0).reshape([batch, 1, 1, keys])) }
    }
}

/// Scaled dot-product attention (Vaswani et al. 2017): `softmax(scale · Q Kᵀ + bias) V`; torch's `scaled_dot_product_attention`.
///
/// Queries `[B, heads, N, d]`, keys `[B, heads, M, d]` and values `[B, heads, M, e]` to `[B, heads, N, e]`; `scale` is mostly `1 / √d`.
/// The probabilities `[B, heads, N, M]` go through the watch.
/// A query that may attend to nothing gets zeros.
pub fn scaled_dot_product_attention(
    [q, k, v]: [Tensor<4>; 3],
    mask: &AttentionMask,
    scale: f64,
    watch: &mut Watch<'_>,
) -> Tensor<4> {
    let scores = (q * scale).matmul(k.swap_dims(2, 3));
    let scores = match &mask.bias {
        Some(bias) => scores + bias.clone(),
        None => scores,
    };
    let probabilities = match &mask.allowed {
        Some(allowed) => {
            let forbidden = allowed.clone().bool_not().expand(scores.dims());
            // A finite floor instead of −∞: a row without any allowed key would become NaN.
            let scores = scores.mask_fill(forbidden.clone(), f32::MIN);
            activation::softmax(scores, 3).mask_fill(forbidden, 0.0)
        }
        None => activation::softmax(scores, 3),
    };
    watch.attention(probabilities).matmul(v)
}
