//! The feed-forward part of a transformer block.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Tensor, activation};

use super::linear;

/// Gated linear unit with GELU (Shazeer 2020): `a · gelu(b)`, where `[a, b]` is one linear map.
#[derive(Module, Debug)]
pub struct Geglu {
    proj: Linear,
}

impl Geglu {
    /// From width `from` to width `to`.
    pub fn new(from: usize, to: usize, device: &Device) -> Self {
        Self { proj: linear(from, 2 * to, device) }
    }

    /// `[B, N, from]` to `[B, N, to]`.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let halves = self.proj.forward(x).chunk(2, 2);
        match <[Tensor<3>; 2]>::try_from(halves) {
            Ok([value, gate]) => value * activation::gelu(gate),
            // The projection's width is even, so there are always two halves.
            Err(halves) => Tensor::cat(halves, 2),
        }
    }
}

/// One entry of diffusers' `FeedForward.net`; the dropout between the maps has no weights but has a number.
#[derive(Module, Debug)]
enum FeedForwardPart {
    Geglu(Geglu),
    Dropout(Dropout),
    Linear(Linear),
}

/// Diffusers' `FeedForward` with GEGLU: `net.2(net.0(x))`, four times as wide inside.
#[derive(Module, Debug)]
pub struct FeedForward {
    net: Vec<FeedForwardPart>,
}

impl FeedForward {
    /// Keeps the width `dim`.
    pub fn new(dim: usize, device: &Device) -> Self {
        let inner = 4 * dim;
        Self {
            net: vec![
                FeedForwardPart::Geglu(Geglu::new(dim, inner, device)),
                FeedForwardPart::Dropout(DropoutConfig::new(0.0).init()),
                FeedForwardPart::Linear(linear(inner, dim, device)),
            ],
        }
    }

    /// `[B, N, C]` to the same shape.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.net.iter().fold(x, |x, part| match part {
            FeedForwardPart::Geglu(geglu) => geglu.forward(x),
            FeedForwardPart::Dropout(dropout) => dropout.forward(x),
            FeedForwardPart::Linear(linear) => linear.forward(x),
        })
    }
}
