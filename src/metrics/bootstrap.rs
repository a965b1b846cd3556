//! Confidence intervals by resampling (Efron 1979), seeded.

use super::{Estimate, Features, MetricError};
use crate::diffusion::noise::{Purpose, Stream};

/// How an interval is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often the data are resampled; 1,000 is usual.
    pub replicates: usize,
    /// Confidence, in (0, 1).
    pub level: f64,
    /// Seed of the resampling.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 95 % of 1,000 replicates.
    fn default() -> Self {
        Self { replicates: 1000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// The score of `sets` with its basic interval `[2θ − q_high, 2θ − q_low]`, whose ends mirror the quantiles of the replicates.
    ///
    /// Mirroring takes out most of the bias that repeated samples bring (a Fréchet distance of a resample is too large).
    /// Sets are resampled independently of one another; those of [`Bootstrap::paired`] row by row together.
    /// Scores that count neighbours see repeated samples as neighbours at distance 0; read their intervals as a rough guide.
    ///
    /// # Errors
    /// Those of `metric`, no replicate, or a level outside (0, 1).
    pub fn interval(
        &self,
        sets: &[&Features],
        metric: impl Fn(&[Features]) -> Result<f64, MetricError>,
    ) -> Result<Estimate, MetricError> {
        self.run(sets, metric, |set| set as u32)
    }

    /// As [`Bootstrap::interval`] for sets whose rows belong together, such as pictures and their prompts.
    ///
    /// # Errors
    /// As [`Bootstrap::interval`].
    pub fn paired(
        &self,
        sets: &[&Features],
        metric: impl Fn(&[Features]) -> Result<f64, MetricError>,
    ) -> Result<Estimate, MetricError> {
        self.run(sets, metric, |_| 0)
    }

    fn run(
        &self,
        sets: &[&Features],
        metric: impl Fn(&[Features]) -> Result<f64, MetricError>,
        side: impl Fn(usize) -> u32,
    ) -> Result<Estimate, MetricError> {
        if self.replicates == 0 || !(self.level > 0.0 && self.level < 1.0) {
            return Err(MetricError::Setting {
                what: "the bootstrap",
                range: "take 1 replicate or more and a level in (0, 1)",
            });
        }
        let whole: Vec<Features> = sets.iter().map(|set| (*set).clone()).collect();
        let value = metric(&whole)?;
        let stream = Stream::new(self.seed, Purpose::Evaluation);
        let replicate = |index: usize| {
            let draw = |(set, features): (usize, &&Features)| {
                let stream = stream.sample(side(set)).draw(index as u32);
                let count = features.len() as u32;
                features.select(&(0..count).map(|i| stream.below(i, count) as usize).collect::<Vec<_>>())
            };
            metric(&sets.iter().enumerate().map(draw).collect::<Vec<_>>())
        };
        let mut replicates = (0..self.replicates).map(replicate).collect::<Result<Vec<f64>, _>>()?;
        replicates.sort_unstable_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - self.level);
        let [low, high] = [1.0 - tail, tail].map(|q| 2.0 * value - quantile(&replicates, q));
        Ok(Estimate { value, low, high })
    }
}

/// Quantile of sorted numbers by linear interpolation (NumPy's default); NaN of none.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[at as usize], sorted[(at as usize + 1).min(last)]);
    below + (above - below) * (at - at.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(sets: &[Features]) -> Result<f64, MetricError> {
        sets[0].at_least(1)?;
        Ok(sets[0].values().iter().sum::<f64>() / sets[0].len() as f64)
    }

    #[test]
    fn the_interval_of_a_mean_covers_the_truth_as_often_as_it_says() {
        let bootstrap = Bootstrap { replicates: 200, level: 0.9, seed: 1 };
        let covered = (0..200).filter(|&seed| {
            let values = Stream::new(seed, Purpose::Evaluation).draw(7).normal(60);
            let set = Features::new(values.into_iter().map(f64::from).collect(), 1).unwrap();
            let Estimate { low, high, .. } = bootstrap.interval(&[&set], mean).unwrap();
            low <= 0.0 && 0.0 <= high
        });
        // Binomial(200, 0.9) has standard deviation 4.2; the basic interval of 60 samples covers a little less than it says.
        assert!((160..=195).contains(&covered.count()));
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let set = Features::new((0..20).map(f64::from).collect(), 1).unwrap();
        let bootstrap = Bootstrap { replicates: 50, ..Bootstrap::default() };
        let first = bootstrap.interval(&[&set], mean).unwrap();
        assert_eq!(Ok(first), bootstrap.interval(&[&set], mean));
        assert!(first.low < first.value && first.value < first.high);
    }

    #[test]
    fn errors_of_the_metric_come_through() {
        let none = Features::new(vec![], 1).unwrap();
        assert_eq!(Bootstrap::default().interval(&[&none], mean), Err(MetricError::TooFew { found: 0, needed: 1 }));
        let bad = Bootstrap { level: 1.0, ..Bootstrap::default() };
        assert!(bad.interval(&[&none], mean).is_err());
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!((quantile(&[1.0, 2.0], 0.0), quantile(&[1.0, 2.0], 1.0)), (1.0, 2.0));
    }
}
