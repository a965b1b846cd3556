//! Schedulers of diffusers, by their class name and constructor arguments.

use noisewalk::diffusion::mixture::GaussianMixture;
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::plan::{Level, Plan};
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::diffusion::scheduler_config::SchedulerReading;
use noisewalk::diffusion::simulate::{Inputs, simulate};
use serde_json::Value;

use crate::compare::{Outcome, all_close, close, last_limit, lists, mixture, number, numbers, trace_limit};
use crate::golden::Case;
use crate::peers;

pub fn check(case: &Case, models: &Value) -> Outcome {
    let inputs = &case.inputs;
    let mut settings = inputs["settings"].clone();
    // A preconditioned network's raw output has no name in a scheduler's settings, and IPNDM's network has one kind of output only.
    if inputs["prediction_type"] != "edm_raw" {
        settings["prediction_type"] = inputs["prediction_type"].clone();
    }
    let mut reading = peers::read(inputs["scheduler"].as_str().ok_or("no scheduler")?, &settings)?;
    let steps = inputs["steps"].as_u64().ok_or("no steps")? as usize;
    for (key, value) in inputs["step_call"].as_object().ok_or("no step_call")? {
        match key.as_str() {
            "eta" => reading.options.eta = value.as_f64().ok_or("eta")?,
            "use_clipped_model_output" => reading.options.use_clipped_model_output = value.as_bool().ok_or("flag")?,
            "s_churn" => reading.options.churn.s_churn = number(value)?,
            "s_tmin" => reading.options.churn.s_tmin = number(value)?,
            "s_tmax" => reading.options.churn.s_tmax = number(value)?,
            "s_noise" => reading.options.churn.s_noise = number(value)?,
            "order" => reading.options.solver_order = Some(number(value)? as usize),
            _ => return Err(format!("cannot interpret the step argument {key}")),
        }
    }
    peers::set_timesteps(&mut reading, steps, &inputs["set_timesteps"])?;
    let plan = peers::plan(&reading)?;
    let model = mixture(models, inputs)?;
    let rows = case.expected["trace"].as_array().ok_or("no trace")?;
    compare_levels(case, &reading, &plan, rows)?;
    compare_rows(case, &plan, &model, rows)
}

/// Compares what the network is told and the noise it sees, with the lists of the scheduler and with the rows.
fn compare_levels(case: &Case, reading: &SchedulerReading, plan: &Plan, rows: &[Value]) -> Outcome {
    if plan.stages.len() != rows.len() {
        return Err(format!("{} stages, but {} rows", plan.stages.len(), rows.len()));
    }
    let asked: Vec<(&Level, &Value)> = plan
        .stages
        .iter()
        .zip(rows)
        .filter(|(stage, _)| stage.evaluate)
        .map(|(stage, row)| (&stage.level, row))
        .collect();
    let told = asked.iter().map(|(_, row)| number(&row["t"])).collect::<Outcome<Vec<_>>>()?;
    compare_timesteps(reading, &told).map_err(|error| format!("of a row: {error}"))?;
    let listed = numbers(&case.expected["timesteps"])?;
    // RePaint also lists the timesteps of its jumps back, where nothing is asked.
    if listed.len() == told.len() {
        compare_timesteps(reading, &listed)?;
    }
    // float32 tables of 1 − ᾱ have lost up to 5·10⁻⁴ of their smallest values.
    let loose = |got: f64, want: f64| close(got, want, 5e-4 * want.abs() + 1e-6);
    if let Some(sigmas) = case.expected.get("sigmas") {
        let (got, want) = (peers::asked_sigmas(reading, plan), numbers(sigmas)?);
        if got.len() != want.len() {
            return Err(format!("{} sigmas, want {}", got.len(), want.len()));
        }
        got.iter()
            .zip(want)
            .try_for_each(|(got, want)| loose(*got, want))
            .map_err(|error| format!("sigmas: {error}"))?;
    }
    for (i, (level, row)) in asked.into_iter().enumerate() {
        let named = |error| format!("level of evaluation {i}: {error}");
        // The trace of KDPM2 ancestral names the level it steps to from a midpoint, not the midpoint's own; its states are compared.
        let is_midpoint = reading.sampler == Sampler::Dpm2Ancestral && i % 2 == 1;
        if let Some(sigma) = row.get("sigma").filter(|_| row.get("alpha").is_none() && !is_midpoint) {
            loose(peers::listed_sigma(reading, level), number(sigma)?).map_err(named)?;
        }
        // Inversion asks at the later timestep with the state of the earlier one.
        if let Some(abar) = row.get("abar").filter(|_| reading.sampler != Sampler::DdimInverse) {
            loose(level.alpha * level.alpha, number(abar)?).map_err(named)?;
        }
    }
    Ok(())
}

fn compare_timesteps(reading: &SchedulerReading, want: &[f64]) -> Outcome {
    let (got, slack) = peers::told(reading, want)?;
    let triples = got.iter().zip(want).zip(slack);
    triples
        .enumerate()
        .try_for_each(|(i, ((got, want), slack))| close(*got, *want, slack).map_err(|e| format!("timestep {i}: {e}")))
}

/// Runs the plan on every sample and compares the states and the end.
fn compare_rows(case: &Case, plan: &Plan, model: &GaussianMixture, rows: &[Value]) -> Outcome {
    let inputs = &case.inputs;
    let unit = numbers(&inputs["x_init_unit"])?;
    let start: Vec<f64> = unit.iter().map(|x| x * plan.init_noise_sigma).collect();
    let noise = lists(&inputs["noise"])?;
    let samples = inputs["shape"][0].as_u64().ok_or("no shape")? as usize;
    let size = start.len() / samples;
    let tolerance = trace_limit(case);
    let part =
        |values: &[f64], sample: usize| values.get(sample * size..(sample + 1) * size).unwrap_or_default().to_vec();
    let optional = |key: &str| inputs.get(key).map_or(Ok(Vec::new()), numbers);
    let (variance, picture, mask) = (optional("model_variance")?, optional("original_image")?, optional("mask")?);
    for sample in 0..samples {
        let noise: Vec<Vec<f64>> = noise.iter().map(|draw| part(draw, sample)).collect();
        let (variance, picture, mask) = (part(&variance, sample), part(&picture, sample), part(&mask, sample));
        let known = (!mask.is_empty()).then_some((&picture[..], &mask[..]));
        let given = Inputs { noise: &noise, variance: &variance, known };
        let mut problem = None;
        let mut asked = plan.stages.iter().zip(rows).filter(|(stage, _)| stage.evaluate).map(|(_, row)| row);
        let run = simulate(plan, &part(&start, sample), given, |x, level| {
            let row = asked.next().unwrap_or(&Value::Null);
            answer(inputs, model, row, x, level).unwrap_or_else(|error| {
                problem = Some(error);
                x.to_vec()
            })
        });
        if let Some(problem) = problem {
            return Err(problem);
        }
        let want = part(&numbers(&case.expected["x_start"])?, sample);
        // The largest σ is a product of a thousand float32 factors, each good to 6·10⁻⁸.
        let rounding = want.iter().fold(0.0, |size: f64, x| size.max(x.abs())) * 3e-5;
        all_close(&run.states[0], &want, tolerance + rounding).map_err(|error| format!("start: {error}"))?;
        for (i, row) in rows.iter().enumerate() {
            let want = part(&numbers(&row["x"])?, sample);
            all_close(&run.states[i + 1], &want, tolerance).map_err(|error| format!("row {i}: {error}"))?;
        }
        let last = part(&numbers(&case.expected["final_f64"])?, sample);
        all_close(run.last(), &last, last_limit(case)).map_err(|error| format!("final: {error}"))?;
    }
    Ok(())
}

/// The denoised estimate: the closed-form network output of the case at this row, read at the plan's level.
fn answer(inputs: &Value, model: &GaussianMixture, row: &Value, x: &[f64], level: &Level) -> Outcome<Vec<f64>> {
    let (a, b) = common_level(network_level(inputs, row)?, inputs, level);
    let prediction = inputs["prediction_type"].as_str().ok_or("no prediction_type")?;
    let kind: Option<PredictionType> = serde_json::from_value(Value::from(prediction)).ok();
    let estimate = |x: &f64| {
        let y = if inputs["space"] == "edm" { *x } else { x * level.input_scale };
        let (x0, eps) = (model.denoised(&[y], a, b)[0], model.noise(&[y], a, b)[0]);
        let output = match prediction {
            "sample" => x0,
            "epsilon" => eps,
            "v_prediction" => a * eps - b * x0,
            "flow_prediction" => eps - x0,
            "edm_raw" => return Ok(x0),
            other => return Err(format!("cannot interpret the prediction type {other}")),
        };
        let kind = kind.ok_or_else(|| format!("{prediction} is no prediction type"))?;
        let read = kind.denoised_at(level);
        Ok(read.of_x * x + read.of_output * output)
    };
    x.iter().map(estimate).collect()
}

/// The plan's own level where the row means the same one: the row's is float32, whose 1 − ᾱ has lost up to 5·10⁻⁴ of itself.
fn common_level((a, b): (f64, f64), inputs: &Value, level: &Level) -> (f64, f64) {
    let scale = if inputs["space"] == "edm" { 1.0 } else { level.input_scale };
    let own = (level.alpha * scale, level.sigma * scale);
    let near = |own: f64, row: f64| (own - row).abs() <= 5e-4 * row.abs();
    let same = near(own.0, a) && near(own.1, b) && inputs["scheduler"] != "DDIMInverseScheduler";
    if same { own } else { (a, b) }
}

/// `(A, B)` of the network by the case's `space`.
fn network_level(inputs: &Value, row: &Value) -> Outcome<(f64, f64)> {
    let sigma = || number(&row["sigma"]);
    let norm = |sigma: f64| (1.0 + sigma * sigma).sqrt();
    Ok(match inputs["space"].as_str().ok_or("no space")? {
        "abar" => {
            let abar = number(&row["abar"])?;
            (abar.sqrt(), (1.0 - abar).sqrt())
        }
        "vp_sigma" if inputs["prediction_type"] == "flow_prediction" => (1.0 - sigma()?, sigma()?),
        "ve" | "vp_sigma" => (1.0 / norm(sigma()?), sigma()? / norm(sigma()?)),
        "flow" => (1.0 - sigma()?, sigma()?),
        "edm" => (1.0, sigma()?),
        other => return Err(format!("cannot interpret the space {other}")),
    })
}
