//! Preconditioning, training losses and the variational bound.

use noisewalk::diffusion::forward::{add_noise, offset_noise, target};
use noisewalk::diffusion::loss::Loss;
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::preconditioning::Preconditioning;
use noisewalk::diffusion::vlb::{Floor, Normal, discretized_gaussian_log_likelihood, normal_kl};
use noisewalk::diffusion::weighting::LossWeighting;

use crate::golden::{Case, Comparison, Outcome, Settings, number};
use crate::noising::entry;
use crate::{named, peers, samples};

/// A picture or its noise: float32, stored as shortest decimals, in cases that go on in float64 from there.
fn floats(settings: &Settings, key: &str) -> Result<Vec<f64>, String> {
    Ok(settings.numbers(key)?.into_iter().map(|value| f64::from(value as f32)).collect())
}

/// `precondition_*` of diffusers' EDM schedulers, and EDM's loss weight, a row for each σ.
pub fn edm_preconditioning(case: &Case, settings: &Settings) -> Outcome {
    let sigma_data = number(settings.need("sigma_data")?)?;
    let v_prediction = match settings.text("prediction_type")? {
        "epsilon" => false,
        "v_prediction" => true,
        other => return Err(format!("cannot interpret the prediction type {other}")),
    };
    if settings.text("x_noisy")? != "x0 + sigma*noise" {
        return Err("cannot interpret x_noisy".to_owned());
    }
    let kind = Preconditioning::Edm { sigma_data, v_prediction };
    let (x0, noise) = (floats(settings, "x0")?, floats(settings, "noise")?);
    let output = settings.numbers("raw_network_output")?;
    let mut comparisons = Vec::new();
    for row in case.expected["rows"].as_array().ok_or("no rows")? {
        let sigma = entry(row, "sigma")?[0];
        let (c, x) = (kind.scalings(sigma), add_noise(&x0, &noise, 1.0, sigma));
        comparisons.extend(named(row, |name| match name {
            "sigma" => Some(vec![sigma]),
            "c_skip" => Some(vec![c.c_skip]),
            "c_out" => Some(vec![c.c_out]),
            "c_in" => Some(vec![c.c_in]),
            "c_noise" => Some(vec![c.c_noise]),
            "model_input" => Some(x.iter().map(|x| c.c_in * x).collect()),
            "denoised" => Some(c.denoised(&x, &output)),
            "edm_loss_weight" => Some(vec![kind.loss_weight(sigma)]),
            _ => None,
        })?);
    }
    Ok(comparisons)
}

/// `Denoiser.loss` of k-diffusion with a network in closed form; its weights apply to the error of F, these to that of x0.
pub fn k_diffusion(case: &Case, settings: &Settings) -> Outcome {
    let sigma_data = settings.number("sigma_data", 1.0)?;
    let gamma = 1.0 / (sigma_data * sigma_data);
    let weighting = match settings.text("weighting")? {
        "karras" => LossWeighting::Edm { sigma_data },
        "soft-min-snr" => LossWeighting::SoftMinSnr { gamma },
        "snr" => LossWeighting::Snr,
        other => return Err(format!("cannot interpret the weighting {other}")),
    };
    let model = settings.text("inner_model")?;
    let factor = model.strip_prefix("F(x, sigma) = ").and_then(|body| body.strip_suffix("*sin(x)"));
    let factor: f64 = factor.and_then(|text| text.parse().ok()).ok_or_else(|| format!("cannot interpret {model}"))?;
    let sigmas = settings.numbers("sigma")?;
    let (x0, noise) = (floats(settings, "x0")?, floats(settings, "noise")?);
    let (x0, noise) = (samples(&x0, sigmas.len())?, samples(&noise, sigmas.len())?);
    let scalings: Vec<_> = sigmas.iter().map(|sigma| Preconditioning::edm(sigma_data).scalings(*sigma)).collect();
    let denoised = |i: usize| {
        let x = add_noise(x0[i], noise[i], 1.0, sigmas[i]);
        let output: Vec<f64> = x.iter().map(|x| factor * (scalings[i].c_in * x).sin()).collect();
        scalings[i].denoised(&x, &output)
    };
    let all = 0..sigmas.len();
    let loss = |i: usize| {
        let snr = 1.0 / (sigmas[i] * sigmas[i]);
        weighting.weight(PredictionType::Sample, snr) * Loss::Mse.mean(&denoised(i), x0[i])
    };
    named(&case.expected, |name| match name {
        "c_skip" => Some(scalings.iter().map(|c| c.c_skip).collect()),
        "c_out" => Some(scalings.iter().map(|c| c.c_out).collect()),
        "c_in" => Some(scalings.iter().map(|c| c.c_in).collect()),
        "loss_per_sample" => Some(all.clone().map(loss).collect()),
        "loss" => Some(vec![all.clone().map(loss).sum::<f64>() / sigmas.len() as f64]),
        "denoised" => Some(all.clone().flat_map(denoised).collect()),
        _ => None,
    })
}

/// `p_losses` of denoising-diffusion-pytorch: the weighted squared error of a given answer.
pub fn lucidrains(case: &Case, settings: &Settings) -> Outcome {
    let total = number(settings.need("timesteps")?)? as usize;
    let schedule = peers::lucidrains(settings.text("beta_schedule")?, total, settings)?;
    let kind = peers::objective(settings.text("objective")?)?;
    let gamma = settings.number("min_snr_gamma", 5.0)?;
    let clipped = settings.flag("min_snr_loss_weight", false)?;
    let weighting = if clipped { LossWeighting::MinSnr { gamma } } else { LossWeighting::Snr };
    let t: Vec<i64> = settings.numbers("t")?.into_iter().map(|t| t as i64).collect();
    let (x0, output) = (settings.numbers("x0")?, settings.numbers("model_output")?);
    let strength = settings.number("offset_noise_strength", 0.0)?;
    let draw = settings.get("offset_noise").map_or(Ok(Vec::new()), crate::golden::numbers)?;
    let noise = offset_noise(&settings.numbers("noise")?, &draw, strength);
    let (x0, noise, output) = (samples(&x0, t.len())?, samples(&noise, t.len())?, samples(&output, t.len())?);
    let loss = |(i, t): (usize, &i64)| {
        let target = target(kind, x0[i], noise[i], schedule.alpha(*t), schedule.sigma(*t));
        weighting.weight(kind, schedule.snr(*t)) * Loss::Mse.mean(output[i], &target)
    };
    let losses: Vec<f64> = t.iter().enumerate().map(loss).collect();
    named(&case.expected, |name| match name {
        "loss_per_sample" => Some(losses.clone()),
        "loss" => Some(vec![losses.iter().sum::<f64>() / losses.len() as f64]),
        _ => None,
    })
}

/// `normal_kl` and `discretized_gaussian_log_likelihood`, value by value.
pub fn variational_bound(case: &Case, settings: &Settings) -> Outcome {
    let normals = |mean: &str, log_variance: &str| -> Result<Vec<Normal>, String> {
        let (means, log_variances) = (settings.numbers(mean)?, settings.numbers(log_variance)?);
        Ok(means.into_iter().zip(log_variances).map(|(mean, log_variance)| Normal { mean, log_variance }).collect())
    };
    let (p, q) = (normals("mean1", "logvar1")?, normals("mean2", "logvar2")?);
    let (pixels, means) = (settings.numbers("x_8bit")?, settings.numbers("means")?);
    let log_scales = settings.numbers("log_scales")?;
    let floor =
        if case.source.starts_with("denoising-diffusion-pytorch") { Floor::Lucidrains } else { Floor::Improved };
    let likelihood = |((x, mean), log_scale): ((&f64, &f64), &f64)| {
        discretized_gaussian_log_likelihood(*x, *mean, *log_scale, floor)
    };
    let comparisons: Vec<Comparison> = named(&case.expected, |name| match name {
        "normal_kl" => Some(p.iter().zip(&q).map(|(p, q)| normal_kl(*p, *q)).collect()),
        "discretized_gaussian_log_likelihood" => {
            Some(pixels.iter().zip(&means).zip(&log_scales).map(likelihood).collect())
        }
        _ => None,
    })?;
    Ok(comparisons)
}
