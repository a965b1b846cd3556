//! The VAE of latent diffusion, compatible with diffusers' `AutoencoderKL`.

use burn::module::Module;
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::autoencoder_config::AutoencoderKlConfig;
use super::layers::attention::Attention;
use super::layers::diagonal_gaussian::DiagonalGaussianDistribution;
use super::layers::resample::{Downsample2D, Upsample2D};
use super::layers::resnet::{ResnetBlock2D, ResnetConfig};
use super::layers::{SAME, conv1x1, conv3x3, group_norm};
use super::probe::Watch;

/// ε of all normalisations, which diffusers fixes.
const EPS: f64 = 1e-6;

/// One resolution of the encoder: residual blocks, perhaps halving.
#[derive(Module, Debug)]
struct DownEncoderBlock {
    resnets: Vec<ResnetBlock2D>,
    downsamplers: Vec<Downsample2D>,
}

/// The coarsest resolution of either half: residual block, attention, residual block.
#[derive(Module, Debug)]
struct MidBlock {
    resnets: Vec<ResnetBlock2D>,
    attentions: Vec<Attention>,
}

/// One resolution of the decoder: residual blocks, perhaps doubling.
#[derive(Module, Debug)]
struct UpDecoderBlock {
    resnets: Vec<ResnetBlock2D>,
    upsamplers: Vec<Upsample2D>,
}

#[derive(Module, Debug)]
struct Encoder {
    conv_in: Conv2d,
    down_blocks: Vec<DownEncoderBlock>,
    mid_block: MidBlock,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

#[derive(Module, Debug)]
struct Decoder {
    conv_in: Conv2d,
    mid_block: MidBlock,
    up_blocks: Vec<UpDecoderBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

/// Variational autoencoder of latent diffusion (Rombach et al. 2022): pictures to latents of an eighth of the size or so, and back; parameters are named as in diffusers.
#[derive(Module, Debug)]
pub struct AutoencoderKL {
    encoder: Encoder,
    decoder: Decoder,
    quant_conv: Option<Conv2d>,
    post_quant_conv: Option<Conv2d>,
    #[module(skip)]
    latent_scaling: Vec<(f32, f32)>,
}

impl AutoencoderKL {
    /// An autoencoder with fresh weights; `config` must have passed [`AutoencoderKlConfig::validate`].
    pub fn new(config: &AutoencoderKlConfig, device: &Device) -> Self {
        let latents = config.latent_channels;
        Self {
            encoder: Encoder::new(config, device),
            decoder: Decoder::new(config, device),
            quant_conv: config.use_quant_conv.then(|| conv1x1([2 * latents, 2 * latents], device)),
            post_quant_conv: config.use_post_quant_conv.then(|| conv1x1([latents, latents], device)),
            latent_scaling: config.latent_scaling(),
        }
    }

    /// Pictures `[B, C, H, W]` in [−1, 1] to a distribution over latents `[B, L, H/f, W/f]`, where f is [`AutoencoderKlConfig::downscale_factor`].
    pub fn encode(&self, pixels: Tensor<4>, watch: &mut Watch<'_>) -> DiagonalGaussianDistribution {
        let moments = watch.inside("encoder", |watch| self.encoder.forward(pixels, watch));
        DiagonalGaussianDistribution::new(match &self.quant_conv {
            Some(conv) => conv.forward(moments),
            None => moments,
        })
    }

    /// Latents `[B, L, h, w]`, not scaled, to pictures `[B, C, f·h, f·w]`, which may leave [−1, 1] a little.
    pub fn decode(&self, latents: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let latents = match &self.post_quant_conv {
            Some(conv) => conv.forward(latents),
            None => latents,
        };
        watch.inside("decoder", |watch| self.decoder.forward(latents, watch))
    }

    /// Latents as diffusion sees them, with about variance 1: `(z − shift) · scale` in each channel.
    pub fn scale_latents(&self, latents: Tensor<4>) -> Tensor<4> {
        let [shift, scale] = self.shift_and_scale(&latents.device());
        (latents - shift) * scale
    }

    /// Undoes [`Self::scale_latents`].
    pub fn unscale_latents(&self, latents: Tensor<4>) -> Tensor<4> {
        let [shift, scale] = self.shift_and_scale(&latents.device());
        latents / scale + shift
    }

    fn shift_and_scale(&self, device: &Device) -> [Tensor<4>; 2] {
        let channels = self.latent_scaling.len();
        let (shift, scale): (Vec<f32>, Vec<f32>) = self.latent_scaling.iter().copied().unzip();
        [shift, scale].map(|numbers| Tensor::from_data(TensorData::new(numbers, [1, channels, 1, 1]), device))
    }
}

fn resnets(config: &AutoencoderKlConfig, [from, to]: [usize; 2], count: usize, device: &Device) -> Vec<ResnetBlock2D> {
    let resnet = ResnetConfig {
        time_embed_dim: None,
        groups: config.norm_num_groups,
        eps: EPS,
        act_fn: config.act_fn,
        scale_shift: false,
        output_scale_factor: 1.0,
    };
    let block = |index: usize| ResnetBlock2D::new([if index == 0 { from } else { to }, to], &resnet, device);
    (0..count).map(block).collect()
}

fn run_resnets(resnets: &[ResnetBlock2D], x: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
    resnets
        .iter()
        .enumerate()
        .fold(x, |x, (index, resnet)| watch.feature("resnets", Some(index), resnet.forward(x, None)))
}

impl Encoder {
    fn new(config: &AutoencoderKlConfig, device: &Device) -> Self {
        let channels = &config.block_out_channels;
        let (first, last) = (channels[0], channels[channels.len() - 1]);
        let block = |level: usize| {
            let widths = [channels[level.saturating_sub(1)], channels[level]];
            let is_last = level + 1 == channels.len();
            DownEncoderBlock {
                resnets: resnets(config, widths, config.layers_per_block, device),
                downsamplers: (0..usize::from(!is_last)).map(|_| Downsample2D::new(widths[1], 0, device)).collect(),
            }
        };
        Self {
            conv_in: conv3x3([config.in_channels, first], 1, SAME, device),
            down_blocks: (0..channels.len()).map(block).collect(),
            mid_block: MidBlock::new(config, last, device),
            conv_norm_out: group_norm(config.norm_num_groups, last, EPS, device),
            conv_out: conv3x3([last, 2 * config.latent_channels], 1, SAME, device),
        }
    }

    fn forward(&self, pixels: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let mut x = watch.feature("conv_in", None, self.conv_in.forward(pixels));
        for (index, block) in self.down_blocks.iter().enumerate() {
            x = watch.within("down_blocks", index, |watch| {
                let x = run_resnets(&block.resnets, x, watch);
                block.downsamplers.iter().enumerate().fold(x, |x, (index, downsampler)| {
                    watch.feature("downsamplers", Some(index), downsampler.forward(x))
                })
            });
        }
        x = watch.inside("mid_block", |watch| self.mid_block.forward(x, watch));
        // The last non-linearity is SiLU whatever act_fn says, as in diffusers.
        let x = activation::silu(self.conv_norm_out.forward(x));
        watch.feature("conv_out", None, self.conv_out.forward(x))
    }
}

impl MidBlock {
    fn new(config: &AutoencoderKlConfig, channels: usize, device: &Device) -> Self {
        let attention = || Attention::new(channels, channels, config.norm_num_groups, EPS, 1.0, device);
        Self {
            resnets: resnets(config, [channels, channels], 2, device),
            attentions: (0..usize::from(config.mid_block_add_attention)).map(|_| attention()).collect(),
        }
    }

    fn forward(&self, x: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let mut x = x;
        for (index, resnet) in self.resnets.iter().enumerate() {
            x = watch.feature("resnets", Some(index), resnet.forward(x, None));
            if let Some(attention) = self.attentions.get(index) {
                x = watch.within("attentions", index, |watch| attention.forward(x, watch));
                x = watch.feature("attentions", Some(index), x);
            }
        }
        x
    }
}

impl Decoder {
    fn new(config: &AutoencoderKlConfig, device: &Device) -> Self {
        let reversed: Vec<usize> = config.block_out_channels.iter().rev().copied().collect();
        let (first, last) = (reversed[0], reversed[reversed.len() - 1]);
        let block = |level: usize| {
            let widths = [reversed[level.saturating_sub(1)], reversed[level]];
            let is_last = level + 1 == reversed.len();
            UpDecoderBlock {
                resnets: resnets(config, widths, config.layers_per_block + 1, device),
                upsamplers: (0..usize::from(!is_last)).map(|_| Upsample2D::new(widths[1], device)).collect(),
            }
        };
        Self {
            conv_in: conv3x3([config.latent_channels, first], 1, SAME, device),
            mid_block: MidBlock::new(config, first, device),
            up_blocks: (0..reversed.len()).map(block).collect(),
            conv_norm_out: group_norm(config.norm_num_groups, last, EPS, device),
            conv_out: conv3x3([last, config.out_channels], 1, SAME, device),
        }
    }

    fn forward(&self, latents: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let x = watch.feature("conv_in", None, self.conv_in.forward(latents));
        let mut x = watch.inside("mid_block", |watch| self.mid_block.forward(x, watch));
        for (index, block) in self.up_blocks.iter().enumerate() {
            x = watch.within("up_blocks", index, |watch| {
                let x = run_resnets(&block.resnets, x, watch);
                block
                    .upsamplers
                    .iter()
                    .enumerate()
                    .fold(x, |x, (index, upsampler)| watch.feature("upsamplers", Some(index), upsampler.forward(x)))
            });
        }
        let x = activation::silu(self.conv_norm_out.forward(x));
        watch.feature("conv_out", None, self.conv_out.forward(x))
    }
}
