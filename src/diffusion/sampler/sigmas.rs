//! Families of noise levels, from high to low.

use super::choices::TimeShift;
use crate::diffusion::math;

/// `n` points from 0 to 1.
fn ramp(n: usize) -> impl Iterator<Item = f64> {
    let last = n.saturating_sub(1).max(1) as f64;
    (0..n).map(move |i| i as f64 / last)
}

/// `(σ_max^{1/ρ} + u (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ` (Karras et al. 2022, equation 5).
pub(super) fn karras(n: usize, low: f64, high: f64, rho: f64) -> Vec<f64> {
    let (low, high) = (math::powf(low, 1.0 / rho), math::powf(high, 1.0 / rho));
    ramp(n).map(|u| math::powf(high + u * (low - high), rho)).collect()
}

/// `exp(ln σ_min + (1 − u)^ρ (ln σ_max − ln σ_min))`; ρ = 1 is log-linear (k-diffusion).
pub(super) fn polyexponential(n: usize, low: f64, high: f64, rho: f64) -> Vec<f64> {
    let (low, high) = (math::ln(low), math::ln(high));
    ramp(n).map(|u| math::exp(low + math::powf(1.0 - u, rho) * (high - low))).collect()
}

/// `√(exp(β_d t²/2 + β_min t) − 1)` for t evenly from 1 to `eps_s` (k-diffusion's `get_sigmas_vp`).
pub(super) fn continuous_vp(n: usize, beta_d: f64, beta_min: f64, eps_s: f64) -> Vec<f64> {
    let sigma = |t: f64| math::sqrt(math::expm1(beta_d * t * t / 2.0 + beta_min * t));
    linear(n, eps_s, 1.0).into_iter().map(sigma).collect()
}

/// Evenly spaced from `high` to `low`.
pub(super) fn linear(n: usize, low: f64, high: f64) -> Vec<f64> {
    ramp(n).map(|u| high + u * (low - high)).collect()
}

/// `σ_min + q (σ_max − σ_min)` at the quantiles q of Beta(0.6, 0.6) (Lee et al. 2024, as diffusers reads it).
pub(super) fn beta(n: usize, low: f64, high: f64) -> Vec<f64> {
    ramp(n).map(|u| low + symmetric_beta_quantile(1.0 - u, 0.6) * (high - low)).collect()
}

/// Moves a flow's σ towards noise.
pub(super) fn shift(sigma: f64, shift: TimeShift) -> f64 {
    let towards = |weight: f64| weight / (weight + 1.0 / sigma - 1.0);
    match shift {
        TimeShift::Shift(shift) => shift * sigma / (1.0 + (shift - 1.0) * sigma),
        TimeShift::Exponential(mu) => towards(math::exp(mu)),
        TimeShift::Linear(mu) => towards(mu),
    }
}

/// Stretches 1 − σ so that the last σ is `terminal` (LTX-Video).
pub(super) fn stretched(sigmas: Vec<f64>, terminal: Option<f64>) -> Vec<f64> {
    let (Some(terminal), Some(last)) = (terminal.filter(|terminal| *terminal != 0.0), sigmas.last().copied()) else {
        return sigmas;
    };
    let scale = (1.0 - last) / (1.0 - terminal);
    sigmas.into_iter().map(|sigma| 1.0 - (1.0 - sigma) / scale).collect()
}

/// The `p` quantile of Beta(a, a), by bisection on the lower half; the upper half mirrors it.
fn symmetric_beta_quantile(p: f64, a: f64) -> f64 {
    if p > 0.5 {
        return 1.0 - symmetric_beta_quantile(1.0 - p, a);
    }
    let total = 2.0 * incomplete_beta(0.5, a);
    let (mut low, mut high) = (0.0, 0.5);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(middle, a) < p * total { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// `∫_0^x t^{a−1} (1 − t)^{a−1} dt` for x ≤ 1/2, by the binomial series of the second factor.
fn incomplete_beta(x: f64, a: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for n in 0..64 {
        sum += term / (a + f64::from(n));
        term *= x * (1.0 - a + f64::from(n)) / f64::from(n + 1);
    }
    math::powf(x, a) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_quantiles_match_scipy() {
        // scipy.stats.beta.ppf(p, 0.6, 0.6), version 1.17.
        for (p, want) in
            [(0.1, 0.039_584_405_588_780_81), (0.25, 0.175_680_378_652_695), (0.5, 0.5), (0.9, 0.960_415_594_411_219_2)]
        {
            let got = symmetric_beta_quantile(p, 0.6);
            assert!((got - want).abs() < 1e-12, "{p}: {got} against {want}");
        }
    }
}
