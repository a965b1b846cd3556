//! Starting a plan from a picture instead of noise, and keeping the known pixels of one.
//!
//! Image to image and SDEdit (Meng et al. 2022) need nothing but a shorter plan ([`super::sampler::SamplerOptions`]'s `strength`)
//! and a start at its first level; inpainting replaces the known pixels after every stage.

use super::plan::{Known, Level, Plan, Term};

/// Which noise the known pixels of an inpainting carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KnownNoise {
    /// One draw for the whole run, as diffusers' inpainting pipelines do.
    #[default]
    Fixed,
    /// A fresh draw after every stage, as RePaint does (Lugmayr et al. 2022, algorithm 1, line 4).
    Fresh,
}

impl Plan {
    /// SDEdit's start (Meng et al. 2022, algorithm 1; image to image of diffusers): factors `(of_picture, of_noise)`.
    ///
    /// They put a picture on the level where the plan starts: `x_0 = α · picture + σ · z`.
    ///
    /// For a plan of full strength this is nearly `init_noise_sigma · z`.
    pub fn start_from_picture(&self) -> (f64, f64) {
        let start = self.stages.first().map_or(self.end, |stage| stage.level);
        (start.alpha, start.sigma)
    }

    /// Inpainting by replacement (Song et al. 2021b, appendix I.2; Lugmayr et al. 2022, equation 8): the same plan, but
    /// with the known pixels replaced after every stage by the picture noised to the level reached.
    ///
    /// Its draws come after those of the plan, whose own keep their indices; stages that already say what is known (RePaint) are left alone.
    #[must_use]
    pub fn keeping_known(mut self, noise: KnownNoise) -> Self {
        let mut draw = self.draws();
        for index in 0..self.stages.len() {
            let Level { alpha, sigma, .. } = self.reached(index);
            let stage = &mut self.stages[index];
            if stage.known.is_none() {
                let terms = if sigma > 0.0 { vec![Term { index: draw, coefficient: sigma }] } else { Vec::new() };
                draw += usize::from(noise == KnownNoise::Fresh && sigma > 0.0);
                stage.known = Some(Known { alpha, noise: terms });
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::plan::Threshold;
    use crate::diffusion::sampler::{Sampler, SamplerOptions};
    use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
    use crate::diffusion::simulate::{Inputs, simulate};

    fn plan(sampler: Sampler, strength: f64) -> Plan {
        let schedule = NoiseSchedule::new(&ScheduleConfig::default()).unwrap();
        let options = SamplerOptions { steps: 10, strength, threshold: Threshold::None, ..SamplerOptions::default() };
        sampler.plan(&schedule, &options).unwrap()
    }

    #[test]
    fn strength_keeps_the_last_steps() {
        for sampler in [Sampler::Ddim, Sampler::Dpmpp2m, Sampler::Euler] {
            let (whole, part) = (plan(sampler, 1.0), plan(sampler, 0.45));
            assert_eq!(part.stages.len(), 4);
            assert_eq!(part.stages[0].level, whole.stages[6].level);
            assert_eq!(part.start_from_picture(), (part.stages[0].level.alpha, part.stages[0].level.sigma));
        }
    }

    #[test]
    fn known_pixels_end_as_they_were_and_unknown_ones_are_untouched() {
        for noise in [KnownNoise::Fixed, KnownNoise::Fresh] {
            let free = plan(Sampler::Heun, 1.0);
            let kept = free.clone().keeping_known(noise);
            assert_eq!(kept.draws() > 1, noise == KnownNoise::Fresh);
            let draws = vec![vec![0.3, -0.4]; kept.draws()];
            let known = Inputs { noise: &draws, known: Some((&[0.7, 0.0], &[1.0, 0.0])), ..Inputs::default() };
            let start = [1.0, -2.0];
            let halve = |x: &[f64], _: &Level| x.iter().map(|x| x / 2.0).collect();
            let (with, without) =
                (simulate(&kept, &start, known, halve), simulate(&free, &start, Inputs::default(), halve));
            assert_eq!(with.last()[0], 0.7);
            assert_eq!(with.last()[1], without.last()[1]);
        }
    }
}
