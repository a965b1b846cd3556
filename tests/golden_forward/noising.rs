//! Noised states, targets and conversions.

use noisewalk::diffusion::forward::{add_noise as noised, target};
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::plan::Level;
use noisewalk::diffusion::schedule::NoiseSchedule;

use crate::golden::{Case, Comparison, Outcome, Settings, number, numbers};
use crate::{named, peers, samples};

/// One value a sample, in order.
fn each<T>(items: &[T], value: impl Fn(usize, &T) -> Vec<f64>) -> Vec<f64> {
    items.iter().enumerate().flat_map(|(i, item)| value(i, item)).collect()
}

fn timesteps(settings: &Settings) -> Result<Vec<i64>, String> {
    Ok(settings.numbers("t")?.into_iter().map(|t| t as i64).collect())
}

/// `add_noise` and `get_velocity` of a scheduler in discrete time.
pub fn add_noise(case: &Case, settings: &Settings) -> Outcome {
    let class = peers::class_of(&case.source)?;
    let schedule = peers::table(class, &peers::read(class, settings.need("settings")?)?)?;
    let t = timesteps(settings)?;
    let (x0, noise) = (settings.numbers("x0")?, settings.numbers("noise")?);
    let (x0, noise) = (samples(&x0, t.len())?, samples(&noise, t.len())?);
    let v = PredictionType::VPrediction;
    named(&case.expected, |name| match name {
        "x_t" => Some(each(&t, |i, t| noised(x0[i], noise[i], schedule.alpha(*t), schedule.sigma(*t)))),
        "velocity" => Some(each(&t, |i, t| target(v, x0[i], noise[i], schedule.alpha(*t), schedule.sigma(*t)))),
        _ => None,
    })
}

/// Levels, their listed σ, and how both compare.
type Listed = (Vec<Level>, Vec<f64>, Vec<Comparison>);

/// The levels that a case names by index, compared with the σ and timesteps it lists.
fn levels(case: &Case, settings: &Settings, sigma_rel: f64) -> Result<Listed, String> {
    let class = peers::class_of(&case.source)?;
    let mut reading = peers::read(class, settings.need("settings")?)?;
    let arguments = settings.get("set_timesteps").cloned().unwrap_or_else(|| serde_json::json!({}));
    peers::set_timesteps(&mut reading, number(settings.need("steps")?)? as usize, &arguments)?;
    let asked = peers::asked(&peers::plan(&reading)?);
    let indices = settings.numbers("step_indices")?;
    let level = |i: &f64| asked.get(*i as usize).copied().ok_or_else(|| format!("no step {i}"));
    let levels = indices.iter().map(level).collect::<Result<Vec<_>, _>>()?;
    let sigmas: Vec<f64> = levels.iter().map(|level| peers::listed_sigma(&reading, level)).collect();
    // A timestep between two comes from float32 logarithms of the peer.
    let schedule = NoiseSchedule::new(&reading.schedule).map_err(peers::say)?;
    let slack = levels.iter().map(|level| peers::timestep_slack(&schedule, level.timestep)).collect();
    let listed = vec![
        Comparison::new("t", levels.iter().map(|level| level.timestep).collect(), settings.numbers("t")?)
            .within(0.0, 1e-6)
            .with_slack(slack),
        Comparison::new("sigma", sigmas.clone(), settings.numbers("sigma")?).within(0.0, sigma_rel),
    ];
    Ok((levels, sigmas, listed))
}

/// `add_noise` of a scheduler in σ-space: x0 + σ ε.
pub fn add_sigma_noise(case: &Case, settings: &Settings) -> Outcome {
    // float32 tables of 1 − ᾱ have lost up to 5·10⁻⁴ at the first timestep.
    let (_, sigmas, mut comparisons) = levels(case, settings, 5e-4)?;
    let (x0, noise) = (settings.numbers("x0")?, settings.numbers("noise")?);
    let (x0, noise) = (samples(&x0, sigmas.len())?, samples(&noise, sigmas.len())?);
    comparisons.extend(named(&case.expected, |name| match name {
        "x_sigma" => Some(each(&sigmas, |i, sigma| noised(x0[i], noise[i], 1.0, *sigma))),
        _ => None,
    })?);
    Ok(comparisons)
}

/// `scale_noise` of a flow and the target ε − x0.
pub fn flow(case: &Case, settings: &Settings) -> Outcome {
    let (levels, _, mut comparisons) = levels(case, settings, 1e-6)?;
    let (x0, noise) = (settings.numbers("x0")?, settings.numbers("noise")?);
    let (x0, noise) = (samples(&x0, levels.len())?, samples(&noise, levels.len())?);
    let kind = PredictionType::FlowPrediction;
    comparisons.extend(named(&case.expected, |name| match name {
        "x_t" => Some(each(&levels, |i, at| noised(x0[i], noise[i], at.alpha, at.sigma))),
        "target" => Some(each(&levels, |i, at| target(kind, x0[i], noise[i], at.alpha, at.sigma))),
        _ => None,
    })?);
    Ok(comparisons)
}

/// `q_sample`, `predict_*` and `q_posterior` of denoising-diffusion-pytorch.
pub fn conversions(case: &Case, settings: &Settings) -> Outcome {
    let total = number(settings.need("timesteps")?)? as usize;
    let schedule = peers::lucidrains(settings.text("beta_schedule")?, total, settings)?;
    let t = timesteps(settings)?;
    let (x0, noise) = (settings.numbers("x0")?, settings.numbers("noise")?);
    let (x0, noise) = (samples(&x0, t.len())?, samples(&noise, t.len())?);
    let level = |t: i64| (schedule.alpha(t), schedule.sigma(t));
    let state = |i: usize, t: i64| noised(x0[i], noise[i], level(t).0, level(t).1);
    let converted = |from: PredictionType, to: PredictionType| {
        let one = |i: usize, t: &i64| {
            let (alpha, sigma) = level(*t);
            let output = target(from, x0[i], noise[i], alpha, sigma);
            let map = from.convert(to, alpha, sigma);
            map.map(|map| noisewalk::diffusion::forward::combine(map.of_x, &state(i, *t), map.of_output, &output))
                .unwrap_or_default()
        };
        each(&t, one)
    };
    let posterior = |t: i64| schedule.posterior(t - 1, t);
    use PredictionType::{Epsilon, Sample, VPrediction};
    named(&case.expected, |name| match name {
        "x_t" => Some(each(&t, |i, t| state(i, *t))),
        "v" => Some(each(&t, |i, t| target(VPrediction, x0[i], noise[i], level(*t).0, level(*t).1))),
        "x0_from_noise" => Some(converted(Epsilon, Sample)),
        "noise_from_x0" => Some(converted(Sample, Epsilon)),
        "x0_from_v" => Some(converted(VPrediction, Sample)),
        "posterior_mean" => Some(each(&t, |i, t| posterior(*t).mean(x0[i], &state(i, *t)))),
        "posterior_variance" => Some(t.iter().map(|t| posterior(*t).variance).collect()),
        "posterior_log_variance_clipped" => Some(t.iter().map(|t| posterior(*t).log_variance_clipped(1e-20)).collect()),
        _ => None,
    })
}

/// The number under a key of a row.
pub fn entry(row: &serde_json::Value, key: &str) -> Result<Vec<f64>, String> {
    numbers(row.get(key).ok_or_else(|| format!("{key} is missing"))?)
}
