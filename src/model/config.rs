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

    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// [`ConfigError::Shape`] with the first misfit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let levels = self.block_out_channels.len();
        let misfit = |condition: bool, text: String| if condition { Err(ConfigError::Shape(text)) } else { Ok(()) };
        misfit(levels == 0, "block_out_channels is empty".into())?;
        misfit(
            self.down_block_types.len() != levels || self.up_block_types.len() != levels,
            format!(
                "block_out_channels has {levels} levels, so down_block_types and up_block_types need {levels} each"
            ),
        )?;
        let hears_words = self.down_block_types.contains(&DownBlockType::CrossAttnDownBlock2D)
            || self.up_block_types.contains(&UpBlockType::CrossAttnUpBlock2D);
        misfit(
            hears_words && self.cross_attention.is_none(),
            "CrossAttn blocks belong to UNet2DConditionModel, not to UNet2DModel".into(),
        )?;
        misfit(self.norm_num_groups == 0, "norm_num_groups is 0".into())?;
        misfit(self.attn_norm_num_groups == Some(0), "attn_norm_num_groups is 0".into())?;
        misfit(self.layers_per_block == 0, "layers_per_block is 0".into())?;
        misfit(self.layers_per_block > 64, format!("layers_per_block = {} is above 64", self.layers_per_block))?;
        misfit(levels > 16, format!("{levels} levels are more than 16"))?;
        let width = self.time_embedding_dim.unwrap_or(4);
        misfit(!(1..=65_536).contains(&width), format!("time_embedding_dim = {width} is not between 1 and 65536"))?;
        misfit(self.downsample_padding > 1, "downsample_padding must be 0 or 1".into())?;
        misfit(
            self.in_channels == 0 || self.out_channels == 0,
            "in_channels and out_channels must be positive".into(),
        )?;
        for &channels in &self.block_out_channels {
            let groups = self.norm_num_groups;
            misfit(
                channels == 0 || channels % groups != 0,
                format!("{channels} channels cannot be split into norm_num_groups = {groups} groups"),
            )?;
            misfit(channels > 8192, format!("{channels} channels are more than 8192"))?;
            let head = self.attention_head_dim.unwrap_or(channels);
            misfit(
                head == 0 || channels % head.min(channels) != 0,
                format!("{channels} channels cannot be split into heads of attention_head_dim = {head}"),
            )?;
        }
        self.validate_words()?;
        if let Some(size) = self.sample_size {
            let factor = 1usize << (levels - 1).min(16);
            misfit(
                size == 0 || size % factor != 0,
                format!("sample_size = {size} cannot be halved {} times", levels - 1),
            )?;
        }
        Ok(())
    }

    fn validate_words(&self) -> Result<(), ConfigError> {
        let Some(words) = &self.cross_attention else { return Ok(()) };
        let misfit = |text: String| Err(ConfigError::Shape(text));
        if !(1..=8192).contains(&words.dim) || !(1..=64).contains(&words.layers) {
            return misfit("cross_attention_dim and transformer_layers_per_block must be positive and sensible".into());
        }
        if words.heads.len() != self.block_out_channels.len() {
            return misfit(format!("attention_head_dim needs one number, or {}", self.block_out_channels.len()));
        }
        for (&heads, &channels) in words.heads.iter().zip(&self.block_out_channels) {
            if heads == 0 || channels % heads != 0 {
                return misfit(format!("{channels} channels cannot be split among {heads} attention heads"));
            }
        }
        let has_pixel_attention = self.down_block_types.contains(&DownBlockType::AttnDownBlock2D)
            || self.up_block_types.contains(&UpBlockType::AttnUpBlock2D);
        if has_pixel_attention {
            return misfit("Attn blocks belong to UNet2DModel, not to UNet2DConditionModel".into());
        }
        Ok(())
    }

    /// Width of the time embedding.
    pub fn time_embed_dim(&self) -> usize {
        self.time_embedding_dim.unwrap_or(4 * self.block_out_channels[0])
    }
}
