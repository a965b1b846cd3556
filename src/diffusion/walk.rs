//! The forward process one step at a time, and the one jump that does the same.
//!
//! Ho et al. (2020): `q(x_t | x_{t−1}) = N(√(1 − β_t)·x_{t−1}, β_t)` and, in closed form, `q(x_t | x_0) = N(√ᾱ_t·x_0, 1 − ᾱ_t)`.
//! The noises `z_1 … z_t` of the steps add up to one accumulated noise ε̄_t, itself N(0, 1), with which the jump lands on the very same state.

use super::math;
use super::noise::{Purpose, Stream};
use super::schedule::NoiseSchedule;

/// A picture on its way into noise.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardWalk {
    x0: Vec<f32>,
    seed: u64,
    /// Number of steps taken: the state is x_{t−1} of the table, 0 for the clean picture.
    steps: usize,
    x: Vec<f64>,
    accumulated: Vec<f64>,
}

impl ForwardWalk {
    /// Starts at the clean picture; the noise of step `t` is draw `t` of the seed's forward stream.
    pub fn new(x0: Vec<f32>, seed: u64) -> Self {
        let x = x0.iter().map(|value| f64::from(*value)).collect();
        let accumulated = vec![0.0; x0.len()];
        Self { x0, seed, steps: 0, x, accumulated }
    }

    /// Number of steps taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The state after the steps taken.
    pub fn state(&self) -> &[f64] {
        &self.x
    }

    /// Takes one step of the forward chain, `q(x_t | x_{t−1}) = N(√(1 − β_t) x_{t−1}, β_t)` (Ho et al. 2020, equation 2).
    pub fn step(&mut self, schedule: &NoiseSchedule) {
        let t = self.steps as i64;
        let beta = schedule.beta(t);
        let (keep, add) = (math::sqrt(1.0 - beta), math::sqrt(beta));
        let (before, after) = (schedule.sigma(t - 1), schedule.sigma(t));
        let noise = Stream::new(self.seed, Purpose::Forward).draw(t as u32 + 1).normal(self.x.len());
        for ((x, sum), z) in self.x.iter_mut().zip(&mut self.accumulated).zip(noise) {
            let z = f64::from(z);
            *x = keep * *x + add * z;
            *sum = if after > 0.0 { (keep * before * *sum + add * z) / after } else { 0.0 };
        }
        self.steps += 1;
    }

    /// The same state by one jump from the clean picture (Ho et al. 2020, equation 4): `√ᾱ_t·x_0 + √(1 − ᾱ_t)·ε̄_t`.
    pub fn jump(&self, schedule: &NoiseSchedule) -> Vec<f64> {
        let t = self.steps as i64 - 1;
        let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
        self.x0.iter().zip(&self.accumulated).map(|(x0, noise)| alpha * f64::from(*x0) + sigma * noise).collect()
    }

    /// Goes to the state after `steps` steps; backwards means from the start again, for noise cannot be taken back.
    pub fn go_to(&mut self, steps: usize, schedule: &NoiseSchedule) {
        if steps < self.steps {
            *self = Self::new(std::mem::take(&mut self.x0), self.seed);
        }
        while self.steps < steps.min(schedule.num_train_timesteps()) {
            self.step(schedule);
        }
    }

    /// Largest difference between walking and jumping.
    pub fn disagreement(&self, schedule: &NoiseSchedule) -> f64 {
        self.jump(schedule).iter().zip(&self.x).fold(0.0, |worst, (jump, walk)| (jump - walk).abs().max(worst))
    }
}

/// One jump to x_t with a noise of one's own: `alpha · x0 + sigma · noise`, value by value.
pub fn jump(x0: &[f32], noise: &[f32], alpha: f32, sigma: f32, out: &mut Vec<f32>) {
    out.clear();
    out.extend(x0.iter().zip(noise).map(|(x0, noise)| alpha * x0 + sigma * noise));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

    fn schedule(beta_schedule: BetaSchedule) -> NoiseSchedule {
        NoiseSchedule::new(&ScheduleConfig { beta_schedule, num_train_timesteps: 300, ..ScheduleConfig::default() })
            .unwrap()
    }

    #[test]
    fn walking_and_jumping_agree() {
        for kind in [BetaSchedule::Linear, BetaSchedule::SquaredcosCapV2, BetaSchedule::Sigmoid] {
            let schedule = schedule(kind);
            let mut walk = ForwardWalk::new(vec![-1.0, -0.2, 0.4, 1.0], 3);
            assert_eq!(walk.disagreement(&schedule), 0.0);
            for steps in [1, 10, 300] {
                walk.go_to(steps, &schedule);
                // f64 rounding over 300 steps of numbers near 1.
                assert!(walk.disagreement(&schedule) < 1e-12, "{kind:?} {steps}");
            }
        }
    }

    #[test]
    fn going_back_finds_the_same_state() {
        let schedule = schedule(BetaSchedule::Linear);
        let mut walk = ForwardWalk::new(vec![0.5; 8], 3);
        walk.go_to(20, &schedule);
        let there = walk.clone();
        walk.go_to(50, &schedule);
        walk.go_to(20, &schedule);
        assert_eq!(walk, there);
        walk.go_to(100_000, &schedule);
        assert_eq!(walk.steps(), 300);
    }

    #[test]
    fn the_accumulated_noise_is_standard_normal() {
        let schedule = schedule(BetaSchedule::SquaredcosCapV2);
        let n = 20_000;
        let mut walk = ForwardWalk::new(vec![0.0; n], 3);
        walk.go_to(150, &schedule);
        let variance = walk.accumulated.iter().map(|v| v * v).sum::<f64>() / n as f64;
        // Five standard errors of a variance estimate: 5·√(2/n).
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }
}
