//! The loop that fits any network to any loss: CLIP, classifiers. The diffusion models have [`super::run`].

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::checkpoint::Checkpoint;
use super::failure::{Failure, Outcome};
use super::files;
use super::metrics_log::{MetricsLog, Row};
use super::optimizer_config::{OptimizerConfig, ReportConfig};
use super::progress::Progress;
use super::run::{Ended, checkpoint_path};
use super::{ema, optimizer};

/// What is fitted, and how.
pub struct Fit<'a> {
    /// Folder of the run.
    pub folder: &'a Path,
    /// Its settings as TOML, for the checkpoint.
    pub recipe: String,
    /// How the weights move.
    pub optimizer: &'a OptimizerConfig,
    /// What is written when.
    pub report: &'a ReportConfig,
    /// Whether to go on with the run in the folder.
    pub resume: bool,
    /// Set from outside to stop.
    pub stop: &'a AtomicBool,
    /// Say nothing.
    pub quiet: bool,
}

impl Fit<'_> {
    /// Fits `fresh` to `loss(network, update)`, `[1]`; returns the averaged weights.
    ///
    /// # Errors
    /// Where files cannot be read or written, or the loss stops being a number.
    pub fn run<M: Module>(&self, fresh: M, loss: impl Fn(&M, u64) -> Tensor<1>) -> Outcome<(Checkpoint<M>, Ended)> {
        let mut state = self.open(fresh)?;
        let mut log = MetricsLog::open(self.folder, state.step)?;
        let progress = Progress::new(state.step, self.optimizer.steps, self.quiet);
        progress.say(&format!("{} parameters", state.weights.num_params()));
        let (mut sum, mut updates, mut began) = (0.0, 0, Instant::now());
        while state.step < self.optimizer.steps {
            let (value, norm) = self.update(&mut state, &loss);
            sum += value;
            updates += 1;
            let is_last = state.step == self.optimizer.steps || self.stop.load(Ordering::Relaxed);
            if state.step.is_multiple_of(self.report.log_every) || is_last {
                let seconds = began.elapsed().as_secs_f64();
                state.seconds += seconds;
                let row = self.row(&state, sum / f64::from(updates), norm, f64::from(updates) / seconds.max(1e-9))?;
                progress.row(&row);
                log.write(&row)?;
                (sum, updates, began) = (0.0, 0, Instant::now());
            }
            if state.step.is_multiple_of(self.report.checkpoint_every) || is_last {
                state.save(&checkpoint_path(self.folder))?;
            }
            if self.stop.load(Ordering::Relaxed) {
                progress.say("stopped; the checkpoint is saved, --resume goes on");
                return Ok((state, Ended::Interrupted));
            }
        }
        Ok((state, Ended::Finished))
    }

    fn open<M: Module>(&self, fresh: M) -> Outcome<Checkpoint<M>> {
        files::create_folder(self.folder)?;
        let path = checkpoint_path(self.folder);
        let optimizer = optimizer::adamw(self.optimizer);
        match (path.exists(), self.resume) {
            (true, true) => {
                Ok(Checkpoint { config: self.recipe.clone(), ..Checkpoint::load(&path, fresh, optimizer)? })
            }
            (true, false) => Err(Failure::new(format!(
                "{} already holds a run; add --resume to go on with it, or choose another folder",
                self.folder.display()
            ))),
            (false, _) => Ok(Checkpoint {
                step: 0,
                seconds: 0.0,
                config: self.recipe.clone(),
                ema: fresh.valid(),
                weights: fresh,
                optimizer,
            }),
        }
    }

    /// One update; returns the loss and the gradient's norm.
    fn update<M: Module>(&self, state: &mut Checkpoint<M>, loss: &impl Fn(&M, u64) -> Tensor<1>) -> (f64, f64) {
        let value = loss(&state.weights, state.step);
        let number = value.clone().inner().into_scalar::<f32>().into();
        let gradients = GradientsParams::from_grads(value.backward(), &state.weights);
        let (gradients, norm) = optimizer::clip_grad_norm(&state.weights, gradients, self.optimizer.max_grad_norm);
        let learning_rate = optimizer::learning_rate(self.optimizer, state.step);
        state.weights = state.optimizer.step(learning_rate, state.weights.clone(), gradients);
        let decay = ema::decay_at(self.optimizer.ema_decay, state.step);
        state.ema = ema::update(state.ema.clone(), &state.weights, decay);
        state.step += 1;
        (number, norm.map_or(f64::NAN, |norm| norm.into_scalar::<f32>().into()))
    }

    fn row<M>(&self, state: &Checkpoint<M>, loss: f64, grad_norm: f64, updates_per_second: f64) -> Outcome<Row> {
        if !loss.is_finite() {
            return Err(Failure::new(format!(
                "the loss is {loss} at update {}; lower optimizer.learning_rate and --resume from the last checkpoint",
                state.step
            )));
        }
        let batch = self.optimizer.batch_size as u64;
        Ok(Row {
            step: state.step,
            images: state.step * batch,
            loss,
            grad_norm,
            learning_rate: optimizer::learning_rate(self.optimizer, state.step.saturating_sub(1)),
            images_per_second: updates_per_second * batch as f64,
            seconds: state.seconds,
        })
    }
}
