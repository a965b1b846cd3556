//! The training loop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

use super::checkpoint::Checkpoint;
use super::config::TrainConfig;
use super::dataset::Dataset;
use super::device::DeviceName;
use super::export;
use super::failure::{Context, Failure, Outcome};
use super::files;
use super::learner::Learner;
use super::metrics_log::{MetricsLog, Row, last_loss};
use super::objective::{self, Batches, loss};
use super::parallel::side_by_side;
use super::progress::Progress;
use super::{ema, grid, optimizer, preview};
use crate::diffusion::schedule::NoiseSchedule;
use crate::model::prompt::WordModel;
use crate::protocol::{Variant, WordSpec};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every update is done and the model folder is written.
    Finished,
    /// Stopped before the end; the checkpoint goes on from here.
    Interrupted,
}

/// A run and its files.
pub struct Run {
    config: TrainConfig,
    folder: PathBuf,
    device: Device,
    dataset: Dataset,
    schedule: NoiseSchedule,
    state: Checkpoint<Learner>,
    words: Option<WordModel>,
    pixel_weights: Option<Vec<f32>>,
}

/// Sums since the last row of metrics, on the device.
#[derive(Default)]
struct Window {
    loss: Option<Tensor<1>>,
    passes: u64,
    grad_norm: Option<Tensor<1>>,
}

impl Run {
    /// Starts a run in `folder`, or goes on with the one there.
    ///
    /// # Errors
    /// Where the settings do not work, the data cannot be read, or the folder holds another run.
    pub fn open(config: TrainConfig, folder: &Path, resume: bool) -> Outcome<Self> {
        files::create_folder(folder)?;
        let path = checkpoint_path(folder);
        if path.exists() && !resume {
            return Err(Failure::new(format!(
                "{} already holds a run; add --resume to go on with it, or choose another folder",
                folder.display()
            )));
        }
        let dataset = Dataset::open(&config.data, config.unet.sample_size)?;
        if config.text.is_some() {
            dataset.check_captions()?;
        }
        let words = config.text.as_ref().map(|text| text.open(&config.device.open()?)).transpose()?;
        let schedule = NoiseSchedule::new(&config.schedule).context("the [schedule] settings do not work")?;
        let device = config.device.open()?.autodiff();
        device.seed(config.seed);
        let fresh = Learner::new(&config, &device)?;
        let optimizer = optimizer::adamw(&config.optimizer);
        let state = if path.exists() {
            // A resumed run may have other settings; the recipe is what the weights were finished with.
            Checkpoint { config: config.to_toml()?, ..Checkpoint::load(&path, fresh, optimizer)? }
        } else {
            let config = config.to_toml()?;
            Checkpoint { step: 0, seconds: 0.0, config, ema: fresh.valid(), weights: fresh, optimizer }
        };
        files::write(&folder.join("config.toml"), config.to_toml()?.as_bytes())?;
        let pixel_weights = objective::pixel_weights(&config.objective);
        let folder = folder.to_path_buf();
        Ok(Self { config, folder, device, dataset, schedule, state, words, pixel_weights })
    }

    /// Trains until the last update, or until `stop` is set.
    ///
    /// # Errors
    /// Where files cannot be written, or the loss stops being a number.
    pub fn train(&mut self, stop: &Arc<AtomicBool>, quiet: bool) -> Outcome<Ended> {
        let mut log = MetricsLog::open(&self.folder, self.state.step)?;
        let progress = Progress::new(self.state.step, self.config.optimizer.steps, quiet);
        progress.say(&format!("{} parameters; {}", self.state.weights.num_params(), self.dataset.describe()));
        let mut window = Window::default();
        let mut row_began = Instant::now();
        while self.state.step < self.config.optimizer.steps {
            self.update(&mut window);
            let (step, report) = (self.state.step, &self.config.report);
            let is_last = step == self.config.optimizer.steps || stop.load(Ordering::Relaxed);
            if step.is_multiple_of(report.log_every) || is_last {
                let row = self.row(std::mem::take(&mut window), &row_began)?;
                self.state.seconds = row.seconds;
                progress.row(&row);
                log.write(&row)?;
                row_began = Instant::now();
            }
            if step.is_multiple_of(report.checkpoint_every) || is_last {
                self.state.save(&checkpoint_path(&self.folder))?;
            }
            if report.sample_every > 0 && (step.is_multiple_of(report.sample_every) || is_last) {
                self.sample_grid()?;
            }
            if stop.load(Ordering::Relaxed) {
                progress.say(&format!("stopped at update {step}; the checkpoint is saved, --resume goes on"));
                return Ok(Ended::Interrupted);
            }
        }
        let model = self.folder.join("model");
        let loss = last_loss(&self.folder, self.state.step);
        export::write_folder(&model, &self.config, &self.state, self.words.as_ref(), loss)?;
        progress.say(&format!("the model is in {}", model.display()));
        Ok(Ended::Finished)
    }

    /// The moving average of the weights, which is what the model folder holds.
    pub fn average(&self) -> &Learner {
        &self.state.ema
    }

    /// The schedule of the run.
    pub fn schedule(&self) -> &NoiseSchedule {
        &self.schedule
    }

    /// Seconds of training so far.
    pub fn seconds(&self) -> f64 {
        self.state.seconds
    }

    /// Examples as training sees them, drawn from `seed`.
    pub fn batches(&self, seed: u64) -> Batches<'_> {
        Batches {
            dataset: &self.dataset,
            schedule: &self.schedule,
            objective: &self.config.objective,
            seed,
            size: self.config.unet.sample_size,
            pixel_weights: self.pixel_weights.as_deref(),
            words: self.words.as_ref().zip(self.config.text.as_ref()),
        }
    }

    /// One update of the weights and of their moving average.
    fn update(&mut self, window: &mut Window) {
        let settings = &self.config.optimizer;
        let batches = self.batches(self.config.seed);
        let passes = settings.gradient_accumulation as u64;
        let pass = |pass: u64| {
            let first = (self.state.step * passes + pass) * settings.batch_size as u64;
            let batch = batches.batch(first, settings.batch_size, &self.device);
            // Leaves of its own: graphs that share leaves cannot be walked back side by side.
            let weights = self.state.weights.clone().fork(&self.device);
            let loss = loss(&weights, batch) / passes as f64;
            let number = loss.clone().inner() * passes as f64;
            (number, GradientsParams::from_grads(loss.backward(), &weights))
        };
        let mut gradients = GradientsAccumulator::new();
        // Added in the order of the passes, so that the sum does not depend on which thread is first.
        for (number, gradient) in side_by_side(passes, self.config.device == DeviceName::Cpu, pass) {
            window.loss = Some(window.loss.take().map_or_else(|| number.clone(), |sum| sum + number.clone()));
            window.passes += 1;
            gradients.accumulate(&self.state.weights, gradient);
        }
        let learning_rate = optimizer::learning_rate(settings, self.state.step);
        let (gradients, norm) =
            optimizer::clip_grad_norm(&self.state.weights, gradients.grads(), settings.max_grad_norm);
        window.grad_norm = norm;
        self.state.weights = self.state.optimizer.step(learning_rate, self.state.weights.clone(), gradients);
        let decay = ema::decay_at(settings.ema_decay, self.state.step);
        self.state.ema = ema::update(self.state.ema.clone(), &self.state.weights, decay);
        self.state.step += 1;
    }

    /// Reads the sums of a window and says how fast it went.
    fn row(&self, window: Window, began: &Instant) -> Outcome<Row> {
        let seconds = began.elapsed().as_secs_f64();
        let settings = &self.config.optimizer;
        let loss = scalar(window.loss) / window.passes.max(1) as f64;
        if !loss.is_finite() {
            return Err(Failure::new(format!(
                "the loss is {loss} at update {}; lower optimizer.learning_rate and --resume from the last checkpoint",
                self.state.step
            )));
        }
        let per_update = (settings.batch_size * settings.gradient_accumulation) as u64;
        Ok(Row {
            step: self.state.step,
            images: self.state.step * per_update,
            loss,
            grad_norm: scalar(window.grad_norm),
            learning_rate: optimizer::learning_rate(settings, self.state.step - 1),
            images_per_second: (window.passes * settings.batch_size as u64) as f64 / seconds.max(1e-9),
            seconds: self.state.seconds + seconds,
        })
    }

    /// Sixteen samples of the averaged weights, always from the same noise.
    fn sample_grid(&self) -> Outcome<()> {
        let denoiser = export::denoiser(&self.config, self.state.ema.unet.clone());
        let (denoiser, counts) = match self.state.ema.words(self.words.as_ref()) {
            Some(words) => (denoiser.steered(words.prompt(&preview_words(), 4, denoiser.device())), [4, 4]),
            None => (denoiser, [16, 1]),
        };
        let pictures = preview::preview(&denoiser, &self.schedule, self.config.unet.sample_size, counts)?;
        let folder = self.folder.join("samples");
        files::create_folder(&folder)?;
        grid::write_png(&folder.join(format!("step-{:07}.png", self.state.step)), &grid::grid(&pictures, 4, 4))
    }
}

/// Four prompts whose samples show how far the words are heard.
fn preview_words() -> WordSpec {
    let prompts = [
        "long red hair, round glasses, blue striped shirt",
        "bald, brown beard, green shirt",
        "short blond hair, purple hat, smiling, yellow shirt",
        "curly black hair, sunglasses, red overalls",
    ];
    WordSpec { variants: prompts.map(|prompt| Variant::prompt(prompt, 4.0)).to_vec(), watch_attention: false }
}

/// The checkpoint of a run folder.
pub fn checkpoint_path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.bin")
}

fn scalar(tensor: Option<Tensor<1>>) -> f64 {
    tensor.map_or(f64::NAN, |tensor| tensor.into_scalar::<f32>().into())
}
