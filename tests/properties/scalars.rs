//! Weights, losses, densities, schedules of training, guidance and the exact model: formulas of a few numbers.

use noisewalk::diffusion::adaptive::{AdaptiveOptions, dpm_adaptive};
use noisewalk::diffusion::ema::{EmaDecay, Warmup, half_life_decay, update};
use noisewalk::diffusion::forward::offset_noise;
use noisewalk::diffusion::guidance::nonlinear::Projection;
use noisewalk::diffusion::guidance::{
    Formulation, Guidance, Interval, Method, Moment, Predictions, ScaleSchedule, linear,
};
use noisewalk::diffusion::learning_rate::{LearningRateCurve, factor};
use noisewalk::diffusion::loss::{Loss, exponential_huber_c};
use noisewalk::diffusion::mixture::{Component, GaussianMixture};
use noisewalk::diffusion::noise::{Purpose, Stream, batch_normal};
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::plan::{Threshold, VarianceReading};
use noisewalk::diffusion::post_hoc_ema::{
    Profile, gamma_to_sigma_rel, power_function_decay, sigma_rel_to_gamma, solve_weights,
};
use noisewalk::diffusion::preconditioning::{IddpmGrid, Preconditioning};
use noisewalk::diffusion::sigma_density::SigmaDensity;
use noisewalk::diffusion::simulate::threshold;
use noisewalk::diffusion::timestep_sampling::{SecondMomentResampler, logit_normal, mode, stratified, uniform};
use noisewalk::diffusion::vlb::{Floor, Normal, discretized_gaussian_log_likelihood, normal_kl, prior_term, step_term};
use noisewalk::diffusion::weighting::{LossWeighting, sd3_cosmap, sd3_sigma_sqrt};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{finite, positive, runs, wide};

const KINDS: [PredictionType; 4] =
    [PredictionType::Epsilon, PredictionType::Sample, PredictionType::VPrediction, PredictionType::FlowPrediction];

fn losses(a: f64) -> [Loss; 5] {
    [Loss::Mse, Loss::L1, Loss::Huber { delta: a }, Loss::SmoothL1 { beta: a }, Loss::PseudoHuber { c: a }]
}

fn weightings(a: f64, b: f64) -> [LossWeighting; 7] {
    [
        LossWeighting::Uniform,
        LossWeighting::Snr,
        LossWeighting::TruncatedSnr,
        LossWeighting::MinSnr { gamma: a },
        LossWeighting::SoftMinSnr { gamma: a },
        LossWeighting::Edm { sigma_data: a },
        LossWeighting::P2 { k: a, gamma: b },
    ]
}

fn methods(a: f64, b: f64, c: f64) -> [Method; 7] {
    [
        Method::ClassifierFree,
        Method::ZeroStar { zero_init_steps: 1 },
        Method::Projected(Projection { eta: a, norm_threshold: b, momentum: Some(c) }),
        Method::Projected(Projection { eta: a, norm_threshold: b, momentum: None }),
        Method::Tangential,
        Method::MagnitudeAware { alpha: a.abs() },
        Method::Weakened { scale: a, start: 0.0, stop: 1.0 },
    ]
}

proptest! {
    #![proptest_config(runs(256))]

    /// A loss is never negative, grows with the error and does not see its sign.
    #[test]
    fn losses_grow_with_the_error(a in positive(), d in 0.0..1e6f64, more in 0.0..1e6f64) {
        for loss in losses(a) {
            let (near, far) = (loss.of(d), loss.of(d + more));
            // Cancellation in `|d| − β/2` leaves one rounding of its terms.
            prop_assert!(near >= 0.0 && far >= near * (1.0 - 1e-15) - f64::EPSILON * a, "{loss:?} {near} {far}");
            prop_assert_eq!(near, loss.of(-d));
        }
        prop_assert!((0.0..=1.0).contains(&exponential_huber_c(a.min(1.0), d.min(1000.0), 1000.0)));
    }

    /// Weights are numbers at every SNR, its ends included, and agree between parameterisations.
    #[test]
    fn weights_are_numbers_at_every_snr(a in positive(), b in 0.0..2.0f64, snr in prop_oneof![positive(), Just(0.0)]) {
        for weighting in weightings(a, b) {
            for kind in KINDS {
                prop_assert!(weighting.weight(kind, snr) >= 0.0, "{weighting:?} {kind:?} {snr}");
            }
            let (of_x0, of_noise) = (weighting.weight(PredictionType::Sample, snr), weighting.weight(PredictionType::Epsilon, snr));
            if weighting != LossWeighting::Uniform && (1e-9..1e9).contains(&snr) && of_x0.is_finite() {
                // An error of ε is √SNR times one of x0.
                prop_assert!((of_x0 - snr * of_noise).abs() <= 1e-12 * of_x0.abs(), "{weighting:?} {of_x0} {of_noise}");
            }
        }
        prop_assert!(sd3_sigma_sqrt(a) >= 0.0 && sd3_cosmap(a) >= 0.0);
    }

    /// Preconditioning is undone: with the right answer, D is the picture.
    #[test]
    fn preconditioning_is_undone(sigma in 1e-3..1e3f64, sigma_data in 0.05..5.0f64, x0 in -2.0..2.0f64, z in -3.0..3.0f64, v: bool) {
        let kinds = [
            Preconditioning::Edm { sigma_data, v_prediction: v },
            Preconditioning::Ve,
            Preconditioning::Vp { beta_d: 19.9, beta_min: 0.1, steps: 1000.0 },
            Preconditioning::Iddpm(IddpmGrid::new(50)),
        ];
        for kind in kinds {
            let (c, x) = (kind.scalings(sigma), x0 + sigma * z);
            let answer = c.target(&[x0], &[x]).unwrap();
            let back = c.denoised(&[x], &answer)[0];
            prop_assert!((back - x0).abs() < 1e-13 * (1.0 + x.abs()), "{kind:?} {back} {x0}");
            prop_assert!(kind.loss_weight(sigma) > 0.0);
        }
    }

    #[test]
    fn densities_rise_with_their_quantile(a in 0.0..1.0f64, b in 0.0..1.0f64, low in 1e-3..0.1f64, high in 1.0..1e3f64) {
        let (min, max) = (low, high);
        let all = [
            SigmaDensity::LogUniform { min, max },
            SigmaDensity::LogLogistic { loc: -0.5, scale: 1.2, min, max },
            SigmaDensity::VDiffusion { sigma_data: 0.5, min, max },
        ];
        for density in all {
            let (less, more) = (density.quantile(a.min(b)), density.quantile(a.max(b)));
            // Tangent and logarithm near their poles leave 1e-9 of the ends.
            prop_assert!(less <= more * (1.0 + 1e-9) && less >= min * (1.0 - 1e-6) && more <= max * (1.0 + 1e-6), "{density:?}");
        }
        // k-diffusion's interpolated cosine runs the other way, from σ_max down.
        let (image_d, noise_d_low, noise_d_high, sigma_data) = (64.0, 32.0, 64.0, 0.5);
        let falling = SigmaDensity::CosineInterpolated { image_d, noise_d_low, noise_d_high, sigma_data, min, max };
        let (more, less) = (falling.quantile(a.min(b)), falling.quantile(a.max(b)));
        prop_assert!(less <= more * (1.0 + 1e-9) && less >= min * (1.0 - 1e-6) && more <= max * (1.0 + 1e-6));
        prop_assert!(uniform(a, 1000) <= uniform(a.max(b), 1000) && stratified(a, 2, 4) < 0.75);
        prop_assert!((0.0..=1.0).contains(&logit_normal(a - 0.5, b, 1.0)) && (0.0..=1.0).contains(&mode(a, 1.29)));
    }

    #[test]
    fn importance_is_a_distribution(total in 1..20usize, notes in vec((any::<usize>(), finite()), 0..400), u in 0.0..1.0f64) {
        let mut sampler = SecondMomentResampler::with(total, 2, 0.01);
        notes.into_iter().for_each(|(t, loss)| sampler.update(t % (total + 1), loss));
        let probabilities = sampler.probabilities();
        // A sum of at most 20 shares.
        prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{probabilities:?}");
        prop_assert!(probabilities.iter().all(|p| *p >= 0.0));
        let (t, weight) = sampler.sample(u);
        prop_assert!(t < total && weight > 0.0);
    }

    #[test]
    fn averages_stay_between_shadow_and_weights(step: u64, decay in 0.0..1.0f64, gamma in 0.1..10.0f64, x in wide(), y in wide()) {
        let ema = EmaDecay { decay, warmup: Warmup::Power { inv_gamma: gamma, power: 0.7 }, ..EmaDecay::default() };
        prop_assert!((0.0..=1.0).contains(&ema.at(step)) && (0.0..=1.0).contains(&EmaDecay::default().at(step)));
        let mut shadow = [x];
        update(&mut shadow, &[y], ema.at(step));
        let slack = f64::EPSILON * (x.abs() + y.abs());
        prop_assert!(shadow[0] >= x.min(y) - slack && shadow[0] <= x.max(y) + slack);
        prop_assert!((0.0..=1.0).contains(&half_life_decay(64.0, gamma, step as f64, Some(0.05))));
        prop_assert!((0.0..=1.0).contains(&power_function_decay(gamma, step)));
    }

    #[test]
    fn profile_widths_are_undone(sigma_rel in 0.01..0.28f64) {
        let gamma = sigma_rel_to_gamma(sigma_rel).unwrap();
        // The cubic's root is found to rounding; its condition grows as the width nears the largest.
        prop_assert!((gamma_to_sigma_rel(gamma) / sigma_rel - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_profile_among_the_snapshots_is_taken_alone(steps in vec(1.0..1e4f64, 1..5), pick: usize) {
        let mut snapshots: Vec<Profile> = steps.iter().map(|step| Profile { step: *step, gamma: 6.94 }).collect();
        snapshots.sort_by(|a, b| a.step.total_cmp(&b.step));
        snapshots.dedup_by(|a, b| a.step / b.step < 1.5);
        let pick = pick % snapshots.len();
        let weights = solve_weights(&snapshots, snapshots[pick]).unwrap();
        for (i, weight) in weights.iter().enumerate() {
            prop_assert!((weight - f64::from(u8::from(i == pick))).abs() < 1e-6, "{weights:?}");
        }
    }

    #[test]
    fn learning_rates_stay_within_their_peak(step in 0..3000u64, warmup in 0..500u64, total in 0..2000u64, cycles in 0.1..4.0f64) {
        let curves = [
            LearningRateCurve::Constant, LearningRateCurve::Linear, LearningRateCurve::Cosine { cycles },
            LearningRateCurve::CosineWithRestarts { cycles }, LearningRateCurve::Polynomial { power: cycles, end: 0.1 },
        ];
        for curve in curves {
            let factor = factor(curve, step, warmup, total);
            prop_assert!((0.0..=1.0 + 1e-15).contains(&factor), "{curve:?} {factor}");
        }
    }

    /// KL is not negative and 0 only of equals; a likelihood is no better than certainty.
    #[test]
    fn bounds_have_their_sign(m in -3.0..3.0f64, n in -3.0..3.0f64, v in -20.0..5.0f64, w in -20.0..5.0f64, x in 0..256u32) {
        let (p, q) = (Normal { mean: m, log_variance: v }, Normal { mean: n, log_variance: w });
        prop_assert!(normal_kl(p, q) >= -1e-15 && normal_kl(p, p) == 0.0);
        let pixel = f64::from(x) / 127.5 - 1.0;
        for floor in [Floor::Improved, Floor::Lucidrains] {
            prop_assert!(discretized_gaussian_log_likelihood(pixel, m, 0.5 * v, floor) <= 0.0);
        }
        prop_assert!(step_term(0, &[pixel], &[], &[q], Floor::Improved) >= 0.0 && prior_term(&[pixel], 0.01, 0.99995) >= 0.0);
        let reading = VarianceReading::Range { ln_min: w.min(v), ln_max: w.max(v) };
        prop_assert!(reading.std_dev(pixel) > 0.0);
    }

    /// Thresholding never makes an estimate larger than allowed, and leaves small ones alone.
    #[test]
    fn thresholds_bound(values in vec(wide(), 0..12), range in 0.0..3.0f64, ratio in 0.0..1.0f64, max in 0.0..5.0f64) {
        let (fixed, dynamic) = (Threshold::Static { range }, Threshold::Dynamic { ratio, max });
        prop_assert!(threshold(fixed, &values).iter().all(|x| x.abs() <= range));
        prop_assert!(threshold(dynamic, &values).iter().all(|x| x.abs() <= 1.0));
        prop_assert_eq!(threshold(Threshold::None, &values), values);
    }

    /// Guidance of two equal predictions is that prediction, and every guidance of numbers gives numbers.
    #[test]
    fn guidance_gives_numbers(
        c in vec(wide(), 1..6), u in vec(wide(), 6), a in wide(), b in wide(), w in -20.0..20.0f64, phi in 0.0..1.0f64, original: bool, step in 0..12usize,
    ) {
        let u = &u[..c.len()];
        let formulation = if original { Formulation::Original } else { Formulation::Interpolated };
        for method in methods(a, b, 0.5) {
            let guidance = Guidance { method, scale: ScaleSchedule::Constant(w), formulation, rescale: phi, interval: Interval::Always };
            let moment = Moment { step, steps: 10, sigma: 1.0 };
            let predictions = Predictions { conditional: &c, unconditional: u, weakened: Some(u) };
            let guided = guidance.apply(moment, predictions, &mut Vec::new()).unwrap();
            prop_assert!(guided.len() == c.len() && guided.iter().all(|x| !x.is_nan()), "{method:?} {guided:?}");
        }
        prop_assert!((linear::composed(&[w, a]).iter().sum::<f64>() - 1.0).abs() <= 1e-15 * (2.0 + w.abs() + a.abs()));
    }

    /// The exact denoiser is a weighted mean of what the data allow, and splits the state into picture and noise.
    #[test]
    fn the_exact_model_splits_the_state(
        means in vec(-3.0..3.0f64, 1..5), spread in 0.0..1.0f64, x in -50.0..50.0f64, alpha in 0.0..1.0f64, sigma in 0.01..100.0f64,
    ) {
        let parts = means.iter().map(|m| Component { weight: 1.0, mean: vec![*m], std_dev: spread }).collect();
        let data = GaussianMixture::new(parts).unwrap();
        let (x0, noise) = (data.denoised(&[x], alpha, sigma)[0], data.noise(&[x], alpha, sigma)[0]);
        prop_assert!((alpha * x0 + sigma * noise - x).abs() < 1e-11 * (1.0 + x.abs() + sigma));
        prop_assert!((data.score(&[x], alpha, sigma)[0] + noise / sigma).abs() < 1e-11 * (1.0 + (noise / sigma).abs()));
        prop_assert!(!data.log_density(&[x], alpha, sigma).is_nan());
    }

    /// Whatever the adaptive solver is asked, it ends.
    #[test]
    fn the_adaptive_solver_ends(high in finite(), low in finite(), n in vec(finite(), 9), order in 0..5usize) {
        let options = AdaptiveOptions {
            order, rtol: n[0], atol: n[1], h_init: n[2], pcoeff: n[3], icoeff: n[4], dcoeff: n[5], accept_safety: n[6],
            eta: n[7], s_noise: n[8],
        };
        let run = dpm_adaptive(&[0.5], (high, low), &options, |x, _| x.to_vec(), |_| vec![0.5]);
        prop_assert!(run.accepted + run.rejected <= 10_000 && run.x.len() == 1);
    }

    /// Noise is cut and spread as asked, of any sizes.
    #[test]
    fn noise_fits_any_shape(seed: u64, count in 0..5usize, values in 0..7usize, draw in vec(finite(), 0..5), strength in finite()) {
        let stream = Stream::new(seed, Purpose::Sampling);
        let noise = batch_normal(stream, count, values);
        prop_assert_eq!(noise.len(), count * values);
        prop_assert!(noise.iter().all(|z| z.is_finite()));
        let wide: Vec<f64> = noise.iter().map(|z| f64::from(*z)).collect();
        prop_assert_eq!(offset_noise(&wide, &draw, strength).len(), wide.len());
    }
}
