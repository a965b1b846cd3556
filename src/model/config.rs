//! The shape of a U-Net, and the `config.json` of diffusers' `UNet2DModel`; with words see [`super::condition_config`].

use serde::{Deserialize, Serialize};

use super::block_types::{CrossAttentionShape, DownBlockType, UpBlockType};
use super::layers::Activation;
use super::options::{FixedOption, add_fixed_options, check_options};

/// How the time enters a residual block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TimeScaleShift {
    /// Added before the second normalisation.
    #[default]
    Default,
    /// Scales and shifts the second normalisation.
    ScaleShift,
}

/// Shape of a `UNet2DModel`; fields, names and defaults of diffusers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unet2dConfig {
    #[serde(rename = "_class_name")]
    pub(crate) class_name: String,
    #[serde(rename = "_diffusers_version")]
    pub(crate) diffusers_version: String,
    /// Width and height of a picture.
    pub sample_size: Option<usize>,
    /// Channels of the state.
    pub in_channels: usize,
    /// Channels of the prediction.
    pub out_channels: usize,
    /// Whether the state is mapped from [0, 1] to [−1, 1] first.
    pub center_input_sample: bool,
    /// Whether cosines come before sines in the time features.
    pub flip_sin_to_cos: bool,
    /// Shift of the time features' frequencies.
    pub freq_shift: f64,
    /// Width of the time embedding; 4 × the first level's channels where absent.
    pub time_embedding_dim: Option<usize>,
    /// The resolutions on the way down, finest first.
    pub down_block_types: Vec<DownBlockType>,
    /// The resolutions on the way up, coarsest first.
    pub up_block_types: Vec<UpBlockType>,
    /// Channels of each resolution, finest first.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks a resolution (one more on the way up).
    pub layers_per_block: usize,
    /// Divisor of the residual sums in the middle.
    pub mid_block_scale_factor: f64,
    /// 1 pads all sides before halving; 0 right and bottom only.
    pub downsample_padding: usize,
    /// The non-linearity.
    pub act_fn: Activation,
    /// Channels of one attention head; one head over all channels where absent.
    pub attention_head_dim: Option<usize>,
    /// Groups of the normalisations.
    pub norm_num_groups: usize,
    /// Groups of the middle attention's normalisation; `norm_num_groups` where absent.
    pub attn_norm_num_groups: Option<usize>,
    /// ε of the normalisations.
    pub norm_eps: f64,
    /// How the time enters a residual block.
    pub resnet_time_scale_shift: TimeScaleShift,
    /// Whether the middle has attention.
    pub add_attention: bool,
    /// How words are heard; `UNet2DModel` hears none.
    #[serde(skip)]
    pub cross_attention: Option<CrossAttentionShape>,
}

impl Default for Unet2dConfig {
    fn default() -> Self {
        Self {
            class_name: "UNet2DModel".into(),
            diffusers_version: "0.42.1".into(),
            sample_size: None,
            in_channels: 3,
            out_channels: 3,
            center_input_sample: false,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            time_embedding_dim: None,
            down_block_types: vec![
                DownBlockType::DownBlock2D,
                DownBlockType::AttnDownBlock2D,
                DownBlockType::AttnDownBlock2D,
                DownBlockType::AttnDownBlock2D,
            ],
            up_block_types: vec![
                UpBlockType::AttnUpBlock2D,
                UpBlockType::AttnUpBlock2D,
                UpBlockType::AttnUpBlock2D,
                UpBlockType::UpBlock2D,
            ],
            block_out_channels: vec![224, 448, 672, 896],
            layers_per_block: 2,
            mid_block_scale_factor: 1.0,
            downsample_padding: 1,
            act_fn: Activation::Silu,
            attention_head_dim: Some(8),
            norm_num_groups: 32,
            attn_norm_num_groups: None,
            norm_eps: 1e-5,
            resnet_time_scale_shift: TimeScaleShift::Default,
            add_attention: true,
            cross_attention: None,
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not JSON, a field of the wrong type, or a name this crate does not know.
    #[error("config.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Another architecture.
    #[error(
        "the folder holds a {found}, and this program runs UNet2DModel, UNet2DConditionModel, AutoencoderKL and CLIPTextModel"
    )]
    Class {
        /// The class it names.
        found: String,
    },
    /// An option of diffusers that is not implemented.
    #[error("config.json sets {option} to {value}, which this program does not support")]
    Unsupported {
        /// The option's name.
        option: String,
        /// What it is set to.
        value: String,
    },
    /// Numbers that make no network.
    #[error("config.json makes no network: {0}")]
    Shape(String),
}

/// Options that this crate runs only at one of these values.
const FIXED_OPTIONS: [FixedOption; 8] = [
    ("time_embedding_type", &["\"positional\""]),
    ("mid_block_type", &["\"UNetMidBlock2D\""]),
    ("downsample_type", &["\"conv\""]),
    ("upsample_type", &["\"conv\""]),
    ("class_embed_type", &["null"]),
    ("num_class_embeds", &["null"]),
    ("dropout", &["0.0", "0"]),
    ("num_train_timesteps", &["null"]),
];

impl Unet2dConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`], naming the option where one is not supported or not known.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        if let Some(found) = value.get("_class_name").and_then(|v| v.as_str())
            && found != "UNet2DModel"
        {
            return Err(ConfigError::Class { found: found.into() });
        }
        check_options(&value, &serde_json::to_value(Self::default())?, &FIXED_OPTIONS)?;
        let config: Self = serde_json::from_value(value)?;
        config.validate()?;
        Ok(config)
    }

    /// The `config.json` of this network.
    ///
    /// # Errors
    /// [`ConfigError::Json`], which no value of this type causes.
    pub fn to_json(&self) -> Result<String, ConfigError> {
        let mut value = serde_json::to_value(self)?;
        add_fixed_options(&mut value, &FIXED_OPTIONS)?;
        Ok(serde_json::to_string_pretty(&value)? + "\n")
    }

    /// Width of the time embedding.
    pub fn time_embed_dim(&self) -> usize {
        self.time_embedding_dim.unwrap_or(4 * self.block_out_channels[0])
    }
}
