//! What of a network is looked at: where particles go, and what it says on a grid.

use burn::tensor::{Device, Tensor, TensorData};

use super::learner::Learner;
use super::trajectory::Trajectory;
use crate::diffusion::plan::{Level, Plan, Stage, Threshold};
use crate::diffusion::sampler::{PlanError, SamplerOptions};
use crate::diffusion::schedule::NoiseSchedule;
use crate::engine::mailbox::Mailbox;
use crate::engine::platform::{Platform, Trouble};
use crate::metrics::{Features, transport};
use crate::model::denoiser::Denoiser;
use crate::model::exact::ExactPoints;
use crate::model::guide::Progress;
use crate::model::sample::{NoiseSource, Sampling};
use crate::protocol::{EXACT_WORK, EXTENT, LabLook, Point};

/// Places times points that the exact denoiser is asked for between two breaths.
const EXACT_BREATH: usize = EXACT_WORK / 4;
/// Points of the distance; enough, with the directions, for two digits.
pub const MEASURED: usize = 1000;
/// Directions in which it is measured.
const DIRECTIONS: usize = 32;

/// The plan of a look; Heun's method walks the levels of its paper.
///
/// # Errors
/// Where sampler and steps do not fit the schedule.
pub fn plan(look: &LabLook, learner: &Learner, schedule: &NoiseSchedule) -> Result<Plan, PlanError> {
    let options = SamplerOptions {
        steps: look.steps as usize,
        eta: look.eta,
        prediction_type: learner.spec().prediction_type,
        // Pictures end at ±1, the plane does not.
        threshold: Threshold::None,
        ..SamplerOptions::default()
    };
    look.sampler.plan(schedule, &options.on_published_levels(look.sampler, schedule))
}

/// ᾱ of each state of a plan in variance-preserving units; 1 for the last.
pub fn alphas_cumprod(plan: &Plan) -> Vec<f64> {
    let share = |level: &Level| {
        let alpha = level.alpha * level.input_scale;
        alpha * alpha
    };
    states(plan).map(|(_, level)| share(level)).chain([1.0]).collect()
}

/// The stages whose states people see, with their levels: the first of each step, not where a sampler only tries a point.
fn states(plan: &Plan) -> impl Iterator<Item = (usize, &Level)> {
    let begins = move |(index, stage): &(usize, &Stage)| {
        let before = plan.stages[..*index].iter().rfind(|before| before.evaluate);
        stage.evaluate && before.is_none_or(|before| before.step != stage.step)
    };
    plan.stages.iter().enumerate().filter(begins).map(|(index, stage)| (index, &stage.level))
}

/// The places of all particles in every state; `None` where a message came in between.
///
/// States are variance preserving whatever the sampler computes in, so that all samplers are drawn alike.
pub async fn cloud<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    denoiser: &Denoiser,
    plan: &Plan,
    look: &LabLook,
    seed: u64,
) -> Option<Trajectory> {
    let (noise, launched) = (look.particles as usize, look.launched.len());
    let source =
        NoiseSource { seed, branches: Vec::new(), add_noise: true, shape: [noise + launched, 2, 1, 1], repeats: 1 };
    let device = denoiser.device();
    let mut start = source.initial(device).narrow(0, 0, noise.max(1));
    if launched > 0 {
        let places = TensorData::new(look.launched.concat(), [launched, 2, 1, 1]);
        let launched = Tensor::from_data(places, device);
        start = if noise > 0 { Tensor::cat(vec![start, launched], 0) } else { launched };
    }
    let mut sampling = Sampling::new(denoiser, plan, source).from_state(start * plan.init_noise_sigma);
    let (mut seen_states, shown) = (Vec::<Tensor<1>>::new(), states(plan).map(|(index, _)| index).collect::<Vec<_>>());
    let flat = |x: Tensor<4>| x.reshape([(noise + launched) * 2]);
    while let Some(seen) = sampling.step() {
        if shown.contains(&seen.stage) {
            seen_states.push(flat(seen.x * plan.stages[seen.stage].level.input_scale));
        }
        platform.breathe().await;
        if mailbox.is_waiting() {
            return None;
        }
    }
    seen_states.extend(sampling.x().cloned().map(flat));
    (!seen_states.is_empty()).then(|| Trajectory::new(seen_states, launched))
}

/// The grid's points, row by row from the bottom.
pub fn grid(side: u32) -> Vec<Point> {
    let place = |index: u32| EXTENT * (2.0 * index as f32 / side.saturating_sub(1).max(1) as f32 - 1.0);
    (0..side * side).map(|index| [place(index % side), place(index / side)]).collect()
}

/// The level of a state; of the last one that is asked for the final state.
pub fn level_of(plan: &Plan, state: u32) -> Option<Level> {
    let last = states(plan).count().saturating_sub(1);
    states(plan).nth((state as usize).min(last)).map(|(_, level)| *level)
}

/// Places of the plane as states of a level: places are variance preserving, the level's own states are larger by what its network's inputs are
/// scaled down by.
fn asked(places: &[Point], level: &Level, device: &Device) -> Tensor<4> {
    let data = TensorData::new(places.concat(), [places.len(), 2, 1, 1]);
    Tensor::from_data(data, device) / level.input_scale
}

/// What the network says on the grid at a level, `[grid · grid, 2]`.
pub fn denoised(denoiser: &Denoiser, level: &Level, side: u32) -> Tensor<1> {
    let x = asked(&grid(side), level, denoiser.device());
    denoiser.denoise(x, level, &mut Progress::default()).denoised.reshape([(side * side * 2) as usize])
}

/// What the optimal denoiser of all the points says on the same grid, some rows at a time; `None` where a message came in between.
///
/// # Errors
/// Where the device no longer answers.
pub async fn exact<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    points: &[Point],
    level: &Level,
    side: u32,
    device: &Device,
) -> Result<Option<Vec<f32>>, Trouble> {
    let optimum = ExactPoints::new(points, device);
    let mut parts = Vec::new();
    for places in grid(side).chunks((EXACT_BREATH / points.len().max(1)).max(1)) {
        let part = optimum.denoised(&asked(places, level, device), level).reshape([places.len() * 2]);
        parts.extend(platform.numbers(part).await?);
        platform.breathe().await;
        if mailbox.is_waiting() {
            return Ok(None);
        }
    }
    Ok(Some(parts))
}

/// The sliced Wasserstein distance of `places` to the held-out points, and of the data to them; nothing to compare leaves nothing.
pub fn distance(places: &[f32], points: &[Point], held_out: &[Point]) -> Option<[f64; 2]> {
    let features = |values: &mut dyn Iterator<Item = f32>| {
        Features::new(values.take(2 * MEASURED).map(f64::from).collect(), 2).ok()
    };
    let held_out = features(&mut held_out.iter().flatten().copied())?;
    let measure = |set: Features| transport::sliced_wasserstein(&set, &held_out, 1.0, DIRECTIONS, 0).ok();
    let made = measure(features(&mut places.iter().copied())?)?;
    Some([made, measure(features(&mut points.iter().flatten().copied())?)?])
}
