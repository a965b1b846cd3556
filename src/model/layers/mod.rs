//! The building blocks of diffusers' networks, with its parameter names.

pub mod adaptive_norm;
pub mod attention;
pub mod clip;
pub mod cross_attention;
pub mod diagonal_gaussian;
pub mod feed_forward;
pub mod fourier;
pub mod lora;
pub mod magnitude_preserving;
pub mod position;
pub mod resample;
pub mod resnet;
pub mod scaled_dot_product;
pub mod time;
pub mod transformer;
pub mod vector_quantizer;

use burn::module::Initializer;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

/// The non-linearity of a network, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `x · sigmoid(x)`.
    #[default]
    #[serde(alias = "swish")]
    Silu,
    /// `x · tanh(ln(1 + eˣ))`.
    Mish,
    /// `x · Φ(x)`, exact.
    Gelu,
    /// `max(x, 0)`.
    Relu,
}

impl Activation {
    /// Applies the function to each element.
    pub fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Silu => activation::silu(x),
            Self::Mish => activation::mish(x),
            Self::Gelu => activation::gelu(x),
            Self::Relu => activation::relu(x),
        }
    }
}

/// A 3×3 convolution that keeps the size at stride 1.
pub fn conv3x3(channels: [usize; 2], stride: usize, padding: PaddingConfig2d, device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [3, 3]).with_stride([stride, stride]).with_padding(padding).init(device)
}

/// One pixel of zeros on each side.
pub const SAME: PaddingConfig2d = PaddingConfig2d::Explicit(1, 1, 1, 1);

/// A 1×1 convolution.
pub fn conv1x1(channels: [usize; 2], device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [1, 1]).init(device)
}

/// Group normalisation (Wu and He 2018).
pub fn group_norm(groups: usize, channels: usize, epsilon: f64, device: &Device) -> GroupNorm {
    GroupNormConfig::new(groups, channels).with_epsilon(epsilon).init(device)
}

/// A linear map with bias, initialised as PyTorch does.
pub fn linear(from: usize, to: usize, device: &Device) -> Linear {
    LinearConfig::new(from, to).with_initializer(pytorch_linear()).init(device)
}

/// How PyTorch draws the weights of a linear map.
pub fn pytorch_linear() -> Initializer {
    Initializer::KaimingUniform { gain: 1.0 / 3f64.sqrt(), fan_out_only: false }
}
