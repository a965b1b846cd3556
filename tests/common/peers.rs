//! Schedules as other libraries name and build them.
#![allow(dead_code, reason = "each test binary uses a part of this reader")]

use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::plan::{Level, Plan};
use noisewalk::diffusion::sampler::{FinalSigmas, Sampler, SigmaFamily, Space, TimestepRounding};
use noisewalk::diffusion::schedule::alpha_bar::AlphaBar;
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, SMALLEST_ALPHA_CUMPROD, ScheduleConfig};
use noisewalk::diffusion::scheduler_config::{SchedulerConfig, SchedulerReading};
use serde_json::Value;

use crate::golden::{Settings, number, numbers};

pub fn say(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The class in a source such as `diffusers 0.42.1 DDPMScheduler.betas/alphas_cumprod`.
pub fn class_of(source: &str) -> Result<&str, String> {
    let names = source.split([' ', '.', ',', '/']);
    names.into_iter().find(|name| name.ends_with("Scheduler")).ok_or_else(|| format!("no scheduler in {source}"))
}

/// What a diffusers class makes of its settings; one that it does not know is an error.
pub fn read(class: &str, settings: &Value) -> Result<SchedulerReading, String> {
    let known = serde_json::to_value(SchedulerConfig::default()).map_err(say)?;
    let given = settings.as_object().ok_or("the settings are not an object")?;
    // What only a pipeline reads, to find the μ that it passes to `set_timesteps`.
    let of_pipelines = ["base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len"];
    let is_known = |key: &str| known.get(key).is_some() || of_pipelines.contains(&key);
    if let Some(unknown) = given.keys().find(|key| !is_known(key)) {
        return Err(format!("unknown setting {unknown}"));
    }
    let mut settings = settings.clone();
    settings["_class_name"] = class.into();
    serde_json::from_value::<SchedulerConfig>(settings).map_err(say)?.read().map_err(say)
}

/// The arguments of `set_timesteps`.
pub fn set_timesteps(reading: &mut SchedulerReading, steps: usize, arguments: &Value) -> Result<(), String> {
    reading.options.steps = steps;
    for (key, value) in arguments.as_object().ok_or("the arguments are not an object")? {
        match key.as_str() {
            "mu" => reading.set_mu(number(value)?),
            "jump_length" => reading.options.jump_length = number(value)? as usize,
            "jump_n_sample" => reading.options.jump_n_sample = number(value)? as usize,
            // TCD then takes every k-th of all timesteps, whatever their number.
            "original_inference_steps" if reading.sampler == Sampler::Tcd => {
                reading.options.original_inference_steps = reading.schedule.num_train_timesteps;
            }
            "original_inference_steps" => reading.options.original_inference_steps = number(value)? as usize,
            "num_train_timesteps" => reading.options.num_train_timesteps = Some(number(value)? as usize),
            "strength" => reading.options.strength = number(value)?,
            "timesteps" => {
                let timesteps = numbers(value)?;
                reading.options.steps = timesteps.len();
                reading.options.timesteps = Some(timesteps);
            }
            "sigmas" => set_sigmas(reading, numbers(value)?),
            other => return Err(format!("cannot interpret the set_timesteps argument {other}")),
        }
    }
    Ok(())
}

/// The `sigmas` argument: Euler takes them as they are, flow matching starts from them.
fn set_sigmas(reading: &mut SchedulerReading, sigmas: Vec<f64>) {
    if is_flow(reading) {
        reading.options.steps = sigmas.len();
        reading.options.base_sigmas = Some(sigmas);
    } else {
        reading.options.sigmas = SigmaFamily::Custom(sigmas);
    }
}

fn is_flow(reading: &SchedulerReading) -> bool {
    let flows = [Sampler::FlowEuler, Sampler::FlowHeun, Sampler::FlowStochastic];
    reading.options.space == Some(Space::Flow) || flows.contains(&reading.sampler)
}

/// The table of a class, with the last ᾱ that it keeps when rescaled to zero terminal SNR.
pub fn table(class: &str, reading: &SchedulerReading) -> Result<NoiseSchedule, String> {
    let schedule = NoiseSchedule::new(&reading.schedule).map_err(say)?;
    let floors = [
        "EulerDiscreteScheduler",
        "EulerAncestralDiscreteScheduler",
        "DPMSolverMultistepScheduler",
        "UniPCMultistepScheduler",
    ];
    let floored = reading.schedule.rescale_betas_zero_snr && floors.contains(&class);
    Ok(if floored { schedule.floored(SMALLEST_ALPHA_CUMPROD) } else { schedule })
}

/// The plan of a reading.
pub fn plan(reading: &SchedulerReading) -> Result<Plan, String> {
    let schedule = NoiseSchedule::new(&reading.schedule).map_err(say)?;
    reading.sampler.plan(&schedule, &reading.options).map_err(say)
}

/// Where a plan asks its network.
pub fn asked(plan: &Plan) -> Vec<Level> {
    plan.stages.iter().filter(|stage| stage.evaluate).map(|stage| stage.level).collect()
}

/// How far a timestep between two may lie from the peer's, which comes from float32 logarithms of σ.
///
/// A float32 table has lost up to 3·10⁻⁴ of its smallest σ (half the loss of its SNR), and the grids that start from it as much;
/// the slope of ln σ turns that into timesteps.
pub fn timestep_slack(schedule: &NoiseSchedule, timestep: f64) -> f64 {
    let t = timestep.max(0.0) as i64;
    let slope = 0.5 * (schedule.log_snr(t) - schedule.log_snr(t + 1));
    let slack = 1e-2 + 3e-4 / slope;
    // Never so much that a neighbour would pass.
    if slack.is_finite() { slack.min(0.4) } else { 1e-2 }
}

/// σ as a scheduler lists it: σ/α where the variance is preserved, else the share of the noise itself.
///
/// A flow from the picture reads its first answer at another level than it asks at; the timestep says which.
pub fn listed_sigma(reading: &SchedulerReading, level: &Level) -> f64 {
    if reading.options.invert_sigmas {
        return level.timestep / reading.schedule.num_train_timesteps as f64;
    }
    if is_flow(reading) { level.sigma } else { level.sigma / level.alpha }
}

/// σ of every evaluation and of the end; DPM2 and DPM-Solver++ SDE of diffusers list their grid twice instead of the points between.
pub fn asked_sigmas(reading: &SchedulerReading, plan: &Plan) -> Vec<f64> {
    let sigma = |level: &Level| listed_sigma(reading, level);
    let end = sigma(&plan.end);
    let mut listed: Vec<f64> = if doubles(reading.sampler) {
        let firsts =
            plan.stages.iter().enumerate().filter(|(i, stage)| *i == 0 || plan.stages[i - 1].step != stage.step);
        let grid: Vec<f64> = firsts.map(|(_, stage)| sigma(&stage.level)).chain([end]).collect();
        let twice = grid.iter().skip(1).flat_map(|sigma| [*sigma, *sigma]);
        grid.iter().take(1).copied().chain(twice).chain([end]).collect()
    } else {
        asked(plan).iter().map(sigma).chain([end]).collect()
    };
    if reading.sampler == Sampler::DpmppSde {
        // The end is there only once.
        listed.truncate(listed.len() - 2);
    }
    if reading.options.sigmas == SigmaFamily::LogLinear {
        // The class lists one end more, which no step of it reaches.
        let smallest = listed.last().copied().filter(|_| reading.options.final_sigmas == FinalSigmas::SigmaMin);
        listed.push(smallest.unwrap_or(0.0));
    }
    listed
}

/// Samplers that ask at a point between two of their grid.
pub fn doubles(sampler: Sampler) -> bool {
    matches!(sampler, Sampler::Dpm2 | Sampler::Dpm2Ancestral | Sampler::DpmppSde)
}

/// What the network is told at each evaluation, and how far each may be from the peer's float32 list.
///
/// Timesteps that come from float32 logarithms are good to [`timestep_slack`], which decides now and then to which side a whole one is rounded.
pub fn told(reading: &SchedulerReading, want: &[f64]) -> Result<(Vec<f64>, Vec<f64>), String> {
    let timesteps = |reading: &SchedulerReading| -> Result<Vec<f64>, String> {
        Ok(asked(&plan(reading)?).iter().map(|level| level.timestep).collect())
    };
    let got = timesteps(reading)?;
    let mut exact = reading.clone();
    exact.options.timestep_rounding = TimestepRounding::Exact;
    let schedule = NoiseSchedule::new(&reading.schedule).map_err(say)?;
    let slack = |((got, exact), want): ((&f64, f64), &f64)| {
        let slack = timestep_slack(&schedule, exact);
        let rounded = |t: f64| t.trunc() == *want || t.round() == *want;
        let near = rounded(exact - slack) || rounded(exact + slack);
        let whole = *got == got.trunc() && *want == want.trunc();
        if whole && near { (got - want).abs() } else { slack }
    };
    let slacks = got.iter().zip(timesteps(&exact)?).zip(want).map(slack).collect();
    Ok((got, slacks))
}

/// denoising-diffusion-pytorch's `linear`, `cosine` and `sigmoid`, whose keyword arguments are in `arguments`.
pub fn lucidrains(name: &str, total: usize, arguments: &Settings) -> Result<NoiseSchedule, String> {
    let curve = match name {
        "linear" | "linear_beta_schedule" => {
            let beta_schedule = BetaSchedule::Linear;
            let config = ScheduleConfig { num_train_timesteps: total, beta_schedule, ..ScheduleConfig::default() };
            return NoiseSchedule::new(&config.with_scaled_betas()).map_err(say);
        }
        "cosine" | "cosine_beta_schedule" => AlphaBar::Cosine { offset: arguments.number("s", 0.008)? },
        "sigmoid" | "sigmoid_beta_schedule" => {
            // The library has this one in its signature and never uses it.
            arguments.number("clamp_min", 0.0)?;
            AlphaBar::Sigmoid {
                start: arguments.number("start", -3.0)?,
                end: arguments.number("end", 3.0)?,
                tau: arguments.number("tau", 1.0)?,
                float32_end: true,
            }
        }
        other => return Err(format!("cannot interpret the schedule {other}")),
    };
    curve.schedule(total, 0.999).map_err(say)
}

/// What a network of denoising-diffusion-pytorch predicts.
pub fn objective(name: &str) -> Result<PredictionType, String> {
    match name {
        "pred_noise" => Ok(PredictionType::Epsilon),
        "pred_x0" => Ok(PredictionType::Sample),
        "pred_v" => Ok(PredictionType::VPrediction),
        other => Err(format!("cannot interpret the objective {other}")),
    }
}
