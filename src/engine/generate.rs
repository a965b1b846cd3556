//! One sampling run: steps, frames, cancellation.

use futures::future::join;

use super::mailbox::Mailbox;
use super::platform::{Platform, Trouble};
use crate::diffusion::plan::Plan;
use crate::model::denoiser::Denoiser;
use crate::model::folder::Model;
use crate::model::frames::{flat, flatten};
use crate::model::sample::{Evaluation, NoiseSource, Sampling};
use crate::protocol::{Event, Frame, FrameShape, GenerateSpec, RequestId, Variant, WordSpec};

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

/// Runs `spec`, sending a frame a step.
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
) -> Result<Ended, Trouble> {
    let plan = plan(model, spec)?;
    let denoiser = denoiser(model, spec)?;
    let shape = FrameShape {
        of: plan.evaluations() as u32,
        count: spec.pictures(),
        size: model.summary.sample_size,
        channels: model.summary.channels,
    };
    let mut sampling = Sampling::new(&denoiser, &plan, noise(spec, shape));
    let began = platform.now_millis();
    let mut seen = sampling.step();
    let mut step = 0;
    while let Some(evaluation) = seen.take() {
        let timestep = plan.stages[evaluation.stage].level.timestep;
        let advance = async {
            platform.breathe().await;
            sampling.step()
        };
        let (frame, next) = join(read(platform, evaluation, shape, step, timestep), advance).await;
        match frame {
            Ok(frame) => platform.send(Event::Frame { id, frame }),
            Err(trouble) => return Ok(Ended::Lost(trouble)),
        }
        if mailbox.interrupts() {
            return Ok(Ended::Interrupted);
        }
        seen = next;
        step += 1;
    }
    if let Some(x) = sampling.x().cloned() {
        match platform.numbers(flat(x)).await {
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
    if let Some(words) = &spec.words {
        check_words(words, spec, hint)?;
    }
    if !(0.0..=1.0).contains(&spec.eta) {
        return Err(Trouble::new(format!("η is {}, but lies between 0 and 1", spec.eta), hint));
    }
    spec.plan(&model.schedule, model.summary.prediction_type).map_err(|error| Trouble::new(error, hint))
}

/// Guidance and weights far outside of what the page offers make numbers too large for a device.
const LARGEST_WEIGHT: f64 = 1000.0;

fn check_words(words: &WordSpec, spec: &GenerateSpec, hint: &str) -> Result<(), Trouble> {
    if words.variants.is_empty() || spec.pictures() > MAX_COUNT {
        let what = format!(
            "{} variants of {} samples were asked for, but a run makes 1 to {MAX_COUNT} pictures",
            words.variants.len(),
            spec.count
        );
        return Err(Trouble::new(what, hint));
    }
    let numbers = words.variants.iter().flat_map(|variant| {
        let weights = variant.prompt.iter().map(|term| term.weight);
        let factors = variant.edits.iter().map(|edit| f64::from(edit.factor));
        weights.chain(factors).chain([variant.guidance_scale, variant.guidance_rescale])
    });
    for number in numbers {
        // A NaN is in no range.
        if !(-LARGEST_WEIGHT..=LARGEST_WEIGHT).contains(&number) {
            return Err(Trouble::new(format!("{number} is no guidance scale and no weight"), hint));
        }
    }
    Ok(())
}

/// The network, steered by the run's words where it hears any.
fn denoiser(model: &Model, spec: &GenerateSpec) -> Result<Denoiser, Trouble> {
    match (&model.words, &spec.words) {
        (None, None) => Ok(model.denoiser.clone()),
        (None, Some(_)) => Err(Trouble::new("this model hears no words", "Choose a text-conditioned model.")),
        (Some(words), steered) => {
            let plain = WordSpec { variants: vec![Variant::prompt("", 1.0)], watch_attention: false };
            let device = model.denoiser.device();
            let prompt = words.prompt(steered.as_ref().unwrap_or(&plain), spec.count as usize, device);
            Ok(model.denoiser.steered(prompt))
        }
    }
}

fn noise(spec: &GenerateSpec, shape: FrameShape) -> NoiseSource {
    let [count, channels, size] = [spec.count, shape.channels, shape.size].map(|number| number as usize);
    NoiseSource {
        seed: spec.seed,
        branches: spec.branches.clone(),
        add_noise: spec.add_noise,
        shape: [count, channels, size, size],
        repeats: spec.words.as_ref().map_or(1, |words| words.variants.len()),
    }
}

/// A frame, with one read for everything a step has to tell.
async fn read<P: Platform>(
    platform: &P,
    seen: Evaluation,
    shape: FrameShape,
    step: u32,
    timestep: f64,
) -> Result<Frame, Trouble> {
    let (tensor, layout) = flatten(seen);
    Ok(layout.frame(platform.numbers(tensor).await?, shape, step, timestep))
}
