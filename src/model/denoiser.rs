//! A network together with what its output means.

use burn::tensor::{Device, Tensor};

use super::probe::Watch;
use super::unet2d::UNet2DModel;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Level;

/// A network and its parameterisation: turns any state into a denoised estimate.
#[derive(Debug)]
pub struct Denoiser {
    unet: UNet2DModel,
    prediction_type: PredictionType,
    device: Device,
}

impl Denoiser {
    /// Joins a network and the meaning of its output.
    pub fn new(unet: UNet2DModel, prediction_type: PredictionType, device: Device) -> Self {
        Self { unet, prediction_type, device }
    }

    /// Where the network computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What the network's output means.
    pub fn prediction_type(&self) -> PredictionType {
        self.prediction_type
    }

    /// The network.
    pub fn unet(&self) -> &UNet2DModel {
        &self.unet
    }

    /// x̂0 `[B, C, H, W]` at the state `x` of `level`.
    pub fn denoise(&self, x: Tensor<4>, level: &Level) -> Tensor<4> {
        let input = if level.input_scale == 1.0 { x.clone() } else { x.clone() * level.input_scale };
        let output = self.unet.forward(input, &[level.timestep], &mut Watch::none());
        let map = self.prediction_type.denoised_at(level);
        if map.of_x == 0.0 { output * map.of_output } else { x * map.of_x + output * map.of_output }
    }
}
