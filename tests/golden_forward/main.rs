//! The forward process, conversions, preconditioning, losses and the bound against diffusers, k-diffusion and denoising-diffusion-pytorch.

#[path = "../common/golden.rs"]
mod golden;
#[path = "../common/peers.rs"]
mod peers;

mod losses;
mod noising;

use golden::{Case, Comparison, Outcome, Settings, numbers};
use serde_json::Value;

#[test]
fn forward_process_matches_the_peers() {
    golden::run("forward.json", |case: &Case| -> Outcome {
        let settings = Settings::new(&case.inputs)?;
        let comparisons = match settings.text("kind")? {
            "add_noise" => noising::add_noise(case, &settings),
            "euler_add_noise" => noising::add_sigma_noise(case, &settings),
            "flow" => noising::flow(case, &settings),
            "conversions" => noising::conversions(case, &settings),
            "edm_precond" => losses::edm_preconditioning(case, &settings),
            "k_loss" => losses::k_diffusion(case, &settings),
            "p_losses" => losses::lucidrains(case, &settings),
            "vlb" => losses::variational_bound(case, &settings),
            other => Err(format!("unknown kind {other}")),
        }?;
        settings.finish()?;
        Ok(comparisons)
    });
}

/// Everything that a case expects, by name; a name that `value` does not know is an error.
fn named(expected: &Value, value: impl Fn(&str) -> Option<Vec<f64>>) -> Outcome {
    let compare = |(name, want): (&String, &Value)| {
        let got = value(name).ok_or_else(|| format!("cannot interpret the expected {name}"))?;
        Ok(Comparison::new(name, got, numbers(want)?))
    };
    expected.as_object().ok_or("expected is not an object")?.iter().map(compare).collect()
}

/// The samples of a batch: values row-major, one row each.
fn samples(values: &[f64], count: usize) -> Result<Vec<&[f64]>, String> {
    let size = values.len().checked_div(count).filter(|size| *size > 0 && size * count == values.len());
    Ok(values.chunks(size.ok_or_else(|| format!("{} values are no {count} samples", values.len()))?).collect())
}
