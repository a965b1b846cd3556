//! Halving and doubling the resolution.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

use super::{SAME, conv3x3};

/// Halves the resolution by a 3×3 convolution of stride 2, or by the mean of each square of four; diffusers' `Downsample2D`.
#[derive(Module, Debug)]
pub struct Downsample2D {
    conv: Option<Conv2d>,
}

impl Downsample2D {
    /// `padding` 1 pads every side; 0 pads only right and bottom, as diffusers does.
    pub fn new(channels: usize, padding: usize, device: &Device) -> Self {
        let padding = if padding == 0 { PaddingConfig2d::Explicit(0, 0, 1, 1) } else { SAME };
        Self { conv: Some(conv3x3([channels, channels], 2, padding, device)) }
    }

    /// Without a convolution: the mean of each square of four.
    pub fn average() -> Self {
        Self { conv: None }
    }

    /// `[B, C, H, W]` to `[B, C, H/2, W/2]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.conv {
            Some(conv) => conv.forward(x),
            None => avg_pool2d(x, AvgPoolOptions::new([2, 2])),
        }
    }
}

/// Doubles the resolution by repeating pixels, then mostly a 3×3 convolution; diffusers' `Upsample2D`.
#[derive(Module, Debug)]
pub struct Upsample2D {
    conv: Option<Conv2d>,
}

impl Upsample2D {
    /// An upsampler that keeps the number of channels.
    pub fn new(channels: usize, device: &Device) -> Self {
        Self { conv: Some(conv3x3([channels, channels], 1, SAME, device)) }
    }

    /// Without a convolution: pixels are only repeated.
    pub fn nearest() -> Self {
        Self { conv: None }
    }

    /// `[B, C, H, W]` to `[B, C, 2H, 2W]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = repeat_pixels(x);
        match &self.conv {
            Some(conv) => conv.forward(x),
            None => x,
        }
    }
}

/// Nearest-neighbour doubling: each pixel becomes a square of four.
fn repeat_pixels(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let x: Tensor<6> = x.reshape([batch, channels, height, 1, width, 1]);
    x.expand([batch, channels, height, 2, width, 2]).reshape([batch, channels, 2 * height, 2 * width])
}

/// Moves each `factor`×`factor` square of pixels into channels: `[B, C, H, W]` to `[B, C·factor², H/factor, W/factor]`; torch's `pixel_unshuffle` (Shi et al. 2016).
///
/// Nothing is lost, so a network may halve the resolution this way instead of averaging.
pub fn pixel_unshuffle(x: Tensor<4>, factor: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let (rows, columns) = (height / factor, width / factor);
    let squares: Tensor<6> = x.reshape([batch, channels, rows, factor, columns, factor]);
    squares.permute([0, 1, 3, 5, 2, 4]).reshape([batch, channels * factor * factor, rows, columns])
}

/// Undoes [`pixel_unshuffle`]: `[B, C·factor², H, W]` to `[B, C, H·factor, W·factor]`; torch's `pixel_shuffle`.
pub fn pixel_shuffle(x: Tensor<4>, factor: usize) -> Tensor<4> {
    let [batch, channels, rows, columns] = x.dims();
    let channels = channels / (factor * factor);
    let squares: Tensor<6> = x.reshape([batch, channels, factor, factor, rows, columns]);
    squares.permute([0, 1, 4, 2, 5, 3]).reshape([batch, channels, rows * factor, columns * factor])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn shuffling_undoes_unshuffling() {
        let x = Tensor::<4>::random([2, 3, 4, 6], Distribution::Default, &Device::flex());
        let there = pixel_unshuffle(x.clone(), 2);
        assert_eq!(there.dims(), [2, 12, 2, 3]);
        pixel_shuffle(there, 2).into_data().assert_eq(&x.into_data(), true);
    }
}
