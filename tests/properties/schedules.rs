//! Noise schedules, sigma families and timesteps.

use noisewalk::diffusion::forward::{add_noise, combine, target};
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::plan::Level;
use noisewalk::diffusion::sampler::{
    FinalSigmas, Sampler, SamplerOptions, SigmaFamily, Space, TimeShift, TimestepSpacing,
};
use noisewalk::diffusion::schedule::alpha_bar::AlphaBar;
use noisewalk::diffusion::schedule::continuous::LogSnr;
use noisewalk::diffusion::schedule::control_points::ControlPoints;
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{finite, runs, wide};

const KINDS: [PredictionType; 4] =
    [PredictionType::Epsilon, PredictionType::Sample, PredictionType::VPrediction, PredictionType::FlowPrediction];

const SPACINGS: [TimestepSpacing; 3] = [TimestepSpacing::Leading, TimestepSpacing::Trailing, TimestepSpacing::Linspace];

fn schedule(index: usize, total: usize, zero: bool) -> NoiseSchedule {
    let beta_schedule = BetaSchedule::ALL[index];
    let config = ScheduleConfig {
        num_train_timesteps: total,
        beta_schedule,
        rescale_betas_zero_snr: zero,
        ..ScheduleConfig::default()
    };
    NoiseSchedule::new(&config).unwrap()
}

/// Where the network is asked and where the run ends.
fn levels(sampler: Sampler, schedule: &NoiseSchedule, options: &SamplerOptions) -> Vec<Level> {
    let plan = sampler.plan(schedule, options).unwrap();
    let asked = plan.stages.iter().filter(|stage| stage.evaluate).map(|stage| stage.level);
    asked.chain([plan.end]).collect()
}

proptest! {
    #![proptest_config(runs(256))]

    /// One table, many views: each is monotone in t and all agree.
    #[test]
    fn every_view_of_a_schedule_is_monotone(index in 0..BetaSchedule::ALL.len(), total in 2..300usize, zero: bool) {
        let schedule = schedule(index, total, zero);
        for t in 0..total as i64 {
            prop_assert!(schedule.alpha(t) <= schedule.alpha(t - 1) && schedule.sigma(t) >= schedule.sigma(t - 1));
            prop_assert!(schedule.snr(t) <= schedule.snr(t - 1) && schedule.log_snr(t) <= schedule.log_snr(t - 1));
            prop_assert!((0.0..=1.0).contains(&schedule.beta(t)));
            // β and ᾱ are each other's product and quotient; two roundings of numbers below 1.
            let back = schedule.alpha_cumprod(t - 1) * (1.0 - schedule.beta(t));
            prop_assert!((back - schedule.alpha_cumprod(t)).abs() < 1e-15);
        }
        prop_assert_eq!((schedule.alpha(-1), schedule.sigma(-1)), (1.0, 0.0));
        prop_assert_eq!(schedule.alpha_cumprod(i64::MAX), schedule.alpha_cumprod(total as i64 - 1));
        prop_assert_eq!(schedule.alpha_cumprod(i64::MIN), 1.0);
    }

    /// Any configuration is a schedule of falling ᾱ within [0, 1], or an error.
    #[test]
    fn any_configuration_is_a_schedule_or_an_error(
        index in 0..BetaSchedule::ALL.len(), total in 0..60usize, ends in (finite(), finite()),
        own in prop::option::of(vec(prop_oneof![0.0..1.0f64, finite()], 0..8)), zero: bool,
    ) {
        let config = ScheduleConfig {
            num_train_timesteps: total,
            beta_start: ends.0,
            beta_end: ends.1,
            beta_schedule: BetaSchedule::ALL[index],
            trained_betas: own,
            rescale_betas_zero_snr: zero,
        };
        if let Ok(schedule) = NoiseSchedule::new(&config) {
            let table = schedule.alphas_cumprod();
            prop_assert!(table.iter().all(|abar| (0.0..=1.0).contains(abar)), "{table:?}");
            prop_assert!(table.windows(2).all(|pair| pair[1] <= pair[0]), "{table:?}");
            schedule.terminal_snr_warning();
            let _ = config.with_scaled_betas();
        }
    }

    /// Curves and points drawn by hand never leave [0, 1] nor rise, whatever their parameters.
    #[test]
    fn curves_make_schedules_or_errors(
        which in 0..4usize, parameters in (finite(), finite(), finite()), total in 0..80usize, max_beta in finite(),
        points in vec((0.0..=1.0f64, finite()), 0..6), u in finite(),
    ) {
        let (a, b, c) = parameters;
        let curve = match which {
            0 => AlphaBar::Cosine { offset: a },
            1 => AlphaBar::Sigmoid { start: a, end: b, tau: c, float32_end: b > 0.0 },
            2 => AlphaBar::Exp { rate: a },
            _ => AlphaBar::Laplace { mean: a, scale: b },
        };
        curve.at(u);
        if let Ok(schedule) = curve.schedule(total, max_beta) {
            prop_assert!(schedule.alphas_cumprod().iter().all(|abar| (0.0..=1.0).contains(abar)));
        }
        if let Ok(points) = ControlPoints::new(points) {
            prop_assert!((0.0..=1.0).contains(&points.at(u)));
        }
    }

    /// The log-SNR of a continuous schedule is α and σ again: α² + σ² = 1 and α²/σ² = e^λ.
    #[test]
    fn continuous_levels_are_unit_vectors(which in 0..3usize, t in 0.0..=1.0f64) {
        let curves = [
            LogSnr::Cosine { offset: 0.008, max: 11.5 },
            LogSnr::Linear { offset: 1e-4, rate: 10.0 },
            LogSnr::Vp { beta_d: 19.9, beta_min: 0.1 },
        ];
        let (lambda, alpha, sigma) = (curves[which].at(t), curves[which].alpha(t), curves[which].sigma(t));
        prop_assert!((alpha * alpha + sigma * sigma - 1.0).abs() < 1e-14);
        if lambda.is_finite() {
            // The exponential of a number of size 12 has lost its last digit or two.
            prop_assert!((2.0 * (alpha.ln() - sigma.ln()) - lambda).abs() < 1e-11 * (1.0 + lambda.abs()));
        }
    }

    /// Every sigma family falls from σ_max to σ_min, meets both, and ends where it is told to.
    #[test]
    fn sigma_families_fall_and_meet_their_ends(
        which in 0..5usize, steps in 1..40usize, low in 0.001..0.5f64, ratio in 2.0..1000.0f64, rho in 0.5..10.0f64, zero: bool,
    ) {
        let families = [
            SigmaFamily::Karras, SigmaFamily::Exponential, SigmaFamily::Polyexponential, SigmaFamily::Beta, SigmaFamily::LuLambdas,
        ];
        let high = low * ratio;
        let options = SamplerOptions {
            steps, rho, sigma_min: Some(low), sigma_max: Some(high), sigmas: families[which].clone(),
            final_sigmas: if zero { FinalSigmas::Zero } else { FinalSigmas::Repeat },
            ..SamplerOptions::default()
        };
        let sigmas: Vec<f64> =
            levels(Sampler::Euler, &schedule(0, 1000, false), &options).iter().map(|level| level.sigma).collect();
        let (asked, end) = (&sigmas[..steps], sigmas[steps]);
        // One power and its inverse: a few roundings, times ρ.
        prop_assert!((asked[0] / high - 1.0).abs() < 1e-13);
        // Karras' last level is a difference of 1/ρ-th powers: where those of the ends lie far apart it keeps the digits of the larger one.
        let lost = 1e-12 + 8.0 * f64::EPSILON * rho * ratio.powf(1.0 / rho);
        prop_assert!(steps == 1 || (asked[steps - 1] / low - 1.0).abs() < lost);
        prop_assert!(asked.windows(2).all(|pair| pair[1] < pair[0]));
        prop_assert_eq!(end, if zero { 0.0 } else { asked[steps - 1] });
    }

    /// Spaced timesteps fall strictly within the table; trailing starts at its end, leading and linspace reach its start.
    #[test]
    fn spaced_timesteps_fall_within_the_table(steps in 1..50usize, extra in 0..400usize, which in 0..3usize) {
        let total = steps + extra;
        let options = SamplerOptions { steps, timestep_spacing: Some(SPACINGS[which]), ..SamplerOptions::default() };
        let plan = Sampler::Ddpm.plan(&schedule(0, total, false), &options).unwrap();
        let timesteps: Vec<f64> = plan.stages.iter().map(|stage| stage.level.timestep).collect();
        prop_assert_eq!(timesteps.len(), steps);
        prop_assert!(timesteps.windows(2).all(|pair| pair[1] < pair[0]), "{timesteps:?}");
        prop_assert!(timesteps.iter().all(|t| (0.0..total as f64).contains(t)));
        match SPACINGS[which] {
            TimestepSpacing::Trailing => prop_assert_eq!(timesteps[0], total as f64 - 1.0),
            TimestepSpacing::Leading => prop_assert_eq!(timesteps[steps - 1], 0.0),
            TimestepSpacing::Linspace => {
                prop_assert_eq!(timesteps[steps - 1], 0.0);
                prop_assert!(steps == 1 || timesteps[0] == total as f64 - 1.0);
            }
        }
    }

    /// The timestep of a training level is that level's own: σ → t undoes t → σ.
    #[test]
    fn timesteps_of_sigmas_are_found_again(index in 0..3usize, total in 3..200usize, steps in 1..30usize) {
        let schedule = schedule(index, total, false);
        let steps = steps.min(total);
        let listed = SamplerOptions { steps, ..SamplerOptions::default() };
        let known = levels(Sampler::Euler, &schedule, &listed);
        let sigmas = known.iter().map(|level| level.sigma).collect();
        let again = levels(Sampler::Euler, &schedule, &SamplerOptions { sigmas: SigmaFamily::Custom(sigmas), ..listed });
        for (known, again) in known.iter().zip(&again).take(steps).filter(|(known, _)| known.timestep.fract() == 0.0) {
            // Whole timesteps lie on the table, where both interpolations meet; ln σ resolves 1e-15 of neighbours 1e-6 apart.
            prop_assert!((known.timestep - again.timestep).abs() < 1e-6 * total as f64, "{known:?} {again:?}");
        }
    }

    /// A shifted flow keeps 0 and 1 and its order, and a shift is undone by its inverse.
    #[test]
    fn flow_shifts_keep_order_and_ends(steps in 2..30usize, shift in 0.2..8.0f64, which in 0..3usize) {
        let shift = [TimeShift::Shift(shift), TimeShift::Exponential(shift.ln()), TimeShift::Linear(shift)][which];
        let options = SamplerOptions { steps, shift, ..SamplerOptions::default() };
        let levels = levels(Sampler::FlowEuler, &schedule(0, 1000, false), &options);
        prop_assert!((levels[0].sigma - 1.0).abs() < 1e-12);
        prop_assert!(levels.windows(2).all(|pair| pair[1].sigma < pair[0].sigma));
        prop_assert!(levels.iter().all(|level| (level.alpha + level.sigma - 1.0).abs() < 1e-15));
        prop_assert_eq!(levels[steps].sigma, 0.0);
    }

    /// What a network should answer leads back to the picture, in every space and at every level.
    #[test]
    fn targets_lead_back_to_the_picture(
        kind in 0..4usize, x0 in -2.0..2.0f64, noise in -3.0..3.0f64, sigma in 0.001..0.999f64, space in 0..3usize,
    ) {
        let space = [Space::VarianceExploding, Space::VariancePreserving, Space::Flow][space];
        let options = SamplerOptions {
            steps: 1, sigmas: SigmaFamily::Custom(vec![sigma, 0.0]), space: Some(space), ..SamplerOptions::default()
        };
        let level = levels(Sampler::Euler, &schedule(0, 1000, false), &options)[0];
        let x = add_noise(&[x0], &[noise], level.alpha, level.sigma);
        let output = target(KINDS[kind], &[x0], &[noise], level.alpha * level.input_scale, level.sigma * level.input_scale);
        let map = KINDS[kind].denoised_at(&level);
        let back = combine(map.of_x, &x, map.of_output, &output)[0];
        // ε divides by α, which is at least 1/1000 here.
        prop_assert!((back - x0).abs() < 1e-11, "{back} {x0}");
    }

    /// Where an answer can be converted at all, so that the way back exists too, both ways undo each other.
    #[test]
    fn conversions_are_undone(from in 0..4usize, to in 0..4usize, alpha in wide(), sigma in wide(), x in -2.0..2.0f64, y in -2.0..2.0f64) {
        let (there, back) = (KINDS[from].convert(KINDS[to], alpha, sigma), KINDS[to].convert(KINDS[from], alpha, sigma));
        if let (Some(there), Some(back)) = (there, back) {
            let converted = there.of_x * x + there.of_output * y;
            let again = back.of_x * x + back.of_output * converted;
            // The error is that of the largest number on the way.
            let size = 1.0 + (back.of_output * there.of_x).abs() + back.of_x.abs() + (back.of_output * there.of_output).abs();
            prop_assert!(!size.is_finite() || (again - y).abs() <= 1e-14 * size, "{again} {y} {there:?} {back:?}");
        }
    }
}
