//! Metrics of any features and pictures: a number or a typed error, never a NaN.

use noisewalk::metrics::bootstrap::{Bootstrap, quantile};
use noisewalk::metrics::image::{Images, mse, psnr, total_variation};
use noisewalk::metrics::kernel::{Estimator, Kernel, kid, mmd};
use noisewalk::metrics::linalg::Factor;
use noisewalk::metrics::manifold::{Rim, manifold};
use noisewalk::metrics::ssim::{Border, SsimOptions, Window, ssim};
use noisewalk::metrics::transport::sliced_wasserstein;
use noisewalk::metrics::{Features, MetricError, alignment, frechet, inception, memorisation, perceptual};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{finite, positive, runs};

fn sets() -> impl Strategy<Value = (Features, Features)> {
    let set = |dimensions: usize| {
        vec(finite(), 0..8 * dimensions).prop_map(move |mut values| {
            values.truncate(values.len() / dimensions * dimensions);
            Features::new(values, dimensions).unwrap()
        })
    };
    (1..4usize).prop_flat_map(move |dimensions| (set(dimensions), set(dimensions)))
}

fn pictures() -> impl Strategy<Value = (Images, Images)> {
    (1..3usize, prop_oneof![Just(1usize), Just(3)], 1..9usize, 1..9usize).prop_flat_map(|(n, c, h, w)| {
        let batch = move || vec(finite(), n * c * h * w).prop_map(move |v| Images::new(v, [n, c, h, w]).unwrap());
        (batch(), batch())
    })
}

fn number(name: &str, result: Result<f64, MetricError>) -> Result<(), TestCaseError> {
    match result {
        Ok(value) => prop_assert!(!value.is_nan(), "{name} is NaN"),
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}

fn numbers(name: &str, result: Result<Vec<f64>, MetricError>) -> Result<(), TestCaseError> {
    result.into_iter().flatten().try_for_each(|value| number(name, Ok(value)))
}

proptest! {
    #![proptest_config(runs(256))]

    #[test]
    fn features_of_any_size_have_numbers_or_errors(
        (a, b) in sets(), k in 0..5usize, size in 0..6usize, p in finite(), indices in vec(any::<usize>(), 0..4),
    ) {
        number("fid", frechet::frechet_distance(&a, &b))?;
        number("merged", frechet::Statistics::of(&a).merge(&frechet::Statistics::of(&b)).and_then(|s| s.covariance()).map(|_| 0.0))?;
        for estimator in [Estimator::Biased, Estimator::Unbiased, Estimator::UStatistic] {
            number("mmd", mmd(&a, &b, Kernel::default(), estimator))?;
            number("degree", mmd(&a, &b, Kernel::Polynomial { degree: u32::MAX, gamma: None, coef0: p }, estimator))?;
            number("rbf", mmd(&a, &b, Kernel::Rbf { sigma: p }, estimator))?;
        }
        number("kid", kid(&a, &b, k, size, 0).map(|scores| scores.mean()))?;
        number("is", inception::inception_score(&a, k).map(|scores| scores.mean()))?;
        number("swd", sliced_wasserstein(&a, &b, p, k, 0))?;
        numbers("clip", alignment::cosine_scores(&a, &b))?;
        number("memorised", memorisation::memorised_share(&a, &b, 0.5))?;
        number("copying", memorisation::copying_score(&a, &b, &b))?;
        numbers("ratio", memorisation::nearest(&a, &b).map(|found| found.iter().map(|near| near.ratio).collect()))?;
        for rim in [Rim::Inside, Rim::Outside] {
            if let Ok(scores) = manifold(&a, &b, k, rim) {
                prop_assert!([scores.precision, scores.recall, scores.coverage].iter().all(|share| (0.0..=1.0).contains(share)));
            }
        }
        prop_assert!(a.select(&indices).len() <= indices.len());
        prop_assert!(a.distances(&b).is_ok_and(|rows| rows.len() == a.len()));
    }

    #[test]
    fn pictures_of_any_size_have_numbers_or_errors((a, b) in pictures(), range in finite(), window in any::<usize>(), sigma in finite()) {
        number("mse", mse(&a, &b))?;
        number("psnr", psnr(&a, &b, range))?;
        numbers("variation", Ok(total_variation(&a)))?;
        for window in [Window::Uniform { size: window }, Window::Uniform { size: window % 8 }, Window::Gaussian { sigma }] {
            for border in [Border::Valid, Border::Reflect] {
                numbers("ssim", ssim(&a, &b, &SsimOptions { window, border, ..SsimOptions::torchmetrics(range.abs()) }))?;
            }
        }
        let weights = vec![sigma.abs().min(1e9); a.shape()[1]];
        numbers("lpips", perceptual::lpips(&[(a.clone(), b.clone(), weights)]))?;
        drop(perceptual::scaled(&a));
    }

    /// Equal pictures have SSIM 1 and error 0; a score does not depend on who comes first.
    #[test]
    fn similarity_is_symmetric(values in vec(0.0..1.0f64, 2 * 81)) {
        let picture = |half: usize| Images::new(values[half * 81..][..81].to_vec(), [1, 1, 9, 9]).unwrap();
        let (a, b, options) = (picture(0), picture(1), SsimOptions::skimage(1.0));
        prop_assert!((ssim(&a, &a, &options).unwrap()[0] - 1.0).abs() < 1e-12);
        prop_assert_eq!(ssim(&a, &b, &options).unwrap(), ssim(&b, &a, &options).unwrap());
        prop_assert_eq!((mse(&a, &a).unwrap(), psnr(&a, &a, 1.0).unwrap()), (0.0, f64::INFINITY));
    }

    /// A set is at distance 0 from itself, whatever its rank.
    #[test]
    fn a_set_is_no_distance_from_itself(dimensions in 1..5usize, values in vec(-3.0..3.0f64, 8..60)) {
        let whole = values.len() / dimensions * dimensions;
        let set = Features::new(values[..whole].to_vec(), dimensions).unwrap();
        if set.len() >= 2 {
            // Traces of up to 5 variances near 10, in f64.
            prop_assert!(frechet::frechet_distance(&set, &set).unwrap().abs() < 1e-11);
            prop_assert!(mmd(&set, &set, Kernel::default(), Estimator::Biased).unwrap().abs() < 1e-9);
            prop_assert_eq!(sliced_wasserstein(&set, &set, 2.0, 5, 0).unwrap(), 0.0);
        }
    }

    #[test]
    fn matrices_of_any_size_are_factored_or_refused(values in vec(finite(), 0..12), size in prop_oneof![0..4usize, any::<usize>()], other in positive()) {
        if let Ok(factor) = Factor::cholesky(&values, size) {
            let single = Factor::cholesky(&[other], 1).unwrap();
            prop_assert!(!factor.overlap(&single).is_nan() && !single.overlap(&factor).is_nan());
        }
    }

    #[test]
    fn intervals_lie_in_order(values in vec(-10.0..10.0f64, 1..20), replicates in 0..30usize, level in finite(), q in finite()) {
        let set = Features::new(values.clone(), 1).unwrap();
        let mean = |sets: &[Features]| Ok(sets[0].values().iter().sum::<f64>() / sets[0].len() as f64);
        if let Ok(estimate) = (Bootstrap { replicates, level, seed: 1 }).interval(&[&set], mean) {
            prop_assert!(estimate.low <= estimate.high && !estimate.value.is_nan());
        }
        prop_assert!(!quantile(&values, q).is_nan());
    }
}
