//! Grids of sampling: σ and timesteps of a run, read off its plan.

use noisewalk::diffusion::plan::{Plan, Threshold};
use noisewalk::diffusion::sampler::{FinalSigmas, Sampler, SamplerOptions, SigmaFamily, Space, TimestepSpacing};
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::scheduler_config::SchedulerReading;
use serde_json::Value;

use crate::golden::{Case, Comparison, Outcome, Settings, number, numbers};
use crate::peers::{self, say};

/// A `get_sigmas_*` function of k-diffusion: `n` levels and the end.
pub fn k_diffusion(case: &Case, settings: &Settings) -> Outcome {
    let name = settings.text("fn")?;
    let vp = name == "get_sigmas_vp";
    let sigmas = match name {
        "get_sigmas_karras" => SigmaFamily::Karras,
        "get_sigmas_exponential" => SigmaFamily::Exponential,
        "get_sigmas_polyexponential" => SigmaFamily::Polyexponential,
        "get_sigmas_vp" => SigmaFamily::ContinuousVp {
            beta_d: settings.number("beta_d", 19.9)?,
            beta_min: settings.number("beta_min", 0.1)?,
            eps_s: settings.number("eps_s", 1e-3)?,
        },
        other => return Err(format!("cannot interpret the sigmas {other}")),
    };
    let rho = settings.number("rho", if sigmas == SigmaFamily::Karras { 7.0 } else { 1.0 })?;
    let limit = |key: &str| if vp { Ok(None) } else { number(settings.need(key)?).map(Some) };
    let options = SamplerOptions {
        steps: number(settings.need("n")?)? as usize,
        sigma_min: limit("sigma_min")?,
        sigma_max: limit("sigma_max")?,
        sigmas,
        rho,
        space: Some(Space::VarianceExploding),
        ..SamplerOptions::default()
    };
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).map_err(say)?;
    let plan = Sampler::Euler.plan(&schedule, &options).map_err(say)?;
    Ok(vec![Comparison::new("sigmas", listed(&plan), numbers(&case.expected["sigmas"])?)])
}

/// σ, timesteps and the scale of the starting noise after `set_timesteps` of a diffusers class.
pub fn scheduler(case: &Case, settings: &Settings) -> Outcome {
    let class = settings.text("scheduler")?;
    let mut reading = peers::read(class, settings.need("settings")?)?;
    peers::set_timesteps(&mut reading, number(settings.need("steps")?)? as usize, settings.need("set_timesteps")?)?;
    let plan = peers::plan(&reading)?;
    let expected = Settings::new(&case.expected)?;
    let mut comparisons = Vec::new();
    let sigmas = peers::asked_sigmas(&reading, &plan);
    for name in ["sigmas", "sigmas_f64"] {
        if let Some(want) = expected.get(name) {
            comparisons.push(Comparison::new(name, sigmas.clone(), numbers(want)?));
        }
    }
    if let Some(want) = expected.get("timesteps") {
        comparisons.push(compare_timesteps(case, &reading, numbers(want)?)?);
    }
    if let Some(want) = expected.get("init_noise_sigma") {
        comparisons.push(Comparison::new("init_noise_sigma", vec![plan.init_noise_sigma], numbers(want)?));
    }
    expected.finish()?;
    Ok(comparisons)
}

/// Timesteps as listed are good to float32; those that come from σ, to what [`peers::told`] allows.
fn compare_timesteps(case: &Case, reading: &SchedulerReading, want: Vec<f64>) -> Result<Comparison, String> {
    let own = reading.options.continuous_timesteps || matches!(reading.options.space, Some(Space::Edm { .. }));
    let rel = number(&case.tolerance["rel"])?;
    let (got, slack) = peers::told(reading, &want)?;
    let listed = reading.options.sigmas == SigmaFamily::Training && !peers::doubles(reading.sampler);
    if own || listed {
        return Ok(Comparison::new("timesteps", got, want).within(if own { rel } else { 1e-4 }, rel));
    }
    Ok(Comparison::new("timesteps", got, want).within(0.0, rel).with_slack(slack))
}

/// The timesteps of a class for every spacing and number of steps.
pub fn timesteps(case: &Case, settings: &Settings) -> Outcome {
    let class = settings.text("scheduler")?;
    let total = settings.need("num_train_timesteps")?.clone();
    let (spacings, steps) = (settings.need("spacings")?, settings.numbers("steps")?);
    let mut comparisons = Vec::new();
    for spacing in spacings.as_array().ok_or("spacings is no list")? {
        let mut given = settings.need("settings")?.clone();
        given["timestep_spacing"] = spacing.clone();
        given["num_train_timesteps"] = total.clone();
        let mut reading = peers::read(class, &given)?;
        for steps in &steps {
            reading.options.steps = *steps as usize;
            let got = peers::asked(&peers::plan(&reading)?).iter().map(|level| level.timestep).collect();
            let name = format!("{}/{steps}", spacing.as_str().ok_or("a spacing is no text")?);
            let want = case.expected.get(&name).ok_or_else(|| format!("{name} is not expected"))?;
            comparisons.push(Comparison::new(name, got, numbers(want)?));
        }
    }
    let expected = case.expected.as_object().map_or(0, serde_json::Map::len);
    if expected == comparisons.len() { Ok(comparisons) } else { Err(format!("{expected} lists are expected")) }
}

/// A schedule of smalldiffusion and its `sample_sigmas`: trailing timesteps, then the smallest σ.
pub fn smalldiffusion(case: &Case, settings: &Settings) -> Outcome {
    let total = settings.number("N", 1000.0)?;
    let steps = number(settings.need("steps")?)? as usize;
    let (beta_schedule, start, end) = match settings.text("schedule")? {
        "ScheduleDDPM" => (BetaSchedule::Linear, 1e-4, 0.02),
        "ScheduleLDM" => (BetaSchedule::ScaledLinear, 0.00085, 0.012),
        "ScheduleSigmoid" => (BetaSchedule::Sigmoid, 1e-4, 0.02),
        "ScheduleCosine" => (BetaSchedule::SquaredcosCapV2, 1e-4, 0.02),
        "ScheduleFlow" | "ScheduleLogNormalFlow" => {
            let (low, high) = (settings.number("t_min", 0.001)?, settings.number("t_max", 1.0)?);
            let base = (0..steps).map(|i| high + (low - high) * i as f64 / (steps - 1).max(1) as f64).collect();
            let options = SamplerOptions { base_sigmas: Some(base), ..SamplerOptions::default() };
            let any = NoiseSchedule::new(&ScheduleConfig::default()).map_err(say)?;
            let plan = Sampler::FlowEuler.plan(&any, &options).map_err(say)?;
            return compare_small(case, &|t| low + (high - low) * t as f64 / (total - 1.0), listed(&plan));
        }
        "ScheduleLogLinear" => {
            let (low, high) = (settings.number("sigma_min", 0.02)?, settings.number("sigma_max", 10.0)?);
            let sigma = |t: f64| low * (high / low).powf(t / (total - 1.0));
            let trailing = |i: usize| (total * (1.0 - i as f64 / steps as f64)).round_ties_even() - 1.0;
            let sigmas = (0..steps).map(|i| sigma(trailing(i))).chain([low]).collect();
            let options = SamplerOptions { steps, sigmas: SigmaFamily::Custom(sigmas), ..SamplerOptions::default() };
            let any = NoiseSchedule::new(&ScheduleConfig::default()).map_err(say)?;
            let plan = Sampler::AcceleratedDdim.plan(&any, &options).map_err(say)?;
            return compare_small(case, &|t| sigma(t as f64), listed(&plan));
        }
        other => return Err(format!("cannot interpret the schedule {other}")),
    };
    let config = ScheduleConfig {
        num_train_timesteps: total as usize,
        beta_start: settings.number("beta_start", start)?,
        beta_end: settings.number("beta_end", end)?,
        beta_schedule,
        ..ScheduleConfig::default()
    };
    let schedule = NoiseSchedule::new(&config).map_err(say)?;
    let options = SamplerOptions {
        steps,
        threshold: Threshold::None,
        timestep_spacing: Some(TimestepSpacing::Trailing),
        final_sigmas: FinalSigmas::SigmaMin,
        ..SamplerOptions::default()
    };
    let plan = Sampler::AcceleratedDdim.plan(&schedule, &options).map_err(say)?;
    compare_small(case, &|t| schedule.sigma(t) / schedule.alpha(t), listed(&plan))
}

fn listed(plan: &Plan) -> Vec<f64> {
    peers::asked(plan).iter().chain([&plan.end]).map(|level| level.sigma).collect()
}

fn compare_small(case: &Case, sigma: &dyn Fn(i64) -> f64, sampled: Vec<f64>) -> Outcome {
    let at = numbers(&case.expected["idx"])?.into_iter().map(|t| sigma(t as i64)).collect();
    let want =
        |key: &str| case.expected.get(key).map_or_else(|| Err(format!("{key} is missing")), |v: &Value| numbers(v));
    Ok(vec![
        Comparison::new("sigmas", at, want("sigmas")?),
        Comparison::new("sample_sigmas", sampled, want("sample_sigmas")?),
    ])
}
