//! What every family of cases shares: the closed-form model, and comparing within a case's tolerance.

use noisewalk::diffusion::mixture::{Component, GaussianMixture};
use noisewalk::diffusion::plan::Level;
use serde_json::Value;

pub use crate::golden::number;
use crate::golden::{self, Case};

pub type Outcome<T = ()> = Result<T, String>;

/// E[x0 | x] of elementwise data at the plan's own level.
pub fn closed_form(model: &GaussianMixture) -> impl FnMut(&[f64], &Level) -> Vec<f64> {
    |x, level| x.iter().map(|x| model.denoised(&[*x], level.alpha, level.sigma)[0]).collect()
}

pub fn mixture(models: &Value, inputs: &Value) -> Outcome<GaussianMixture> {
    let bumps = models[inputs["model"].as_str().ok_or("no model")?].as_array().ok_or("no such model")?;
    let component = |bump: &Value| {
        Ok(Component { weight: number(&bump["w"])?, mean: vec![number(&bump["m"])?], std_dev: number(&bump["s"])? })
    };
    GaussianMixture::new(bumps.iter().map(component).collect::<Outcome<_>>()?).map_err(|error| error.to_string())
}

/// Every state after a step against the rows of the trace.
pub fn compare_states(case: &Case, states: &[Vec<f64>]) -> Outcome {
    let rows = case.expected["trace"].as_array().ok_or("no trace")?;
    if rows.len() != states.len() {
        return Err(format!("{} states, want {}", states.len(), rows.len()));
    }
    let tolerance = trace_limit(case);
    for (i, (row, state)) in rows.iter().zip(states).enumerate() {
        all_close(state, &numbers(&row["x"])?, tolerance).map_err(|error| format!("row {i}: {error}"))?;
    }
    Ok(())
}

/// The limit for the last state.
pub fn last_limit(case: &Case) -> f64 {
    case.tolerance["abs"].as_f64().unwrap_or(0.0)
}

/// The limit for the states in between.
pub fn trace_limit(case: &Case) -> f64 {
    case.tolerance["abs_trace"].as_f64().unwrap_or_else(|| last_limit(case))
}

/// The numbers of a list; a missing one is an error.
pub fn numbers(value: &Value) -> Outcome<Vec<f64>> {
    golden::numbers(if value.is_array() { value } else { return Err(format!("{value} is no list")) })
}

pub fn lists(value: &Value) -> Outcome<Vec<Vec<f64>>> {
    value.as_array().ok_or_else(|| format!("{value} is no list"))?.iter().map(numbers).collect()
}

pub fn close(got: f64, want: f64, tolerance: f64) -> Outcome {
    let fine = (got - want).abs() <= tolerance || got == want;
    if fine { Ok(()) } else { Err(format!("got {got}, want {want} within {tolerance:e}")) }
}

pub fn all_close(got: &[f64], want: &[f64], tolerance: f64) -> Outcome {
    if got.len() != want.len() {
        return Err(format!("{} numbers, want {}", got.len(), want.len()));
    }
    got.iter().zip(want).try_for_each(|(got, want)| close(*got, *want, tolerance))
}
