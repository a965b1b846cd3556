//! denoising-diffusion-pytorch: its discrete chain and its EDM.

use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{Churn, Sampler, SamplerOptions, SigmaFamily, Space};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use serde_json::Value;

use crate::compare::{
    Outcome, all_close, close, closed_form, compare_states, last_limit, lists, mixture, number, numbers, trace_limit,
};
use crate::golden::{Case, Settings};
use crate::peers;

/// denoising-diffusion-pytorch: DDPM and DDIM on its own betas, clipping every estimate; `noise[0]` is the start.
pub fn gaussian(case: &Case, models: &Value) -> Outcome {
    let inputs = &case.inputs;
    let total = number(&inputs["timesteps"])? as usize;
    let steps = number(&inputs["sampling_timesteps"])? as usize;
    let name = inputs["beta_schedule"].as_str().unwrap_or_default();
    let of_schedule = ["s", "start", "end", "tau", "clamp_min"];
    let of_run = ["timesteps", "sampling_timesteps", "objective", "beta_schedule", "eta", "shape", "model", "space"];
    known(inputs, &[&of_schedule[..], &of_run, &["prediction_type", "noise"]].concat())?;
    peers::objective(inputs["objective"].as_str().unwrap_or_default())?;
    let schedule = peers::lucidrains(name, total, &Settings::new(inputs)?)?;
    let mut options = SamplerOptions { steps, use_clipped_model_output: true, ..SamplerOptions::default() };
    let sampler = if case.source.contains("p_sample_loop") {
        Sampler::Ddpm
    } else {
        // torch.linspace(-1, T - 1, steps + 1) cut to whole numbers, without the -1.
        let listed = |i: usize| (-1.0 + (total as f64 * i as f64) / steps as f64).trunc();
        options.timesteps = Some((1..=steps).rev().map(listed).collect());
        options.eta = number(&inputs["eta"])?;
        Sampler::Ddim
    };
    let plan = sampler.plan(&schedule, &options).map_err(|error| error.to_string())?;
    let (model, draws) = (mixture(models, inputs)?, lists(&inputs["noise"])?);
    all_close(&draws[0], &numbers(&case.expected["x_start"])?, 1e-6)?;
    let given = Inputs { noise: &draws[1..], ..Inputs::default() };
    let run = simulate(&plan, &draws[0], given, closed_form(&model));
    compare_states(case, &run.states[1..])
}

/// Refuses a setting that nothing here reads.
fn known(settings: &Value, keys: &[&str]) -> Outcome {
    let unknown = settings.as_object().into_iter().flatten().find(|(key, _)| !keys.contains(&key.as_str()));
    unknown.map_or(Ok(()), |(key, _)| Err(format!("unknown setting {key}")))
}

/// denoising-diffusion-pytorch's EDM: Heun with churn and clipped estimates, or DPM-Solver++(2M); the picture ends in [0, 1].
pub fn elucidated(case: &Case, models: &Value) -> Outcome {
    let inputs = &case.inputs;
    let option = |key: &str, default: f64| inputs["config"].get(key).map_or(Ok(default), number);
    let heun = case.source.contains("ElucidatedDiffusion.sample ");
    known(inputs, &["steps", "config", "call", "shape", "model", "space", "noise"])?;
    // What only training and the replaced network read.
    let of_training = ["P_mean", "P_std", "sigma_data"];
    let of_run = ["sigma_min", "sigma_max", "rho", "S_churn", "S_tmin", "S_tmax", "S_noise"];
    known(&inputs["config"], &[&of_training[..], &of_run].concat())?;
    known(&inputs["call"], if heun { &["clamp"] } else { &[] })?;
    let clamps = heun && inputs["call"]["clamp"].as_bool() != Some(false);
    let options = SamplerOptions {
        steps: number(&inputs["steps"])? as usize,
        threshold: if clamps { Threshold::Static { range: 1.0 } } else { Threshold::None },
        sigmas: SigmaFamily::Karras,
        sigma_min: Some(option("sigma_min", 0.002)?),
        sigma_max: Some(option("sigma_max", 80.0)?),
        rho: option("rho", 7.0)?,
        lower_order_final: false,
        space: Some(Space::VarianceExploding),
        churn: Churn {
            s_churn: option("S_churn", 80.0)?,
            s_tmin: option("S_tmin", 0.05)?,
            s_tmax: option("S_tmax", 50.0)?,
            s_noise: option("S_noise", 1.003)?,
            after_network: false,
        },
        ..SamplerOptions::default()
    };
    let sampler = if heun { Sampler::Heun } else { Sampler::Dpmpp2m };
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).map_err(|error| error.to_string())?;
    let plan = sampler.plan(&schedule, &options).map_err(|error| error.to_string())?;
    let (model, draws) = (mixture(models, inputs)?, lists(&inputs["noise"])?);
    let start: Vec<f64> = draws[0].iter().map(|z| z * plan.init_noise_sigma).collect();
    let plain = SamplerOptions { churn: Churn::default(), ..options };
    let grid = Sampler::Euler.plan(&schedule, &plain).map_err(|error| error.to_string())?;
    let sigmas: Vec<f64> = grid.stages.iter().map(|stage| stage.level.sigma).chain([grid.end.sigma]).collect();
    // The library's grid is float32.
    let want = numbers(&case.expected["sigmas"])?;
    all_close(&sigmas, &want, 1e-6 * want[0]).map_err(|error| format!("sigmas: {error}"))?;
    let run = simulate(&plan, &start, Inputs { noise: &draws[1..], ..Inputs::default() }, closed_form(&model));
    let calls = case.expected["model_calls"].as_array().ok_or("no model_calls")?;
    let asked: Vec<usize> = (0..plan.stages.len()).filter(|i| plan.stages[*i].evaluate).collect();
    if asked.len() != calls.len() {
        return Err(format!("{} evaluations, want {}", asked.len(), calls.len()));
    }
    let tolerance = trace_limit(case);
    for (i, call) in asked.iter().zip(calls) {
        close(plan.stages[*i].level.sigma, number(&call["sigma"])?, tolerance)?;
        all_close(&run.states[*i], &numbers(&call["x"])?, tolerance).map_err(|error| format!("x of {i}: {error}"))?;
        all_close(&run.denoised[*i], &numbers(&call["denoised"])?, tolerance)?;
    }
    let last: Vec<f64> = run.last().iter().map(|x| (x.clamp(-1.0, 1.0) + 1.0) / 2.0).collect();
    all_close(&last, &numbers(&case.expected["final"])?, last_limit(case)).map_err(|error| format!("final: {error}"))
}
