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
use golden::{Case, Skipped, cases, document, say};
use serde_json::Value;

/// Families left out, with the reason; the test prints those it meets.
const SKIPPED: &[(&str, &str)] = &[
    ("KarrasVeScheduler", "EDM's churned Heun under another name, which diffusers has deprecated"),
    ("ScoreSdeVeScheduler", "its corrector scales steps by the norm of the network's answer, so it is no plan"),
    ("ScoreSdeVpScheduler", "Euler–Maruyama of the continuous SDE, left out for DDPM, which it approximates"),
    ("VQDiffusionScheduler", "diffusion over discrete codes, not over numbers"),
    ("AmusedScheduler", "masked tokens, not diffusion over numbers"),
    ("BlockRefinementScheduler", "tokens refined in blocks, not diffusion over numbers"),
    ("DiscreteDDIMScheduler", "tokens, not diffusion over numbers"),
    ("EntropyBoundScheduler", "tokens unmasked by their entropy, not diffusion over numbers"),
    (
        "CMStochasticIterativeScheduler",
        "consistency models' own boundary scalings, which no model folder here has; Consistency is its sampler",
    ),
    ("ConsistencyDecoderScheduler", "two fixed steps of one decoder"),
    ("CogVideoXDDIMScheduler", "the schedule's SNR is shifted for one video model"),
    (
        "CogVideoXDPMScheduler",
        "the schedule's SNR is shifted for one video model, and a step gets the answer before as its argument",
    ),
    ("DDPMWuerstchenScheduler", "continuous times and a scaler of one cascade"),
    ("FlowMapEulerDiscreteScheduler", "the network is told two times, which no network here is"),
    ("FlowMatchLCMScheduler", "upscales the state between steps, so it is no plan"),
    ("HeliosScheduler", "stages of growing size of one video model"),
    ("HeliosDMDScheduler", "stages of growing size of one video model"),
    ("LTXEulerAncestralRFScheduler", "the sampler of one video model, renoised by its own rule"),
    ("MiniMaxH3Scheduler", "the sampler of one model"),
    ("PiflowScheduler", "the network answers with a policy of many steps"),
    ("RFD4ProteinaScheduler", "the sampler of one protein model"),
    ("SCMScheduler", "trigonometric flows with an intermediate time of one model"),
    (
        "CosineDPMSolverMultistepScheduler",
        "draws a Brownian tree, for audio latents; Dpmpp2mSde on an EDM grid is its solver",
    ),
    ("DPMSolverMultistepInverseScheduler", "DPM-Solver upwards; ddim-inverse inverts here"),
    ("IPNDMScheduler", "PLMS on the circle of v-diffusion, of one audio model"),
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
    let models_of = |case: &Case| if case.models.is_null() { models.clone() } else { case.models.clone() };
    let cases = cases("samplers.json");
    let (mut passed, mut skipped, mut failed, mut left_out) = (0, 0, Vec::new(), Skipped::default());
    for case in &cases {
        if let Some(reason) = why_skipped(case) {
            left_out.add(reason);
            skipped += 1;
            continue;
        }
        match check(case, &models_of(case)) {
            Ok(()) => passed += 1,
            Err(problem) => failed.push(format!("{}: {problem}", case.id)),
        }
    }
    let (all, failures) = (cases.len(), failed.len());
    say(&format!("samplers.json: {passed} passed, {failures} failed, {skipped} skipped of {all} cases{left_out}"));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 0 || std::env::var_os("GOLDEN_DIR").is_some(), "no case was checked");
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
