//! Schedules against their defining properties.

use proptest::prelude::*;

use super::*;

fn schedule(beta_schedule: BetaSchedule, total: usize) -> NoiseSchedule {
    let config = ScheduleConfig { beta_schedule, num_train_timesteps: total, ..ScheduleConfig::default() };
    NoiseSchedule::new(&config).unwrap()
}

proptest! {
    #[test]
    fn pictures_only_ever_fade(index in 0..BetaSchedule::ALL.len(), total in 1usize..400) {
        let schedule = schedule(BetaSchedule::ALL[index], total);
        let table = schedule.alphas_cumprod();
        prop_assert_eq!(table.len(), total);
        prop_assert!(table.iter().all(|abar| (0.0..1.0).contains(abar)));
        prop_assert!(table.windows(2).all(|pair| pair[1] < pair[0]));
        for t in 0..total as i64 {
            // The product of α and σ squares back to 1, and each view gives the same number.
            prop_assert!((schedule.alpha(t).powi(2) + schedule.sigma(t).powi(2) - 1.0).abs() < 1e-15);
            prop_assert!((schedule.log_snr(t) - schedule.snr(t).ln()).abs() < 1e-9);
        }
    }

    #[test]
    fn betas_come_back(betas in prop::collection::vec(1e-5f64..0.5, 1..60)) {
        let schedule = NoiseSchedule::from_betas(betas.clone()).unwrap();
        for (t, beta) in betas.iter().enumerate() {
            prop_assert!((schedule.beta(t as i64) - beta).abs() < 1e-14);
        }
    }

    #[test]
    fn rescaling_keeps_the_start_and_ends_at_nothing(index in 0..BetaSchedule::ALL.len(), total in 2usize..300) {
        let before = schedule(BetaSchedule::ALL[index], total);
        let after = before.clone().rescaled_to_zero_snr();
        prop_assert!((after.alpha(0) - before.alpha(0)).abs() < 1e-14);
        prop_assert_eq!(after.alpha_cumprod(total as i64 - 1), 0.0);
        prop_assert!(after.terminal_snr_warning().is_none());
        prop_assert!(after.alphas_cumprod().windows(2).all(|pair| pair[1] < pair[0]));
    }
}

#[test]
fn the_ends_are_numbers() {
    let schedule = schedule(BetaSchedule::Linear, 10).rescaled_to_zero_snr();
    assert_eq!((schedule.alpha(-1), schedule.sigma(-1), schedule.beta(-1)), (1.0, 0.0, 0.0));
    assert_eq!((schedule.beta(9), schedule.beta(10), schedule.beta(i64::MIN)), (1.0, 0.0, 0.0));
    assert_eq!((schedule.log_snr(9), schedule.log_snr(-1)), (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!(schedule.floored(SMALLEST_ALPHA_CUMPROD).alpha_cumprod(9), 2f64.powi(-24));
}

#[test]
fn bad_betas_are_named() {
    let error = |betas: &[f64]| NoiseSchedule::from_betas(betas.to_vec()).unwrap_err();
    assert_eq!(error(&[]), ScheduleError::Timesteps(0));
    assert_eq!(error(&[0.1, -0.1]), ScheduleError::Beta { timestep: 1, beta: -0.1 });
    assert_eq!(error(&[0.1, 1.0, 0.1]), ScheduleError::Beta { timestep: 1, beta: 1.0 });
    assert!(matches!(error(&[f64::NAN]), ScheduleError::Beta { timestep: 0, .. }));
    assert!(NoiseSchedule::from_betas([0.0, 0.1, 1.0]).is_ok());
}

/// √ᾱ_T and the SNR at T of Lin et al. (2024), table 1: Stable Diffusion shows 0.068 of the picture at its last timestep.
#[test]
fn stable_diffusion_is_warned_of() {
    let beta_schedule = BetaSchedule::ScaledLinear;
    let config = ScheduleConfig { beta_schedule, beta_start: 0.00085, beta_end: 0.012, ..ScheduleConfig::default() };
    let warning = NoiseSchedule::new(&config).unwrap().terminal_snr_warning().unwrap();
    assert!((warning.snr - 0.004_682).abs() < 5e-7, "{warning}");
    assert!(schedule(BetaSchedule::SquaredcosCapV2, 1000).terminal_snr_warning().is_none());
}

#[test]
fn scaled_betas_end_alike_for_every_length() {
    let last = |total| {
        let beta_schedule = BetaSchedule::Linear;
        let config = ScheduleConfig { beta_schedule, num_train_timesteps: total, ..ScheduleConfig::default() };
        NoiseSchedule::new(&config.with_scaled_betas()).unwrap().log_snr(i64::MAX)
    };
    // Halving T doubles every β: Σ ln(1 − β) changes by its second order only, half of Σβ², under 0.2.
    assert!((last(1000) - last(500)).abs() < 0.2);
}
