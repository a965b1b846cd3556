//! Functions of k-diffusion, in σ-space with the denoiser itself.

use noisewalk::diffusion::adaptive::{AdaptiveOptions, dpm_adaptive};
use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{Sampler, SamplerOptions, SigmaFamily, SolverType, Space};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use serde_json::Value;

use crate::compare::{Outcome, all_close, close, closed_form, last_limit, lists, mixture, number, numbers};
use crate::golden::Case;

/// `sample_dpm_adaptive`, whose steps depend on the states it meets.
pub fn adaptive(case: &Case, models: &Value) -> Outcome {
    let model = mixture(models, &case.inputs)?;
    let start = numbers(&case.expected["x_start"])?;
    let mut options = AdaptiveOptions::default();
    for (key, value) in case.inputs["call"].as_object().ok_or("no call")? {
        match key.as_str() {
            "order" => options.order = number(value)? as usize,
            "rtol" => options.rtol = number(value)?,
            "atol" => options.atol = number(value)?,
            "h_init" => options.h_init = number(value)?,
            "pcoeff" => options.pcoeff = number(value)?,
            "icoeff" => options.icoeff = number(value)?,
            "dcoeff" => options.dcoeff = number(value)?,
            "accept_safety" => options.accept_safety = number(value)?,
            "sigma_min" | "sigma_max" => {}
            _ => return Err(format!("cannot interpret the argument {key}")),
        }
    }
    let denoise = |x: &[f64], sigma: f64| x.iter().map(|x| model.denoised(&[*x], 1.0, sigma)[0]).collect();
    let run = dpm_adaptive(&start, range(case)?, &options, denoise);
    for (got, key) in [(run.accepted, "n_accept"), (run.rejected, "n_reject"), (run.evaluations, "nfe")] {
        close(got as f64, number(&case.expected["info"][key])?, 0.0).map_err(|error| format!("{key}: {error}"))?;
    }
    all_close(&run.x, &numbers(&case.expected["final"])?, last_limit(case))
}

/// σ from and to where the fast and the adaptive solver run: the generator's own range, of which a case shows only the start.
fn range(case: &Case) -> Outcome<(f64, f64)> {
    let (start, unit) = (numbers(&case.expected["x_start"])?, numbers(&case.inputs["x_init_unit"])?);
    let high = case.inputs["call"].get("sigma_max").map_or(Ok(start[0] / unit[0]), number)?;
    Ok((high, case.inputs["call"].get("sigma_min").map_or(Ok(0.05), number)?))
}

/// k-diffusion: the state of each step is the one its first evaluation sees.
pub fn check(case: &Case, models: &Value) -> Outcome {
    let inputs = &case.inputs;
    let mut options = SamplerOptions {
        threshold: Threshold::None,
        lower_order_final: false,
        space: Some(Space::VarianceExploding),
        ..SamplerOptions::default()
    };
    let sampler = match inputs["sampler"].as_str().unwrap_or_default() {
        "sample_euler" => Sampler::Euler,
        "sample_euler_ancestral" => Sampler::EulerAncestral,
        "sample_heun" => Sampler::Heun,
        "sample_dpm_2" => Sampler::Dpm2,
        "sample_dpm_2_ancestral" => Sampler::Dpm2Ancestral,
        "sample_lms" => Sampler::Lms,
        "sample_dpmpp_2s_ancestral" => Sampler::Dpmpp2sAncestral,
        "sample_dpmpp_sde" => Sampler::DpmppSde,
        "sample_dpmpp_2m" => Sampler::Dpmpp2m,
        "sample_dpmpp_2m_sde" => Sampler::Dpmpp2mSde,
        "sample_dpmpp_3m_sde" => {
            options.solver_type = SolverType::Heun;
            Sampler::Dpmpp3mSde
        }
        "sample_dpm_fast" => {
            options.sde_eta = 0.0;
            Sampler::DpmFast
        }
        other => return Err(format!("cannot interpret the sampler {other}")),
    };
    let schedule = &inputs["schedule"];
    let optional = |key: &str| schedule.get(key).map(number).transpose();
    options.steps = number(&schedule["n"])? as usize;
    (options.sigma_min, options.sigma_max) = (optional("sigma_min")?, optional("sigma_max")?);
    options.sigmas = match schedule["fn"].as_str().unwrap_or_default() {
        "get_sigmas_karras" => SigmaFamily::Karras,
        "get_sigmas_exponential" => SigmaFamily::Exponential,
        "get_sigmas_polyexponential" => SigmaFamily::Polyexponential,
        "get_sigmas_vp" => SigmaFamily::ContinuousVp {
            beta_d: optional("beta_d")?.unwrap_or(19.9),
            beta_min: optional("beta_min")?.unwrap_or(0.1),
            eps_s: optional("eps_s")?.unwrap_or(1e-3),
        },
        other => return Err(format!("cannot interpret the sigmas {other}")),
    };
    options.rho = optional("rho")?.unwrap_or(if options.sigmas == SigmaFamily::Karras { 7.0 } else { 1.0 });
    let start = numbers(&case.expected["x_start"])?;
    if sampler == Sampler::DpmFast {
        let (high, low) = range(case)?;
        (options.sigma_min, options.sigma_max) = (Some(low), Some(high));
        options.steps = number(&case.expected["model_calls"])? as usize;
        options.sigmas = SigmaFamily::Exponential;
    }
    for (key, value) in inputs["call"].as_object().ok_or("no call")? {
        match key.as_str() {
            "s_churn" => options.churn.s_churn = number(value)?,
            "s_tmin" => options.churn.s_tmin = number(value)?,
            "s_tmax" => options.churn.s_tmax = number(value)?,
            "s_noise" => options.churn.s_noise = number(value)?,
            "eta" => options.sde_eta = number(value)?,
            "r" => options.midpoint_ratio = number(value)?,
            "order" => options.solver_order = Some(number(value)? as usize),
            "sigma_min" | "sigma_max" => {}
            "solver_type" => {
                options.solver_type = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
            }
            _ => return Err(format!("cannot interpret the argument {key}")),
        }
    }
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).map_err(|error| error.to_string())?;
    let plan = sampler.plan(&schedule, &options).map_err(|error| error.to_string())?;
    let calls = number(&case.expected["model_calls"])? as usize;
    if plan.evaluations() != calls {
        return Err(format!("{} evaluations, want {calls}", plan.evaluations()));
    }
    let model = mixture(models, inputs)?;
    let noise = lists(&inputs["noise"])?;
    let run = simulate(&plan, &start, Inputs { noise: &noise, ..Inputs::default() }, closed_form(&model));
    let tolerance = last_limit(case);
    if let Some(rows) = case.expected.get("trace").and_then(Value::as_array) {
        for (step, row) in rows.iter().enumerate() {
            let first = plan.stages.iter().position(|stage| stage.step == step && stage.evaluate);
            let first = first.ok_or_else(|| format!("no evaluation in step {step}"))?;
            close(plan.stages[first].level.sigma, number(&row["sigma_hat"])?, tolerance)?;
            all_close(&run.states[first], &numbers(&row["x"])?, tolerance)
                .map_err(|error| format!("row {step}: {error}"))?;
        }
    }
    all_close(run.last(), &numbers(&case.expected["final"])?, tolerance).map_err(|error| format!("final: {error}"))
}
