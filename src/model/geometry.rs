//! How often each weight of a network is applied to one picture or text.

use super::autoencoder_config::AutoencoderKlConfig;
use super::clip_config::{ClipTextConfig, ClipVisionConfig};
use super::config::Unet2dConfig;

/// How often each weight of a network is applied: all that its shapes do not tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// A U-Net on `side` × `side` pixels that hears `words` words.
    Unet {
        /// Its shape.
        config: Box<Unet2dConfig>,
        /// Width and height of the state.
        side: usize,
        /// Length of an encoded text.
        words: usize,
    },
    /// An autoencoder on `side` × `side` pixels: once there and once back.
    Autoencoder {
        /// Number of resolutions.
        levels: usize,
        /// Width and height of the picture.
        side: usize,
    },
    /// One or both encoders of CLIP.
    Clip {
        /// Tokens of a text.
        tokens: usize,
        /// Heads of the text encoder.
        text_heads: usize,
        /// Patches of a picture on a side, and heads of the image encoder.
        vision: Option<[usize; 2]>,
    },
}

impl Geometry {
    /// A U-Net's; `side` where its configuration names none.
    pub fn of_unet(config: &Unet2dConfig, side: usize, words: usize) -> Self {
        Self::Unet { side: config.sample_size.unwrap_or(side), config: Box::new(config.clone()), words }
    }

    /// An autoencoder's.
    pub fn of_autoencoder(config: &AutoencoderKlConfig) -> Self {
        Self::Autoencoder { levels: config.block_out_channels.len(), side: config.sample_size }
    }

    /// A text encoder's, or that of a whole CLIP.
    pub fn of_clip(text: &ClipTextConfig, vision: Option<&ClipVisionConfig>) -> Self {
        Self::Clip {
            tokens: text.max_position_embeddings,
            text_heads: text.num_attention_heads,
            vision: vision.map(|v| [v.image_size.checked_div(v.patch_size).unwrap_or(0), v.num_attention_heads]),
        }
    }

    /// Positions that the weight `name` is applied at.
    pub(super) fn positions(&self, name: &str) -> u64 {
        let area = |side: usize, level: usize| {
            let side = side.checked_shr(level as u32).unwrap_or(0).max(1);
            side.saturating_mul(side)
        };
        let positions = match self {
            _ if name.contains("time_emb") => 1,
            Self::Unet { words, .. } if name.contains("attn2.to_k") || name.contains("attn2.to_v") => *words,
            Self::Unet { config, side, .. } => area(*side, level(name, config.block_out_channels.len())),
            Self::Autoencoder { levels, side } => area(*side, level(name, *levels)),
            Self::Clip { .. } if name.contains("_projection") || name.contains("post_layernorm") => 1,
            Self::Clip { vision: Some([patches, _]), .. } if name.contains("patch_embedding") => area(*patches, 0),
            Self::Clip { vision: Some([patches, _]), .. } if name.starts_with("vision_model") => area(*patches, 0) + 1,
            Self::Clip { tokens, .. } => *tokens,
        };
        positions as u64
    }

    /// Keys that the attention with the query weight `name` attends to, and its heads.
    pub(super) fn attention(&self, name: &str, width: usize) -> [u64; 2] {
        let heads = match self {
            Self::Unet { config, .. } => match &config.cross_attention {
                Some(words) => words.heads.get(level(name, config.block_out_channels.len())).copied().unwrap_or(1),
                None => width / config.attention_head_dim.unwrap_or(width).max(1),
            },
            Self::Autoencoder { .. } => 1,
            Self::Clip { vision: Some([_, heads]), .. } if name.starts_with("vision_model") => *heads,
            Self::Clip { text_heads, .. } => *text_heads,
        };
        let keys = match self {
            Self::Unet { words, .. } if name.contains("attn2") => *words as u64,
            _ => self.positions(name),
        };
        [keys, heads as u64]
    }
}

/// How often the picture has been halved where the weight `name` puts out; level 0 is the finest.
fn level(name: &str, levels: usize) -> usize {
    let coarsest = levels.saturating_sub(1);
    let index = |blocks: &str| {
        let rest = name.split_once(blocks)?.1;
        rest.split('.').next()?.parse::<usize>().ok()
    };
    if let Some(index) = index("down_blocks.") {
        index + usize::from(name.contains("downsamplers"))
    } else if let Some(index) = index("up_blocks.") {
        coarsest.saturating_sub(index + usize::from(name.contains("upsamplers")))
    } else if ["mid_block", "quant_conv", "encoder.conv_out", "encoder.conv_norm_out", "decoder.conv_in"]
        .iter()
        .any(|inner| name.contains(inner))
    {
        coarsest
    } else {
        0
    }
}
