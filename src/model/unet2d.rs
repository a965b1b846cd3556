//! The U-Net without words, compatible with diffusers' `UNet2DModel`.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use super::config::{DownBlockType, TimeScaleShift, Unet2dConfig, UpBlockType};
use super::layers::attention::Attention;
use super::layers::resample::{Downsample2D, Upsample2D};
use super::layers::resnet::{ResnetBlock2D, ResnetConfig};
use super::layers::time::{TimestepEmbedding, timestep_tensor};
use super::layers::{Activation, SAME, conv3x3, group_norm};
use super::probe::Watch;

/// One resolution on the way down: residual blocks, perhaps attention after each, perhaps halving.
#[derive(Module, Debug)]
struct DownBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Attention>,
    downsamplers: Vec<Downsample2D>,
}

/// The coarsest resolution: residual block, attention, residual block.
#[derive(Module, Debug)]
struct MidBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Attention>,
}

/// One resolution on the way up: residual blocks that also see the skips, perhaps attention, perhaps doubling.
#[derive(Module, Debug)]
struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Attention>,
    upsamplers: Vec<Upsample2D>,
}

/// U-Net of Ronneberger et al. (2015) as DDPM uses it (Ho et al. 2020): `(x_t, t) → prediction`; parameters are named as in diffusers.
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

    /// The prediction `[B, C_out, H, W]` at the state `x` `[B, C_in, H, W]` and one timestep a sample.
    ///
    /// A single timestep serves the whole batch.
    pub fn forward(&self, x: Tensor<4>, timesteps: &[f64], watch: &mut Watch<'_>) -> Tensor<4> {
        let device = x.device();
        let x = if self.center_input_sample { x * 2.0 - 1.0 } else { x };
        let features = timestep_tensor(timesteps, self.time_dim, self.flip_sin_to_cos, self.freq_shift, &device);
        let embedding = watch.embedding("time_embedding", self.time_embedding.forward(features));
        // Every residual block activates the embedding first: done once here.
        let time = self.act_fn.apply(embedding);

        let mut x = watch.feature("conv_in", None, self.conv_in.forward(x));
        let mut skips = vec![x.clone()];
        for (index, block) in self.down_blocks.iter().enumerate() {
            x = watch.within("down_blocks", index, |watch| block.forward(x, &time, &mut skips, watch));
        }
        x = self.mid_block.forward(x, &time, watch);
        for (index, block) in self.up_blocks.iter().enumerate() {
            x = watch.within("up_blocks", index, |watch| block.forward(x, &time, &mut skips, watch));
        }
        let x = self.act_fn.apply(self.conv_norm_out.forward(x));
        watch.feature("conv_out", None, self.conv_out.forward(x))
    }
}

fn resnet_config(config: &Unet2dConfig, output_scale_factor: f64) -> ResnetConfig {
    ResnetConfig {
        time_embed_dim: Some(config.time_embed_dim()),
        groups: config.norm_num_groups,
        eps: config.norm_eps,
        act_fn: config.act_fn,
        scale_shift: config.resnet_time_scale_shift == TimeScaleShift::ScaleShift,
        output_scale_factor,
    }
}

fn attention(config: &Unet2dConfig, channels: usize, device: &Device) -> Attention {
    let head_dim = config.attention_head_dim.unwrap_or(channels);
    Attention::new(channels, head_dim, config.norm_num_groups, config.norm_eps, 1.0, device)
}

impl DownBlock {
    fn new(config: &Unet2dConfig, level: usize, device: &Device) -> Self {
        let channels = &config.block_out_channels;
        let to = channels[level];
        let from = |layer: usize| if layer == 0 { channels[level.saturating_sub(1)] } else { to };
        let layers = 0..config.layers_per_block;
        let resnet = resnet_config(config, 1.0);
        let with_attention = config.down_block_types[level] == DownBlockType::AttnDownBlock2D;
        let is_last = level + 1 == channels.len();
        Self {
            resnets: layers.clone().map(|layer| ResnetBlock2D::new([from(layer), to], &resnet, device)).collect(),
            attentions: layers.filter(|_| with_attention).map(|_| attention(config, to, device)).collect(),
            downsamplers: (0..usize::from(!is_last))
                .map(|_| Downsample2D::new(to, config.downsample_padding, device))
                .collect(),
        }
    }

    fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        skips: &mut Vec<Tensor<4>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            x = watch.feature("resnets", Some(index), resnet.forward(x, Some(time)));
            x = attend(&self.attentions, index, x, watch);
            skips.push(x.clone());
        }
        for (index, downsampler) in self.downsamplers.iter().enumerate() {
            x = watch.feature("downsamplers", Some(index), downsampler.forward(x));
            skips.push(x.clone());
        }
        x
    }
}

impl MidBlock {
    fn new(config: &Unet2dConfig, channels: usize, device: &Device) -> Self {
        let scale = config.mid_block_scale_factor;
        let resnet = resnet_config(config, scale);
        let groups = config.attn_norm_num_groups.unwrap_or(config.norm_num_groups);
        let head_dim = config.attention_head_dim.unwrap_or(channels);
        Self {
            resnets: (0..2).map(|_| ResnetBlock2D::new([channels, channels], &resnet, device)).collect(),
            attentions: (0..usize::from(config.add_attention))
                .map(|_| Attention::new(channels, head_dim, groups, config.norm_eps, scale, device))
                .collect(),
        }
    }

    fn forward(&self, x: Tensor<4>, time: &Tensor<2>, watch: &mut Watch<'_>) -> Tensor<4> {
        let mut x = x;
        for (index, resnet) in self.resnets.iter().enumerate() {
            x = watch.feature("mid_block.resnets", Some(index), resnet.forward(x, Some(time)));
            if index == 0 {
                x = self.attentions.iter().fold(x, |x, attention| {
                    let x = watch.within("mid_block.attentions", 0, |watch| attention.forward(x, watch));
                    watch.feature("mid_block.attentions", Some(0), x)
                });
            }
        }
        x
    }
}

impl UpBlock {
    fn new(config: &Unet2dConfig, level: usize, device: &Device) -> Self {
        let reversed: Vec<usize> = config.block_out_channels.iter().rev().copied().collect();
        let to = reversed[level];
        let before = reversed[level.saturating_sub(1)];
        let below = reversed[(level + 1).min(reversed.len() - 1)];
        let count = config.layers_per_block + 1;
        let resnet = resnet_config(config, 1.0);
        let with_attention = config.up_block_types[level] == UpBlockType::AttnUpBlock2D;
        let is_last = level + 1 == reversed.len();
        let block = |layer: usize| {
            let from = if layer == 0 { before } else { to };
            let skip = if layer + 1 == count { below } else { to };
            ResnetBlock2D::new([from + skip, to], &resnet, device)
        };
        Self {
            resnets: (0..count).map(block).collect(),
            attentions: (0..count).filter(|_| with_attention).map(|_| attention(config, to, device)).collect(),
            upsamplers: (0..usize::from(!is_last)).map(|_| Upsample2D::new(to, device)).collect(),
        }
    }

    fn forward(
        &self,
        mut x: Tensor<4>,
        time: &Tensor<2>,
        skips: &mut Vec<Tensor<4>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            if let Some(skip) = skips.pop() {
                let skip = watch.feature("skips", Some(index), skip);
                x = Tensor::cat(vec![x, skip], 1);
            }
            x = watch.feature("resnets", Some(index), resnet.forward(x, Some(time)));
            x = attend(&self.attentions, index, x, watch);
        }
        for (index, upsampler) in self.upsamplers.iter().enumerate() {
            x = watch.feature("upsamplers", Some(index), upsampler.forward(x));
        }
        x
    }
}

/// Runs attention `index` of a block, where the block has attention.
fn attend(attentions: &[Attention], index: usize, x: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
    match attentions.get(index) {
        Some(attention) => {
            let x = watch.within("attentions", index, |watch| attention.forward(x, watch));
            watch.feature("attentions", Some(index), x)
        }
        None => x,
    }
}
