//! What of a network is looked at: where particles go, and what it says on a grid.

use burn::tensor::{Device, Tensor, TensorData};

use super::learner::Learner;
use crate::diffusion::mixture::GaussianMixture;
use crate::diffusion::plan::{Level, Plan, Threshold};
use crate::diffusion::sampler::{PlanError, SamplerOptions};
use crate::engine::mailbox::Mailbox;
use crate::engine::platform::{Platform, Trouble};
use crate::metrics::{Features, transport};
use crate::model::denoiser::Denoiser;
use crate::model::guide::Progress;
use crate::model::sample::{NoiseSource, Sampling};
use crate::protocol::{EXTENT, LabLook, Point};

/// Most points the exact denoiser is computed from.
pub const MOST_EXACT: usize = 4000;
/// Points and directions of the distance; enough for two digits.
const MEASURED: usize = 1000;
const DIRECTIONS: usize = 32;

/// The plan of a look.
///
/// # Errors
/// Where sampler and steps do not fit the schedule.
pub fn plan(look: &LabLook, learner: &Learner) -> Result<Plan, PlanError> {
    let options = SamplerOptions {
        steps: look.steps as usize,
        eta: look.eta,
        prediction_type: learner.spec().prediction_type,
        // Pictures end at ±1, the plane does not.
        threshold: Threshold::None,
        ..SamplerOptions::default()
    };
    look.sampler.plan(learner.schedule(), &options)
}

/// ᾱ of each state of a plan in variance-preserving units; 1 for the last.
pub fn alphas_cumprod(plan: &Plan) -> Vec<f64> {
    let share = |level: &Level| {
        let alpha = level.alpha * level.input_scale;
        alpha * alpha
    };
    evaluated(plan).map(share).chain([1.0]).collect()
}

fn evaluated(plan: &Plan) -> impl Iterator<Item = &Level> {
    plan.stages.iter().filter(|stage| stage.evaluate).map(|stage| &stage.level)
}

/// The places of all particles in every state, `[states, particles, 2]`; `None` where a message came in between.
///
/// States are variance preserving whatever the sampler computes in, so that all samplers are drawn alike.
///
/// # Errors
/// Where the device no longer answers.
pub async fn cloud<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    denoiser: &Denoiser,
    plan: &Plan,
    look: &LabLook,
    seed: u64,
) -> Result<Option<Vec<f32>>, Trouble> {
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
    let mut states: Vec<Tensor<1>> = Vec::new();
    let flat = |x: Tensor<4>| x.reshape([(noise + launched) * 2]);
    while let Some(seen) = sampling.step() {
        states.push(flat(seen.x * plan.stages[seen.stage].level.input_scale));
        platform.breathe().await;
        if mailbox.is_waiting() {
            return Ok(None);
        }
    }
    states.extend(sampling.x().cloned().map(flat));
    platform.numbers(Tensor::cat(states, 0)).await.map(Some)
}

/// The grid's points, row by row from the bottom.
pub fn grid(side: u32) -> Vec<Point> {
    let place = |index: u32| EXTENT * (2.0 * index as f32 / side.saturating_sub(1).max(1) as f32 - 1.0);
    (0..side * side).map(|index| [place(index % side), place(index / side)]).collect()
}

/// The level of a state; of the last one that is asked for the final state.
pub fn level_of(plan: &Plan, state: u32) -> Option<Level> {
    let last = evaluated(plan).count().saturating_sub(1);
    evaluated(plan).nth((state as usize).min(last)).copied()
}

/// What the network says on the grid at a level, `[grid · grid, 2]`.
pub fn denoised(denoiser: &Denoiser, level: &Level, side: u32, device: &Device) -> Tensor<1> {
    let places = TensorData::new(grid(side).concat(), [(side * side) as usize, 2, 1, 1]);
    // The grid is variance preserving; the level's own states are larger by what its network's inputs are scaled down by.
    let x = Tensor::<4>::from_data(places, device) / level.input_scale;
    denoiser.denoise(x, level, &mut Progress::default()).denoised.reshape([(side * side * 2) as usize])
}

/// What the optimal denoiser of the points themselves says on the same grid.
pub fn exact(points: &[Point], level: &Level, side: u32) -> Vec<f32> {
    let wide = |point: &Point| point.map(f64::from).to_vec();
    let Ok(data) = GaussianMixture::from_points(points.iter().take(MOST_EXACT).map(wide)) else { return Vec::new() };
    let (alpha, sigma) = (level.alpha * level.input_scale, level.sigma * level.input_scale);
    grid(side).iter().flat_map(|point| data.denoised(&wide(point), alpha, sigma)).map(|v| v as f32).collect()
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
