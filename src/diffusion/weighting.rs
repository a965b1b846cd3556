//! Weights of the squared error at each level, for every kind of network at once.
//!
//! All are functions of SNR = α²/σ². A weight is a fact about the error of x0; the same weight in units of ε, v or a flow's velocity
//! differs by a factor of the SNR alone, so one formula serves all.

use super::math;
use super::parameterization::PredictionType;

/// Weights of the squared error: simple (Ho et al. 2020), truncated SNR, min-SNR-γ, soft-min-SNR, EDM and P2, each with its equation below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LossWeighting {
    /// 1 in units of the network's own target.
    Uniform,
    /// 1 in units of ε, the simple loss of Ho et al. (2020); SNR in units of x0.
    Snr,
    /// `max(SNR, 1)` in units of x0 (Salimans and Ho 2022, truncated SNR).
    TruncatedSnr,
    /// `min(SNR, γ)` in units of x0 (Hang et al. 2023, equation 6); γ = 5.
    MinSnr {
        /// γ.
        gamma: f64,
    },
    /// `1/(1/SNR + 1/γ)` in units of x0 (Crowson et al. 2024, soft-min-SNR); k-diffusion has γ = 1/σ_data².
    SoftMinSnr {
        /// γ.
        gamma: f64,
    },
    /// `SNR + 1/σ_data²` in units of x0, which is `(σ² + σ_data²)/(σ σ_data)²` (Karras et al. 2022, table 1); σ_data = 1 is SNR + 1.
    Edm {
        /// σ_data.
        sigma_data: f64,
    },
    /// `1/(k + SNR)^γ` in units of ε (Choi et al. 2022, equation 8, P2); k = 1 and γ = 0.5 or 1.
    P2 {
        /// k.
        k: f64,
        /// γ.
        gamma: f64,
    },
}

impl LossWeighting {
    /// The weight of the squared error of a network of `kind`, in units of its own target, where α² + σ² = 1.
    ///
    /// For a flow, whose levels are (1 − σ, σ), the SNR is `((1 − σ)/σ)²`.
    pub fn weight(self, kind: PredictionType, snr: f64) -> f64 {
        let (error, noise) = units(kind, snr);
        match self {
            Self::Uniform => 1.0,
            Self::Snr => noise,
            Self::TruncatedSnr => noise.max(error),
            Self::MinSnr { gamma } => noise.min(gamma * error),
            Self::SoftMinSnr { gamma } => 1.0 / (1.0 / noise + 1.0 / (gamma * error)),
            Self::Edm { sigma_data } => noise + error / (sigma_data * sigma_data),
            Self::P2 { k, gamma } => noise / math::powf(k + snr, gamma),
        }
    }
}

/// What one unit of squared error of the network's answer is as a squared error of x0, and as one of ε.
///
/// With `x` known, an error of x0 is σ/α times that of ε, σ times that of v, and σ/(α + σ) times that of a flow's velocity.
fn units(kind: PredictionType, snr: f64) -> (f64, f64) {
    match kind {
        PredictionType::Epsilon => (1.0 / snr, 1.0),
        PredictionType::Sample => (1.0, snr),
        // Written so that an SNR of 0 or ∞ gives the limit.
        PredictionType::VPrediction => (1.0 / (1.0 + snr), 1.0 / (1.0 + 1.0 / snr)),
        PredictionType::FlowPrediction => {
            let (low, high) = (1.0 + math::sqrt(snr), 1.0 + 1.0 / math::sqrt(snr));
            (1.0 / (low * low), 1.0 / (high * high))
        }
    }
}

/// Loss weight `sigma_sqrt` of Stable Diffusion 3 (Esser et al. 2024; diffusers): `σ⁻²`, for a flow's velocity at noise σ (diffusers).
pub fn sd3_sigma_sqrt(sigma: f64) -> f64 {
    1.0 / (sigma * sigma)
}

/// `2/(π (1 − 2σ + 2σ²))`, the weight `cosmap` of Esser et al. (2024, section 3.1) for a flow's velocity at noise σ.
pub fn sd3_cosmap(sigma: f64) -> f64 {
    core::f64::consts::FRAC_2_PI / (1.0 - 2.0 * sigma + 2.0 * sigma * sigma)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diffusion::preconditioning::Preconditioning;

    const KINDS: [PredictionType; 4] =
        [PredictionType::Epsilon, PredictionType::Sample, PredictionType::VPrediction, PredictionType::FlowPrediction];

    const WEIGHTINGS: [LossWeighting; 6] = [
        LossWeighting::Snr,
        LossWeighting::TruncatedSnr,
        LossWeighting::MinSnr { gamma: 5.0 },
        LossWeighting::SoftMinSnr { gamma: 4.0 },
        LossWeighting::Edm { sigma_data: 0.5 },
        LossWeighting::P2 { k: 1.0, gamma: 0.5 },
    ];

    proptest! {
        /// The weighted loss does not depend on what the network predicts: an error of x0 of 1 costs the same in all units.
        #[test]
        fn every_kind_pays_the_same(index in 0..WEIGHTINGS.len(), log_snr in -12.0f64..12.0) {
            let snr = log_snr.exp();
            let (alpha, sigma) = ((snr / (1.0 + snr)).sqrt(), (1.0 / (1.0 + snr)).sqrt());
            let of_x0 = WEIGHTINGS[index].weight(PredictionType::Sample, snr);
            for kind in KINDS {
                // An error of x0 of 1 is an error of 1/of_output of the answer; a flow's kind lives on another level of the same SNR.
                let (a, s) = if kind == PredictionType::FlowPrediction { (alpha / (alpha + sigma), sigma / (alpha + sigma)) } else { (alpha, sigma) };
                let error = 1.0 / kind.to_denoised(a, s).of_output;
                let cost = WEIGHTINGS[index].weight(kind, snr) * error * error;
                prop_assert!((cost / of_x0 - 1.0).abs() < 1e-9, "{kind:?}: {cost} against {of_x0}");
            }
        }

        #[test]
        fn edm_is_its_preconditioning(sigma in 1e-3f64..1e3, sigma_data in 0.1f64..2.0) {
            let weight = LossWeighting::Edm { sigma_data }.weight(PredictionType::Sample, 1.0 / (sigma * sigma));
            prop_assert!((weight / Preconditioning::edm(sigma_data).loss_weight(sigma) - 1.0).abs() < 1e-12);
        }

        #[test]
        fn the_soft_minimum_is_below_the_hard_one(index in 0usize..4, snr in 1e-6f64..1e6, gamma in 0.5f64..20.0) {
            let (soft, hard) = (LossWeighting::SoftMinSnr { gamma }, LossWeighting::MinSnr { gamma });
            let (soft, hard) = (soft.weight(KINDS[index], snr), hard.weight(KINDS[index], snr));
            // At worst half of it, where both parts are alike.
            prop_assert!(soft <= hard * (1.0 + 1e-12) && soft >= 0.5 * hard * (1.0 - 1e-12));
        }
    }

    #[test]
    fn min_snr_has_its_limits_at_both_ends() {
        let weight = |kind, snr| LossWeighting::MinSnr { gamma: 5.0 }.weight(kind, snr);
        assert_eq!(KINDS.map(|kind| weight(kind, 0.0)), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(KINDS.map(|kind| weight(kind, f64::INFINITY)), [0.0, 5.0, 0.0, 0.0]);
    }
}
