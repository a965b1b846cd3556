//! The `config.json` of transformers' `CLIPTextModel` and `CLIPVisionModel`.

use serde::{Deserialize, Serialize};

use super::config::ConfigError;
use super::options::{FixedOption, check_options};

/// The non-linearity of CLIP's feed-forward maps, by the names of transformers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum HiddenAct {
    /// `x · sigmoid(1.702·x)`, as CLIP was trained.
    #[default]
    QuickGelu,
    /// `x · Φ(x)`, exact.
    Gelu,
}

/// Shape of a `CLIPTextModel`; fields, names and defaults of transformers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipTextConfig {
    pub(crate) architectures: Vec<String>,
    pub(crate) model_type: String,
    /// Number of words.
    pub vocab_size: usize,
    /// Width of a token's state.
    pub hidden_size: usize,
    /// Width inside the feed-forward maps.
    pub intermediate_size: usize,
    /// Width of the space shared with pictures.
    pub projection_dim: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Heads of each attention.
    pub num_attention_heads: usize,
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// The non-linearity.
    pub hidden_act: HiddenAct,
    /// ε of the normalisations.
    pub layer_norm_eps: f64,
    /// Fills sequences.
    pub pad_token_id: u32,
    /// Opens sequences.
    pub bos_token_id: u32,
    /// Closes the text; the summary is read at its first occurrence (at the largest number of the sequence where it is 2, as in the first CLIP).
    pub eos_token_id: u32,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            architectures: vec!["CLIPTextModel".into()],
            model_type: "clip_text_model".into(),
            vocab_size: 49_408,
            hidden_size: 512,
            intermediate_size: 2048,
            projection_dim: 512,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: HiddenAct::QuickGelu,
            layer_norm_eps: 1e-5,
            pad_token_id: 1,
            bos_token_id: 49_406,
            eos_token_id: 49_407,
        }
    }
}

/// Shape of a `CLIPVisionModel`; fields, names and defaults of transformers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipVisionConfig {
    pub(crate) architectures: Vec<String>,
    pub(crate) model_type: String,
    /// Width of a patch's state.
    pub hidden_size: usize,
    /// Width inside the feed-forward maps.
    pub intermediate_size: usize,
    /// Width of the space shared with texts.
    pub projection_dim: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Heads of each attention.
    pub num_attention_heads: usize,
    /// Channels of a picture.
    pub num_channels: usize,
    /// Width and height of a picture.
    pub image_size: usize,
    /// Width and height of a patch.
    pub patch_size: usize,
    /// The non-linearity.
    pub hidden_act: HiddenAct,
    /// ε of the normalisations.
    pub layer_norm_eps: f64,
}

impl Default for ClipVisionConfig {
    fn default() -> Self {
        Self {
            architectures: vec!["CLIPVisionModelWithProjection".into()],
            model_type: "clip_vision_model".into(),
            hidden_size: 768,
            intermediate_size: 3072,
            projection_dim: 512,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            num_channels: 3,
            image_size: 224,
            patch_size: 32,
            hidden_act: HiddenAct::QuickGelu,
            layer_norm_eps: 1e-5,
        }
    }
}

/// Options that concern training or the file, and say nothing about what is computed.
const FREE: [&str; 9] = [
    "initializer_factor",
    "initializer_range",
    "dtype",
    "torch_dtype",
    "transformers_version",
    "attention_dropout",
    "dropout",
    "_name_or_path",
    "use_cache",
];

/// Options that this crate runs only at one of these values.
const FIXED: [FixedOption; 3] = [
    ("model_type", &["\"clip_text_model\"", "\"clip_vision_model\""]),
    ("is_decoder", &["false"]),
    ("add_cross_attention", &["false"]),
];

fn read<T: Default + Serialize + for<'a> Deserialize<'a>>(text: &str, model_type: &str) -> Result<T, ConfigError> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !FREE.contains(&key.as_str()));
    }
    match value.get("model_type").and_then(|found| found.as_str()) {
        Some(found) if found != model_type => return Err(ConfigError::Class { found: found.into() }),
        _ => {}
    }
    check_options(&value, &serde_json::to_value(T::default())?, &FIXED)?;
    Ok(serde_json::from_value(value)?)
}

fn check_heads(hidden_size: usize, heads: usize, layers: usize) -> Result<(), ConfigError> {
    if heads == 0 || hidden_size == 0 || !hidden_size.is_multiple_of(heads) || hidden_size > 8192 || layers > 256 {
        let text = format!("hidden_size = {hidden_size} cannot be split among num_attention_heads = {heads}");
        return Err(ConfigError::Shape(text));
    }
    Ok(())
}

impl ClipTextConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`], naming the option where one is not supported or not known.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config: Self = read(text, "clip_text_model")?;
        config.validate()?;
        Ok(config)
    }

    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// [`ConfigError::Shape`] with the first misfit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_heads(self.hidden_size, self.num_attention_heads, self.num_hidden_layers)?;
        let is_sensible = |number: usize| (1..=1_000_000).contains(&number);
        if [self.vocab_size, self.max_position_embeddings, self.intermediate_size, self.projection_dim]
            .into_iter()
            .all(is_sensible)
        {
            return Ok(());
        }
        let sizes = "vocab_size, max_position_embeddings, intermediate_size and projection_dim";
        Err(ConfigError::Shape(format!("{sizes} must be positive and sensible")))
    }

    /// The `config.json` of this network.
    ///
    /// # Errors
    /// [`ConfigError::Json`], which no value of this type causes.
    pub fn to_json(&self) -> Result<String, ConfigError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl ClipVisionConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`], naming the option where one is not supported or not known.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config: Self = read(text, "clip_vision_model")?;
        config.validate()?;
        Ok(config)
    }

    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// [`ConfigError::Shape`] with the first misfit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_heads(self.hidden_size, self.num_attention_heads, self.num_hidden_layers)?;
        let patches = self.image_size.checked_div(self.patch_size).unwrap_or(0);
        if !(1..=1024).contains(&patches) {
            return Err(ConfigError::Shape("image_size must hold at least one patch of patch_size".into()));
        }
        let is_sensible = |number: usize| (1..=1_000_000).contains(&number);
        if [self.num_channels, self.intermediate_size, self.projection_dim].into_iter().all(is_sensible) {
            return Ok(());
        }
        let sizes = "num_channels, intermediate_size and projection_dim";
        Err(ConfigError::Shape(format!("{sizes} must be positive and sensible")))
    }

    /// The `config.json` of this network.
    ///
    /// # Errors
    /// [`ConfigError::Json`], which no value of this type causes.
    pub fn to_json(&self) -> Result<String, ConfigError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
