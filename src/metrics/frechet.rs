//! Fréchet distance between Gaussians fitted to two sets of features (Heusel et al. 2017: FID, on Inception features).
//!
//! `|μ₁ − μ₂|² + tr S₁ + tr S₂ − 2 tr (S₁S₂)^½` with covariances of divisor N − 1, as pytorch-fid, clean-fid, torch-fidelity and torchmetrics.
//! The last trace is the sum of the singular values of `KᵀL` with `S₁ = KKᵀ`, `S₂ = LLᵀ`, so singular covariances need no added ε.

use super::features::squared_distance;
use super::linalg::{Factor, outer_sum};
use super::{Features, MetricError};

/// Count, mean and scatter of features, mergeable, so that a stream of batches needs no memory of its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    count: usize,
    mean: Vec<f64>,
    /// `Σ (x − μ)(x − μ)ᵀ`, `[D, D]`.
    scatter: Vec<f64>,
}

impl Statistics {
    /// The statistics of one batch.
    pub fn of(features: &Features) -> Self {
        let size = features.dimensions();
        let count = features.len();
        let mut mean = vec![0.0; size];
        for row in features.rows() {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        mean.iter_mut().for_each(|sum| *sum /= count.max(1) as f64);
        let centred: Vec<Vec<f64>> =
            features.rows().map(|row| row.iter().zip(&mean).map(|(x, mean)| x - mean).collect()).collect();
        let pairs: Vec<(&[f64], &[f64])> = centred.iter().map(|row| (row.as_slice(), row.as_slice())).collect();
        Self { count, scatter: outer_sum(&pairs, size, size), mean }
    }

    /// The statistics of both sets together (Chan, Golub and LeVeque 1979).
    ///
    /// # Errors
    /// Where the dimensions differ.
    pub fn merge(mut self, other: &Self) -> Result<Self, MetricError> {
        let (left, right) = (self.mean.len(), other.mean.len());
        if left != right {
            return Err(MetricError::Mismatch { what: "feature dimensions", left, right });
        }
        if other.count == 0 {
            return Ok(self);
        }
        let total = (self.count + other.count) as f64;
        let share = other.count as f64 / total;
        let step: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(theirs, mine)| theirs - mine).collect();
        for (i, row) in self.scatter.chunks_exact_mut(left).enumerate() {
            let between = self.count as f64 * share * step[i];
            for ((sum, theirs), step) in row.iter_mut().zip(&other.scatter[i * left..]).zip(&step) {
                *sum += theirs + between * step;
            }
        }
        self.mean.iter_mut().zip(&step).for_each(|(mean, step)| *mean += share * step);
        self.count += other.count;
        Ok(self)
    }

    /// How many samples were seen.
    pub fn count(&self) -> usize {
        self.count
    }

    /// μ.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// S with divisor N − 1, `[D, D]`.
    ///
    /// # Errors
    /// For fewer than two samples.
    pub fn covariance(&self) -> Result<Vec<f64>, MetricError> {
        if self.count < 2 {
            return Err(MetricError::TooFew { found: self.count, needed: 2 });
        }
        Ok(self.scatter.iter().map(|sum| sum / (self.count - 1) as f64).collect())
    }
}

/// Fréchet distance (Heusel et al. 2017, equation 6) between two sets of features.
///
/// # Errors
/// For fewer than two samples in a set, or different dimensions.
pub fn frechet_distance(a: &Features, b: &Features) -> Result<f64, MetricError> {
    a.same_dimensions(b)?;
    between(&Statistics::of(a), &Statistics::of(b))
}

/// Fréchet distance (Heusel et al. 2017, equation 6) between two sets of which the statistics are known.
///
/// # Errors
/// For fewer than two samples in a set, or different dimensions.
pub fn between(a: &Statistics, b: &Statistics) -> Result<f64, MetricError> {
    of_moments((a.mean(), &a.covariance()?), (b.mean(), &b.covariance()?))
}

/// Fréchet distance between two Gaussians (Dowson and Landau 1982), each a mean `[D]` and a covariance `[D, D]`.
///
/// # Errors
/// Where sizes do not fit, a number is not finite, or a matrix is no covariance.
pub fn of_moments(a: (&[f64], &[f64]), b: (&[f64], &[f64])) -> Result<f64, MetricError> {
    let (left, right) = (a.0.len(), b.0.len());
    if left != right {
        return Err(MetricError::Mismatch { what: "feature dimensions", left, right });
    }
    let (k, l) = (Factor::cholesky(a.1, left)?, Factor::cholesky(b.1, right)?);
    let trace = |s: &[f64]| s.iter().step_by(left + 1).sum::<f64>();
    let distance = squared_distance(a.0, b.0) + trace(a.1) + trace(b.1) - 2.0 * k.overlap(&l);
    if distance.is_finite() { Ok(distance) } else { Err(MetricError::NotFinite) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn features(rows: usize, dimensions: usize) -> impl Strategy<Value = Features> {
        proptest::collection::vec(-2.0..2.0f64, rows * dimensions)
            .prop_map(move |values| Features::new(values, dimensions).unwrap())
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_not_negative(a in features(4, 6), b in features(9, 6)) {
            let (ab, ba) = (frechet_distance(&a, &b).unwrap(), frechet_distance(&b, &a).unwrap());
            prop_assert!((ab - ba).abs() <= 1e-12 * (1.0 + ab));
            prop_assert!(ab >= -1e-12);
        }

        #[test]
        fn a_shift_costs_its_square(a in features(5, 7), shift in -3.0..3.0f64) {
            let moved = Features::new(a.values().iter().map(|v| v + shift).collect(), 7).unwrap();
            let want = 7.0 * shift * shift;
            prop_assert!((frechet_distance(&a, &moved).unwrap() - want).abs() <= 1e-12 * (1.0 + want));
        }

        #[test]
        fn merged_batches_are_the_whole(a in features(5, 3), b in features(1, 3), c in features(8, 3)) {
            let whole = Features::new([a.values(), b.values(), c.values()].concat(), 3).unwrap();
            let merged = Statistics::of(&a).merge(&Statistics::of(&b)).unwrap().merge(&Statistics::of(&c)).unwrap();
            let whole = Statistics::of(&whole);
            prop_assert_eq!(merged.count(), whole.count());
            for (m, w) in merged.scatter.iter().chain(&merged.mean).zip(whole.scatter.iter().chain(&whole.mean)) {
                prop_assert!((m - w).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn diagonal_gaussians_have_the_closed_form() {
        let (a, b) = ([4.0, 0.0, 0.0, 9.0], [1.0, 0.0, 0.0, 16.0]);
        // |μ|² + (2 − 1)² + (3 − 4)².
        assert!((of_moments((&[0.0, 1.0], &a), (&[2.0, 1.0], &b)).unwrap() - 6.0).abs() < 1e-14);
    }

    #[test]
    fn too_little_data_is_an_error() {
        let one = Features::new(vec![1.0, 2.0], 2).unwrap();
        let none = Features::new(vec![], 2).unwrap();
        assert_eq!(frechet_distance(&one, &one), Err(MetricError::TooFew { found: 1, needed: 2 }));
        assert_eq!(frechet_distance(&none, &one), Err(MetricError::TooFew { found: 0, needed: 2 }));
        let flat = Features::new(vec![1.0, 2.0], 1).unwrap();
        assert!(matches!(frechet_distance(&flat, &one), Err(MetricError::Mismatch { .. })));
    }
}
