//! smalldiffusion's sampling loop.

use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{FinalSigmas, Sampler, SamplerOptions, SigmaFamily, TimestepSpacing};
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use serde_json::Value;

use crate::compare::{
    Outcome, all_close, close, closed_form, compare_states, last_limit, lists, mixture, number, numbers,
};
use crate::golden::Case;

/// smalldiffusion: its `samples` is accelerated DDIM on trailing timesteps, ending at the smallest σ.
pub fn check(case: &Case, models: &Value) -> Outcome {
    let inputs = &case.inputs;
    let argument = |key: &str, default: f64| inputs["schedule_args"].get(key).map_or(Ok(default), number);
    let steps = number(&inputs["steps"])? as usize;
    let mut options = SamplerOptions {
        steps,
        threshold: Threshold::None,
        timestep_spacing: Some(TimestepSpacing::Trailing),
        final_sigmas: FinalSigmas::SigmaMin,
        gam: number(&inputs["gam"])?,
        mu: number(&inputs["mu"])?,
        ..SamplerOptions::default()
    };
    let (beta_schedule, beta_start, beta_end) = match inputs["schedule"].as_str().unwrap_or_default() {
        "ScheduleDDPM" => (BetaSchedule::Linear, 1e-4, 0.02),
        "ScheduleLDM" => (BetaSchedule::ScaledLinear, 0.00085, 0.012),
        "ScheduleSigmoid" => (BetaSchedule::Sigmoid, 1e-4, 0.02),
        "ScheduleCosine" => (BetaSchedule::SquaredcosCapV2, 1e-4, 0.02),
        "ScheduleLogLinear" => {
            let (low, high) = (argument("sigma_min", 0.02)?, argument("sigma_max", 10.0)?);
            let total = argument("N", 1000.0)?;
            let sigma = |i: f64| low * (high / low).powf(i / (total - 1.0));
            let nth = |i: usize| sigma((total * (1.0 - i as f64 / steps as f64)).round_ties_even() - 1.0);
            options.sigmas = SigmaFamily::Custom((0..steps).map(nth).chain([low]).collect());
            (BetaSchedule::Linear, 1e-4, 0.02)
        }
        other => return Err(format!("cannot interpret the schedule {other}")),
    };
    let config = ScheduleConfig {
        num_train_timesteps: argument("N", 1000.0)? as usize,
        beta_start: argument("beta_start", beta_start)?,
        beta_end: argument("beta_end", beta_end)?,
        beta_schedule,
        ..ScheduleConfig::default()
    };
    let schedule = NoiseSchedule::new(&config).map_err(|error| error.to_string())?;
    let plan = Sampler::AcceleratedDdim.plan(&schedule, &options).map_err(|error| error.to_string())?;
    let levels = plan.stages.iter().map(|stage| stage.level).chain([plan.end]);
    for (level, want) in levels.zip(numbers(&case.expected["sigmas"])?) {
        // float32 tables of 1 − ᾱ have lost up to 5·10⁻⁴ of their smallest values.
        close(level.sigma / level.alpha, want, 5e-4 * want).map_err(|error| format!("sigma: {error}"))?;
    }
    let (model, noise) = (mixture(models, inputs)?, lists(&inputs["noise"])?);
    let start = numbers(&case.expected["x_start"])?;
    let run = simulate(&plan, &start, Inputs { noise: &noise, ..Inputs::default() }, closed_form(&model));
    compare_states(case, &run.states[1..])?;
    all_close(run.last(), &numbers(&case.expected["final_f64"])?, last_limit(case))
}
