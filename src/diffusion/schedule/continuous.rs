//! Schedules in continuous time, given as ln SNR(t) for t from 0 (picture) to 1 (noise).

use core::f64::consts::FRAC_PI_2;

use crate::diffusion::math;

/// Continuous-time schedules as curves of the log-SNR λ(t) = ln(α²/σ²) (Kingma et al. 2021); every curve falls with t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LogSnr {
    /// `−2 ln tan((t + s)/(1 + s) · π/2)`, the cosine schedule (Nichol and Dhariwal 2021) in continuous time, at most `max`.
    ///
    /// denoising-diffusion-pytorch: s = 0.008 and `max` = −ln 10⁻⁵.
    Cosine {
        /// s.
        offset: f64,
        /// The largest value.
        max: f64,
    },
    /// `−ln(e^(offset + rate t²) − 1)`, a β linear in t (denoising-diffusion-pytorch: 10⁻⁴ and 10).
    Linear {
        /// The exponent at t = 0.
        offset: f64,
        /// How fast it grows.
        rate: f64,
    },
    /// `−ln(e^(β_d t²/2 + β_min t) − 1)`, the variance preserving SDE (Song et al. 2021, equation 33).
    Vp {
        /// β_max − β_min.
        beta_d: f64,
        /// β_min.
        beta_min: f64,
    },
    /// The cosine between two limits, moved for the picture's size and interpolated between two sizes of noise
    /// (Hoogeboom et al. 2023, simple diffusion, equations 2 to 4; k-diffusion's `rand_cosine_interpolated`).
    CosineInterpolated(CosineInterpolated),
}

/// Parameters of [`LogSnr::CosineInterpolated`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CosineInterpolated {
    /// Width of the pictures.
    pub image_d: f64,
    /// Width at which the noise near the picture is meant.
    pub noise_d_low: f64,
    /// Width at which the noise near t = 1 is meant.
    pub noise_d_high: f64,
    /// λ at t = 1.
    pub min: f64,
    /// λ at t = 0.
    pub max: f64,
}

impl LogSnr {
    /// λ at time `t`.
    pub fn at(self, t: f64) -> f64 {
        match self {
            Self::Cosine { offset, max } => {
                (-2.0 * math::ln(math::tan((t + offset) / (1.0 + offset) * FRAC_PI_2))).min(max)
            }
            Self::Linear { offset, rate } => -math::ln(math::expm1(offset + rate * t * t)),
            Self::Vp { beta_d, beta_min } => -math::ln(math::expm1(0.5 * beta_d * t * t + beta_min * t)),
            Self::CosineInterpolated(curve) => curve.at(t),
        }
    }

    /// α = √S(λ) at time `t`, with the logistic S.
    pub fn alpha(self, t: f64) -> f64 {
        math::sqrt(1.0 / (1.0 + math::exp(-self.at(t))))
    }

    /// σ = √S(−λ) at time `t`.
    pub fn sigma(self, t: f64) -> f64 {
        math::sqrt(1.0 / (1.0 + math::exp(self.at(t))))
    }
}

impl CosineInterpolated {
    fn at(self, t: f64) -> f64 {
        let (low, high) = (self.shifted(t, self.noise_d_low), self.shifted(t, self.noise_d_high));
        low + t * (high - low)
    }

    /// λ(t) + 2 ln(noise_d / image_d), whose limits stay where they are.
    fn shifted(self, t: f64, noise_d: f64) -> f64 {
        let shift = 2.0 * math::ln(noise_d / self.image_d);
        let angle = |limit: f64| math::atan(math::exp(-0.5 * (limit - shift)));
        let (first, last) = (angle(self.max), angle(self.min));
        -2.0 * math::ln(math::tan(first + t * (last - first))) + shift
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CURVES: [LogSnr; 4] = [
        LogSnr::Cosine { offset: 0.008, max: 11.5 },
        LogSnr::Linear { offset: 1e-4, rate: 10.0 },
        LogSnr::Vp { beta_d: 19.9, beta_min: 0.1 },
        LogSnr::CosineInterpolated(CosineInterpolated {
            image_d: 64.0,
            noise_d_low: 32.0,
            noise_d_high: 64.0,
            min: -10.0,
            max: 10.0,
        }),
    ];

    proptest! {
        #[test]
        fn noise_grows_with_time(index in 0..CURVES.len(), a in 0.0f64..1.0, b in 0.0f64..1.0) {
            let curve = CURVES[index];
            let (early, late) = (a.min(b), a.max(b));
            prop_assert!(curve.at(early) >= curve.at(late));
            prop_assert!((curve.alpha(a).powi(2) + curve.sigma(a).powi(2) - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn the_interpolated_curve_meets_its_limits() {
        let curve = CURVES[3];
        assert!((curve.at(0.0) - 10.0).abs() < 1e-9 && (curve.at(1.0) + 10.0).abs() < 1e-9);
    }
}
