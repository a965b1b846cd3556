//! A schedule that learns beside the network: what the errors of each burst say of where the noise levels should lie.

use std::sync::Arc;

use super::objective::TIMESTEPS;
use crate::diffusion::gamma_net::{Bend, GammaNet, Measured};
use crate::diffusion::math;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig, ScheduleError};
use crate::protocol::CURVE;

/// How much of the moments is kept at each burst.
const MEMORY: f64 = 0.98;

/// The schedule, and how much its loss varies.
#[derive(Debug, Clone)]
pub struct Learned {
    net: GammaNet,
    /// The linear schedule, whose ends it has.
    linear: Arc<NoiseSchedule>,
    /// Decayed sums over bursts: of 1, of the loss, and of its square here and under the linear schedule.
    moments: [f64; 4],
    clock: Arc<[f64]>,
}

impl Learned {
    /// A schedule that has learnt nothing: a straight line in ln SNR.
    ///
    /// # Errors
    /// Never for the linear schedule it borrows its ends from.
    pub fn new() -> Result<Self, ScheduleError> {
        let linear = NoiseSchedule::new(&ScheduleConfig::default())?;
        Ok(Self::of(GammaNet::new(ends(&linear)), Arc::new(linear)))
    }

    /// The schedule of weights that [`Self::weights`] gave; `None` where they are none.
    pub fn with_weights(weights: &[f64]) -> Option<Self> {
        let fresh = Self::new().ok()?;
        GammaNet::with_weights(ends(&fresh.linear), weights).map(|net| Self::of(net, fresh.linear))
    }

    fn of(net: GammaNet, linear: Arc<NoiseSchedule>) -> Self {
        let clock = clock(&net);
        Self { net, linear, moments: [0.0; 4], clock }
    }

    /// Its weights.
    pub fn weights(&self) -> &[f64] {
        self.net.weights()
    }

    /// Its table.
    ///
    /// # Errors
    /// Never: it falls strictly whatever its weights.
    pub fn schedule(&self) -> Result<NoiseSchedule, ScheduleError> {
        self.net.schedule(TIMESTEPS)
    }

    /// What the network is told at each timestep: where its ln SNR lies between the ends, in timesteps. So the network is asked by noise level,
    /// and what it has learnt stays right while the levels move along t.
    pub fn clock(&self) -> Arc<[f64]> {
        self.clock.clone()
    }

    /// Learns from the errors of a batch, in units of the network's own answer, at their timesteps.
    pub fn learn(
        &mut self,
        schedule: &NoiseSchedule,
        kind: PredictionType,
        errors: impl Iterator<Item = (usize, f32)>,
    ) {
        let measured: Vec<Measured> = errors
            .map(|(t, error)| {
                let (alpha, sigma) = (schedule.alpha(t as i64), schedule.sigma(t as i64));
                let (of_x0, of_noise) = kind.target(alpha, sigma);
                // With the state known, an answer that is off by this much is off by 1 in ε.
                let unit = of_noise - of_x0 * sigma / alpha;
                (t as f64 / (TIMESTEPS - 1) as f64, f64::from(error) / (unit * unit))
            })
            .filter(|(_, error)| error.is_finite())
            .collect();
        if measured.is_empty() {
            return;
        }
        self.note(&measured);
        self.net.learn(&measured);
        self.clock = clock(&self.net);
    }

    fn note(&mut self, measured: &[Measured]) {
        let (curve, mut sums) = (self.net.drawn(), [0.0; 3]);
        for (u, error) in measured {
            let Bend { gamma, slope, .. } = curve.at(*u);
            sums[0] += 0.5 * slope * error;
            sums[1] += 0.25 * slope * slope * error * error;
            // The linear schedule is at this level less or more often than this one.
            sums[2] += 0.25 * slope * self.linear_slope(gamma) * error * error;
        }
        let count = measured.len() as f64;
        // The first counts bursts: one burst, one batch's mean.
        for (kept, new) in self.moments.iter_mut().zip([count, sums[0], sums[1], sums[2]]) {
            *kept = MEMORY * *kept + new / count;
        }
    }

    /// γ' of the linear schedule where its γ is this one.
    fn linear_slope(&self, gamma: f64) -> f64 {
        let (mut low, mut high) = (0i64, TIMESTEPS as i64 - 1);
        while high - low > 1 {
            let middle = i64::midpoint(low, high);
            if -self.linear.log_snr(middle) <= gamma { low = middle } else { high = middle }
        }
        (self.linear.log_snr(low) - self.linear.log_snr(high)) * (TIMESTEPS - 1) as f64
    }

    /// Standard deviation of the bound's loss as a share of its mean: of this schedule, and of the linear one.
    pub fn spread(&self) -> [f32; 2] {
        let [count, mean, here, linear] = self.moments;
        let mean = mean / count.max(1e-9);
        [here, linear].map(|second| {
            let share = second / count.max(1e-9) / (mean * mean).max(1e-30) - 1.0;
            math::sqrt(share.max(0.0)) as f32
        })
    }

    /// ln SNR at [`CURVE`] evenly spaced timesteps.
    pub fn curve(&self) -> Vec<f32> {
        let curve = self.net.drawn();
        (0..CURVE).map(|point| -curve.at(point as f64 / (CURVE - 1) as f64).gamma as f32).collect()
    }
}

/// γ at the ends of a schedule.
fn ends(schedule: &NoiseSchedule) -> [f64; 2] {
    [0, i64::MAX].map(|t| -schedule.log_snr(t))
}

fn clock(net: &GammaNet) -> Arc<[f64]> {
    let (curve, last) = (net.drawn(), (TIMESTEPS - 1) as f64);
    let [low, high] = [0.0, 1.0].map(|u| curve.at(u).gamma);
    (0..TIMESTEPS).map(|t| last * (curve.at(t as f64 / last).gamma - low) / (high - low)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors that depend on the level alone, as a network's do: known variances under both schedules.
    #[test]
    fn the_spread_falls_below_the_linear_schedules() {
        let mut learned = Learned::new().unwrap();
        for round in 0..600usize {
            let schedule = learned.schedule().unwrap();
            let error = |t: usize| {
                let log_snr = schedule.log_snr(t as i64);
                // An ε-network: no picture, no error; no noise, nothing but error.
                (1.0 / (1.0 + (-0.6 * log_snr).exp())) as f32
            };
            let asked = (0..128).map(|i| (i * 7 + round * 3) % 1000);
            learned.learn(&schedule, PredictionType::Epsilon, asked.map(|t| (t, error(t))));
        }
        let [here, linear] = learned.spread();
        assert!(here < 0.5 * linear, "{here} against {linear}");
        let curve = learned.curve();
        assert!(curve.len() == CURVE && curve.windows(2).all(|pair| pair[1] < pair[0]));
        let again = Learned::with_weights(learned.weights()).unwrap();
        assert_eq!(again.curve(), curve);
        let clock = learned.clock();
        assert!(clock[0] == 0.0 && (clock[999] - 999.0).abs() < 1e-9);
        assert!(clock.windows(2).all(|pair| pair[1] > pair[0]));
    }

    #[test]
    fn the_linear_slope_is_that_of_its_table() {
        let learned = Learned::new().unwrap();
        for t in [1i64, 300, 900] {
            let slope = learned.linear_slope(-learned.linear.log_snr(t) + 1e-9);
            let want = (learned.linear.log_snr(t) - learned.linear.log_snr(t + 1)) * 999.0;
            assert!((slope - want).abs() < 1e-9, "{slope} {want}");
        }
    }
}
