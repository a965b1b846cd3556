//! The file that describes a training run: TOML, every field with a default, unknown keys refused.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::device::DeviceName;
use super::failure::{Context, Failure, Outcome};
use super::network_config::{TextConfig, UnetConfig};
use super::optimizer_config::{OptimizerConfig, ReportConfig};
use super::settings_file::{in_range, parse_settings, read_settings};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use crate::model::weights::StoredAs;

/// A whole training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Name of the model, for its manifest.
    pub name: String,
    /// Seed of weights, data order, timesteps and noise.
    pub seed: u64,
    /// Where to compute.
    pub device: DeviceName,
    /// How weights are stored in the finished folder.
    pub stored_as: StoredAs,
    /// What to learn from.
    pub data: DataConfig,
    /// What encodes captions; without it, the network hears no words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextConfig>,
    /// The network.
    pub unet: UnetConfig,
    /// The noise schedule.
    pub schedule: ScheduleConfig,
    /// What the network predicts and how its errors are weighted.
    pub objective: ObjectiveConfig,
    /// How the weights move.
    pub optimizer: OptimizerConfig,
    /// What is written while training.
    pub report: ReportConfig,
}

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum DataConfig {
    /// Avatars, drawn on the fly: never the same twice.
    Avatars,
    /// Avatars with captions; everything that has a word is common in them.
    Captioned,
    /// A folder of PNG and JPEG files, of any size.
    Folder {
        /// The folder; read with its sub-folders.
        path: PathBuf,
        /// How a picture becomes a square.
        #[serde(default)]
        fit: Fit,
        /// Whether pictures are mirrored at random.
        #[serde(default)]
        flip: bool,
    },
}

/// How a picture of any shape becomes a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Scale the shorter side, cut the longer one at the centre.
    #[default]
    Crop,
    /// Scale both sides, changing the shape.
    Stretch,
    /// Scale the longer side, fill the rest with white.
    Pad,
}

/// The training target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// What the network predicts.
    pub prediction_type: PredictionType,
    /// How the squared error of each timestep is weighted.
    pub loss_weighting: LossWeighting,
    /// How the squared error of each pixel is weighted.
    pub pixel_weighting: PixelWeighting,
}

/// How the squared error of each pixel is weighted; the same for every picture, so that the best answer stays the conditional mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PixelWeighting {
    /// Every pixel alike.
    #[default]
    Uniform,
    /// This share by [`crate::data::salience::balanced_weights`], the rest alike: for avatars with captions.
    Attributes(f64),
}

/// How the squared error of each timestep is weighted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LossWeighting {
    /// Every timestep alike (Ho et al. 2020).
    #[default]
    Uniform,
    /// `min(SNR, γ)` in units of the error of x0 (Hang et al. 2023).
    MinSnr(f64),
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            name: "avatars".into(),
            seed: 0,
            device: DeviceName::Cpu,
            stored_as: StoredAs::F16,
            data: DataConfig::Avatars,
            text: None,
            unet: UnetConfig::default(),
            schedule: ScheduleConfig::default(),
            objective: ObjectiveConfig::default(),
            optimizer: OptimizerConfig::default(),
            report: ReportConfig::default(),
        }
    }
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        Self {
            prediction_type: PredictionType::VPrediction,
            loss_weighting: LossWeighting::Uniform,
            pixel_weighting: PixelWeighting::Uniform,
        }
    }
}

impl TrainConfig {
    /// Reads a file (or the defaults where there is none) and applies overrides of the form `section.key=value`.
    ///
    /// # Errors
    /// One sentence naming the file, the key and what is allowed.
    pub fn load(path: Option<&Path>, overrides: &[String]) -> Outcome<Self> {
        let config: Self = read_settings(path, overrides)?;
        config.validate()?;
        Ok(config)
    }

    /// Reads the text of a checkpoint's settings.
    ///
    /// # Errors
    /// One sentence naming the key and what is allowed.
    pub fn from_toml(text: &str) -> Outcome<Self> {
        parse_settings(text, &[])
    }

    /// The configuration as a file that reproduces it.
    ///
    /// # Errors
    /// Never for values of this type.
    pub fn to_toml(&self) -> Outcome<String> {
        toml::to_string_pretty(self).context("the settings could not be written down")
    }

    fn validate(&self) -> Outcome<()> {
        self.unet().validate().context("the [unet] settings do not work")?;
        let (levels, attention) = (self.unet.block_out_channels.len(), self.unet.attention.len());
        if attention != levels {
            return Err(Failure::new(format!(
                "unet.attention has {attention} entries, but unet.block_out_channels has {levels}; give one for each resolution"
            )));
        }
        NoiseSchedule::new(&self.schedule).context("the [schedule] settings do not work")?;
        in_range("unet.sample_size", self.unet.sample_size as f64, 4.0, 256.0)?;
        if let PixelWeighting::Attributes(share) = self.objective.pixel_weighting {
            in_range("objective.pixel_weighting.attributes", share, 0.0, 1.0)?;
            if !matches!(self.data, DataConfig::Captioned) {
                return Err(Failure::new("pixel_weighting by attributes needs [data] kind = \"captioned\""));
            }
        }
        if let LossWeighting::MinSnr(gamma) = self.objective.loss_weighting {
            in_range("objective.loss_weighting.min_snr", gamma, 1e-6, 1e6)?;
        }
        if let Some(text) = &self.text {
            in_range("text.caption_dropout", text.caption_dropout, 0.0, 1.0)?;
        }
        self.optimizer.validate()?;
        self.report.validate()
    }
}
