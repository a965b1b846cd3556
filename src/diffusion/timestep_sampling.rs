//! Which timesteps a network is trained at.
//!
//! Everything takes its random numbers as arguments, uniform `u` in [0, 1) or normal `z`, from a stream of [`super::noise`].

use super::math;

/// A timestep uniform in `0..total` (Ho et al. 2020, algorithm 1); 0 where `total` is 0.
pub fn uniform(u: f64, total: usize) -> usize {
    ((u * total as f64) as usize).min(total.saturating_sub(1))
}

/// `u` of example `index` of `count`, each in its own stratum: `(index + u)/count` (Kingma et al. 2021, low-discrepancy; k-diffusion).
pub fn stratified(u: f64, index: usize, count: usize) -> f64 {
    (index as f64 + u) / count.max(1) as f64
}

/// A flow's time `S(mean + std · z)` with the logistic S (Esser et al. 2024, logit-normal).
pub fn logit_normal(z: f64, mean: f64, std: f64) -> f64 {
    1.0 / (1.0 + math::exp(-(mean + std * z)))
}

/// A flow's time with heavy tails, `1 − u − s (cos²(π u/2) − 1 + u)` (Esser et al. 2024, mode sampling; s = 1.29).
pub fn mode(u: f64, scale: f64) -> f64 {
    let c = math::cos(core::f64::consts::FRAC_PI_2 * u);
    1.0 - u - scale * (c * c - 1.0 + u)
}

/// Importance sampling of timesteps by the second moment of their losses (Nichol and Dhariwal 2021, section 3.3).
///
/// A timestep is drawn with probability `p_t ∝ √E[L_t²]` over its last losses, mixed with a little of the uniform,
/// and its loss weighted by `1/(T p_t)`, so that the expected loss stays the same. Uniform until every timestep has a full history.
/// The conventions are those of `LossSecondMomentResampler` of improved-diffusion.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondMomentResampler {
    history: Vec<Vec<f64>>,
    history_per_term: usize,
    uniform_prob: f64,
}

impl SecondMomentResampler {
    /// For `total` timesteps with the defaults of improved-diffusion: the last 10 losses, a thousandth uniform.
    pub fn new(total: usize) -> Self {
        Self::with(total, 10, 0.001)
    }

    /// For `total` timesteps, `history_per_term` losses of each and the share `uniform_prob` of uniform draws.
    pub fn with(total: usize, history_per_term: usize, uniform_prob: f64) -> Self {
        let history_per_term = history_per_term.max(1);
        Self { history: vec![Vec::new(); total], history_per_term, uniform_prob }
    }

    /// Notes the loss of one example at timestep `t`; the oldest gives way. Nothing happens where `t` or the loss is no number of the table.
    pub fn update(&mut self, t: usize, loss: f64) {
        let Some(losses) = self.history.get_mut(t).filter(|_| loss.is_finite()) else { return };
        if losses.len() == self.history_per_term {
            losses.remove(0);
        }
        losses.push(loss);
    }

    /// The probability of every timestep.
    pub fn probabilities(&self) -> Vec<f64> {
        let even = 1.0 / self.history.len().max(1) as f64;
        let warm = self.history.iter().all(|losses| losses.len() == self.history_per_term);
        // Relative to the largest, so that no square overflows; only ratios count.
        let largest = self.history.iter().flatten().fold(f64::MIN_POSITIVE, |most: f64, loss| most.max(loss.abs()));
        let relative = |loss: &f64| (loss / largest) * (loss / largest);
        let moment = |losses: &Vec<f64>| math::sqrt(losses.iter().map(relative).sum::<f64>());
        let moments: Vec<f64> = self.history.iter().map(moment).collect();
        let sum: f64 = moments.iter().sum();
        if !warm || sum <= 0.0 {
            return vec![even; self.history.len()];
        }
        moments.into_iter().map(|m| m / sum * (1.0 - self.uniform_prob) + self.uniform_prob * even).collect()
    }

    /// A timestep and the weight `1/(T p_t)` of its loss, by inversion of `u`.
    pub fn sample(&self, u: f64) -> (usize, f64) {
        let probabilities = self.probabilities();
        let total = probabilities.len();
        let mut left = u;
        for (t, p) in probabilities.iter().enumerate() {
            left -= p;
            if left < 0.0 || t + 1 == total {
                return (t, 1.0 / (total as f64 * p));
            }
        }
        (0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn draws_stay_in_their_range(u in 0.0f64..1.0, z in -8.0f64..8.0, total in 1usize..2000) {
            prop_assert!(uniform(u, total) < total);
            prop_assert!((0.0..1.0).contains(&stratified(u, total - 1, total)));
            prop_assert!((0.0..=1.0).contains(&logit_normal(z, 0.0, 1.0)));
            // The largest scale of the paper that keeps the map one to one is 2/(π − 2) = 1.75.
            prop_assert!((0.0..=1.0).contains(&mode(u, 1.75)));
        }

        /// The weights undo the probabilities: the expected weighted loss is the mean loss.
        #[test]
        fn importance_sampling_has_no_bias(losses in prop::collection::vec(0.01f64..5.0, 2..20)) {
            let mut sampler = SecondMomentResampler::with(losses.len(), 2, 0.01);
            for (t, loss) in losses.iter().enumerate().flat_map(|pair| [pair, pair]) {
                sampler.update(t, *loss);
            }
            let p = sampler.probabilities();
            prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let draws = 20_000;
            let estimate: f64 = (0..draws)
                .map(|i| sampler.sample((f64::from(i) + 0.5) / f64::from(draws)))
                .map(|(t, weight)| losses[t] * weight)
                .sum::<f64>() / f64::from(draws);
            let mean = losses.iter().sum::<f64>() / losses.len() as f64;
            // Each boundary between two timesteps is off by half a draw at most, which weighs 5/(T p) ≤ 5/0.01.
            prop_assert!((estimate - mean).abs() < 0.5 * 500.0 * losses.len() as f64 / f64::from(draws));
        }
    }

    #[test]
    fn an_unsure_resampler_is_uniform() {
        let mut sampler = SecondMomentResampler::new(4);
        sampler.update(0, 100.0);
        sampler.update(9, 1.0);
        sampler.update(1, f64::NAN);
        assert_eq!(sampler.probabilities(), [0.25; 4]);
        assert_eq!(sampler.sample(0.6), (2, 1.0));
        assert_eq!(SecondMomentResampler::new(0).sample(0.5), (0, 1.0));
    }
}
