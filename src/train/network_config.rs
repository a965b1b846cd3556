//! The network of a training run, and the text encoder it listens to.

use std::path::PathBuf;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::failure::{Context, Outcome};
use super::files;
use crate::model::block_types::{DownBlockType, UpBlockType};
use crate::model::condition_config::{PerLevel, Unet2dConditionConfig};
use crate::model::config::Unet2dConfig;
use crate::model::folder::{FolderError, word_model};
use crate::model::prompt::WordModel;

/// The size of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnetConfig {
    /// Width and height of a picture.
    pub sample_size: usize,
    /// Channels of each resolution, finest first.
    pub block_out_channels: Vec<usize>,
    /// Which resolutions have attention, finest first.
    pub attention: Vec<bool>,
    /// Residual blocks a resolution.
    pub layers_per_block: usize,
    /// Channels of one attention head.
    pub attention_head_dim: usize,
    /// Groups of the normalisations.
    pub norm_num_groups: usize,
    /// A weight file (`diffusion_pytorch_model.safetensors`) to start from instead of chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
    /// Whether that file may be of a smaller network; what it lacks starts by chance.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub grows: bool,
}

/// The text encoder, and how captions are used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// Folder with `text_encoder/` and `tokenizer/`, as `noisewalk train-clip` writes it.
    pub encoder: PathBuf,
    /// Width of the encoder's states.
    #[serde(default = "default_hidden_size")]
    pub hidden_size: usize,
    /// Whether the encoder learns with the U-Net; a contrastive loss alone leaves words apart only as far as they help to tell pictures apart.
    #[serde(default)]
    pub learns: bool,
    /// Share of pictures shown without their caption (Ho and Salimans 2022), so that guidance can compare.
    #[serde(default = "default_caption_dropout")]
    pub caption_dropout: f64,
}

fn default_hidden_size() -> usize {
    64
}

fn default_caption_dropout() -> f64 {
    0.1
}

impl TextConfig {
    /// Reads the tokenizer and the encoder.
    ///
    /// # Errors
    /// Where a file is missing, or does not fit.
    pub fn open(&self, device: &Device) -> Outcome<WordModel> {
        let context = format!("the text encoder in {} cannot be used", self.encoder.display());
        let mut take =
            |path: &str| files::read(&self.encoder.join(path)).map_err(|_| FolderError::Missing(path.into()));
        word_model(&mut take, self.hidden_size, device).context(context)
    }
}

impl Default for UnetConfig {
    fn default() -> Self {
        Self {
            sample_size: 16,
            block_out_channels: vec![32, 64],
            attention: vec![false, true],
            layers_per_block: 1,
            attention_head_dim: 32,
            norm_num_groups: 8,
            init: None,
            grows: false,
        }
    }
}

impl TrainConfig {
    /// The network's shape.
    pub fn unet(&self) -> Unet2dConfig {
        self.unet_with_words().map_or_else(|| self.unet_without_words(), |config| config.shape())
    }

    /// The text of the network's `config.json`.
    ///
    /// # Errors
    /// Never for values of this type.
    pub fn unet_json(&self) -> Outcome<String> {
        let text = match self.unet_with_words() {
            Some(config) => config.to_json(),
            None => self.unet_without_words().to_json(),
        };
        text.context("config.json could not be put together")
    }

    fn unet_with_words(&self) -> Option<Unet2dConditionConfig> {
        let text = self.text.as_ref()?;
        let attention = |level: usize| self.unet.attention.get(level).copied().unwrap_or(false);
        let channels = &self.unet.block_out_channels;
        let levels = 0..channels.len();
        let down =
            |level| if attention(level) { DownBlockType::CrossAttnDownBlock2D } else { DownBlockType::DownBlock2D };
        let up = |level| if attention(level) { UpBlockType::CrossAttnUpBlock2D } else { UpBlockType::UpBlock2D };
        let heads = |&channels: &usize| (channels / self.unet.attention_head_dim.max(1)).max(1);
        Some(Unet2dConditionConfig {
            sample_size: Some(self.unet.sample_size),
            in_channels: 3,
            out_channels: 3,
            block_out_channels: channels.clone(),
            down_block_types: levels.clone().map(down).collect(),
            up_block_types: levels.rev().map(up).collect(),
            layers_per_block: self.unet.layers_per_block,
            cross_attention_dim: text.hidden_size,
            attention_head_dim: PerLevel::Each(channels.iter().map(heads).collect()),
            norm_num_groups: self.unet.norm_num_groups,
            ..Unet2dConditionConfig::default()
        })
    }

    fn unet_without_words(&self) -> Unet2dConfig {
        let attention = |level: usize| self.unet.attention.get(level).copied().unwrap_or(false);
        let levels = 0..self.unet.block_out_channels.len();
        let down = |level| if attention(level) { DownBlockType::AttnDownBlock2D } else { DownBlockType::DownBlock2D };
        let up = |level| if attention(level) { UpBlockType::AttnUpBlock2D } else { UpBlockType::UpBlock2D };
        Unet2dConfig {
            sample_size: Some(self.unet.sample_size),
            block_out_channels: self.unet.block_out_channels.clone(),
            down_block_types: levels.clone().map(down).collect(),
            up_block_types: levels.rev().map(up).collect(),
            layers_per_block: self.unet.layers_per_block,
            attention_head_dim: Some(self.unet.attention_head_dim),
            norm_num_groups: self.unet.norm_num_groups,
            ..Unet2dConfig::default()
        }
    }
}
