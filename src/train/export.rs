//! A finished model as a diffusers folder.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use burn::module::Module;
use burn::tensor::Device;
use serde_json::json;

use super::checkpoint::Checkpoint;
use super::config::TrainConfig;
use super::failure::{Context, Outcome};
use super::learner::Learner;
use super::network_config::TextConfig;
use super::{files, golden_file};
use crate::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use crate::model::denoiser::Denoiser;
use crate::model::folder::{
    Files, GOLDEN, MODEL_INDEX, SCHEDULER_CONFIG, TEXT_ENCODER_CONFIG, TEXT_ENCODER_WEIGHTS, TOKENIZER,
    TOKENIZER_CONFIG, UNET_CONFIG, UNET_WEIGHTS,
};
use crate::model::manifest::{FileEntry, MANIFEST, Manifest, SCHEMA_VERSION};
use crate::model::prompt::WordModel;
use crate::model::tokenizer_file;
use crate::model::unet2d::UNet2DModel;
use crate::model::weights::{self, StoredAs};

/// A network and what the run's configuration says its output means.
pub fn denoiser(config: &TrainConfig, unet: UNet2DModel) -> Denoiser {
    let device = unet.devices().into_iter().next().unwrap_or_else(Device::flex);
    Denoiser::new(unet, config.objective.prediction_type, device)
}

/// Writes the averaged weights as a folder that diffusers opens, with a manifest; `loss` is that of the last window.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_folder(
    folder: &Path,
    config: &TrainConfig,
    state: &Checkpoint<Learner>,
    words: Option<&WordModel>,
    loss: Option<f64>,
) -> Outcome<()> {
    let weights = weights::save(&state.ema.unet, config.stored_as).context("the weights could not be saved")?;
    // The golden output is that of the stored weights, which half precision has rounded.
    let mut stored = UNet2DModel::new(&config.unet(), &Device::flex());
    weights::load(&mut stored, weights.clone()).context("the saved weights could not be read back")?;

    let words = state.ema.words(words).zip(config.text.as_ref());
    let words = words.map(|(words, text)| rounded(&words, text, config.stored_as)).transpose()?;
    let words = words.as_ref();
    let mut contents = Files::new();
    contents.insert(MODEL_INDEX.into(), pretty(&model_index(words.is_some()))?);
    contents.insert(UNET_CONFIG.into(), config.unet_json()?.into_bytes());
    contents.insert(UNET_WEIGHTS.into(), weights);
    contents.insert(SCHEDULER_CONFIG.into(), pretty(&scheduler_config(config)?)?);
    let mut parameters = stored.num_params();
    if let (Some(words), Some(text)) = (words, &config.text) {
        contents.extend(text_files(words, text, config.stored_as)?);
        parameters += words.text_model.num_params();
    }
    contents.insert(GOLDEN.into(), golden_file::make(config, &stored, words)?);
    write_contents(folder, &contents, |files| Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        parameters: parameters as u64,
        files,
        recipe: state.config.clone(),
        metrics: run_metrics(state, loss),
        golden: Some(GOLDEN.into()),
    })
}

/// What every run measures, by name.
pub fn run_metrics<M>(state: &Checkpoint<M>, loss: Option<f64>) -> BTreeMap<String, f64> {
    // Six digits are more than a mean over some batches means.
    let loss = loss.map(|loss| ("loss".to_owned(), (loss * 1e6).round() / 1e6));
    let counts = [("updates".to_owned(), state.step as f64), ("seconds".to_owned(), state.seconds.round())];
    counts.into_iter().chain(loss).collect()
}

/// Writes a manifest, then the files it lists: until the last of them is there, the folder is refused for its checksums.
///
/// Of a model that lay in the folder before, files that only its manifest lists are removed; all other files stay.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_contents(
    folder: &Path,
    contents: &Files,
    manifest: impl FnOnce(BTreeMap<String, FileEntry>) -> Manifest,
) -> Outcome<()> {
    let manifest = manifest(contents.iter().map(|(path, bytes)| (path.clone(), FileEntry::of(bytes))).collect());
    let before = std::fs::read(folder.join(MANIFEST)).ok().and_then(|text| Manifest::from_json(&text).ok());
    // First, so that a kill in between leaves the manifest that names them for the next time.
    for path in before.iter().flat_map(|before| before.files.keys()).filter(|path| !contents.contains_key(*path)) {
        // Its name came from a file: nothing outside of the folder is touched.
        if Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            std::fs::remove_file(folder.join(path)).ok();
        }
    }
    files::create_folder(folder)?;
    files::write(&folder.join(MANIFEST), manifest.to_json().context("manifest.json")?.as_bytes())?;
    for (path, bytes) in contents {
        let path = folder.join(path);
        files::create_folder(path.parent().unwrap_or(folder))?;
        files::write(&path, bytes)?;
    }
    Ok(())
}

/// The words with the encoder's weights as they will be stored, on the CPU wherever the run computed.
fn rounded(words: &WordModel, text: &TextConfig, stored_as: StoredAs) -> Outcome<WordModel> {
    let context = "the text encoder could not be saved";
    let bytes = weights::save(&words.text_model, stored_as).context(context)?;
    let mut stored = text.open(&Device::flex())?;
    weights::load(&mut stored.text_model, bytes).context(context)?;
    Ok(stored)
}

/// The text encoder and the tokenizer, as transformers opens them.
fn text_files(words: &WordModel, text: &TextConfig, stored_as: StoredAs) -> Outcome<Files> {
    let weights = weights::save(&words.text_model, stored_as).context("the text encoder could not be saved")?;
    let tokenizer = tokenizer_file::to_json(&words.tokenizer).context("the tokenizer could not be saved")?;
    let settings = tokenizer_file::config_json(&words.tokenizer).context("the tokenizer could not be saved")?;
    Ok(Files::from([
        (TEXT_ENCODER_CONFIG.into(), files::read(&text.encoder.join(TEXT_ENCODER_CONFIG))?),
        (TEXT_ENCODER_WEIGHTS.into(), weights),
        (TOKENIZER.into(), tokenizer.into_bytes()),
        (TOKENIZER_CONFIG.into(), settings.into_bytes()),
    ]))
}

fn model_index(with_words: bool) -> serde_json::Value {
    if with_words {
        // Diffusers has no pipeline for words without a VAE; the general one loads the parts.
        return json!({
            "_class_name": "DiffusionPipeline",
            "_diffusers_version": "0.42.1",
            "scheduler": ["diffusers", "DDPMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
            "unet": ["diffusers", "UNet2DConditionModel"],
        });
    }
    json!({
        "_class_name": "DDPMPipeline",
        "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "DDPMScheduler"],
        "unet": ["diffusers", "UNet2DModel"],
    })
}

/// The schedule as training had it; a curve that diffusers does not know by name is written as its table of β.
fn scheduler_config(config: &TrainConfig) -> Outcome<serde_json::Value> {
    let schedule = &config.schedule;
    let plain = ScheduleConfig { rescale_betas_zero_snr: false, ..schedule.clone() };
    let table = NoiseSchedule::new(&plain).context("the [schedule] settings do not work")?;
    let is_known = schedule.trained_betas.is_none() && DIFFUSERS_CURVES.contains(&schedule.beta_schedule);
    let betas = || (0..table.num_train_timesteps() as i64).map(|t| table.beta(t)).collect::<Vec<f64>>();
    let trained_betas = if is_known { None } else { Some(schedule.trained_betas.clone().unwrap_or_else(betas)) };
    let named = if is_known { schedule.beta_schedule } else { BetaSchedule::Linear };
    Ok(json!({
        "_class_name": "DDPMScheduler",
        "_diffusers_version": "0.42.1",
        "num_train_timesteps": table.num_train_timesteps(),
        "beta_start": schedule.beta_start,
        "beta_end": schedule.beta_end,
        "beta_schedule": named,
        "trained_betas": trained_betas,
        "rescale_betas_zero_snr": schedule.rescale_betas_zero_snr,
        "prediction_type": config.objective.prediction_type,
        "variance_type": "fixed_small",
        "clip_sample": true,
        "clip_sample_range": 1.0,
        "timestep_spacing": "leading",
        "steps_offset": 0,
    }))
}

/// The curves that `DDPMScheduler` knows by name.
const DIFFUSERS_CURVES: [BetaSchedule; 4] =
    [BetaSchedule::Linear, BetaSchedule::ScaledLinear, BetaSchedule::SquaredcosCapV2, BetaSchedule::Sigmoid];

fn pretty(value: &serde_json::Value) -> Outcome<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(value).context("a file could not be put together")?;
    text.push('\n');
    Ok(text.into_bytes())
}
