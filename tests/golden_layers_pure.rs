//! Averages of weights, loss weights, timestep densities, noise tricks and learning rates against diffusers, k-diffusion and ema-pytorch.

#[path = "common/golden.rs"]
mod golden;
#[path = "common/peers.rs"]
mod peers;

use golden::{Case, Comparison, Outcome, Settings, number, numbers};
use noisewalk::diffusion::ema::{self, EmaDecay, Warmup};
use noisewalk::diffusion::forward::{offset_noise, perturbed_noise};
use noisewalk::diffusion::learning_rate::{LearningRateCurve, factor};
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::post_hoc_ema::{Profile, power_function_decay, sigma_rel_to_gamma, solve_weights};
use noisewalk::diffusion::schedule::NoiseSchedule;
use noisewalk::diffusion::timestep_sampling::{logit_normal, mode};
use noisewalk::diffusion::weighting::{LossWeighting, sd3_cosmap, sd3_sigma_sqrt};
use serde_json::{Map, Value};

/// Kinds that are layers of networks and need tensors, or belong to the optimiser of the trainer.
const TENSOR_KINDS: &[&str] = &[
    "temb",
    "lucid_temb",
    "fourier",
    "time_mlp",
    "gn_silu",
    "norms_acts",
    "sdpa",
    "attention",
    "resnet",
    "updown",
    "ff",
    "adaln",
    "pos",
    "lora",
    "vae",
    "vq",
    "mp",
    "optim",
];

#[test]
fn scalars_of_training_match_the_peers() {
    let checked = golden::run_some(
        "layers.json",
        |case| {
            let kind = case.inputs["kind"].as_str().unwrap_or_default();
            TENSOR_KINDS.contains(&kind).then(|| format!("{kind} needs tensors, which are the model layer's"))
        },
        |case: &Case| {
            let settings = Settings::new(&case.inputs)?;
            let comparisons = match settings.text("kind")? {
                "ema" => ema_model(case, &settings),
                "ema_other" => ema_others(case, &settings),
                "phema" => post_hoc(case, &settings),
                "min_snr" => min_snr(case, &settings),
                "sd3" => stable_diffusion_3(case, &settings),
                "noise_tricks" => noise_tricks(case, &settings),
                "lr" => learning_rates(case, &settings),
                other => Err(format!("unknown kind {other}")),
            }?;
            settings.finish()?;
            Ok(comparisons)
        },
    );
    assert!(checked > 0 || std::env::var_os("GOLDEN_DIR").is_some());
}

fn warmup(settings: &Settings, power: f64) -> Result<Warmup, String> {
    Ok(Warmup::Power { inv_gamma: settings.number("inv_gamma", 1.0)?, power: settings.number("power", power)? })
}

/// diffusers' `EMAModel`: decays at given steps, and an average over a few steps.
fn ema_model(case: &Case, settings: &Settings) -> Outcome {
    let power = warmup(settings, 2.0 / 3.0)?;
    let decay = EmaDecay {
        decay: settings.number("decay", 0.9999)?,
        min_decay: settings.number("min_decay", 0.0)?,
        update_after_step: settings.number("update_after_step", 0.0)? as u64,
        warmup: if settings.flag("use_ema_warmup", false)? { power } else { Warmup::Ratio },
    };
    let steps = settings.numbers("optimization_steps")?;
    let decays = steps.iter().map(|step| decay.at(*step as u64)).collect();
    let mut comparisons = vec![Comparison::new("decay", decays, numbers(&case.expected["decay"])?)];
    let mut shadow = settings.numbers("initial")?;
    let parameters = settings.need("parameters_after_each_step")?.as_array().ok_or("no parameters")?;
    let rows = case.expected["trajectory"].as_array().ok_or("no trajectory")?;
    if rows.len() != parameters.len() {
        return Err(format!("{} rows for {} updates", rows.len(), parameters.len()));
    }
    for (i, (parameters, row)) in parameters.iter().zip(rows).enumerate() {
        let decay = decay.at(i as u64 + 1);
        ema::update(&mut shadow, &numbers(parameters)?, decay);
        comparisons.push(Comparison::new(format!("decay {i}"), vec![decay], numbers(&row["decay"])?));
        // An average near 0 of numbers near 1 keeps their absolute error.
        let wanted = Comparison::new(format!("shadow {i}"), shadow.clone(), numbers(&row["shadow"])?);
        comparisons.push(wanted.within(1e-11, number(&case.tolerance["rel"])?));
    }
    Ok(comparisons)
}

/// The warm-ups of ema-pytorch and k-diffusion.
fn ema_others(case: &Case, settings: &Settings) -> Outcome {
    let steps = settings.numbers("steps")?;
    let mut comparisons = Vec::new();
    for (name, want) in case.expected.as_object().into_iter().flatten() {
        let own = Settings::new(settings.need(name)?)?;
        let got = match name.as_str() {
            "ema_pytorch" => {
                let decay = EmaDecay {
                    decay: own.number("beta", 0.9999)?,
                    min_decay: own.number("min_value", 0.0)?,
                    update_after_step: own.number("update_after_step", 100.0)? as u64,
                    warmup: warmup(&own, 2.0 / 3.0)?,
                };
                steps.iter().map(|step| decay.at(*step as u64)).collect()
            }
            "k_diffusion" => {
                let start = own.number("start_at", 0.0)?;
                let decay = EmaDecay {
                    decay: own.number("max_value", 1.0)?,
                    min_decay: own.number("min_value", 0.0)?,
                    update_after_step: 0,
                    warmup: warmup(&own, 1.0)?,
                };
                steps.iter().map(|step| decay.at_age((step - start).max(0.0) as u64)).collect()
            }
            other => return Err(format!("cannot interpret the average {other}")),
        };
        own.finish()?;
        comparisons.push(Comparison::new(name, got, numbers(want)?));
    }
    Ok(comparisons)
}

/// EDM2's power-function averages; the target ends with the last snapshot.
fn post_hoc(case: &Case, settings: &Settings) -> Outcome {
    let gamma = |sigma_rel: f64| sigma_rel_to_gamma(sigma_rel).ok_or_else(|| format!("no γ for {sigma_rel}"));
    let gammas = settings.numbers("sigma_rels")?.into_iter().map(gamma).collect::<Result<Vec<f64>, _>>()?;
    let target = gamma(number(settings.need("target_sigma_rel")?)?)?;
    let steps = settings.numbers("snapshot_steps")?;
    let snapshots: Vec<Profile> =
        steps.iter().flat_map(|step| gammas.iter().map(|gamma| Profile { step: *step, gamma: *gamma })).collect();
    let last = steps.last().copied().unwrap_or_default();
    let weights = solve_weights(&snapshots, Profile { step: last, gamma: target }).ok_or("no weights")?;
    let beta_steps = settings.numbers("beta_steps")?;
    let expected = Settings::new(&case.expected)?;
    let mut comparisons = vec![
        Comparison::new("gamma", gammas, expected.numbers("gamma")?),
        Comparison::new("target_gamma", vec![target], expected.numbers("target_gamma")?),
        Comparison::new("weights", weights, expected.numbers("weights")?),
    ];
    for (sigma_rel, want) in expected.need("beta")?.as_object().ok_or("beta is not an object")? {
        let gamma = gamma(sigma_rel.parse().map_err(peers::say)?)?;
        let got = beta_steps.iter().map(|step| power_function_decay(gamma, *step as u64)).collect();
        comparisons.push(Comparison::new(format!("beta {sigma_rel}"), got, numbers(want)?));
    }
    expected.finish()?;
    Ok(comparisons)
}

/// Min-SNR-γ for every γ and prediction type.
fn min_snr(case: &Case, settings: &Settings) -> Outcome {
    let constructor = ["num_train_timesteps", "beta_schedule", "beta_start", "beta_end", "rescale_betas_zero_snr"];
    let given = constructor.iter().filter_map(|key| Some(((*key).to_owned(), settings.get(key)?.clone())));
    let reading = peers::read("DDPMScheduler", &Value::Object(given.collect::<Map<_, _>>()))?;
    let schedule = NoiseSchedule::new(&reading.schedule).map_err(peers::say)?;
    let snr: Vec<f64> = settings.numbers("t")?.into_iter().map(|t| schedule.snr(t as i64)).collect();
    let expected = Settings::new(&case.expected)?;
    let mut comparisons = vec![Comparison::new("snr", snr.clone(), expected.numbers("snr")?)];
    for gamma in settings.need("gammas")?.as_array().ok_or("gammas is no list")? {
        let value = number(gamma)?;
        let weights = expected.get(&format!("gamma{value:?}")).or_else(|| expected.get(&format!("gamma{gamma}")));
        let weights = weights.and_then(Value::as_object).ok_or_else(|| format!("no weights for {gamma}"))?;
        for (kind, want) in weights {
            let name = format!("{kind} {gamma}");
            let kind: PredictionType = serde_json::from_value(kind.as_str().into()).map_err(peers::say)?;
            let weighting = LossWeighting::MinSnr { gamma: value };
            let got = snr.iter().map(|snr| weighting.weight(kind, *snr)).collect();
            comparisons.push(Comparison::new(name, got, numbers(want)?));
        }
    }
    expected.finish()?;
    Ok(comparisons)
}

/// Timestep densities and loss weights of Stable Diffusion 3.
fn stable_diffusion_3(case: &Case, settings: &Settings) -> Outcome {
    let (u, z, sigmas) = (settings.numbers("u")?, settings.numbers("z")?, settings.numbers("sigmas")?);
    let (mean, std) = (settings.number("logit_mean", 0.0)?, settings.number("logit_std", 1.0)?);
    let scale = settings.number("mode_scale", 1.29)?;
    let compare = |(name, want): (&String, &Value)| {
        let got = match name.as_str() {
            "logit_normal" => z.iter().map(|z| logit_normal(*z, mean, std)).collect(),
            "mode" => u.iter().map(|u| mode(*u, scale)).collect(),
            "weight_sigma_sqrt" => sigmas.iter().map(|sigma| sd3_sigma_sqrt(*sigma)).collect(),
            "weight_cosmap" => sigmas.iter().map(|sigma| sd3_cosmap(*sigma)).collect(),
            other => return Err(format!("cannot interpret the expected {other}")),
        };
        Ok(Comparison::new(name, got, numbers(want)?))
    };
    case.expected.as_object().into_iter().flatten().map(compare).collect()
}

/// Offset noise, and input perturbation on top of it.
fn noise_tricks(case: &Case, settings: &Settings) -> Outcome {
    let strength = settings.number("noise_offset", 0.0)?;
    let shifted = offset_noise(&settings.numbers("noise")?, &settings.numbers("offset_draw")?, strength);
    let gamma = settings.number("input_perturbation", 0.0)?;
    let perturbed = perturbed_noise(&shifted, &settings.numbers("perturbation_draw")?, gamma);
    let expected = Settings::new(&case.expected)?;
    let comparisons = vec![
        Comparison::new("noise_with_offset", shifted, expected.numbers("noise_with_offset")?),
        Comparison::new("new_noise", perturbed, expected.numbers("new_noise")?),
    ];
    expected.finish()?;
    Ok(comparisons)
}

/// `get_scheduler` by name; its `num_cycles` counts restarts, while the plain cosine always runs half a wave.
fn learning_rates(case: &Case, settings: &Settings) -> Outcome {
    let rate = number(settings.need("lr")?)?;
    let (warmup, total) = (settings.number("num_warmup_steps", 0.0)?, number(settings.need("num_training_steps")?)?);
    let (cycles, power) = (settings.number("num_cycles", 1.0)?, settings.number("power", 1.0)?);
    let steps = settings.numbers("at_steps")?;
    let compare = |(name, want): (&String, &Value)| {
        let (curve, warmup) = match name.as_str() {
            "constant" => (LearningRateCurve::Constant, 0.0),
            "constant_with_warmup" => (LearningRateCurve::Constant, warmup),
            "linear" => (LearningRateCurve::Linear, warmup),
            "cosine" => (LearningRateCurve::Cosine { cycles: 0.5 }, warmup),
            "cosine_with_restarts" => (LearningRateCurve::CosineWithRestarts { cycles }, warmup),
            "polynomial" => (LearningRateCurve::Polynomial { power, end: 1e-7 / rate }, warmup),
            other => return Err(format!("cannot interpret the curve {other}")),
        };
        let at = |step: &f64| rate * factor(curve, *step as u64, warmup as u64, total as u64);
        Ok(Comparison::new(name, steps.iter().map(at).collect(), numbers(want)?))
    };
    case.expected["lr"].as_object().into_iter().flatten().map(compare).collect()
}
