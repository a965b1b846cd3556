//! The file that describes a training run: TOML, every field with a default, unknown keys refused.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::device::DeviceName;
use super::failure::{Context, Failure, Outcome};
use super::files;
use super::network_config::{TextConfig, UnetConfig};
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

/// AdamW (Loshchilov and Hutter 2019) with warm-up and cosine decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Number of weight updates.
    pub steps: u64,
    /// Pictures per forward pass.
    pub batch_size: usize,
    /// Forward passes per weight update.
    pub gradient_accumulation: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Updates over which the learning rate rises from 0.
    pub warmup_steps: u64,
    /// The learning rate at the end, as a share of the highest.
    pub final_learning_rate: f64,
    /// Decay of the gradient's moving average.
    pub beta_1: f64,
    /// Decay of the squared gradient's moving average.
    pub beta_2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Divide by the largest squared average so far, AMSGrad (Reddi et al. 2018), so that step sizes never grow again.
    pub amsgrad: bool,
    /// The gradient's largest norm over all parameters; 0 for no limit.
    pub max_grad_norm: f64,
    /// Decay of the moving average of the weights; 0 for none.
    pub ema_decay: f64,
}

/// What is written while training, in updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// A row of metrics every so many.
    pub log_every: u64,
    /// A grid of samples every so many; 0 for none.
    pub sample_every: u64,
    /// A checkpoint every so many.
    pub checkpoint_every: u64,
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

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            steps: 10_000,
            batch_size: 64,
            gradient_accumulation: 1,
            learning_rate: 1e-3,
            warmup_steps: 200,
            final_learning_rate: 0.02,
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.01,
            amsgrad: false,
            max_grad_norm: 1.0,
            ema_decay: 0.999,
        }
    }
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self { log_every: 20, sample_every: 1000, checkpoint_every: 500 }
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

    /// The configuration as a file that reproduces it.
    ///
    /// # Errors
    /// Never for values of this type.
    pub fn to_toml(&self) -> Outcome<String> {
        toml::to_string_pretty(self).context("the settings could not be written down")
    }

    fn validate(&self) -> Outcome<()> {
        self.unet().validate().context("the [unet] settings do not work")?;
        NoiseSchedule::new(&self.schedule).context("the [schedule] settings do not work")?;
        let optimizer = &self.optimizer;
        let in_range = |key: &str, value: f64, low: f64, high: f64| {
            let message = || Failure::new(format!("{key} is {value}, but must lie between {low} and {high}"));
            if (low..=high).contains(&value) { Ok(()) } else { Err(message()) }
        };
        in_range("unet.sample_size", self.unet.sample_size as f64, 4.0, 256.0)?;
        in_range("optimizer.steps", optimizer.steps as f64, 1.0, 1e9)?;
        in_range("optimizer.batch_size", optimizer.batch_size as f64, 1.0, 65_536.0)?;
        in_range("optimizer.gradient_accumulation", optimizer.gradient_accumulation as f64, 1.0, 65_536.0)?;
        in_range("optimizer.learning_rate", optimizer.learning_rate, 0.0, 10.0)?;
        in_range("optimizer.final_learning_rate", optimizer.final_learning_rate, 0.0, 1.0)?;
        in_range("optimizer.beta_1", optimizer.beta_1, 0.0, 0.999_999)?;
        in_range("optimizer.beta_2", optimizer.beta_2, 0.0, 0.999_999)?;
        in_range("optimizer.max_grad_norm", optimizer.max_grad_norm, 0.0, f64::MAX)?;
        in_range("optimizer.weight_decay", optimizer.weight_decay, 0.0, 10.0)?;
        in_range("optimizer.ema_decay", optimizer.ema_decay, 0.0, 0.999_999)?;
        if let PixelWeighting::Attributes(share) = self.objective.pixel_weighting {
            in_range("objective.pixel_weighting.attributes", share, 0.0, 1.0)?;
            if !matches!(self.data, DataConfig::Captioned) {
                return Err(Failure::new("pixel_weighting by attributes needs [data] kind = \"captioned\""));
            }
        }
        if let Some(text) = &self.text {
            in_range("text.caption_dropout", text.caption_dropout, 0.0, 1.0)?;
            if matches!(self.data, DataConfig::Avatars) {
                return Err(Failure::new("[text] needs captions; set [data] kind = \"captioned\""));
            }
        }
        in_range("report.log_every", self.report.log_every as f64, 1.0, 1e9)?;
        in_range("report.checkpoint_every", self.report.checkpoint_every as f64, 1.0, 1e9)
    }
}

/// Reads settings from a file (or the defaults where there is none) and applies overrides of the form `section.key=value`.
///
/// # Errors
/// One sentence naming the file, the key and what is allowed.
pub fn read_settings<T: DeserializeOwned>(path: Option<&Path>, overrides: &[String]) -> Outcome<T> {
    let text = match path {
        Some(path) => String::from_utf8_lossy(&files::read(path)?).into_owned(),
        None => String::new(),
    };
    let name = path.map_or_else(|| "the settings".into(), |path| path.display().to_string());
    let mut table: toml::Table = text.parse().context(&name)?;
    for assignment in overrides {
        set(&mut table, assignment)?;
    }
    table.try_into().context(&name)
}

/// Applies one `section.key=value`, where the value is TOML (a bare word counts as text).
fn set(table: &mut toml::Table, assignment: &str) -> Outcome<()> {
    let Some((path, text)) = assignment.split_once('=') else {
        return Err(Failure::new(format!("--set needs KEY=VALUE, and {assignment} has no =")));
    };
    let parsed = format!("value = {text}").parse::<toml::Table>().ok().and_then(|mut t| t.remove("value"));
    let value = parsed.unwrap_or_else(|| toml::Value::String(text.into()));
    let mut keys: Vec<&str> = path.split('.').collect();
    let Some(last) = keys.pop() else { return Ok(()) };
    let mut here = table;
    for key in keys {
        let entry = here.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        here =
            entry.as_table_mut().ok_or_else(|| Failure::new(format!("{key} in --set {assignment} is no section")))?;
    }
    here.insert(last.into(), value);
    Ok(())
}
