//! Whole trajectories against diffusers, k-diffusion, smalldiffusion and denoising-diffusion-pytorch on a closed-form model.

#[path = "../common/golden.rs"]
mod golden;
#[path = "../common/peers.rs"]
mod peers;

mod compare;
mod diffusers;
mod k_diffusion;
mod lucidrains;
mod smalldiffusion;

use compare::Outcome;
use golden::{Case, cases, document};
use serde_json::Value;

/// Families left out, with the reason; the test prints those it meets.
const SKIPPED: &[(&str, &str)] = &[
    ("KarrasVeScheduler", "EDM's churned Heun under another name, which diffusers has deprecated"),
    ("ScoreSdeVeScheduler", "its corrector scales steps by the norm of the network's answer, so it is no plan"),
    ("ScoreSdeVpScheduler", "Euler–Maruyama of the continuous SDE, left out for DDPM, which it approximates"),
    ("VQDiffusionScheduler", "diffusion over discrete codes, not over numbers"),
    ("AmusedScheduler", "masked tokens, not diffusion over numbers"),
];

/// Why a case is left out.
fn why_skipped(case: &Case) -> Option<String> {
    let family = case.inputs["scheduler"].as_str().or(case.inputs["sampler"].as_str()).unwrap_or(&case.source);
    let found = SKIPPED.iter().find(|(name, _)| *name == family);
    found.map(|(name, reason)| format!("{name}, {reason}"))
}

#[test]
fn every_sampler_case_agrees() {
    let models = document("samplers.json")["models"].clone();
    let cases = cases("samplers.json");
    let (mut passed, mut skipped, mut failed) = (0, 0, Vec::new());
    for case in &cases {
        if let Some(reason) = why_skipped(case) {
            println!("skipped {}: {reason}", case.id);
            skipped += 1;
            continue;
        }
        match check(case, &models) {
            Ok(()) => passed += 1,
            Err(problem) => failed.push(format!("{}: {problem}", case.id)),
        }
    }
    println!("samplers.json: {passed} passed, {} failed, {skipped} skipped of {} cases", failed.len(), cases.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 0, "no case was checked");
}

fn check(case: &Case, models: &Value) -> Outcome {
    if case.inputs.get("scheduler").is_some() {
        return diffusers::check(case, models);
    }
    if case.inputs["sampler"] == "sample_dpm_adaptive" {
        return k_diffusion::adaptive(case, models);
    }
    if case.inputs.get("sampler").is_some() {
        return k_diffusion::check(case, models);
    }
    if case.source.starts_with("smalldiffusion") {
        return smalldiffusion::check(case, models);
    }
    if case.source.contains("GaussianDiffusion") {
        return lucidrains::gaussian(case, models);
    }
    if case.source.contains("ElucidatedDiffusion") {
        return lucidrains::elucidated(case, models);
    }
    Err(format!("cannot interpret {}", case.source))
}
