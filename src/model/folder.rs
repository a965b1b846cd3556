//! A model folder in the form of diffusers, read from bytes wherever they come from.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::clip_config::ClipTextConfig;
use super::clip_text::ClipTextModel;
use super::condition_config::{self, Unet2dConditionConfig};
use super::config::{ConfigError, Unet2dConfig};
use super::denoiser::Denoiser;
pub use super::folder_error::FolderError;
use super::manifest::Manifest;
use super::pipeline::Pipeline;
use super::probe::Watch;
use super::prompt::WordModel;
use super::tokenizer_file;
use super::unet2d::UNet2DModel;
use super::vae_folder::{VAE_CONFIG, VAE_WEIGHTS, Vae};
use super::weights::{self, WeightsError};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use crate::protocol::{ModelSummary, WordSummary};

/// The network's shape.
pub const UNET_CONFIG: &str = "unet/config.json";
/// The network's weights.
pub const UNET_WEIGHTS: &str = "unet/diffusion_pytorch_model.safetensors";
/// The noise schedule and what the network predicts.
pub const SCHEDULER_CONFIG: &str = "scheduler/scheduler_config.json";
/// The text encoder's shape, where words steer the network.
pub const TEXT_ENCODER_CONFIG: &str = "text_encoder/config.json";
/// The text encoder's weights.
pub const TEXT_ENCODER_WEIGHTS: &str = "text_encoder/model.safetensors";
/// Text to numbers.
pub const TOKENIZER: &str = "tokenizer/tokenizer.json";
/// What tells transformers the names of the special tokens.
pub const TOKENIZER_CONFIG: &str = "tokenizer/tokenizer_config.json";
/// What the folder is.
pub const MODEL_INDEX: &str = "model_index.json";
/// One input and output of the network.
pub const GOLDEN: &str = "golden.safetensors";

/// The files of a folder that must be there.
pub const REQUIRED: [&str; 3] = [UNET_CONFIG, UNET_WEIGHTS, SCHEDULER_CONFIG];
/// The files that must be there too where words steer the network.
pub const REQUIRED_FOR_WORDS: [&str; 3] = [TEXT_ENCODER_CONFIG, TEXT_ENCODER_WEIGHTS, TOKENIZER];
/// The files that must be there too where the network draws latents.
pub const REQUIRED_FOR_LATENTS: [&str; 3] = [MODEL_INDEX, VAE_CONFIG, VAE_WEIGHTS];

/// All of them.
pub const FILES: [&[&str]; 3] = [&REQUIRED, &REQUIRED_FOR_WORDS, &REQUIRED_FOR_LATENTS];

/// The part of `scheduler_config.json` that training fixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchedulerConfig {
    /// The schedule.
    #[serde(flatten)]
    pub schedule: ScheduleConfig,
    /// What the network predicts.
    #[serde(default)]
    pub prediction_type: PredictionType,
}

/// A model ready to sample.
#[derive(Debug)]
pub struct Model {
    /// The network and what its output means.
    pub denoiser: Denoiser,
    /// The schedule it was trained on.
    pub schedule: NoiseSchedule,
    /// What people are told of it.
    pub summary: ModelSummary,
    /// What turns text into words the network hears; `None` where it hears none.
    pub words: Option<WordModel>,
    /// What turns the network's latents into pictures; `None` where it draws pictures itself.
    pub vae: Option<Vae>,
}

/// The bytes of a folder, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Model {
    /// Builds the model of a folder on `device`; where there is a manifest, every file must be as it lists.
    ///
    /// A `model_index.json` decides whether there is an autoencoder; without one, the files do.
    ///
    /// # Errors
    /// [`FolderError`] with the file and what is wrong with it.
    pub fn from_files(mut files: Files, manifest: Option<&Manifest>, device: &Device) -> Result<Self, FolderError> {
        for (path, bytes) in &files {
            manifest.map_or(Ok(()), |manifest| manifest.check(path, bytes))?;
        }
        let index = files.remove(MODEL_INDEX).map(|text| Pipeline::from_json(&text)).transpose()?;
        let draws_latents = index.map_or(files.contains_key(VAE_CONFIG), |index| index.has("vae"));
        let mut take = |path: &str| files.remove(path).ok_or_else(|| FolderError::Missing(path.into()));
        let config = unet_config(&String::from_utf8_lossy(&take(UNET_CONFIG)?))?;
        let (given, found) = (config.in_channels, config.out_channels);
        if found != given && found != 2 * given {
            return Err(FolderError::Channels { given, found });
        }
        let scheduler: SchedulerConfig = serde_json::from_slice(&take(SCHEDULER_CONFIG)?)
            .map_err(|error| FolderError::Json { path: SCHEDULER_CONFIG, error })?;
        let schedule = NoiseSchedule::new(&scheduler.schedule)?;
        let weights = take(UNET_WEIGHTS)?;
        let short_hash = manifest
            .and_then(|manifest| manifest.files.get(UNET_WEIGHTS))
            .map_or_else(|| super::manifest::FileEntry::of(&weights).sha256, |file| file.sha256.clone());
        let mut unet = UNet2DModel::new(&config, device);
        weights::load(&mut unet, weights)?;
        let words = match &config.cross_attention {
            Some(shape) => Some(word_model(&mut take, shape.dim, device)?),
            None => None,
        };
        let vae = if draws_latents { Some(Vae::load(&mut take, given, device)?) } else { None };
        let text_parameters = words.as_ref().map_or(0, |words| words.text_model.num_params());
        let vae_parameters = vae.as_ref().map_or(0, |vae| vae.network.num_params());
        let summary = ModelSummary {
            name: manifest.map_or_else(|| "model".into(), |manifest| manifest.name.clone()),
            short_hash: short_hash.chars().take(8).collect(),
            parameters: (unet.num_params() + text_parameters + vae_parameters) as u64,
            sample_size: config.sample_size.unwrap_or(16) as u32,
            channels: config.in_channels as u32,
            prediction_type: scheduler.prediction_type,
            schedule: scheduler.schedule,
            words: words.as_ref().map(|words| WordSummary {
                vocabulary: words.tokenizer.words().to_vec(),
                max_length: words.tokenizer.max_length() as u32,
            }),
        };
        let denoiser = Denoiser::new(unet, scheduler.prediction_type, device.clone());
        Ok(Self { denoiser, schedule, summary, words, vae })
    }

    /// The pictures of a finished batch: latents are decoded, pictures stay.
    pub fn pictures(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.vae {
            Some(Vae { network, .. }) => network.decode(network.unscale_latents(x), &mut Watch::none()),
            None => x,
        }
    }

    /// Runs the golden input; returns the output and what it should be, both `[B, C, H, W]` row-major.
    ///
    /// # Errors
    /// Where the file is not a golden file.
    pub fn run_golden(&self, golden: &[u8]) -> Result<(Tensor<4>, Vec<f32>), FolderError> {
        let io = SafeTensors::deserialize(golden).map_err(WeightsError::from)?;
        let read = |name: &str| -> Result<(Vec<usize>, Vec<f32>), FolderError> {
            let view = io.tensor(name).map_err(WeightsError::from)?;
            if view.dtype() != Dtype::F32 {
                return Err(WeightsError::Dtype { name: name.into(), dtype: view.dtype() }.into());
            }
            let numbers = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Ok((view.shape().to_vec(), numbers.collect()))
        };
        let (shape, sample) = read("sample")?;
        let (_, timesteps) = read("timestep")?;
        let (_, expected) = read("sample_out")?;
        let side = self.summary.sample_size as usize;
        let fits =
            matches!(shape[..], [b, c, h, w] if b > 0 && c == self.summary.channels as usize && [h, w] == [side; 2]);
        if !fits || (timesteps.len() != 1 && timesteps.len() != shape[0]) {
            return Err(FolderError::Missing(format!("a sample of the network's size, and its timestep, in {GOLDEN}")));
        }
        let words = match io.tensor("encoder_hidden_states") {
            Ok(_) => {
                let (words, states) = read("encoder_hidden_states")?;
                let wanted = || FolderError::Missing(format!("words [B, M, D] in {GOLDEN}"));
                let words =
                    <[usize; 3]>::try_from(words).ok().filter(|words| words[0] == shape[0]).ok_or_else(wanted)?;
                let states = TensorData::new(states, words);
                Some(Tensor::from_data(states, self.denoiser.device()))
            }
            Err(_) => None,
        };
        let sample = Tensor::from_data(TensorData::new(sample, shape), self.denoiser.device());
        let timesteps: Vec<f64> = timesteps.into_iter().map(f64::from).collect();
        Ok((self.denoiser.network().forward(sample, &timesteps, words.as_ref(), &mut Watch::none()), expected))
    }
}

/// The shape of either class of U-Net.
///
/// # Errors
/// [`ConfigError`], naming what is not supported.
pub fn unet_config(text: &str) -> Result<Unet2dConfig, ConfigError> {
    let value: serde_json::Value = serde_json::from_str(text)?;
    match value.get("_class_name").and_then(serde_json::Value::as_str) {
        Some(condition_config::CLASS) => Unet2dConditionConfig::from_json(text),
        _ => Unet2dConfig::from_json(text),
    }
}

/// The tokenizer and text encoder of a folder, whose states must be `wanted` wide.
///
/// # Errors
/// [`FolderError`] with the file and what is wrong with it.
pub fn word_model(
    take: &mut impl FnMut(&str) -> Result<Vec<u8>, FolderError>,
    wanted: usize,
    device: &Device,
) -> Result<WordModel, FolderError> {
    let tokenizer = tokenizer_file::from_json(&take(TOKENIZER)?)?;
    let config = ClipTextConfig::from_json(&String::from_utf8_lossy(&take(TEXT_ENCODER_CONFIG)?))?;
    if config.hidden_size != wanted {
        return Err(FolderError::Width { found: config.hidden_size, wanted });
    }
    let words = tokenizer.words().len();
    if words > config.vocab_size {
        return Err(FolderError::Vocabulary { found: words, wanted: config.vocab_size });
    }
    let mut text_model = ClipTextModel::new(&config, device);
    // Text encoders were saved inside a `text_model` until transformers 5.
    weights::load_renamed(&mut text_model, take(TEXT_ENCODER_WEIGHTS)?, (r"^text_model\.", ""))?;
    Ok(WordModel { tokenizer, text_model })
}

/// Compares the golden output with the expected one.
///
/// Allowed is 2e-3 of the largest expected value (and of 1): GPUs sum in another order and may use fused multiply-adds; a wrong kernel is off by far more.
///
/// # Errors
/// [`FolderError::Golden`] with the largest difference.
pub fn compare_golden(got: &[f32], expected: &[f32]) -> Result<f32, FolderError> {
    let scale = expected.iter().fold(1.0f32, |m, v| m.max(v.abs()));
    let difference = got.iter().zip(expected).fold(0.0f32, |m, (g, e)| m.max((g - e).abs()));
    // A NaN compares false and so counts as a difference.
    let agrees = got.len() == expected.len() && difference <= 2e-3 * scale && got.iter().all(|v| v.is_finite());
    if agrees { Ok(difference) } else { Err(FolderError::Golden { difference }) }
}
