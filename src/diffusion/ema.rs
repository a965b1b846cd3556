//! Exponential moving averages of weights (Polyak and Juditsky 1992 average evenly; Ho et al. 2020 use 0.9999):
//! `shadow ← decay · shadow + (1 − decay) · weights`, and the decay at each step.

use super::math;

/// Warm-up of an exponential moving average (Polyak and Juditsky 1992, in the forms of TensorFlow and k-diffusion): how the decay grows with its age.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Warmup {
    /// `(1 + age)/(10 + age)` (TensorFlow's `num_updates`; diffusers without `use_ema_warmup`).
    #[default]
    Ratio,
    /// `1 − (1 + age/inv_gamma)^(−power)` (diffusers with `use_ema_warmup`, k-diffusion, ema-pytorch).
    ///
    /// `inv_gamma` 1 and `power` 3/4 reach 0.999 after 10 000 steps, `power` 2/3 after 31 600.
    Power {
        /// Age at which the warm-up is half of its way, about.
        inv_gamma: f64,
        /// How fast.
        power: f64,
    },
}

/// A decay with its warm-up; the fields and defaults of diffusers' `EMAModel`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmaDecay {
    /// The decay in the end (`beta` of ema-pytorch, `max_value` of k-diffusion).
    pub decay: f64,
    /// The smallest decay once averaging has begun.
    pub min_decay: f64,
    /// How many steps the average is just a copy.
    pub update_after_step: u64,
    /// How the decay grows.
    pub warmup: Warmup,
}

impl Default for EmaDecay {
    fn default() -> Self {
        Self { decay: 0.9999, min_decay: 0.0, update_after_step: 0, warmup: Warmup::Ratio }
    }
}

impl EmaDecay {
    /// The decay of update number `step`, counted from 1; 0 copies the weights.
    ///
    /// diffusers and ema-pytorch: the age is `step − update_after_step − 1`, and an age of 0 still copies.
    /// k-diffusion's `EMAWarmup` has no such copy: its value is [`Self::at_age`] of `last_epoch − start_at`.
    pub fn at(&self, step: u64) -> f64 {
        match step.saturating_sub(self.update_after_step).saturating_sub(1) {
            0 => 0.0,
            age => self.at_age(age),
        }
    }

    /// The decay of an average that has seen `age` updates.
    pub fn at_age(&self, age: u64) -> f64 {
        let age = age as f64;
        let value = match self.warmup {
            Warmup::Ratio => (1.0 + age) / (10.0 + age),
            Warmup::Power { inv_gamma, power } => 1.0 - math::powf(1.0 + age / inv_gamma, -power),
        };
        value.min(self.decay).max(self.min_decay)
    }
}

/// The decay that halves the weight of the past within `half_life` examples, for batches of `batch` (Karras et al. 2022, EDM's training loop).
///
/// With `rampup` the half-life is at most that share of the `seen` examples so far.
pub fn half_life_decay(batch: f64, half_life: f64, seen: f64, rampup: Option<f64>) -> f64 {
    let half_life = rampup.map_or(half_life, |ratio| half_life.min(seen * ratio));
    math::powf(0.5, batch / half_life.max(1e-8))
}

/// One update of an exponential moving average of weights (Polyak and Juditsky 1992), `shadow ← shadow − (1 − decay) · (shadow − weights)`, in place (the form of diffusers' `EMAModel`).
pub fn update(shadow: &mut [f64], weights: &[f64], decay: f64) {
    for (shadow, weight) in shadow.iter_mut().zip(weights) {
        *shadow -= (1.0 - decay) * (*shadow - weight);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decays_rise_to_their_limit(
            decay in 0.5f64..0.99999, after in 0u64..50, step in 0u64..100_000, power in 0.5f64..1.0, plain: bool,
        ) {
            let warmup = if plain { Warmup::Ratio } else { Warmup::Power { inv_gamma: 1.0, power } };
            let ema = EmaDecay { decay, update_after_step: after, warmup, ..EmaDecay::default() };
            prop_assert!(ema.at(step) <= ema.at(step + 1) && ema.at(step) <= decay);
            prop_assert_eq!(ema.at(step.min(after + 1)), 0.0);
            prop_assert!((ema.at(u64::MAX) - decay).abs() < 1e-12);
        }
    }

    #[test]
    fn half_lives_halve() {
        let decay = half_life_decay(100.0, 5000.0, 0.0, None);
        assert!((decay.powi(50) - 0.5).abs() < 1e-12);
        assert_eq!(half_life_decay(100.0, 5000.0, 0.0, Some(0.05)), 0.0);
    }

    #[test]
    fn an_average_of_a_constant_is_the_constant() {
        let mut shadow = vec![2.0, -3.0];
        update(&mut shadow, &[2.0, -3.0], 0.9);
        assert_eq!(shadow, [2.0, -3.0]);
        update(&mut shadow, &[3.0, -3.0], 0.0);
        assert_eq!(shadow, [3.0, -3.0]);
    }
}
