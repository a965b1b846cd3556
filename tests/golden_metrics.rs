//! Metrics against pytorch-fid, clean-fid, torch-fidelity, torchmetrics, prdc, scikit-image and lpips.

#[path = "common/golden.rs"]
mod golden;

use golden::{Case, Comparison, Outcome, Settings, numbers, shape};
use noisewalk::metrics::image::{self, Images};
use noisewalk::metrics::kernel::{Estimator, Kernel, mmd};
use noisewalk::metrics::manifold::{Rim, manifold};
use noisewalk::metrics::ssim::{Border, SsimOptions, Window, ssim};
use noisewalk::metrics::{Features, MetricError, alignment, frechet, inception, perceptual};
use serde_json::Value;

#[test]
fn metrics_match_the_peers() {
    golden::run("metrics.json", |case| {
        let settings = Settings::new(&case.inputs)?;
        let comparisons = match settings.text("kind")? {
            "fid_stats" => fid_stats(case, &settings),
            "fid_features" => fid_features(case, &settings),
            "is" => inception_score(case, &settings),
            "kid" => kid(case, &settings),
            "prc" => precision_recall(case, &settings),
            "image" => images(case, &settings),
            "clip" => clip(case, &settings),
            "lpips" => lpips(case, &settings),
            other => Err(format!("unknown kind {other}")),
        }?;
        settings.finish()?;
        Ok(comparisons)
    });
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn say(error: MetricError) -> String {
    error.to_string()
}

/// Compares what is expected, name by name; `value` says what a name stands for.
fn named(expected: &Value, value: impl Fn(&str) -> Option<Result<Vec<f64>, String>>) -> Outcome {
    let expected = expected.as_object().ok_or("expected is no object")?;
    let compare = |(name, want): (&String, &Value)| {
        let got = value(name).ok_or_else(|| format!("unknown expectation {name}"))??;
        Ok(Comparison::new(name, got, numbers(want)?))
    };
    expected.iter().map(compare).collect()
}

fn features(value: &Value) -> Result<Features, String> {
    let columns = shape(value)?.last().copied().unwrap_or(1);
    Features::new(numbers(value)?, columns).map_err(say)
}

fn pictures(value: &Value) -> Result<Images, String> {
    let shape: [usize; 4] = shape(value)?.try_into().map_err(|shape| format!("{shape:?} is no [N, C, H, W]"))?;
    Images::new(numbers(value)?, shape).map_err(say)
}

fn fid_stats(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [mu1, s1, mu2, s2] = ["mu1", "sigma1", "mu2", "sigma2"].map(|key| settings.numbers(key));
    let value = frechet::of_moments((&mu1?, &s1?), (&mu2?, &s2?)).map_err(say)?;
    peers(case, value)
}

fn fid_features(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [a, b] = [features(settings.need("features1")?)?, features(settings.need("features2")?)?];
    match settings.text("covariance")? {
        kind if kind.starts_with("unbiased") => peers(case, frechet::frechet_distance(&a, &b).map_err(say)?),
        kind if kind.starts_with("biased") => {
            // Divisor N instead of N − 1.
            let moments = |set: &Features| -> Result<(Vec<f64>, Vec<f64>), MetricError> {
                let (statistics, count) = (frechet::Statistics::of(set), set.len() as f64);
                let covariance = statistics.covariance()?.into_iter().map(|s| s * (count - 1.0) / count).collect();
                Ok((statistics.mean().to_vec(), covariance))
            };
            let [a, b] = [moments(&a).map_err(say)?, moments(&b).map_err(say)?];
            peers(case, frechet::of_moments((&a.0, &a.1), (&b.0, &b.1)).map_err(say)?)
        }
        other => Err(format!("cannot interpret the covariance {other}")),
    }
}

/// The number itself and that of each library.
fn peers(case: &Case, value: f64) -> Outcome {
    let peers = case.expected["by_peer"].as_object().into_iter().flatten();
    let all = peers.map(|(peer, want)| (peer.as_str(), want)).chain([("fid", &case.expected["fid"])]);
    all.map(|(name, want)| Ok(Comparison::new(name, vec![value], numbers(want)?))).collect()
}

fn inception_score(case: &Case, settings: &Settings<'_>) -> Outcome {
    let logits = features(settings.need("logits")?)?;
    settings.get("probabilities");
    settings.get("chunk");
    let mut comparisons = Vec::new();
    for splits in settings.numbers("splits")? {
        let scores = inception::inception_score(&logits, splits as usize).map_err(say)?;
        let want = &case.expected["by_splits"][splits.to_string()];
        let want = vec![golden::number(&want["mean"])?, golden::number(&want["std"])?];
        comparisons.push(Comparison::new(
            format!("{splits} splits"),
            vec![scores.mean(), scores.std_population()],
            want,
        ));
    }
    let first = logits.rows().next().map(inception::log_softmax).unwrap_or_default();
    let first = first.into_iter().map(noisewalk::diffusion::math::exp).collect();
    comparisons.push(Comparison::new("first row", first, numbers(&case.expected["first_row_probabilities"])?));
    Ok(comparisons)
}

fn kid(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [a, b] = [features(settings.need("features1")?)?, features(settings.need("features2")?)?];
    let gamma = match settings.get("gamma") {
        None => None,
        Some(Value::String(text)) if text == "1/d" => None,
        Some(value) => Some(golden::number(value)?),
    };
    let degree = settings.number("degree", 3.0)? as u32;
    let polynomial = Kernel::Polynomial { degree, gamma, coef0: settings.number("coef0", 1.0)? };
    let rbf = settings.get("rbf_sigma").map(golden::number).transpose()?.map(|sigma| Kernel::Rbf { sigma });
    let of = |kernel, estimator| Some(mmd(&a, &b, kernel, estimator).map(|value| vec![value]).map_err(say));
    named(&case.expected, |name| match name {
        "biased" => of(polynomial, Estimator::Biased),
        "unbiased" | "torchmetrics_poly_mmd" | "cleanfid_kernel_distance_one_full_subset" => {
            of(polynomial, Estimator::Unbiased)
        }
        "u-statistic" => of(polynomial, Estimator::UStatistic),
        "rbf_biased" => of(rbf?, Estimator::Biased),
        "rbf_unbiased" => of(rbf?, Estimator::Unbiased),
        "rbf_u-statistic" => of(rbf?, Estimator::UStatistic),
        _ => None,
    })
}

fn precision_recall(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [real, fake] = [features(settings.need("real")?)?, features(settings.need("fake")?)?];
    let mut comparisons = Vec::new();
    for k in settings.numbers("nearest_k")? {
        let of = |rim| manifold(&real, &fake, k as usize, rim).map_err(say);
        let (prdc, fidelity) = (of(Rim::Outside)?, of(Rim::Inside)?);
        comparisons.extend(named(&case.expected["by_k"][k.to_string()], |name| {
            Some(Ok(match name {
                "precision" => vec![prdc.precision],
                "recall" => vec![prdc.recall],
                "density" => vec![prdc.density],
                "coverage" => vec![prdc.coverage],
                // The peer answers in float32.
                "torch_fidelity_precision_recall" => {
                    [fidelity.precision, fidelity.recall].map(|value| f64::from(value as f32)).to_vec()
                }
                _ => return None,
            }))
        })?);
    }
    Ok(comparisons)
}

fn images(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [x, y] = [pictures(settings.need("x")?)?, pictures(settings.need("y")?)?];
    let range = settings.number("data_range", 1.0)?;
    settings.get("layout");
    let torch = SsimOptions::torchmetrics(range);
    let skimage = SsimOptions::skimage(range);
    let per_picture = |options: SsimOptions| ssim(&x, &y, &options).map_err(say);
    let mean = |options| per_picture(options).map(|scores| vec![scores.iter().sum::<f64>() / scores.len() as f64]);
    let first = |options| per_picture(options).map(|scores| scores[..1].to_vec());
    named(&case.expected, |name| {
        Some(match name {
            "mse" => image::mse(&x, &y).map(|value| vec![value]).map_err(say),
            "psnr_torchmetrics" | "psnr_skimage" => image::psnr(&x, &y, range).map(|value| vec![value]).map_err(say),
            "ssim_torchmetrics_gauss11" => mean(torch),
            "ssim_torchmetrics_per_image" => per_picture(torch),
            "ssim_torchmetrics_uniform7" => mean(SsimOptions { window: Window::Uniform { size: 7 }, ..torch }),
            "ssim_skimage_uniform7_image0" => first(skimage),
            "ssim_skimage_gauss_image0" => first(SsimOptions { border: Border::Valid, ..torch }),
            "total_variation_image0" => Ok(image::total_variation(&x)[..1].to_vec()),
            _ => return None,
        })
    })
}

fn clip(case: &Case, settings: &Settings<'_>) -> Outcome {
    let [a, b] = [features(settings.need("image_embeddings")?)?, features(settings.need("text_embeddings")?)?];
    named(&case.expected, |name| match name {
        "score_per_pair" => Some(alignment::cosine_scores(&a, &b).map_err(say)),
        "clip_score" => Some(alignment::clip_score(&a, &b).map(|score| vec![score]).map_err(say)),
        _ => None,
    })
}

fn lpips(case: &Case, settings: &Settings<'_>) -> Outcome {
    let list = |key| settings.need(key)?.as_array().ok_or_else(|| format!("{key} is no list"));
    let (f, g, weights) = (list("features0")?, list("features1")?, list("lin_weights")?);
    let layer = |((f, g), w): ((&Value, &Value), &Value)| Ok((pictures(f)?, pictures(g)?, numbers(w)?));
    let layers = f.iter().zip(g).zip(weights).map(layer).collect::<Result<Vec<_>, String>>()?;
    let picture = settings.get("image0").map(pictures).transpose()?;
    named(&case.expected, |name| match name {
        "distance" => Some(perceptual::lpips(&layers).map_err(say)),
        "per_layer" => {
            let shares = layers.iter().map(|(f, g, weights)| perceptual::layer_distance(f, g, weights).map_err(say));
            Some(shares.collect::<Result<Vec<_>, _>>().map(|shares| shares.concat()))
        }
        "scaled_image0" => {
            let scaled = picture.as_ref().map(|picture| perceptual::scaled(picture).map_err(say));
            scaled.map(|scaled| scaled.map(|scaled| scaled.values().to_vec()))
        }
        _ => None,
    })
}
