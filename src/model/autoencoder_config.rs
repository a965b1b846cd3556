//! The `config.json` of diffusers' `AutoencoderKL`.

use serde::{Deserialize, Serialize};

use super::config::ConfigError;
use super::layers::Activation;
use super::options::check_options;

/// Shape of an `AutoencoderKL`; fields, names and defaults of diffusers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoencoderKlConfig {
    #[serde(rename = "_class_name")]
    pub(crate) class_name: String,
    #[serde(rename = "_diffusers_version")]
    pub(crate) diffusers_version: String,
    /// Channels of a picture that is encoded.
    pub in_channels: usize,
    /// Channels of a picture that is decoded.
    pub out_channels: usize,
    /// The encoder's resolutions, finest first; all are `DownEncoderBlock2D`.
    pub down_block_types: Vec<String>,
    /// The decoder's resolutions, coarsest first; all are `UpDecoderBlock2D`.
    pub up_block_types: Vec<String>,
    /// Channels of each resolution, finest first.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks a resolution (one more in the decoder).
    pub layers_per_block: usize,
    /// The non-linearity.
    pub act_fn: Activation,
    /// Channels of the latents.
    pub latent_channels: usize,
    /// Groups of the normalisations.
    pub norm_num_groups: usize,
    /// Width and height of the pictures it was trained on.
    pub sample_size: usize,
    /// What latents are multiplied by, so that they have about variance 1.
    pub scaling_factor: f64,
    /// What is taken from all latents before that.
    pub shift_factor: Option<f64>,
    /// What is taken from each channel of the latents instead.
    pub latents_mean: Option<Vec<f64>>,
    /// What each channel of the latents is divided by.
    pub latents_std: Option<Vec<f64>>,
    /// Whether f16 overflows inside; all computes in f32 here, so nothing follows from it.
    pub force_upcast: bool,
    /// Whether a 1×1 convolution ends the encoder.
    pub use_quant_conv: bool,
    /// Whether a 1×1 convolution begins the decoder.
    pub use_post_quant_conv: bool,
    /// Whether the coarsest resolution has attention.
    pub mid_block_add_attention: bool,
}

impl Default for AutoencoderKlConfig {
    fn default() -> Self {
        Self {
            class_name: CLASS.into(),
            diffusers_version: "0.42.1".into(),
            in_channels: 3,
            out_channels: 3,
            down_block_types: vec![DOWN_BLOCK.into()],
            up_block_types: vec![UP_BLOCK.into()],
            block_out_channels: vec![64],
            layers_per_block: 1,
            act_fn: Activation::Silu,
            latent_channels: 4,
            norm_num_groups: 32,
            sample_size: 32,
            scaling_factor: 0.18215,
            shift_factor: None,
            latents_mean: None,
            latents_std: None,
            force_upcast: true,
            use_quant_conv: true,
            use_post_quant_conv: true,
            mid_block_add_attention: true,
        }
    }
}

/// The class name in `config.json`.
pub const CLASS: &str = "AutoencoderKL";

const DOWN_BLOCK: &str = "DownEncoderBlock2D";
const UP_BLOCK: &str = "UpDecoderBlock2D";

impl AutoencoderKlConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`], naming the option where one is not supported or not known.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        if let Some(found) = value.get("_class_name").and_then(|found| found.as_str())
            && found != CLASS
        {
            return Err(ConfigError::Class { found: found.into() });
        }
        check_options(&value, &serde_json::to_value(Self::default())?, &[])?;
        let config: Self = serde_json::from_value(value)?;
        config.validate()?;
        Ok(config)
    }

    /// The `config.json` of this autoencoder.
    ///
    /// # Errors
    /// [`ConfigError::Json`], which no value of this type causes.
    pub fn to_json(&self) -> Result<String, ConfigError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Checks that the blocks are known and that the numbers fit each other.
    ///
    /// # Errors
    /// [`ConfigError::Unsupported`] with the first unknown block, [`ConfigError::Shape`] with the first misfit.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let blocks = [
            ("down_block_types", &self.down_block_types, DOWN_BLOCK),
            ("up_block_types", &self.up_block_types, UP_BLOCK),
        ];
        let levels = self.block_out_channels.len();
        let misfit = |condition: bool, text: String| if condition { Err(ConfigError::Shape(text)) } else { Ok(()) };
        misfit(levels == 0, "block_out_channels is empty".into())?;
        for (option, types, known) in blocks {
            if let Some(unknown) = types.iter().find(|name| *name != known) {
                return Err(ConfigError::Unsupported { option: option.into(), value: unknown.clone() });
            }
            misfit(
                types.len() != levels,
                format!("block_out_channels has {levels} levels, so {option} needs {levels}"),
            )?;
        }
        let sizes =
            [self.in_channels, self.out_channels, self.latent_channels, self.norm_num_groups, self.layers_per_block];
        misfit(
            sizes.iter().any(|size| !(1..=8192).contains(size)),
            "channels, norm_num_groups and layers_per_block must be positive and sensible".into(),
        )?;
        let groups = self.norm_num_groups;
        for &channels in &self.block_out_channels {
            misfit(
                !(1..=8192).contains(&channels) || channels % groups != 0,
                format!("{channels} channels cannot be split into norm_num_groups = {groups} groups"),
            )?;
        }
        for (option, numbers) in [("latents_mean", &self.latents_mean), ("latents_std", &self.latents_std)] {
            let wrong = numbers.as_ref().is_some_and(|numbers| numbers.len() != self.latent_channels);
            misfit(wrong, format!("{option} needs one number for each of {} latent channels", self.latent_channels))?;
        }
        let is_usable = |scale: f64| scale.is_finite() && scale != 0.0;
        let stds = self.latents_std.iter().flatten();
        misfit(
            !stds.chain([&self.scaling_factor]).all(|scale| is_usable(*scale)),
            "scaling_factor and latents_std must be numbers other than 0".into(),
        )
    }

    /// How many pixels of a side one latent stands for.
    pub fn downscale_factor(&self) -> usize {
        1 << self.block_out_channels.len().saturating_sub(1).min(16)
    }

    /// Shift and scale of each latent channel: diffusion runs on `(z − shift) · scale`.
    pub fn latent_scaling(&self) -> Vec<(f32, f32)> {
        let of = |numbers: &Option<Vec<f64>>, channel: usize| numbers.as_ref()?.get(channel).copied();
        let channel = |channel: usize| {
            let shift = of(&self.latents_mean, channel).or(self.shift_factor).unwrap_or(0.0);
            let scale = self.scaling_factor / of(&self.latents_std, channel).unwrap_or(1.0);
            (shift as f32, scale as f32)
        };
        (0..self.latent_channels).map(channel).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_supported_is_refused_by_name() {
        let refusal = |text: &str| AutoencoderKlConfig::from_json(text).unwrap_err().to_string();
        assert!(refusal(r#"{"down_block_types": ["AttnDownEncoderBlock2D"]}"#).contains("AttnDownEncoderBlock2D"));
        assert!(refusal(r#"{"double_z": false}"#).contains("double_z to false, which this program does not support"));
        assert!(refusal(r#"{"_class_name": "AutoencoderTiny"}"#).contains("AutoencoderTiny"));
        assert!(refusal(r#"{"latents_std": [1, 2]}"#).contains("latents_std"));
        assert!(refusal(r#"{"scaling_factor": 0}"#).contains("scaling_factor"));
        assert!(refusal(r#"{"block_out_channels": [48]}"#).contains("48 channels"));
    }

    #[test]
    fn a_written_config_reads_back() {
        let config =
            AutoencoderKlConfig { shift_factor: Some(0.1), latents_std: Some(vec![2.0; 4]), ..Default::default() };
        let back = AutoencoderKlConfig::from_json(&config.to_json().unwrap()).unwrap();
        assert_eq!(back, config);
        assert_eq!(back.latent_scaling()[3], (0.1, 0.091_075));
    }
}
