//! Terms of the variational bound on the log-likelihood (Ho et al. 2020, equation 5; Nichol and Dhariwal 2021), in nats per value.
//!
//! `L = L_T + Σ_t L_{t−1} + L_0`: the prior, a Kullback–Leibler divergence a step, and the likelihood of whole pixel values at the end.
//! improved-diffusion, guided-diffusion and denoising-diffusion-pytorch divide each by ln 2 for bits per dimension: [`to_bits`].

use super::math;

/// The mean and the ln variance of one Gaussian value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    /// Mean.
    pub mean: f64,
    /// ln of the variance.
    pub log_variance: f64,
}

/// Nats in bits.
pub fn to_bits(nats: f64) -> f64 {
    nats / core::f64::consts::LN_2
}

/// Kullback–Leibler divergence of two Gaussians (`normal_kl` of improved-diffusion; the terms of Ho et al. 2020, equation 5), KL(p ‖ q) = `½ (ln v_q − ln v_p + v_p/v_q + (m_p − m_q)²/v_q − 1)`, never below 0 but for rounding.
pub fn normal_kl(p: Normal, q: Normal) -> f64 {
    let (log_ratio, distance) = (p.log_variance - q.log_variance, p.mean - q.mean);
    0.5 * (math::expm1(log_ratio) - log_ratio + distance * distance * math::exp(-q.log_variance))
}

/// The normal distribution function by Page (1977), `½ (1 + tanh(√(2/π) (x + 0.044715 x³)))`: within 3·10⁻⁴ of the true one.
///
/// The approximation is part of the definition of the likelihood in all three libraries.
pub fn approx_standard_normal_cdf(x: f64) -> f64 {
    let root = math::sqrt(core::f64::consts::FRAC_2_PI);
    0.5 * (1.0 + math::tanh(root * (x + 0.044715 * x * x * x)))
}

/// The smallest probability whose logarithm is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Floor {
    /// 10⁻¹² (improved-diffusion, guided-diffusion).
    #[default]
    Improved,
    /// 10⁻¹⁵ (denoising-diffusion-pytorch).
    Lucidrains,
}

/// ln of the probability that a Gaussian of `mean` and `log_scale` = ln std falls into the bin of pixel value `x`
/// (Ho et al. 2020, equation 13).
///
/// Pixels are 8 bits scaled to [−1, 1], so bins are 2/255 wide; those of −1 and 1 reach to infinity.
pub fn discretized_gaussian_log_likelihood(x: f64, mean: f64, log_scale: f64, floor: Floor) -> f64 {
    let smallest = match floor {
        Floor::Improved => 1e-12,
        Floor::Lucidrains => 1e-15,
    };
    let below = |edge: f64| approx_standard_normal_cdf((x - mean + edge) * math::exp(-log_scale));
    let (low, high) = (below(-1.0 / 255.0), below(1.0 / 255.0));
    let probability = if x < -0.999 {
        high
    } else if x > 0.999 {
        1.0 - low
    } else {
        high - low
    };
    math::ln(probability.max(smallest))
}

/// ln variance of a learned-range network: `(1 + v)/2 · ln β + (1 − v)/2 · ln β̃` for its answer v in [−1, 1]
/// (Nichol and Dhariwal 2021, equation 15).
pub fn learned_log_variance(v: f64, ln_min: f64, ln_max: f64) -> f64 {
    0.5 * ((1.0 + v) * ln_max + (1.0 - v) * ln_min)
}

/// The bound's term L_{t−1} or L_0 of one step (Ho et al. 2020, equation 5), a mean over values: KL of the true posterior from the network's step, or at t = 0 the negative
/// log-likelihood of the picture `x0` under the network's step (`_vb_terms_bpd` of improved-diffusion, there in bits).
///
/// L_hybrid of iDDPM is the simple loss plus 0.001 of this, with the network's mean held fixed.
pub fn step_term(t: i64, x0: &[f64], posterior: &[Normal], predicted: &[Normal], floor: Floor) -> f64 {
    let count = x0.len().max(1) as f64;
    let sum: f64 = if t > 0 {
        posterior.iter().zip(predicted).map(|(p, q)| normal_kl(*p, *q)).sum()
    } else {
        let nll =
            |(x, q): (&f64, &Normal)| -discretized_gaussian_log_likelihood(*x, q.mean, 0.5 * q.log_variance, floor);
        x0.iter().zip(predicted).map(nll).sum()
    };
    sum / count
}

/// The prior term L_T of the bound (Ho et al. 2020, equation 5), a mean over values: KL(q(x_T | x_0) ‖ N(0, 1)) for the last level (`_prior_bpd` of improved-diffusion, there in bits).
pub fn prior_term(x0: &[f64], alpha: f64, sigma: f64) -> f64 {
    let standard = Normal { mean: 0.0, log_variance: 0.0 };
    let log_variance = 2.0 * math::ln(sigma);
    let sum: f64 = x0.iter().map(|x| normal_kl(Normal { mean: alpha * x, log_variance }, standard)).sum();
    sum / x0.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normal(mean: f64, log_variance: f64) -> Normal {
        Normal { mean, log_variance }
    }

    proptest! {
        #[test]
        fn divergences_are_positive(m in -3.0f64..3.0, v in -8.0f64..3.0, n in -3.0f64..3.0, w in -8.0f64..3.0) {
            prop_assert!(normal_kl(normal(m, v), normal(n, w)) >= 0.0);
            prop_assert_eq!(normal_kl(normal(m, v), normal(m, v)), 0.0);
        }

        /// The 256 bins cover the line, so their probabilities sum to 1 wherever the floor does not cut in.
        #[test]
        fn bins_sum_to_one(mean in -1.2f64..1.2, log_scale in -3.0f64..0.5) {
            let pixel = |i: u32| f64::from(i) / 127.5 - 1.0;
            let likelihood = |i| discretized_gaussian_log_likelihood(pixel(i), mean, log_scale, Floor::Lucidrains).exp();
            let sum: f64 = (0..256).map(likelihood).sum();
            prop_assert!((sum - 1.0).abs() < 256.0 * 1e-15 + 1e-12);
        }
    }

    #[test]
    fn a_perfect_step_costs_nothing_and_pure_noise_needs_no_prior() {
        let step = [normal(0.3, -2.0), normal(-0.1, -4.0)];
        assert_eq!(step_term(5, &[0.3, -0.1], &step, &step, Floor::Improved), 0.0);
        assert_eq!(prior_term(&[0.5, -0.5], 0.0, 1.0), 0.0);
        // A sure and right pixel costs nothing either; a sure and wrong one costs −ln of the floor.
        let sure = [normal(0.0, -40.0)];
        assert!(step_term(0, &[0.0], &sure, &sure, Floor::Improved).abs() < 1e-12);
        assert!((step_term(0, &[0.5], &sure, &sure, Floor::Improved) + 1e-12f64.ln()).abs() < 1e-9);
        assert!((to_bits(core::f64::consts::LN_2) - 1.0).abs() < 1e-15);
        assert_eq!((learned_log_variance(-1.0, -9.0, -1.0), learned_log_variance(1.0, -9.0, -1.0)), (-9.0, -1.0));
    }
}
