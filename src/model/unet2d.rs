//! The U-Net, compatible with diffusers' `UNet2DModel` and, where words steer it, `UNet2DConditionModel`.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use super::config::Unet2dConfig;
use super::layers::time::{TimestepEmbedding, timestep_tensor};
use super::layers::{Activation, SAME, conv3x3, group_norm};
use super::probe::Watch;
use super::unet_blocks::{DownBlock, Heard, MidBlock, UpBlock};

/// U-Net of Ronneberger et al. (2015) as DDPM uses it (Ho et al. 2020), with cross-attention to words as in latent diffusion (Rombach et al. 2022).
///
/// `(x_t, t, words) → prediction`; parameters are named as in diffusers.
#[derive(Module, Debug)]
pub struct UNet2DModel {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock>,
    mid_block: MidBlock,
    up_blocks: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
    #[module(skip)]
    act_fn: Activation,
    time_dim: usize,
    flip_sin_to_cos: bool,
    freq_shift: f64,
    center_input_sample: bool,
}

impl UNet2DModel {
    /// A network with fresh weights; `config` must have passed [`Unet2dConfig::validate`].
    pub fn new(config: &Unet2dConfig, device: &Device) -> Self {
        let channels = &config.block_out_channels;
        let (first, last) = (channels[0], channels[channels.len() - 1]);
        Self {
            conv_in: conv3x3([config.in_channels, first], 1, SAME, device),
            time_embedding: TimestepEmbedding::new(first, config.time_embed_dim(), config.act_fn, device),
            down_blocks: (0..channels.len()).map(|level| DownBlock::new(config, level, device)).collect(),
            mid_block: MidBlock::new(config, last, device),
            up_blocks: (0..channels.len()).map(|level| UpBlock::new(config, level, device)).collect(),
            conv_norm_out: group_norm(config.norm_num_groups, first, config.norm_eps, device),
            conv_out: conv3x3([first, config.out_channels], 1, SAME, device),
            act_fn: config.act_fn,
            time_dim: first,
            flip_sin_to_cos: config.flip_sin_to_cos,
            freq_shift: config.freq_shift,
            center_input_sample: config.center_input_sample,
        }
    }

    /// Channels of the input and of the output.
    pub fn channels(&self) -> [usize; 2] {
        [self.conv_in.weight.dims()[1], self.conv_out.weight.dims()[0]]
    }

    /// The prediction `[B, C_out, H, W]` at the state `x` `[B, C_in, H, W]` and one timestep a sample.
    ///
    /// A single timestep serves the whole batch; `words` `[B, M, D]` are the text encoder's states, for networks that attend to them.
    pub fn forward(
        &self,
        x: Tensor<4>,
        timesteps: &[f64],
        words: Option<&Tensor<3>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        let device = x.device();
        let x = if self.center_input_sample { x * 2.0 - 1.0 } else { x };
        let features = timestep_tensor(timesteps, self.time_dim, self.flip_sin_to_cos, self.freq_shift, &device);
        let embedding = watch.embedding("time_embedding", self.time_embedding.forward(features));
        // Every residual block activates the embedding first: done once here.
        let heard = Heard { time: self.act_fn.apply(embedding), words };

        let mut x = watch.feature("conv_in", None, self.conv_in.forward(x));
        let mut skips = vec![x.clone()];
        for (index, block) in self.down_blocks.iter().enumerate() {
            x = watch.within("down_blocks", index, |watch| block.forward(x, &heard, &mut skips, watch));
        }
        x = self.mid_block.forward(x, &heard, watch);
        for (index, block) in self.up_blocks.iter().enumerate() {
            x = watch.within("up_blocks", index, |watch| block.forward(x, &heard, &mut skips, watch));
        }
        let x = self.act_fn.apply(self.conv_norm_out.forward(x));
        watch.feature("conv_out", None, self.conv_out.forward(x))
    }
}
