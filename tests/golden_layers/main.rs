//! Layers of networks and the optimiser of the trainer against torch, diffusers, peft and denoising-diffusion-pytorch.
//!
//! Layers with weights run in f32, as in the product, and have to meet the limits for that; functions without weights run in f64.
#![cfg(feature = "model")]

#[path = "../common/golden.rs"]
mod golden;

mod adapters;
mod attention;
mod blocks;
mod embeddings;
mod latents;
mod norms;
#[cfg(feature = "train")]
mod optimizers;
mod tensors;

use golden::{Case, Comparison, Outcome, Settings, numbers};
use serde_json::Value;

/// Kinds that need no tensors; `golden_layers_pure.rs` checks them.
const PURE_KINDS: &[&str] = &["ema", "ema_other", "phema", "min_snr", "sd3", "noise_tricks", "lr"];

#[test]
fn layers_match_the_peers() {
    let checked = golden::run_some("layers.json", reason_to_skip, |case| {
        let settings = Settings::new(&case.inputs)?;
        let comparisons = match settings.text("kind")? {
            "temb" => embeddings::timesteps(case, &settings),
            "lucid_temb" => embeddings::lucidrains(case, &settings),
            "fourier" => embeddings::fourier(case, &settings),
            "time_mlp" => embeddings::time_mlp(case, &settings),
            "pos" => embeddings::positions(case, &settings),
            "gn_silu" => norms::group_norm_silu(case, &settings),
            "norms_acts" => norms::norms_and_activations(case, &settings),
            "adaln" => norms::adaptive_norm(case, &settings),
            "mp" => norms::magnitude_preserving(case, &settings),
            "attention" => attention::attention(case, &settings),
            "ff" => attention::feed_forward(case, &settings),
            "sdpa" => attention::scaled_dot_product(case, &settings),
            "resnet" => blocks::resnet(case, &settings),
            "updown" => blocks::resampling(case, &settings),
            "lora" => adapters::lora(case, &settings),
            "vae" => latents::diagonal_gaussian(case, &settings),
            "vq" => latents::vector_quantizer(case, &settings),
            #[cfg(feature = "train")]
            "optim" => optimizers::updates(case, &settings),
            other => Err(format!("unknown kind {other}")),
        }?;
        settings.finish()?;
        Ok(comparisons)
    });
    assert!(checked > 0 || std::env::var_os("GOLDEN_DIR").is_some());
}

fn reason_to_skip(case: &Case) -> Option<String> {
    let kind = case.inputs["kind"].as_str().unwrap_or_default();
    if PURE_KINDS.contains(&kind) {
        return Some(format!("{kind} needs no tensors and is checked by golden_layers_pure"));
    }
    if kind != "optim" {
        return None;
    }
    if cfg!(not(feature = "train")) {
        return Some("optimisers belong to the train feature".into());
    }
    let left_out = OTHER_OPTIMIZERS.iter().find(|(name, _)| case.source.ends_with(&format!("optim.{name}")));
    left_out.map(|(name, reason)| format!("{name}, {reason}"))
}

/// Optimisers that the trainer does not have, with the reason.
const OTHER_OPTIMIZERS: &[(&str, &str)] = &[
    ("SGD", "diffusion models are trained with Adam and its kin"),
    ("RMSprop", "diffusion models are trained with Adam and its kin"),
    ("Adagrad", "diffusion models are trained with Adam and its kin"),
    ("Adadelta", "diffusion models are trained with Adam and its kin"),
    ("Adamax", "Adam in another norm, which the field does not use"),
    ("NAdam", "Adam with Nesterov's momentum, which the field does not use"),
    ("RAdam", "Adam with its own warm-up; the trainer warms up the learning rate"),
    ("LBFGS", "a method for whole batches"),
    ("ASGD", "averaged SGD; the trainer averages weights by EMA"),
    ("Rprop", "a method for whole batches"),
    ("Muon", "for hidden matrices only"),
];

/// Compares what is expected, name by name, in f64; `value` says what a name stands for.
fn named(expected: &Value, value: impl Fn(&str) -> Option<Result<Vec<f64>, String>>) -> Outcome {
    let expected = expected.as_object().ok_or("expected is no object")?;
    let compare = |(name, want): (&String, &Value)| {
        let got = value(name).ok_or_else(|| format!("unknown expectation {name}"))??;
        Ok(Comparison::new(name, got, numbers(want)?))
    };
    expected.iter().map(compare).collect()
}

/// The same for numbers that were computed in f32, with the case's limits for that.
fn named_f32(case: &Case, value: impl Fn(&str) -> Option<Result<Vec<f64>, String>>) -> Outcome {
    let limit = |key: &str| case.tolerance.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let (abs, rel) = (limit("abs").max(limit("f32_impl_abs")), limit("rel").max(limit("f32_impl_rel")));
    Ok(named(&case.expected, value)?.into_iter().map(|comparison| comparison.within(abs, rel)).collect())
}
