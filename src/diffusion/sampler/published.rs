//! Levels for solvers of two evaluations a step, which evenly spaced timesteps of a steep schedule would lead astray.

use super::choices::SigmaFamily;
use super::options::SamplerOptions;
use super::registry::Sampler;
use crate::diffusion::schedule::NoiseSchedule;

/// σ at which the levels of Karras et al. (2022) begin; a network can hardly tell noisier states apart.
const KARRAS_MAX: f64 = 80.0;

impl SamplerOptions {
    /// These options for Heun's method on the levels it was published with, Karras' from σ = 80 on; other samplers keep theirs.
    ///
    /// Evenly spaced timesteps of a cosine schedule fall from σ ≈ 20 000 to less than 10 in the first step.
    /// Heun's correction multiplies the difference of its two estimates by half the quotient of the two σ, by thousands:
    /// what the network gets wrong by a hundredth then drowns the picture. `diffusers` leaves this to its users too.
    #[must_use]
    pub fn on_published_levels(mut self, sampler: Sampler, schedule: &NoiseSchedule) -> Self {
        if sampler == Sampler::Heun {
            let last = schedule.num_train_timesteps() as i64 - 1;
            let noisiest = schedule.sigma(last) / schedule.alpha(last);
            self.sigmas = SigmaFamily::Karras;
            // A schedule without any signal at its end has no noisiest level; a gentle one ends below 80.
            self.sigma_max = Some(if noisiest.is_finite() { noisiest.min(KARRAS_MAX) } else { KARRAS_MAX });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::plan::Plan;
    use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

    fn schedule(beta_schedule: BetaSchedule, num_train_timesteps: usize) -> NoiseSchedule {
        let config = ScheduleConfig { beta_schedule, num_train_timesteps, ..ScheduleConfig::default() };
        NoiseSchedule::new(&config).unwrap()
    }

    /// By how much a plan multiplies what the network believes, at most.
    fn gain(plan: &Plan) -> f64 {
        let terms = plan.stages.iter().flat_map(|stage| &stage.denoised);
        terms.map(|term| term.coefficient.abs()).fold(0.0, f64::max)
    }

    #[test]
    fn heun_does_not_blow_up_small_errors_on_a_cosine_schedule() {
        let schedule = schedule(BetaSchedule::SquaredcosCapV2, 1000);
        let options = SamplerOptions { steps: 12, ..SamplerOptions::default() };
        let plain = Sampler::Heun.plan(&schedule, &options).unwrap();
        // Half of 20 000 divided by the second σ of twelve, about 7.
        assert!(gain(&plain) > 1000.0, "{}", gain(&plain));
        let published = Sampler::Heun.plan(&schedule, &options.on_published_levels(Sampler::Heun, &schedule)).unwrap();
        // The last two levels of twelve, 0.08 and 0.006, have the largest quotient.
        assert!(gain(&published) < 10.0, "{}", gain(&published));
        assert_eq!(published.evaluations(), plain.evaluations());
    }

    #[test]
    fn gentle_schedules_and_other_samplers_keep_their_range() {
        // A hundred β up to 0.02 leave ᾱ ≈ e^-1.
        let gentle = schedule(BetaSchedule::Linear, 100);
        let options = SamplerOptions::default();
        let most = options.clone().on_published_levels(Sampler::Heun, &gentle).sigma_max.unwrap();
        assert!((1.2..1.5).contains(&most), "{most}");
        assert_eq!(options.clone().on_published_levels(Sampler::Euler, &gentle), options);
    }
}
