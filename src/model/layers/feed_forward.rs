//! The feed-forward part of a transformer block.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

use super::linear;

/// What stands between the two maps, by diffusers' `activation_fn`; the gated ones split the first map's output in `[a, b]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum FeedForwardActivation {
    /// `a · gelu(b)` (Shazeer 2020).
    #[default]
    Geglu,
    /// `a · silu(b)` (Shazeer 2020).
    Swiglu,
    /// `x · Φ(x)` (Hendrycks and Gimpel 2016).
    Gelu,
    /// The same with the tanh approximation of Φ, `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluApproximate,
    /// The same with the logistic approximation of Φ, `x · sigmoid(1.702 x)`; diffusers calls it so although it has no gate.
    GegluApproximate,
    /// `x · sigmoid(x)`.
    LinearSilu,
}

impl FeedForwardActivation {
    fn is_gated(self) -> bool {
        matches!(self, Self::Geglu | Self::Swiglu)
    }

    /// The function of an output of the first map, `[B, N, inner]` or, for the gated ones, `[B, N, 2·inner]` to `[B, N, inner]`.
    fn apply(self, x: Tensor<3>) -> Tensor<3> {
        let gated = |gate: fn(Tensor<3>) -> Tensor<3>| {
            let [.., width] = x.dims();
            x.clone().narrow(2, 0, width / 2) * gate(x.clone().narrow(2, width / 2, width / 2))
        };
        match self {
            Self::Geglu => gated(activation::gelu),
            Self::Swiglu => gated(activation::silu),
            Self::Gelu => activation::gelu(x),
            Self::GeluApproximate => {
                let root = core::f64::consts::FRAC_2_PI.sqrt();
                let bent = (x.clone() + x.clone().powi_scalar(3) * 0.044715) * root;
                x * (bent.tanh() + 1.0) * 0.5
            }
            Self::GegluApproximate => x.clone() * activation::sigmoid(x * 1.702),
            Self::LinearSilu => activation::silu(x),
        }
    }
}

/// A linear map and its activation.
#[derive(Module, Debug)]
pub struct ActivatedLinear {
    proj: Linear,
    #[module(skip)]
    activation: FeedForwardActivation,
}

/// One entry of diffusers' `FeedForward.net`; the dropout between the maps has no weights but has a number.
#[derive(Module, Debug)]
enum FeedForwardPart {
    Activated(ActivatedLinear),
    Dropout(Dropout),
    Linear(Linear),
}

/// Diffusers' `FeedForward`: `net.2(activation(net.0(x)))`.
#[derive(Module, Debug)]
pub struct FeedForward {
    net: Vec<FeedForwardPart>,
}

impl FeedForward {
    /// GEGLU, four times as wide inside, keeping the width `dim`: that of U-Nets.
    pub fn of_unet(dim: usize, device: &Device) -> Self {
        Self::new([dim, 4 * dim, dim], FeedForwardActivation::Geglu, device)
    }

    /// Of the widths `[from, inner, to]`.
    pub fn new([from, inner, to]: [usize; 3], activation: FeedForwardActivation, device: &Device) -> Self {
        let proj = linear(from, if activation.is_gated() { 2 * inner } else { inner }, device);
        Self {
            net: vec![
                FeedForwardPart::Activated(ActivatedLinear { proj, activation }),
                FeedForwardPart::Dropout(DropoutConfig::new(0.0).init()),
                FeedForwardPart::Linear(linear(inner, to, device)),
            ],
        }
    }

    /// `[B, N, from]` to `[B, N, to]`.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.net.iter().fold(x, |x, part| match part {
            FeedForwardPart::Activated(ActivatedLinear { proj, activation }) => activation.apply(proj.forward(x)),
            FeedForwardPart::Dropout(dropout) => dropout.forward(x),
            FeedForwardPart::Linear(linear) => linear.forward(x),
        })
    }
}
