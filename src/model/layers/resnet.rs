//! The residual block.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear};
use burn::tensor::{Device, Tensor};

use super::{Activation, SAME, conv1x1, conv3x3, group_norm, linear};

/// What every residual block of a network shares.
#[derive(Debug, Clone)]
pub struct ResnetConfig {
    /// Width of the time embedding; `None` for blocks that do not hear the time (the VAE's).
    pub time_embed_dim: Option<usize>,
    /// Groups of the normalisations.
    pub groups: usize,
    /// ε of the normalisations.
    pub eps: f64,
    /// The non-linearity.
    pub act_fn: Activation,
    /// Whether the time scales and shifts the second normalisation instead of being added before it.
    pub scale_shift: bool,
    /// What the sum of the two paths is divided by.
    pub output_scale_factor: f64,
}

/// Residual block: `(shortcut(x) + conv2(act(norm2(conv1(act(norm1(x))) + time)))) / scale`; diffusers' `ResnetBlock2D`.
#[derive(Module, Debug)]
pub struct ResnetBlock2D {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
    #[module(skip)]
    act_fn: Activation,
    scale_shift: bool,
    output_scale_factor: f64,
}

impl ResnetBlock2D {
    /// A block from `channels[0]` to `channels[1]` channels.
    pub fn new(channels: [usize; 2], config: &ResnetConfig, device: &Device) -> Self {
        let [from, to] = channels;
        let time_width = if config.scale_shift { 2 * to } else { to };
        Self {
            norm1: group_norm(config.groups, from, config.eps, device),
            conv1: conv3x3([from, to], 1, SAME, device),
            time_emb_proj: config.time_embed_dim.map(|dim| linear(dim, time_width, device)),
            norm2: group_norm(config.groups, to, config.eps, device),
            conv2: conv3x3([to, to], 1, SAME, device),
            conv_shortcut: (from != to).then(|| conv1x1([from, to], device)),
            act_fn: config.act_fn,
            scale_shift: config.scale_shift,
            output_scale_factor: config.output_scale_factor,
        }
    }

    /// `x` `[B, C_in, H, W]` and the activated time embedding `[B, D]` to `[B, C_out, H, W]`.
    pub fn forward(&self, x: Tensor<4>, activated_time: Option<&Tensor<2>>) -> Tensor<4> {
        let hidden = self.conv1.forward(self.act_fn.apply(self.norm1.forward(x.clone())));
        let time = match (&self.time_emb_proj, activated_time) {
            (Some(projection), Some(time)) => Some(projection.forward(time.clone())),
            _ => None,
        };
        let hidden = match time {
            Some(time) => self.add_time(hidden, time),
            None => self.norm2.forward(hidden),
        };
        let hidden = self.conv2.forward(self.act_fn.apply(hidden));
        let shortcut = match &self.conv_shortcut {
            Some(conv) => conv.forward(x),
            None => x,
        };
        let sum = shortcut + hidden;
        if self.output_scale_factor == 1.0 { sum } else { sum / self.output_scale_factor }
    }

    /// Joins the projected time `[B, C]` or `[B, 2C]` and normalises.
    fn add_time(&self, hidden: Tensor<4>, time: Tensor<2>) -> Tensor<4> {
        let [batch, width] = time.dims();
        let time = time.reshape([batch, width, 1, 1]);
        if !self.scale_shift {
            return self.norm2.forward(hidden + time);
        }
        let scale = time.clone().narrow(1, 0, width / 2);
        let shift = time.narrow(1, width / 2, width / 2);
        self.norm2.forward(hidden) * (scale + 1.0) + shift
    }
}
