//! Functions of k-diffusion, in σ-space with the denoiser itself.

use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{Sampler, SamplerOptions, SigmaFamily, SolverType, Space};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use serde_json::Value;

use crate::compare::{Outcome, all_close, close, closed_form, last_limit, lists, mixture, number, numbers};
use crate::golden::Case;

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
        // The generator passes its own range and number of evaluations; the case shows them only in its results.
        let unit = numbers(&inputs["x_init_unit"])?;
        options.sigma_max = Some(start[0] / unit[0]);
        options.sigma_min = Some(inputs["call"].get("sigma_min").map_or(Ok(0.05), number)?);
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
