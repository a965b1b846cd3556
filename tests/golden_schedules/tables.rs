//! Tables over the training timesteps, and schedules in continuous time.

use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::schedule::NoiseSchedule;
use noisewalk::diffusion::schedule::continuous::LogSnr;
use noisewalk::diffusion::sigma_density::{SigmaDensity, log_normal, split_log_normal};
use noisewalk::diffusion::weighting::LossWeighting;
use serde_json::{Map, Value};

use crate::golden::{Case, Comparison, Outcome, Settings, number, numbers};
use crate::peers::{self, say};

/// `betas`, `alphas_cumprod`, `snr`, `log_snr` and DDPM's variances of a diffusers class.
pub fn betas(case: &Case, settings: &Settings) -> Outcome {
    let constructor =
        ["num_train_timesteps", "beta_schedule", "beta_start", "beta_end", "trained_betas", "rescale_betas_zero_snr"];
    let given = constructor.iter().filter_map(|key| Some(((*key).to_owned(), settings.get(key)?.clone())));
    let class = peers::class_of(&case.source)?;
    let reading = peers::read(class, &Value::Object(given.collect::<Map<_, _>>()))?;
    let plain = NoiseSchedule::new(&reading.schedule).map_err(say)?;
    let schedule = peers::table(class, &reading)?;
    let indices = timesteps(&case.expected["idx"])?;
    let limit = |key: &str| number(&case.tolerance[key]);
    let (f64_rel, mut betas_rel, snr_rel) = (limit("f64_rel")?, limit("f32_rel_betas_alphas")?, limit("f32_rel_snr")?);
    if reading.schedule.rescale_betas_zero_snr {
        // Rescaled betas are one minus a quotient near 1, so in float32 they have lost as many digits as the SNR.
        betas_rel = betas_rel.max(snr_rel);
    }
    let mut comparisons = Vec::new();
    for (precision, values) in [("f32", &case.expected["f32"]), ("f64", &case.expected["f64"])] {
        let f32 = precision == "f32";
        for (name, want) in values.as_object().into_iter().flatten() {
            let at = |value: &dyn Fn(i64) -> f64| indices.iter().map(|t| value(*t)).collect::<Vec<f64>>();
            let all = 0..schedule.num_train_timesteps() as i64;
            let got = match name.as_str() {
                "betas" => at(&|t| plain.beta(t)),
                "alphas_cumprod" => at(&|t| schedule.alpha_cumprod(t)),
                "snr" => at(&|t| schedule.snr(t)),
                "log_snr" => at(&|t| schedule.log_snr(t)),
                "sum_betas" => vec![all.map(|t| plain.beta(t)).sum()],
                "sum_alphas_cumprod" => vec![all.map(|t| schedule.alpha_cumprod(t)).sum()],
                "variance" => {
                    // A quotient of differences like the SNR, so it has lost as many digits.
                    for (kind, want) in want.as_object().ok_or("variance is not an object")? {
                        let got = variance(&schedule, kind, &indices)?;
                        let wanted = Comparison::new(format!("variance {kind}"), got, numbers(want)?);
                        comparisons.push(wanted.within(0.0, snr_rel.max(betas_rel)));
                    }
                    continue;
                }
                other => return Err(format!("cannot interpret the expected {other}")),
            };
            let (abs, rel) = match (name.as_str(), f32) {
                // A relative error of the SNR is an absolute one of its logarithm.
                ("log_snr", true) => (snr_rel, 1e-6),
                ("log_snr", false) => (f64_rel, f64_rel),
                ("snr", true) => (0.0, snr_rel),
                (_, true) => (0.0, betas_rel),
                (_, false) => (0.0, f64_rel),
            };
            comparisons.push(Comparison::new(format!("{precision} {name}"), got, numbers(want)?).within(abs, rel));
        }
    }
    Ok(comparisons)
}

/// `_get_variance` of DDPMScheduler, whose small log kind is a standard deviation and whose large log kind a logarithm.
fn variance(schedule: &NoiseSchedule, kind: &str, indices: &[i64]) -> Result<Vec<f64>, String> {
    let small = |t: i64| schedule.posterior(t - 1, t).variance.max(1e-20);
    let large = |t: i64| schedule.transition(t - 1, t).variance;
    let at = |value: &dyn Fn(i64) -> f64| Ok(indices.iter().map(|t| value(*t)).collect());
    match kind {
        "fixed_small" => at(&small),
        "fixed_small_log" => at(&|t| small(t).sqrt()),
        "fixed_large" => at(&large),
        "fixed_large_log" => at(&|t| large(t).ln()),
        other => Err(format!("cannot interpret the variance {other}")),
    }
}

/// Betas and buffers of denoising-diffusion-pytorch.
pub fn lucidrains(case: &Case, settings: &Settings) -> Outcome {
    let arguments = settings.get("kwargs").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let arguments = Settings::new(&arguments)?;
    let total = number(settings.need("timesteps")?)? as usize;
    let schedule = peers::lucidrains(settings.text("fn")?, total, &arguments)?;
    arguments.finish()?;
    let kind = peers::objective(settings.text("objective")?)?;
    let gamma = settings.number("min_snr_gamma", 5.0)?;
    let clipped = settings.flag("min_snr_loss_weight", false)?;
    let weighting = if clipped { LossWeighting::MinSnr { gamma } } else { LossWeighting::Snr };
    let indices = timesteps(&case.expected["idx"])?;
    let (f64_rel, f32_rel) = (number(&case.tolerance["f64_rel"])?, number(&case.tolerance["f32_rel"])?);
    let at = |value: &dyn Fn(i64) -> f64| indices.iter().map(|t| value(*t)).collect::<Vec<f64>>();
    let mut comparisons = Vec::new();
    for (name, want) in case.expected.as_object().into_iter().flatten().filter(|(name, _)| *name != "idx") {
        let got = match name.as_str() {
            "betas" => at(&|t| schedule.beta(t)),
            "alphas_cumprod" => at(&|t| schedule.alpha_cumprod(t)),
            "sum_betas" => vec![(0..total as i64).map(|t| schedule.beta(t)).sum()],
            "buffers_f32" => continue,
            other => return Err(format!("cannot interpret the expected {other}")),
        };
        comparisons.push(Comparison::new(name, got, numbers(want)?).within(0.0, f64_rel));
    }
    for (name, want) in case.expected["buffers_f32"].as_object().into_iter().flatten() {
        let posterior = |t: i64| schedule.posterior(t - 1, t);
        let got = match name.as_str() {
            "posterior_variance" => at(&|t| posterior(t).variance),
            "posterior_log_variance_clipped" => at(&|t| posterior(t).log_variance_clipped(1e-20)),
            "posterior_mean_coef1" => at(&|t| posterior(t).of_x0),
            "posterior_mean_coef2" => at(&|t| posterior(t).of_x),
            "sqrt_alphas_cumprod" => at(&|t| schedule.alpha(t)),
            "sqrt_one_minus_alphas_cumprod" => at(&|t| schedule.sigma(t)),
            "log_one_minus_alphas_cumprod" => at(&|t| (1.0 - schedule.alpha_cumprod(t)).ln()),
            "sqrt_recip_alphas_cumprod" => at(&|t| epsilon_to_sample(&schedule, t).0),
            "sqrt_recipm1_alphas_cumprod" => at(&|t| epsilon_to_sample(&schedule, t).1),
            "loss_weight" => at(&|t| weighting.weight(kind, schedule.snr(t))),
            other => return Err(format!("cannot interpret the buffer {other}")),
        };
        comparisons.push(Comparison::new(name, got, numbers(want)?).within(0.0, f32_rel));
    }
    Ok(comparisons)
}

/// Factors of the state and of −ε in the picture.
fn epsilon_to_sample(schedule: &NoiseSchedule, t: i64) -> (f64, f64) {
    let map = PredictionType::Epsilon.to_denoised(schedule.alpha(t), schedule.sigma(t));
    (map.of_x, -map.of_output)
}

/// `rescale_zero_terminal_snr` on a list of betas.
pub fn zero_snr(case: &Case, settings: &Settings) -> Outcome {
    let schedule = NoiseSchedule::from_betas(settings.numbers("betas")?).map_err(say)?.rescaled_to_zero_snr();
    let betas = (0..schedule.num_train_timesteps() as i64).map(|t| schedule.beta(t)).collect();
    let expected = Settings::new(&case.expected)?;
    let comparisons = vec![
        Comparison::new("betas", betas, expected.numbers("betas")?),
        Comparison::new("alphas_cumprod", schedule.alphas_cumprod().to_vec(), expected.numbers("alphas_cumprod")?),
    ];
    expected.finish()?;
    Ok(comparisons)
}

/// A curve of the log-SNR, or σ at a quantile of a training density.
pub fn continuous(case: &Case, settings: &Settings) -> Outcome {
    let times = settings.numbers("t")?;
    let optional = |key: &str, default: f64| settings.number(key, default);
    let name = settings.text("fn")?;
    let curve = match name {
        "alpha_cosine_log_snr" => Some(LogSnr::Cosine { offset: optional("s", 0.008)?, max: -1e-5f64.ln() }),
        "beta_linear_log_snr" => Some(LogSnr::Linear { offset: 1e-4, rate: 10.0 }),
        _ => None,
    };
    if let Some(curve) = curve {
        let at = |value: &dyn Fn(f64) -> f64| times.iter().map(|t| value(*t)).collect::<Vec<f64>>();
        let compare = |(name, want): (&String, &Value)| {
            let got = match name.as_str() {
                "log_snr" => at(&|t| curve.at(t)),
                "alpha" => at(&|t| curve.alpha(t)),
                "sigma" => at(&|t| curve.sigma(t)),
                other => return Err(format!("cannot interpret the expected {other}")),
            };
            Ok(Comparison::new(name, got, numbers(want)?))
        };
        return case.expected.as_object().into_iter().flatten().map(compare).collect();
    }
    // The defaults of k-diffusion's own signatures.
    let density = match name {
        "rand_log_normal" => {
            let (loc, scale) = (optional("loc", 0.0)?, optional("scale", 1.0)?);
            let got = times.iter().map(|z| log_normal(*z, loc, scale)).collect();
            return Ok(vec![Comparison::new("sigma", got, numbers(&case.expected["sigma"])?)]);
        }
        "rand_split_log_normal" => {
            let arguments =
                [settings.number("loc", 0.0)?, number(settings.need("scale_1")?)?, number(settings.need("scale_2")?)?];
            let [loc, left, right] = arguments;
            let sides = settings.get("u").map_or(Ok(vec![0.5; times.len()]), numbers)?;
            let got = times.iter().zip(sides).map(|(z, u)| split_log_normal(*z, u, loc, (left, right))).collect();
            return Ok(vec![Comparison::new("sigma", got, numbers(&case.expected["sigma"])?)]);
        }
        "rand_log_uniform" => {
            SigmaDensity::LogUniform { min: optional("min_value", 1e-3)?, max: optional("max_value", 1e3)? }
        }
        "rand_log_logistic" => SigmaDensity::LogLogistic {
            loc: optional("loc", 0.0)?,
            scale: optional("scale", 1.0)?,
            min: optional("min_value", 0.0)?,
            max: optional("max_value", f64::INFINITY)?,
        },
        "rand_v_diffusion" => SigmaDensity::VDiffusion {
            sigma_data: optional("sigma_data", 1.0)?,
            min: optional("min_value", 0.0)?,
            max: optional("max_value", f64::INFINITY)?,
        },
        "rand_cosine_interpolated" => SigmaDensity::CosineInterpolated {
            image_d: number(settings.need("image_d")?)?,
            noise_d_low: number(settings.need("noise_d_low")?)?,
            noise_d_high: number(settings.need("noise_d_high")?)?,
            sigma_data: optional("sigma_data", 1.0)?,
            min: optional("min_value", 1e-3)?,
            max: optional("max_value", 1e3)?,
        },
        other => return Err(format!("cannot interpret {other}")),
    };
    let got = times.iter().map(|t| density.quantile(*t)).collect();
    Ok(vec![Comparison::new("sigma", got, numbers(&case.expected["sigma"])?)])
}

fn timesteps(value: &Value) -> Result<Vec<i64>, String> {
    Ok(numbers(value)?.into_iter().map(|t| t as i64).collect())
}
