//! When guidance acts and how strongly: the interval of a run, and scales that change from step to step.

use crate::diffusion::math;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moment {
    /// The step about to be taken, from 0.
    pub step: usize,
    /// Steps of the whole run; 0 where that is not known, and then no step is outside a step interval.
    pub steps: usize,
    /// Noise level σ of the state in variance exploding terms, `sigma / alpha`.
    pub sigma: f64,
}

/// Guidance in a limited interval (Kynkäänniemi et al. 2024): the part of a run that is guided.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Interval {
    /// All of it.
    #[default]
    Always,
    /// Steps `⌊start·n⌋ ≤ i < ⌊stop·n⌋` of n (`start` and `stop` of diffusers' guiders, fractions in [0, 1]).
    Steps {
        /// First guided fraction.
        start: f64,
        /// First fraction that is no longer guided.
        stop: f64,
    },
    /// Noise levels `low < σ ≤ high` (Kynkäänniemi et al. 2024, "Applying guidance in a limited interval").
    Sigmas {
        /// Largest level that is not guided.
        low: f64,
        /// Largest level that is.
        high: f64,
    },
}

impl Interval {
    /// True where `moment` is guided.
    pub fn contains(self, moment: Moment) -> bool {
        match self {
            Self::Always => true,
            Self::Steps { .. } if moment.steps == 0 => true,
            Self::Steps { start, stop } => {
                let edge = |fraction: f64| (fraction * moment.steps as f64) as usize;
                (edge(start)..edge(stop)).contains(&moment.step)
            }
            Self::Sigmas { low, high } => low < moment.sigma && moment.sigma <= high,
        }
    }

    /// As [`Interval::contains`], without the first step of a step interval: the convention of diffusers for its weakened predictions.
    pub(super) fn contains_after_start(self, moment: Moment) -> bool {
        let first = matches!(self, Self::Steps { start, .. }
            if moment.steps > 0 && moment.step == (start * moment.steps as f64) as usize);
        self.contains(moment) && !first
    }
}

/// `guidance_scale` over a run; shapes of Wang et al. (2024), "Analysis of classifier-free guidance weight schedulers".
#[derive(Debug, Clone, PartialEq)]
pub enum ScaleSchedule {
    /// The same at every step.
    Constant(f64),
    /// From `first` at step 0 to `last` at the last step, in a straight line.
    Linear {
        /// Scale of the first step.
        first: f64,
        /// Scale of the last step.
        last: f64,
    },
    /// From `first` to `last` along half a cosine.
    Cosine {
        /// Scale of the first step.
        first: f64,
        /// Scale of the last step.
        last: f64,
    },
    /// One scale a step; the last one holds for all further steps, and an empty list is scale 1.
    List(Vec<f64>),
}

impl ScaleSchedule {
    /// The scale at `moment`.
    pub fn at(&self, moment: Moment) -> f64 {
        let progress = moment.step as f64 / moment.steps.saturating_sub(1).max(1) as f64;
        match self {
            Self::Constant(scale) => *scale,
            Self::Linear { first, last } => first + (last - first) * progress.min(1.0),
            Self::Cosine { first, last } => {
                let turned = 0.5 - 0.5 * math::cos(core::f64::consts::PI * progress.min(1.0));
                first + (last - first) * turned
            }
            Self::List(scales) => scales.get(moment.step).or(scales.last()).copied().unwrap_or(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_and_end_where_they_say() {
        for schedule in [
            ScaleSchedule::Linear { first: 1.0, last: 9.0 },
            ScaleSchedule::Cosine { first: 1.0, last: 9.0 },
            ScaleSchedule::List(vec![1.0, 3.0, 5.0, 7.0, 9.0]),
        ] {
            let scales: Vec<f64> = (0..5).map(|step| schedule.at(Moment { step, steps: 5, sigma: 0.0 })).collect();
            assert_eq!((scales[0], scales[2], scales[4]), (1.0, 5.0, 9.0), "{schedule:?}");
            assert!(scales.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn a_level_interval_is_open_below_and_closed_above() {
        let interval = Interval::Sigmas { low: 0.3, high: 5.0 };
        let at = |sigma| interval.contains(Moment { sigma, ..Moment::default() });
        assert_eq!([0.3, 0.31, 5.0, 5.1].map(at), [false, true, true, false]);
    }
}
