//! The `config.json` of diffusers' `UNet2DConditionModel`: a U-Net that words steer.

use serde::{Deserialize, Serialize};

use super::block_types::{CrossAttentionShape, DownBlockType, UpBlockType};
use super::config::{ConfigError, TimeScaleShift, Unet2dConfig};
use super::layers::Activation;
use super::options::{FixedOption, add_fixed_options, check_options};

/// One number for all resolutions, or one for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    /// The same everywhere.
    All(usize),
    /// Finest first.
    Each(Vec<usize>),
}

impl PerLevel {
    fn to_levels(&self, levels: usize) -> Vec<usize> {
        match self {
            Self::All(number) => vec![*number; levels],
            Self::Each(numbers) => numbers.clone(),
        }
    }
}

/// Shape of a `UNet2DConditionModel`; fields, names and defaults of diffusers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unet2dConditionConfig {
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
    /// Width of a word's state.
    pub cross_attention_dim: usize,
    /// Heads of the transformers; the name is diffusers' own slip, kept by every file since.
    pub attention_head_dim: PerLevel,
    /// Heads, under the name that says so; `attention_head_dim` where absent.
    pub num_attention_heads: Option<PerLevel>,
    /// Transformer blocks after each residual block.
    pub transformer_layers_per_block: usize,
    /// Groups of the normalisations.
    pub norm_num_groups: usize,
    /// ε of the normalisations.
    pub norm_eps: f64,
    /// How the time enters a residual block.
    pub resnet_time_scale_shift: TimeScaleShift,
}

impl Default for Unet2dConditionConfig {
    fn default() -> Self {
        use DownBlockType::{CrossAttnDownBlock2D, DownBlock2D};
        use UpBlockType::{CrossAttnUpBlock2D, UpBlock2D};
        Self {
            class_name: CLASS.into(),
            diffusers_version: "0.42.1".into(),
            sample_size: None,
            in_channels: 4,
            out_channels: 4,
            center_input_sample: false,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            time_embedding_dim: None,
            down_block_types: vec![CrossAttnDownBlock2D, CrossAttnDownBlock2D, CrossAttnDownBlock2D, DownBlock2D],
            up_block_types: vec![UpBlock2D, CrossAttnUpBlock2D, CrossAttnUpBlock2D, CrossAttnUpBlock2D],
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: 2,
            mid_block_scale_factor: 1.0,
            downsample_padding: 1,
            act_fn: Activation::Silu,
            cross_attention_dim: 1280,
            attention_head_dim: PerLevel::All(8),
            num_attention_heads: None,
            transformer_layers_per_block: 1,
            norm_num_groups: 32,
            norm_eps: 1e-5,
            resnet_time_scale_shift: TimeScaleShift::Default,
        }
    }
}

/// The class name in `config.json`.
pub const CLASS: &str = "UNet2DConditionModel";

/// Options that this crate runs only at one of these values.
const FIXED_OPTIONS: [FixedOption; 27] = [
    ("addition_embed_type", &["null"]),
    ("addition_embed_type_num_heads", &["64"]),
    ("addition_time_embed_dim", &["null"]),
    ("attention_type", &["\"default\""]),
    ("class_embed_type", &["null"]),
    ("class_embeddings_concat", &["false"]),
    ("conv_in_kernel", &["3"]),
    ("conv_out_kernel", &["3"]),
    ("cross_attention_norm", &["null"]),
    ("dropout", &["0.0", "0"]),
    ("dual_cross_attention", &["false"]),
    ("encoder_hid_dim", &["null"]),
    ("encoder_hid_dim_type", &["null"]),
    ("mid_block_only_cross_attention", &["null", "false"]),
    ("mid_block_type", &["\"UNetMidBlock2DCrossAttn\""]),
    ("num_class_embeds", &["null"]),
    ("only_cross_attention", &["false"]),
    ("projection_class_embeddings_input_dim", &["null"]),
    ("resnet_out_scale_factor", &["1.0", "1"]),
    ("resnet_skip_time_act", &["false"]),
    ("reverse_transformer_layers_per_block", &["null"]),
    ("time_cond_proj_dim", &["null"]),
    ("time_embedding_act_fn", &["null"]),
    ("time_embedding_type", &["\"positional\""]),
    ("timestep_post_act", &["null"]),
    ("upcast_attention", &["false"]),
    ("use_linear_projection", &["false"]),
];

impl Unet2dConditionConfig {
    /// Reads a `config.json` into the network's shape.
    ///
    /// # Errors
    /// [`ConfigError`], naming the option where one is not supported or not known.
    pub fn from_json(text: &str) -> Result<Unet2dConfig, ConfigError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        check_options(&value, &serde_json::to_value(Self::default())?, &FIXED_OPTIONS)?;
        let config: Self = serde_json::from_value(value)?;
        let shape = config.shape();
        shape.validate()?;
        Ok(shape)
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

    /// The network these options describe.
    pub fn shape(&self) -> Unet2dConfig {
        let levels = self.block_out_channels.len();
        let heads = self.num_attention_heads.as_ref().unwrap_or(&self.attention_head_dim).to_levels(levels);
        Unet2dConfig {
            class_name: self.class_name.clone(),
            diffusers_version: self.diffusers_version.clone(),
            sample_size: self.sample_size,
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            center_input_sample: self.center_input_sample,
            flip_sin_to_cos: self.flip_sin_to_cos,
            freq_shift: self.freq_shift,
            time_embedding_dim: self.time_embedding_dim,
            down_block_types: self.down_block_types.clone(),
            up_block_types: self.up_block_types.clone(),
            block_out_channels: self.block_out_channels.clone(),
            layers_per_block: self.layers_per_block,
            mid_block_scale_factor: self.mid_block_scale_factor,
            downsample_padding: self.downsample_padding,
            act_fn: self.act_fn,
            attention_head_dim: None,
            norm_num_groups: self.norm_num_groups,
            attn_norm_num_groups: None,
            norm_eps: self.norm_eps,
            resnet_time_scale_shift: self.resnet_time_scale_shift,
            add_attention: true,
            cross_attention: Some(CrossAttentionShape {
                dim: self.cross_attention_dim,
                heads,
                layers: self.transformer_layers_per_block,
            }),
        }
    }
}
