//! Guidance against diffusers' guiders and pipelines, and denoising-diffusion-pytorch.

#[path = "common/golden.rs"]
mod golden;

use golden::{Case, Comparison, Outcome, Settings, numbers, shape};
use noisewalk::diffusion::guidance::nonlinear::Projection;
use noisewalk::diffusion::guidance::{
    Formulation, Guidance, Interval, Method, Moment, Predictions, ScaleSchedule, linear, nonlinear,
};
use serde_json::Value;

#[test]
fn guidance_matches_the_peers() {
    let checked = golden::run_some("guidance.json", reason_to_skip, |case| match case.inputs["kind"].as_str() {
        Some("rescale") => rescale(case),
        Some("guider") => guider(case),
        Some("apg") => projected(case),
        Some("interval") => interval(case),
        Some("lucid") => lucid(case),
        other => Err(format!("unknown kind {other:?}")),
    });
    assert!(checked > 0 || std::env::var_os("GOLDEN_DIR").is_some());
}

/// Guiders left out, with the reason; the test prints those it meets.
const LEFT_OUT: &[(&str, &str)] = &[
    ("FrequencyDecoupledGuidance", "it guides each level of a Laplacian pyramid, whose blur is another package's"),
    ("AdaptiveProjectedMixGuidance", "it changes its method in the course of one model's run"),
    ("LTX2Guidance", "it mixes four answers of one video model"),
];

fn reason_to_skip(case: &Case) -> Option<String> {
    let found = LEFT_OUT.iter().find(|(name, _)| case.inputs["guider"] == *name);
    found.map(|(name, reason)| format!("{name}, {reason}"))
}

/// Cuts a batch `[B, ...]` into its samples.
fn samples(batch: &[f64], shape: &[usize]) -> Vec<Vec<f64>> {
    let size = shape.iter().skip(1).product::<usize>().max(1);
    batch.chunks(size).map(<[f64]>::to_vec).collect()
}

/// The settings that every guider of diffusers shares.
fn shared(settings: &Settings<'_>, method: Method) -> Result<Guidance, String> {
    let original = settings.flag("use_original_formulation", false)?;
    let enabled = settings.flag("enabled", true)?;
    let [start, stop] = [settings.number("start", 0.0)?, settings.number("stop", 1.0)?];
    Ok(Guidance {
        method: if enabled { method } else { Method::ClassifierFree },
        scale: ScaleSchedule::Constant(settings.number("guidance_scale", 7.5)?),
        formulation: if original { Formulation::Original } else { Formulation::Interpolated },
        rescale: settings.number("guidance_rescale", 0.0)?,
        // A guider that is not enabled guides nowhere.
        interval: if enabled { Interval::Steps { start, stop } } else { Interval::Sigmas { low: 0.0, high: 0.0 } },
    })
}

fn moment(state: Option<&Value>) -> Result<Moment, String> {
    let Some(state) = state else { return Ok(Moment::default()) };
    let settings = Settings::new(state)?;
    let [step, steps] = [settings.number("step", 0.0)?, settings.number("num_inference_steps", 0.0)?];
    settings.get("timestep");
    settings.finish()?;
    Ok(Moment { step: step as usize, steps: steps as usize, sigma: 0.0 })
}

fn projection(settings: &Settings<'_>) -> Result<Projection, String> {
    let momentum = settings.get("adaptive_projected_guidance_momentum").map(golden::number).transpose()?;
    let norm_threshold = settings.number("adaptive_projected_guidance_rescale", 15.0)?;
    Ok(Projection { eta: settings.number("eta", 1.0)?, norm_threshold, momentum })
}

/// Name of the weakened prediction and of its settings, for the guiders that have one.
fn weakened_names(guider: &str) -> Option<(&'static str, [&'static str; 3], [f64; 3])> {
    match guider {
        "SkipLayerGuidance" => Some((
            "pred_cond_skip",
            ["skip_layer_guidance_scale", "skip_layer_guidance_start", "skip_layer_guidance_stop"],
            [2.8, 0.01, 0.2],
        )),
        "PerturbedAttentionGuidance" => Some((
            "pred_cond_skip",
            ["perturbed_guidance_scale", "perturbed_guidance_start", "perturbed_guidance_stop"],
            [2.8, 0.01, 0.2],
        )),
        "SmoothedEnergyGuidance" => {
            Some(("pred_cond_seg", ["seg_guidance_scale", "seg_guidance_start", "seg_guidance_stop"], [3.0, 0.0, 1.0]))
        }
        _ => None,
    }
}

/// Settings that choose which network weakens and how: they shape the prediction, which is given.
const NETWORK_SIDE: [&str; 14] = [
    "kind",
    "guider",
    "dropout",
    "auto_guidance_layers",
    "auto_guidance_config",
    "skip_layer_guidance_layers",
    "skip_layer_config",
    "perturbed_guidance_layers",
    "perturbed_guidance_config",
    "seg_guidance_layers",
    "seg_guidance_config",
    "seg_blur_sigma",
    "seg_blur_threshold_inf",
    "note",
];

fn guider(case: &Case) -> Outcome {
    let settings = Settings::new(&case.inputs)?;
    NETWORK_SIDE.iter().for_each(|key| {
        settings.get(key);
    });
    let name = settings.text("guider")?;
    let mut third = None;
    let method = match name {
        "ClassifierFreeGuidance" | "AutoGuidance" => Method::ClassifierFree,
        "ClassifierFreeZeroStarGuidance" => {
            Method::ZeroStar { zero_init_steps: settings.number("zero_init_steps", 1.0)? as usize }
        }
        "TangentialClassifierFreeGuidance" => Method::Tangential,
        "MagnitudeAwareGuidance" => Method::MagnitudeAware { alpha: settings.number("alpha", 8.0)? },
        "AdaptiveProjectedGuidance" => Method::Projected(projection(&settings)?),
        other => {
            let (prediction, keys, defaults) =
                weakened_names(other).ok_or_else(|| format!("unknown guider {other}"))?;
            third = settings.get(prediction).map(numbers).transpose()?;
            let [scale, start, stop] = [0, 1, 2].map(|i| settings.number(keys[i], defaults[i]));
            Method::Weakened { scale: scale?, start: start?, stop: stop? }
        }
    };
    let guidance = shared(&settings, method)?;
    let shape = shape(settings.need("pred_cond")?)?;
    let c = samples(&settings.numbers("pred_cond")?, &shape);
    let u = match settings.get("pred_uncond") {
        Some(value) => samples(&numbers(value)?, &shape),
        None => c.clone(),
    };
    let third = third.map(|values| samples(&values, &shape));
    let moment = moment(settings.get("state"))?;
    settings.finish()?;
    let mut pred = Vec::new();
    for (i, (c, u)) in c.iter().zip(&u).enumerate() {
        let weakened = third.as_ref().and_then(|samples| samples.get(i)).map(Vec::as_slice);
        let predictions = Predictions { conditional: c, unconditional: u, weakened };
        pred.extend(guidance.apply(moment, predictions, &mut Vec::new()).map_err(|e| e.to_string())?);
    }
    Ok(vec![Comparison::new("pred", pred, numbers(&case.expected["pred"])?)])
}

fn rescale(case: &Case) -> Outcome {
    let settings = Settings::new(&case.inputs)?;
    settings.get("kind");
    let shape = shape(settings.need("pred_cond")?)?;
    let c = samples(&settings.numbers("pred_cond")?, &shape);
    let u = samples(&settings.numbers("pred_uncond")?, &shape);
    let [of_c, of_u] = Formulation::Interpolated.coefficients(settings.number("guidance_scale", 7.5)?);
    let phi = settings.number("guidance_rescale", 0.0)?;
    settings.finish()?;
    let cfg: Vec<Vec<f64>> = c.iter().zip(&u).map(|(c, u)| linear::combine(&[(of_c, c), (of_u, u)])).collect();
    let rescaled = cfg.iter().zip(&c).flat_map(|(cfg, c)| nonlinear::rescale(cfg.clone(), c, phi)).collect();
    Ok(vec![
        Comparison::new("cfg", cfg.concat(), numbers(&case.expected["cfg"])?),
        Comparison::new("rescaled", rescaled, numbers(&case.expected["rescaled"])?),
    ])
}

/// Which group of `norm_dim` each number belongs to: numbers that differ only along the reduced axes share one.
fn groups(shape: &[usize], norm_dim: Option<&Value>) -> Result<Vec<usize>, String> {
    let axes = shape.len() as i64;
    let reduced: Vec<i64> = match norm_dim {
        None => (1..axes).collect(),
        Some(value) => numbers(value)?.iter().map(|&axis| (axis as i64).rem_euclid(axes)).collect(),
    };
    let group = |mut index: usize| {
        let mut group = 0;
        let mut factor = 1;
        for axis in (0..shape.len()).rev() {
            let position = index % shape[axis];
            index /= shape[axis];
            if !reduced.contains(&(axis as i64)) {
                group += position * factor;
                factor *= shape[axis];
            }
        }
        group
    };
    Ok((0..shape.iter().product()).map(group).collect())
}

fn projected(case: &Case) -> Outcome {
    let inputs = Settings::new(&case.inputs)?;
    inputs.get("kind");
    let settings = Settings::new(inputs.need("args")?)?;
    let shape: Vec<usize> = inputs.numbers("shape")?.into_iter().map(|size| size as usize).collect();
    let guidance = shared(&settings, Method::Projected(projection(&settings)?))?;
    let groups = groups(&shape, settings.get("adaptive_projected_guidance_norm_dim"))?;
    let count = inputs.number("num_inference_steps", 0.0)? as usize;
    settings.finish()?;
    let plain = Guidance { rescale: 0.0, ..guidance.clone() };
    let steps = inputs.need("steps")?.as_array().ok_or("steps is no list")?;
    inputs.finish()?;
    let mut memories = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
    let mut comparisons = Vec::new();
    for (step, predictions) in steps.iter().enumerate() {
        let [c, u] = [numbers(&predictions["pred_cond"])?, numbers(&predictions["pred_uncond"])?];
        let mut pred = vec![0.0; c.len()];
        for (group, memory) in memories.iter_mut().enumerate() {
            let members: Vec<usize> = (0..c.len()).filter(|&i| groups[i] == group).collect();
            let pick = |from: &[f64]| members.iter().map(|&i| from[i]).collect::<Vec<f64>>();
            let [c, u] = [pick(&c), pick(&u)];
            let predictions = Predictions { conditional: &c, unconditional: &u, weakened: None };
            let moment = Moment { step, steps: count, sigma: 0.0 };
            let guided = plain.apply(moment, predictions, memory).map_err(|error| error.to_string())?;
            members.iter().zip(guided).for_each(|(&i, value)| pred[i] = value);
        }
        let rescaled = samples(&pred, &shape).into_iter().zip(samples(&c, &shape));
        let pred = rescaled.flat_map(|(pred, c)| nonlinear::rescale(pred, &c, guidance.rescale)).collect();
        comparisons.push(Comparison::new(format!("step {step}"), pred, numbers(&case.expected["pred"][step])?));
    }
    Ok(comparisons)
}

fn interval(case: &Case) -> Outcome {
    let inputs = Settings::new(&case.inputs)?;
    inputs.get("kind");
    let settings = Settings::new(inputs.need("args")?)?;
    let guidance = shared(&settings, Method::ClassifierFree)?;
    settings.finish()?;
    let steps = inputs.number("num_inference_steps", 0.0)? as usize;
    inputs.finish()?;
    let at = |step| f64::from(u8::from(guidance.is_guided(Moment { step, steps, sigma: 0.0 })));
    Ok(vec![Comparison::new("guided", (0..steps).map(at).collect(), numbers(&case.expected["guided"])?)])
}

/// denoising-diffusion-pytorch: perpendicular guidance in the original formulation, whose scale counts from 1, then rescaling.
fn lucid(case: &Case) -> Outcome {
    let settings = Settings::new(&case.inputs)?;
    settings.get("kind");
    let shape = shape(settings.need("pred_cond")?)?;
    let c = samples(&settings.numbers("pred_cond")?, &shape);
    let u = samples(&settings.numbers("pred_uncond")?, &shape);
    let removes = settings.flag("remove_parallel_component", true)?;
    let kept = settings.number("keep_parallel_frac", 0.0)?;
    let projection = Projection { eta: if removes { kept } else { 1.0 }, norm_threshold: 0.0, momentum: None };
    let guidance = Guidance {
        method: Method::Projected(projection),
        scale: ScaleSchedule::Constant(settings.number("cond_scale", 1.0)? - 1.0),
        formulation: Formulation::Original,
        rescale: settings.number("rescaled_phi", 0.0)?,
        interval: Interval::Always,
    };
    settings.finish()?;
    let mut pred = Vec::new();
    for (c, u) in c.iter().zip(&u) {
        let predictions = Predictions { conditional: c, unconditional: u, weakened: None };
        pred.extend(guidance.apply(Moment::default(), predictions, &mut Vec::new()).map_err(|e| e.to_string())?);
    }
    Ok(vec![Comparison::new("pred", pred, numbers(&case.expected["pred"])?)])
}
