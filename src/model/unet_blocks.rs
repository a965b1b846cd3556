//! The blocks of a U-Net: one resolution on the way down, the middle, one resolution on the way up.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::block_types::BlockAttention;
use super::config::{TimeScaleShift, Unet2dConfig};
use super::layers::attention::Attention;
use super::layers::resample::{Downsample2D, Upsample2D};
use super::layers::resnet::{ResnetBlock2D, ResnetConfig};
use super::layers::transformer::Transformer2DModel;
use super::probe::Watch;

/// What stands between residual blocks: attention of the pixels to each other, or to each other and to words.
#[derive(Module, Debug)]
enum PixelAttention {
    Pixels(Attention),
    Words(Transformer2DModel),
}

impl PixelAttention {
    /// Without words, attention to words is left out.
    fn forward(&self, x: Tensor<4>, words: Option<&Tensor<3>>, watch: &mut Watch<'_>) -> Tensor<4> {
        match (self, words) {
            (Self::Pixels(attention), _) => attention.forward(x, watch),
            (Self::Words(transformer), Some(words)) => transformer.forward(x, words, watch),
            (Self::Words(_), None) => x,
        }
    }
}

/// One resolution on the way down: residual blocks, perhaps attention after each, perhaps halving.
#[derive(Module, Debug)]
pub struct DownBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<PixelAttention>,
    downsamplers: Vec<Downsample2D>,
}

/// The coarsest resolution: residual block, attention, residual block.
#[derive(Module, Debug)]
pub struct MidBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<PixelAttention>,
}

/// One resolution on the way up: residual blocks that also see the skips, perhaps attention, perhaps doubling.
#[derive(Module, Debug)]
pub struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<PixelAttention>,
    upsamplers: Vec<Upsample2D>,
}

/// What every block is told: the activated time embedding `[B, D]` and the words.
pub struct Heard<'a> {
    /// The activated time embedding.
    pub time: Tensor<2>,
    /// `[B, M, D]`.
    pub words: Option<&'a Tensor<3>>,
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

/// Attention of one kind over `channels` channels; level 0 is the finest.
fn attention(
    config: &Unet2dConfig,
    kind: BlockAttention,
    level: usize,
    channels: usize,
    device: &Device,
) -> Option<PixelAttention> {
    let head_dim = config.attention_head_dim.unwrap_or(channels);
    let groups = config.norm_num_groups;
    match (kind, &config.cross_attention) {
        (BlockAttention::None, _) => None,
        (BlockAttention::Words, Some(words)) => {
            let heads = words.heads.get(level).copied().unwrap_or(1);
            let transformer = Transformer2DModel::new(channels, words.dim, heads, words.layers, groups, device);
            Some(PixelAttention::Words(transformer))
        }
        _ => Some(PixelAttention::Pixels(Attention::new(channels, head_dim, groups, config.norm_eps, 1.0, device))),
    }
}

impl DownBlock {
    /// The block of a level, in the order in which blocks run.
    pub fn new(config: &Unet2dConfig, level: usize, device: &Device) -> Self {
        let channels = &config.block_out_channels;
        let to = channels[level];
        let from = |layer: usize| if layer == 0 { channels[level.saturating_sub(1)] } else { to };
        let layers = 0..config.layers_per_block;
        let resnet = resnet_config(config, 1.0);
        let kind = config.down_block_types[level].attention();
        let is_last = level + 1 == channels.len();
        Self {
            resnets: layers.clone().map(|layer| ResnetBlock2D::new([from(layer), to], &resnet, device)).collect(),
            attentions: layers.filter_map(|_| attention(config, kind, level, to, device)).collect(),
            downsamplers: (0..usize::from(!is_last))
                .map(|_| Downsample2D::new(to, config.downsample_padding, device))
                .collect(),
        }
    }

    /// `[B, C, H, W]` to the next resolution; the skips go onto the stack on the way down and are taken from it on the way up.
    pub fn forward(
        &self,
        mut x: Tensor<4>,
        heard: &Heard<'_>,
        skips: &mut Vec<Tensor<4>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            x = watch.feature("resnets", Some(index), resnet.forward(x, Some(&heard.time)));
            x = attend(&self.attentions, index, x, heard, watch);
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
    /// A middle of `channels` channels.
    pub fn new(config: &Unet2dConfig, channels: usize, device: &Device) -> Self {
        let scale = config.mid_block_scale_factor;
        let resnet = resnet_config(config, scale);
        let level = config.block_out_channels.len() - 1;
        let attention = match (&config.cross_attention, config.add_attention) {
            (Some(_), _) => attention(config, BlockAttention::Words, level, channels, device),
            (None, true) => {
                let groups = config.attn_norm_num_groups.unwrap_or(config.norm_num_groups);
                let head_dim = config.attention_head_dim.unwrap_or(channels);
                let plain = Attention::new(channels, head_dim, groups, config.norm_eps, scale, device);
                Some(PixelAttention::Pixels(plain))
            }
            (None, false) => None,
        };
        Self {
            resnets: (0..2).map(|_| ResnetBlock2D::new([channels, channels], &resnet, device)).collect(),
            attentions: attention.into_iter().collect(),
        }
    }

    /// `[B, C, H, W]` to the same shape.
    pub fn forward(&self, x: Tensor<4>, heard: &Heard<'_>, watch: &mut Watch<'_>) -> Tensor<4> {
        let mut x = x;
        for (index, resnet) in self.resnets.iter().enumerate() {
            x = watch.feature("mid_block.resnets", Some(index), resnet.forward(x, Some(&heard.time)));
            if index == 0 {
                x = self.attentions.iter().fold(x, |x, attention| {
                    let x = watch.within("mid_block.attentions", 0, |watch| attention.forward(x, heard.words, watch));
                    watch.feature("mid_block.attentions", Some(0), x)
                });
            }
        }
        x
    }
}

impl UpBlock {
    /// The block of a level, in the order in which blocks run.
    pub fn new(config: &Unet2dConfig, level: usize, device: &Device) -> Self {
        let reversed: Vec<usize> = config.block_out_channels.iter().rev().copied().collect();
        let to = reversed[level];
        let before = reversed[level.saturating_sub(1)];
        let below = reversed[(level + 1).min(reversed.len() - 1)];
        let count = config.layers_per_block + 1;
        let resnet = resnet_config(config, 1.0);
        let kind = config.up_block_types[level].attention();
        let from_finest = reversed.len() - 1 - level;
        let is_last = level + 1 == reversed.len();
        let block = |layer: usize| {
            let from = if layer == 0 { before } else { to };
            let skip = if layer + 1 == count { below } else { to };
            ResnetBlock2D::new([from + skip, to], &resnet, device)
        };
        Self {
            resnets: (0..count).map(block).collect(),
            attentions: (0..count).filter_map(|_| attention(config, kind, from_finest, to, device)).collect(),
            upsamplers: (0..usize::from(!is_last)).map(|_| Upsample2D::new(to, device)).collect(),
        }
    }

    /// `[B, C, H, W]` to the next resolution; the skips go onto the stack on the way down and are taken from it on the way up.
    pub fn forward(
        &self,
        mut x: Tensor<4>,
        heard: &Heard<'_>,
        skips: &mut Vec<Tensor<4>>,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        for (index, resnet) in self.resnets.iter().enumerate() {
            if let Some(skip) = skips.pop() {
                let skip = watch.feature("skips", Some(index), skip);
                x = Tensor::cat(vec![x, skip], 1);
            }
            x = watch.feature("resnets", Some(index), resnet.forward(x, Some(&heard.time)));
            x = attend(&self.attentions, index, x, heard, watch);
        }
        for (index, upsampler) in self.upsamplers.iter().enumerate() {
            x = watch.feature("upsamplers", Some(index), upsampler.forward(x));
        }
        x
    }
}

/// Runs attention `index` of a block, where the block has attention.
fn attend(
    attentions: &[PixelAttention],
    index: usize,
    x: Tensor<4>,
    heard: &Heard<'_>,
    watch: &mut Watch<'_>,
) -> Tensor<4> {
    match attentions.get(index) {
        Some(attention) => {
            let x = watch.within("attentions", index, |watch| attention.forward(x, heard.words, watch));
            watch.feature("attentions", Some(index), x)
        }
        None => x,
    }
}
