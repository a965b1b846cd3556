//! Scores as lines, each with the interval that resampling gives it.

use super::failure::{Context, Outcome};
use crate::metrics::bootstrap::Bootstrap;
use crate::metrics::kernel::{Kernel, kid, mmd_variances};
use crate::metrics::{Estimate, Features, MetricError};

/// Subsets of KID, as torchmetrics has them.
const KID_SUBSETS: usize = 100;

/// Largest subset of KID.
const KID_SUBSET_SIZE: usize = 1000;

/// Replicates where none are asked for.
const REPLICATES: usize = 100;

/// Above so many numbers a sample, a Fréchet distance takes so long that fewer are made: its cost grows with their cube.
const EASY_DIMENSIONS: usize = 512;

/// With fewer replicates than this, the ends of an interval mean nothing.
const FEWEST_REPLICATES: usize = 10;

/// The 97.5 % quantile of the normal distribution.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// How intervals are made.
#[derive(Debug, Clone, Copy)]
pub struct Resampling {
    /// Replicates of the bootstrap; the usual number where `None`, no interval where 0.
    pub replicates: Option<usize>,
    /// Seed of subsets and replicates.
    pub seed: u64,
}

impl Resampling {
    /// The same with no more replicates than are worth their time for a Fréchet distance of so many numbers a sample.
    #[must_use]
    pub fn of_frechet(self, dimensions: usize) -> Self {
        if self.replicates.is_some() {
            return self;
        }
        let ease = (EASY_DIMENSIONS as f64 / dimensions.max(EASY_DIMENSIONS) as f64).powi(3);
        let mut replicates = (REPLICATES as f64 * ease) as usize;
        if replicates < FEWEST_REPLICATES {
            eprintln!(
                "no interval: resampling {dimensions} numbers a sample takes long; ask for it with --replicates {REPLICATES}"
            );
            replicates = 0;
        }
        Self { replicates: Some(replicates), ..self }
    }

    /// Prints a score of sets and, unless none is wanted, its bootstrap interval.
    ///
    /// # Errors
    /// Where the score has none.
    pub fn print(
        self,
        name: &str,
        sets: &[&Features],
        score: impl Fn(&[Features]) -> Result<f64, MetricError>,
        about: &str,
    ) -> Outcome<()> {
        let whole: Vec<Features> = sets.iter().map(|set| (*set).clone()).collect();
        let value = score(&whole).context(name)?;
        let replicates = self.replicates.unwrap_or(REPLICATES);
        // The PSNR of equal pictures is infinite.
        if replicates == 0 || !value.is_finite() {
            say_line!("{name} {value:.6} ({about})");
            return Ok(());
        }
        let bootstrap = Bootstrap { replicates, seed: self.seed, ..Bootstrap::default() };
        let Estimate { low, high, .. } = bootstrap.interval(sets, score).context(name)?;
        say_line!("{name} {value:.6}, 95 % in [{low:.6}, {high:.6}] ({about})");
        Ok(())
    }

    /// Prints the mean of one score a picture.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_mean(self, name: &str, scores: Vec<f64>, about: &str) -> Outcome<()> {
        let scores = Features::new(scores, 1).context(name)?;
        self.print(name, &[&scores], |sets| Ok(mean(&sets[0])), about)
    }

    /// Prints KID: the mean over subsets, or that of the whole sets where they are no larger than one.
    ///
    /// Its interval leaves out one sample after another: a bootstrap would draw samples twice, and a sample is too much like itself.
    ///
    /// # Errors
    /// For sets that do not fit.
    pub fn print_kid(self, a: &Features, b: &Features, about: &str) -> Outcome<()> {
        let size = a.len().min(b.len()).min(KID_SUBSET_SIZE);
        let whole = a.len() == size && b.len() == size;
        let value = kid(a, b, if whole { 1 } else { KID_SUBSETS }, size, self.seed).context("KID")?.mean();
        let subsets =
            if whole { "the whole sets".to_owned() } else { format!("the mean of {KID_SUBSETS} subsets of {size}") };
        if self.replicates == Some(0) || size < 3 {
            say_line!("kid {value:.6} ({subsets}; {about})");
            return Ok(());
        }
        let half = NORMAL_95 * kid_std_error(a, b).context("KID")?;
        let (low, high) = (value - half, value + half);
        say_line!("kid {value:.6}, 95 % in [{low:.6}, {high:.6}] (jackknife; {subsets}; {about})");
        Ok(())
    }
}

/// Standard error of KID by the jackknife.
///
/// The variance of a mean over samples falls with their number, so that of a part of a large set says that of the whole.
fn kid_std_error(a: &Features, b: &Features) -> Result<f64, MetricError> {
    let part = |set: &Features| {
        let count = set.len().min(KID_SUBSET_SIZE);
        let rows: Vec<usize> = (0..count).map(|i| i * set.len() / count).collect();
        (set.select(&rows), count as f64 / set.len() as f64)
    };
    let ((part_a, share_a), (part_b, share_b)) = (part(a), part(b));
    let [of_a, of_b] = mmd_variances(&part_a, &part_b, Kernel::default())?;
    Ok((of_a * share_a + of_b * share_b).sqrt())
}

/// Mean of the numbers of a set.
pub fn mean(scores: &Features) -> f64 {
    scores.values().iter().sum::<f64>() / scores.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_replicates_are_made_where_they_are_dear() {
        let replicates =
            |asked, dimensions| Resampling { replicates: asked, seed: 0 }.of_frechet(dimensions).replicates;
        assert_eq!([64, 512, 1024, 2048].map(|d| replicates(None, d)), [Some(100), Some(100), Some(12), Some(0)]);
        assert_eq!(replicates(Some(30), 2048), Some(30));
    }

    #[test]
    fn the_interval_of_a_kernel_distance_has_a_width() {
        let set =
            |shift: usize| Features::new((0..80).map(|i| ((i * i + shift) % 13) as f64 / 6.0).collect(), 4).unwrap();
        assert!(kid_std_error(&set(0), &set(5)).unwrap() > 1e-3);
    }
}
