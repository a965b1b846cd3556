//! Halving and doubling the resolution.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use super::{SAME, conv3x3};

/// Halves the resolution by a 3×3 convolution of stride 2; diffusers' `Downsample2D` with `use_conv`.
#[derive(Module, Debug)]
pub struct Downsample2D {
    conv: Conv2d,
}

impl Downsample2D {
    /// `padding` 1 pads every side; 0 pads only right and bottom, as diffusers does.
    pub fn new(channels: usize, padding: usize, device: &Device) -> Self {
        let padding = if padding == 0 { PaddingConfig2d::Explicit(0, 0, 1, 1) } else { SAME };
        Self { conv: conv3x3([channels, channels], 2, padding, device) }
    }

    /// `[B, C, H, W]` to `[B, C, H/2, W/2]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward(x)
    }
}

/// Doubles the resolution by repeating pixels, then a 3×3 convolution; diffusers' `Upsample2D` with `use_conv`.
#[derive(Module, Debug)]
pub struct Upsample2D {
    conv: Conv2d,
}

impl Upsample2D {
    /// An upsampler that keeps the number of channels.
    pub fn new(channels: usize, device: &Device) -> Self {
        Self { conv: conv3x3([channels, channels], 1, SAME, device) }
    }

    /// `[B, C, H, W]` to `[B, C, 2H, 2W]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward(repeat_pixels(x))
    }
}

/// Nearest-neighbour doubling: each pixel becomes a square of four.
fn repeat_pixels(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let x: Tensor<6> = x.reshape([batch, channels, height, 1, width, 1]);
    x.expand([batch, channels, height, 2, width, 2]).reshape([batch, channels, 2 * height, 2 * width])
}
