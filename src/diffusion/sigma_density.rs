//! Densities of the noise level σ in training, as quantile functions: a uniform `u` in [0, 1] becomes a σ.

use core::f64::consts::FRAC_PI_2;

use super::math;
use super::schedule::continuous::{CosineInterpolated, LogSnr};

/// σ of a log-normal density, `exp(mean + std · z)` for normal `z` (Karras et al. 2022, P_mean = −1.2 and P_std = 1.2; k-diffusion).
pub fn log_normal(z: f64, mean: f64, std: f64) -> f64 {
    math::exp(mean + std * z)
}

/// σ of a split log-normal density for normal `z` and uniform `u` (k-diffusion's `rand_split_log_normal`): `exp(loc − s₁ |z|)` where
/// `u < s₁/(s₁ + s₂)`, else `exp(loc + s₂ |z|)`.
pub fn split_log_normal(z: f64, u: f64, loc: f64, (below, above): (f64, f64)) -> f64 {
    let left = u < below / (below + above);
    math::exp(loc + z.abs() * if left { -below } else { above })
}

/// Densities of training noise (Karras et al. 2022, section 5; Hoogeboom et al. 2023; k-diffusion): σ between two limits, by its quantiles.
///
/// All but the last rise with `u`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SigmaDensity {
    /// ln σ uniform (k-diffusion's `rand_log_uniform`).
    LogUniform {
        /// Smallest σ, above 0.
        min: f64,
        /// Largest σ.
        max: f64,
    },
    /// ln σ logistic about `loc`, cut to the limits (k-diffusion's `rand_log_logistic`).
    LogLogistic {
        /// Centre of ln σ.
        loc: f64,
        /// Scale of ln σ.
        scale: f64,
        /// Smallest σ.
        min: f64,
        /// Largest σ; may be ∞.
        max: f64,
    },
    /// `σ_data · tan(π u/2)`, time uniform on the circle of v-diffusion, cut to the limits (k-diffusion's `rand_v_diffusion`).
    VDiffusion {
        /// σ_data.
        sigma_data: f64,
        /// Smallest σ.
        min: f64,
        /// Largest σ; may be ∞.
        max: f64,
    },
    /// The shifted and interpolated cosine of simple diffusion, λ relative to σ_data (k-diffusion's `rand_cosine_interpolated`).
    ///
    /// As there, σ falls with `u`: the smallest σ sets the limit that the curve has at u = 1.
    CosineInterpolated {
        /// Width of the pictures.
        image_d: f64,
        /// Width at which noise near u = 0 is meant.
        noise_d_low: f64,
        /// Width at which noise near u = 1 is meant.
        noise_d_high: f64,
        /// σ_data.
        sigma_data: f64,
        /// Smallest σ.
        min: f64,
        /// Largest σ.
        max: f64,
    },
}

impl SigmaDensity {
    /// The σ that a share `u` of draws lies below (above, for the interpolated cosine).
    pub fn quantile(self, u: f64) -> f64 {
        match self {
            Self::LogUniform { min, max } => {
                let (low, high) = (math::ln(min), math::ln(max));
                math::exp(low + u * (high - low))
            }
            Self::LogLogistic { loc, scale, min, max } => {
                let share = |sigma: f64| 1.0 / (1.0 + math::exp(-(math::ln(sigma) - loc) / scale));
                let p = share(min) + u * (share(max) - share(min));
                math::exp(loc + scale * (math::ln(p) - math::ln_1p(-p)))
            }
            Self::VDiffusion { sigma_data, min, max } => {
                let angle = |sigma: f64| math::atan(sigma / sigma_data);
                sigma_data * math::tan((angle(min) + u * (angle(max) - angle(min))).min(FRAC_PI_2))
            }
            Self::CosineInterpolated { image_d, noise_d_low, noise_d_high, sigma_data, min, max } => {
                let limit = |sigma: f64| -2.0 * math::ln(sigma / sigma_data);
                let (low, high) = (limit(min), limit(max));
                let curve = CosineInterpolated { image_d, noise_d_low, noise_d_high, min: low, max: high };
                sigma_data * math::exp(-0.5 * LogSnr::CosineInterpolated(curve).at(u))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_split_log_normal_has_a_scale_for_each_side() {
        // A quarter of the draws go down, for the lower scale is a third of the upper.
        for (z, u, log) in [(2.0, 0.2, -1.0), (-2.0, 0.2, -1.0), (2.0, 0.3, 7.0), (-1.0, 0.9, 4.0)] {
            assert!((split_log_normal(z, u, 1.0, (1.0, 3.0)) / math::exp(log) - 1.0).abs() < 1e-14, "{z} {u}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_run_between_their_limits(u in 0.0f64..1.0, v in 0.0f64..1.0, min in 1e-3f64..0.1, max in 1.0f64..1e3) {
            let size = 32.0;
            let rising = [
                SigmaDensity::LogUniform { min, max },
                SigmaDensity::LogLogistic { loc: 0.0, scale: 1.0, min, max },
                SigmaDensity::VDiffusion { sigma_data: 0.5, min, max },
            ];
            let falling = SigmaDensity::CosineInterpolated {
                image_d: 2.0 * size, noise_d_low: size, noise_d_high: 2.0 * size, sigma_data: 0.5, min, max,
            };
            for density in rising {
                prop_assert!((density.quantile(0.0) / min - 1.0).abs() < 1e-9);
                prop_assert!((density.quantile(1.0) / max - 1.0).abs() < 1e-9);
                prop_assert!(density.quantile(u.min(v)) <= density.quantile(u.max(v)) * (1.0 + 1e-12));
            }
            prop_assert!((falling.quantile(0.0) / max - 1.0).abs() < 1e-9 && (falling.quantile(1.0) / min - 1.0).abs() < 1e-9);
        }
    }
}
