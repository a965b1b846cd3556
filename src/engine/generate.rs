//! One sampling run: steps, frames, cancellation.

use burn::tensor::Tensor;
use futures::future::join;

use super::load::lost;
use super::mailbox::Mailbox;
use super::platform::{Platform, Trouble};
use crate::diffusion::plan::Plan;
use crate::model::folder::Model;
use crate::model::sample::{Evaluation, NoiseSource, Sampling};
use crate::protocol::{Event, Frame, FrameShape, GenerateSpec, RequestId};

/// Most samples of one run.
pub const MAX_COUNT: u32 = 16;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every frame is out.
    Finished,
    /// Something newer waits.
    Interrupted,
    /// The device no longer answers.
    Lost(Trouble),
}

/// Runs `spec`, sending a frame a step; `idle` is called between steps.
///
/// The numbers of step `i` are read while step `i + 1` computes, so a read never stalls the device.
///
/// # Errors
/// [`Trouble`] where the settings do not fit the model.
pub async fn generate<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    model: &Model,
    id: RequestId,
    spec: &GenerateSpec,
    mut idle: impl FnMut(),
) -> Result<Ended, Trouble> {
    let plan = plan(model, spec)?;
    let shape = FrameShape {
        of: plan.evaluations() as u32,
        count: spec.count,
        size: model.summary.sample_size,
        channels: model.summary.channels,
    };
    let mut sampling = Sampling::new(&model.denoiser, &plan, noise(spec, shape));
    let began = platform.now_millis();
    let mut seen = sampling.step();
    let mut step = 0;
    while let Some(evaluation) = seen.take() {
        let timestep = plan.stages[evaluation.stage].level.timestep;
        let advance = async {
            platform.breathe().await;
            sampling.step()
        };
        let (values, next) = join(read(evaluation), advance).await;
        match values {
            Ok(values) => platform.send(Event::Frame { id, frame: Frame::from_values(shape, step, timestep, values) }),
            Err(trouble) => return Ok(Ended::Lost(trouble)),
        }
        idle();
        if mailbox.interrupts() {
            return Ok(Ended::Interrupted);
        }
        seen = next;
        step += 1;
    }
    if let Some(x) = sampling.x().cloned() {
        match numbers(x).await {
            Ok(values) => platform.send(Event::Frame { id, frame: Frame::finished(shape, &values) }),
            Err(trouble) => return Ok(Ended::Lost(trouble)),
        }
    }
    let millis_per_step = (platform.now_millis() - began) / f64::from(spec.steps.max(1));
    platform.send(Event::Finished { id, millis_per_step });
    Ok(Ended::Finished)
}

fn plan(model: &Model, spec: &GenerateSpec) -> Result<Plan, Trouble> {
    let hint = "Move the value back into the range the page offers.";
    if !(1..=MAX_COUNT).contains(&spec.count) {
        return Err(Trouble::new(
            format!("{} samples were asked for, but a run makes 1 to {MAX_COUNT}", spec.count),
            hint,
        ));
    }
    if !(0.0..=1.0).contains(&spec.eta) {
        return Err(Trouble::new(format!("η is {}, but lies between 0 and 1", spec.eta), hint));
    }
    spec.plan(&model.schedule, model.summary.prediction_type).map_err(|error| Trouble::new(error, hint))
}

fn noise(spec: &GenerateSpec, shape: FrameShape) -> NoiseSource {
    let [count, channels, size] = [shape.count, shape.channels, shape.size].map(|number| number as usize);
    NoiseSource {
        seed: spec.seed,
        branches: spec.branches.clone(),
        add_noise: spec.add_noise,
        shape: [count, channels, size, size],
        repeats: spec.words.as_ref().map_or(1, |words| words.variants.len()),
    }
}

/// x, x̂0 and ε̂ in one read.
async fn read(evaluation: Evaluation) -> Result<Vec<f32>, Trouble> {
    numbers(Tensor::cat(vec![evaluation.x, evaluation.denoised, evaluation.noise], 0)).await
}

async fn numbers(tensor: Tensor<4>) -> Result<Vec<f32>, Trouble> {
    let data = tensor.into_data_async().await.map_err(|error| lost(&error))?;
    data.try_to_vec().map_err(|error| lost(&error))
}
