//! Functions of k-diffusion, in σ-space with the denoiser itself.

use noisewalk::diffusion::adaptive::{AdaptiveOptions, dpm_adaptive};
use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{Churn, Sampler, SamplerOptions, SigmaFamily, SolverType, Space};
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
            "eta" => options.eta = number(value)?,
            "s_noise" => options.s_noise = number(value)?,
            "sigma_min" | "sigma_max" => {}
            _ => return Err(format!("cannot interpret the argument {key}")),
        }
    }
    let denoise = |x: &[f64], sigma: f64| x.iter().map(|x| model.denoised(&[*x], 1.0, sigma)[0]).collect();
    let draws = lists(&case.inputs["noise"])?;
    let noise = |index: usize| draws.get(index).cloned().unwrap_or_default();
    one_of(ranges(case)?, |range| {
        let run = dpm_adaptive(&start, range, &options, denoise, noise);
        for (got, key) in [(run.accepted, "n_accept"), (run.rejected, "n_reject"), (run.evaluations, "nfe")] {
            close(got as f64, number(&case.expected["info"][key])?, 0.0).map_err(|error| format!("{key}: {error}"))?;
        }
        all_close(&run.x, &numbers(&case.expected["final"])?, last_limit(case))
    })
}

/// σ from and to where the fast and the adaptive solver run.
///
/// A case that does not give them shows only the first, in its start; the last is then 0.05, as in the generator, or the end of its grid.
fn ranges(case: &Case) -> Outcome<Vec<(f64, f64)>> {
    let (start, unit) = (numbers(&case.expected["x_start"])?, numbers(&case.inputs["x_init_unit"])?);
    let given = |key: &str| case.inputs["call"].get(key).map(number).transpose();
    let high = given("sigma_max")?.unwrap_or(start[0] / unit[0]);
    if let Some(low) = given("sigma_min")? {
        return Ok(vec![(high, low)]);
    }
    let of_grid = case.inputs["schedule"].get("sigma_min").map(number).transpose()?;
    Ok(std::iter::once(0.05).chain(of_grid).map(|low| (high, low)).collect())
}

/// The first range with which `check` agrees, else what is wrong with the first.
fn one_of(ranges: Vec<(f64, f64)>, check: impl Fn((f64, f64)) -> Outcome) -> Outcome {
    let mut outcomes = ranges.into_iter().map(check);
    let first = outcomes.next().unwrap_or_else(|| Err("no range".into()));
    if first.is_ok() || outcomes.any(|outcome| outcome.is_ok()) { Ok(()) } else { first }
}

/// The other samplers of k-diffusion, each a plan.
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
    if sampler != Sampler::DpmFast {
        compare_grid(case, &options)?;
        return run(case, models, sampler, &options);
    }
    options.steps = number(&case.expected["model_calls"])? as usize;
    options.sigmas = SigmaFamily::Exponential;
    one_of(ranges(case)?, |(high, low)| {
        let options = SamplerOptions { sigma_min: Some(low), sigma_max: Some(high), ..options.clone() };
        run(case, models, sampler, &options)
    })
}

/// The levels of the grid against the list of the case and the σ of its rows.
fn compare_grid(case: &Case, options: &SamplerOptions) -> Outcome {
    let any = NoiseSchedule::new(&ScheduleConfig::default()).map_err(|error| error.to_string())?;
    let plain = SamplerOptions { churn: Churn::default(), ..options.clone() };
    let plan = Sampler::Euler.plan(&any, &plain).map_err(|error| error.to_string())?;
    let grid: Vec<f64> = plan.stages.iter().map(|stage| stage.level.sigma).chain([plan.end.sigma]).collect();
    all_close(&grid, &numbers(&case.expected["sigmas"])?, last_limit(case))
        .map_err(|error| format!("sigmas: {error}"))?;
    let rows = case.expected.get("trace").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let same = |(row, sigma): (&Value, &f64)| close(*sigma, number(&row["sigma"])?, last_limit(case));
    rows.iter().zip(&grid).try_for_each(same).map_err(|error| format!("sigma of a row: {error}"))
}

/// The state of each step, which is the one its first evaluation sees, and the end.
fn run(case: &Case, models: &Value, sampler: Sampler, options: &SamplerOptions) -> Outcome {
    let inputs = &case.inputs;
    let start = numbers(&case.expected["x_start"])?;
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).map_err(|error| error.to_string())?;
    let plan = sampler.plan(&schedule, options).map_err(|error| error.to_string())?;
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
