//! `noisewalk train-clip`: a text encoder and an image encoder, trained together to tell which caption belongs to which picture.

use std::path::{Path, PathBuf};

use burn::module::Module;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::clip_pairs::pairs;
use super::clip_retrieval::Retrieval;
use super::device::DeviceName;
use super::export::{run_metrics, write_contents};
use super::failure::{Context, Failure, Outcome};
use super::fit::Fit;
use super::metrics_log::last_loss;
use super::optimizer_config::{OptimizerConfig, ReportConfig};
use super::run::Ended;
use super::settings_file::{in_range, read_settings};
use super::stop::stop_on_ctrl_c;
use crate::data::tokenizer::{BEGIN, END, PAD, Tokenizer};
use crate::model::clip::ClipModel;
use crate::model::clip_config::{ClipTextConfig, ClipVisionConfig};
use crate::model::folder::{Files, TEXT_ENCODER_CONFIG, TEXT_ENCODER_WEIGHTS, TOKENIZER, TOKENIZER_CONFIG};
use crate::model::manifest::{Manifest, SCHEMA_VERSION};
use crate::model::weights::{self, StoredAs};
use crate::model::{clip_folder, tokenizer_file};

/// Trains CLIP on captioned avatars.
#[derive(Debug, Args)]
pub struct ClipArgs {
    /// The settings (TOML); the defaults where absent
    #[arg(long)]
    config: Option<PathBuf>,
    /// Folder of the run: checkpoint, metrics and, at the end, model/
    #[arg(short, long, default_value = "runs/clip")]
    output: PathBuf,
    /// Go on with the run in that folder
    #[arg(long)]
    resume: bool,
    /// Override one setting, for example --set optimizer.steps=2000 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// A training run of CLIP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipConfig {
    /// Name of the model, for its manifest.
    pub name: String,
    /// Seed of weights and data.
    pub seed: u64,
    /// Where to compute.
    pub device: DeviceName,
    /// How weights are stored.
    pub stored_as: StoredAs,
    /// Width of a token's and of a patch's state.
    pub hidden_size: [usize; 2],
    /// Layers of the text and of the image encoder.
    pub layers: [usize; 2],
    /// Width of the shared space.
    pub projection_dim: usize,
    /// Width and height of a patch.
    pub patch_size: usize,
    /// Avatars of a family that differ in little, in half of every batch; 1 for strangers only.
    pub look_alikes: usize,
    /// How the weights move.
    pub optimizer: OptimizerConfig,
    /// What is written while training.
    pub report: ReportConfig,
}

impl Default for ClipConfig {
    fn default() -> Self {
        Self {
            name: "avatars-clip".into(),
            seed: 0,
            device: DeviceName::Cpu,
            stored_as: StoredAs::F16,
            hidden_size: [64, 96],
            layers: [2, 3],
            projection_dim: 64,
            patch_size: 4,
            look_alikes: 1,
            optimizer: OptimizerConfig {
                steps: 3000,
                batch_size: 128,
                learning_rate: 1e-3,
                weight_decay: 0.05,
                ..OptimizerConfig::default()
            },
            report: ReportConfig { log_every: 25, checkpoint_every: 250, sample_every: 0 },
        }
    }
}

impl ClipConfig {
    fn validate(&self) -> Outcome<()> {
        self.optimizer.validate()?;
        self.report.validate()?;
        in_range("look_alikes", self.look_alikes as f64, 1.0, 64.0)?;
        if self.optimizer.gradient_accumulation != 1 {
            let what = "train-clip does not accumulate gradients";
            return Err(Failure::new(format!("{what}; set optimizer.gradient_accumulation = 1")));
        }
        let (text, vision) = self.shapes(&Tokenizer::of_captions());
        let context = "these sizes make no encoder";
        text.validate().context(context)?;
        vision.validate().context(context)
    }

    /// Shapes of the two encoders for a vocabulary.
    pub fn shapes(&self, tokenizer: &Tokenizer) -> (ClipTextConfig, ClipVisionConfig) {
        let [text, vision] = self.hidden_size;
        (
            ClipTextConfig {
                vocab_size: tokenizer.words().len(),
                hidden_size: text,
                intermediate_size: 4 * text,
                projection_dim: self.projection_dim,
                num_hidden_layers: self.layers[0],
                num_attention_heads: 4,
                max_position_embeddings: tokenizer.max_length(),
                pad_token_id: PAD,
                bos_token_id: BEGIN,
                eos_token_id: END,
                ..ClipTextConfig::default()
            },
            ClipVisionConfig {
                hidden_size: vision,
                intermediate_size: 4 * vision,
                projection_dim: self.projection_dim,
                num_hidden_layers: self.layers[1],
                num_attention_heads: 4,
                image_size: crate::data::avatar::SIZE,
                patch_size: self.patch_size,
                ..ClipVisionConfig::default()
            },
        )
    }
}

/// Runs the command.
///
/// # Errors
/// Where the settings or the files do not work.
pub fn run(args: &ClipArgs) -> Outcome<()> {
    let config: ClipConfig = read_settings(args.config.as_deref(), &args.set)?;
    config.validate()?;
    let recipe = toml::to_string_pretty(&config).context("the settings could not be written down")?;
    let tokenizer = Tokenizer::of_captions();
    let (text, vision) = config.shapes(&tokenizer);
    let device = config.device.open()?.autodiff();
    device.seed(config.seed);
    let stop = stop_on_ctrl_c()?;
    let fit = Fit {
        folder: &args.output,
        recipe,
        optimizer: &config.optimizer,
        report: &config.report,
        resume: args.resume,
        stop: &stop,
        quiet: args.quiet,
    };
    let batch = config.optimizer.batch_size as u64;
    let (state, ended) = fit.run(ClipModel::new(&text, &vision, &device), |clip: &ClipModel, step| {
        let (pictures, ids) = pairs(&config, step * batch, batch, &tokenizer, &device);
        clip.contrastive_loss(clip.text_features(&ids, &device), clip.image_features(pictures))
    })?;
    if ended == Ended::Finished {
        let folder = args.output.join("model");
        let found = Retrieval::of(&state.ema, &tokenizer, &device.inner())?;
        write_folder(&folder, &config, &tokenizer, &state, &found.metrics(), last_loss(&args.output, state.step))?;
        say_line!("{found}");
    }
    Ok(())
}

fn write_folder(
    folder: &Path,
    config: &ClipConfig,
    tokenizer: &Tokenizer,
    state: &Checkpoint<ClipModel>,
    found: &[(String, f64)],
    loss: Option<f64>,
) -> Outcome<()> {
    let context = "the model could not be put together";
    let (text, vision) = config.shapes(tokenizer);
    let mut contents = Files::new();
    let mut add = |path: &str, bytes: Vec<u8>| contents.insert(path.into(), bytes);
    add(TEXT_ENCODER_CONFIG, text.to_json().context(context)?.into_bytes());
    add(TEXT_ENCODER_WEIGHTS, weights::save(state.ema.text_model(), config.stored_as).context(context)?);
    add(TOKENIZER, tokenizer_file::to_json(tokenizer).context(context)?.into_bytes());
    add(TOKENIZER_CONFIG, tokenizer_file::config_json(tokenizer).context(context)?.into_bytes());
    add(clip_folder::CONFIG, clip_folder::config_json(&text, &vision).context(context)?.into_bytes());
    add(clip_folder::WEIGHTS, weights::save(&state.ema, config.stored_as).context(context)?);
    write_contents(folder, &contents, |files| Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        parameters: state.ema.num_params() as u64,
        files,
        recipe: state.config.clone(),
        metrics: run_metrics(state, loss).into_iter().chain(found.iter().cloned()).collect(),
        golden: None,
    })
}
