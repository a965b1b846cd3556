//! How the learning rate runs over training, by the names of diffusers' `get_scheduler`.

use core::f64::consts::PI;

use super::math;

/// Learning-rate curves of diffusers' `get_scheduler`, over the share of training that is done after the warm-up
/// (cosine and restarts: Loshchilov and Hutter 2017, equation 5, there called SGDR).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LearningRateCurve {
    /// Always the full rate; diffusers' `constant` has no warm-up either, `constant_with_warmup` has.
    Constant,
    /// Straight down to 0.
    Linear,
    /// `½ (1 + cos(2π cycles · share))` (Loshchilov and Hutter 2017); half a cycle falls to 0 once.
    Cosine {
        /// Number of waves, ½ by default.
        cycles: f64,
    },
    /// The cosine from 1 to 0, begun anew `cycles` times.
    CosineWithRestarts {
        /// How often, a whole number.
        cycles: f64,
    },
    /// `(1 − share)^power` down to `end`.
    Polynomial {
        /// The exponent.
        power: f64,
        /// The last factor; 10⁻⁷ divided by the full rate in diffusers.
        end: f64,
    },
}

/// The factor of the full rate with linear warm-up (Goyal et al. 2017, section 2.2) at update `step`, from 0: `step/warmup` during the warm-up, then the curve.
pub fn factor(curve: LearningRateCurve, step: u64, warmup: u64, total: u64) -> f64 {
    if step < warmup {
        return step as f64 / warmup as f64;
    }
    let share = (step - warmup) as f64 / total.saturating_sub(warmup).max(1) as f64;
    match curve {
        LearningRateCurve::Constant => 1.0,
        LearningRateCurve::Linear => (1.0 - share).max(0.0),
        LearningRateCurve::Cosine { cycles } => (0.5 * (1.0 + math::cos(2.0 * PI * cycles * share))).max(0.0),
        LearningRateCurve::CosineWithRestarts { .. } if share >= 1.0 => 0.0,
        LearningRateCurve::CosineWithRestarts { cycles } => {
            let part = cycles * share;
            0.5 * (1.0 + math::cos(PI * (part - part.floor())))
        }
        LearningRateCurve::Polynomial { end, .. } if share > 1.0 => end,
        LearningRateCurve::Polynomial { power, end } => (1.0 - end) * math::powf(1.0 - share, power) + end,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn factors_stay_between_nothing_and_all(step in 0u64..300, warmup in 0u64..100, total in 0u64..250, power in 0.5f64..3.0) {
            let curves = [
                LearningRateCurve::Constant,
                LearningRateCurve::Linear,
                LearningRateCurve::Cosine { cycles: 0.5 },
                LearningRateCurve::CosineWithRestarts { cycles: 3.0 },
                LearningRateCurve::Polynomial { power, end: 1e-4 },
            ];
            for curve in curves {
                prop_assert!((0.0..=1.0).contains(&factor(curve, step, warmup, total)));
                prop_assert_eq!(factor(curve, warmup, warmup, warmup + total + 1), 1.0);
            }
        }
    }

    #[test]
    fn curves_end_where_they_should() {
        assert_eq!(factor(LearningRateCurve::Linear, 100, 10, 100), 0.0);
        assert!(factor(LearningRateCurve::Cosine { cycles: 0.5 }, 100, 10, 100) < 1e-15);
        assert_eq!(factor(LearningRateCurve::Polynomial { power: 2.0, end: 1e-4 }, 500, 10, 100), 1e-4);
    }
}
