//! Kernel distances: maximum mean discrepancy (Gretton et al. 2012) and KID (Bińkowski et al. 2018).

use super::features::squared_distance;
use super::linalg::dot;
use super::{Features, MetricError, Scores};
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};

/// Kernels of the maximum mean discrepancy (Gretton et al. 2012; KID's of Bińkowski et al. 2018): how alike two feature vectors are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// `(γ·⟨x, y⟩ + c)^degree`; KID has degree 3, γ = 1/D (here `None`) and c = 1.
    Polynomial {
        /// The exponent.
        degree: u32,
        /// γ; `None` is 1/D.
        gamma: Option<f64>,
        /// c.
        coef0: f64,
    },
    /// `exp(−|x − y|² / 2σ²)`.
    Rbf {
        /// σ.
        sigma: f64,
    },
}

impl Default for Kernel {
    /// The kernel of KID.
    fn default() -> Self {
        Self::Polynomial { degree: 3, gamma: None, coef0: 1.0 }
    }
}

impl Kernel {
    fn between(self, x: &[f64], y: &[f64]) -> f64 {
        match self {
            Self::Polynomial { degree, gamma, coef0 } => {
                let base = gamma.unwrap_or(1.0 / x.len().max(1) as f64) * dot(x, y) + coef0;
                power(base, degree)
            }
            Self::Rbf { sigma } => math::exp(-squared_distance(x, y) / (2.0 * sigma * sigma)),
        }
    }
}

/// `base^exponent` by squaring, whose bits do not depend on the platform.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut power = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            power *= base;
        }
        base *= base;
        exponent /= 2;
    }
    power
}

/// Which estimate of the squared discrepancy (Gretton et al. 2012, equations 3 to 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimator {
    /// All pairs, also of a sample with itself: never negative, too large by about 1/N.
    Biased,
    /// Without the pairs of a sample with itself: right on average, so it may be negative. KID.
    #[default]
    Unbiased,
    /// As unbiased, also without the pairs of equal index in the two sets, which must be equally large.
    UStatistic,
}

/// Squared maximum mean discrepancy (Gretton et al. 2012, equations 3 to 5), `mean k(x, x') + mean k(y, y') − 2 mean k(x, y)`.
///
/// # Errors
/// For fewer than two samples in a set, different dimensions, or sets of different size with [`Estimator::UStatistic`].
pub fn mmd(a: &Features, b: &Features, kernel: Kernel, estimator: Estimator) -> Result<f64, MetricError> {
    a.same_dimensions(b)?;
    a.at_least(2)?;
    b.at_least(2)?;
    let (n, m) = (a.len(), b.len());
    if estimator == Estimator::UStatistic && n != m {
        return Err(MetricError::Mismatch { what: "set sizes", left: n, right: m });
    }
    let within = estimator == Estimator::Biased;
    let across = estimator != Estimator::UStatistic;
    let value = mean(a, a, kernel, within) + mean(b, b, kernel, within) - 2.0 * mean(a, b, kernel, across);
    if value.is_finite() { Ok(value) } else { Err(MetricError::NotFinite) }
}

/// Mean of the kernel over all pairs, with or without those of equal index.
fn mean(a: &Features, b: &Features, kernel: Kernel, diagonal: bool) -> f64 {
    let row = |(i, x): (usize, &[f64])| -> f64 {
        let pairs = b.rows().enumerate().filter(|(j, _)| diagonal || i != *j);
        pairs.map(|(_, y)| kernel.between(x, y)).sum()
    };
    let left_out = if diagonal { 0 } else { a.len() };
    a.rows().enumerate().map(row).sum::<f64>() / (a.len() * b.len() - left_out) as f64
}

/// Variance of the unbiased discrepancy by leaving out one sample after another (Efron and Stein 1981), the share of each set by itself.
///
/// `(n − 1)/n · Σ (θ_{−i} − θ̄)²` over the samples of the set. Nothing is drawn twice, so no sample meets itself, which would raise the score
/// as it does in a bootstrap. The sums of the kernel's rows give every θ_{−i} at the cost of one discrepancy.
///
/// # Errors
/// For fewer than three samples in a set, or different dimensions.
pub fn mmd_variances(a: &Features, b: &Features, kernel: Kernel) -> Result<[f64; 2], MetricError> {
    a.same_dimensions(b)?;
    a.at_least(3)?;
    b.at_least(3)?;
    let across = row_sums(a, b, kernel);
    let back = row_sums(b, a, kernel);
    Ok([
        leave_one_out(&row_sums(a, a, kernel), &across, b.len()),
        leave_one_out(&row_sums(b, b, kernel), &back, a.len()),
    ])
}

/// `Σ_y k(x, y)` for every x, without the pair of a sample with itself where both sets are one.
fn row_sums(a: &Features, b: &Features, kernel: Kernel) -> Vec<f64> {
    let same = std::ptr::eq(a, b);
    let sum = |(i, x): (usize, &[f64])| -> f64 {
        b.rows().enumerate().filter(|(j, _)| !same || i != *j).map(|(_, y)| kernel.between(x, y)).sum()
    };
    a.rows().enumerate().map(sum).collect()
}

/// The share of one set in the variance, from the sums of its rows within it and across to the other set of `others` samples.
fn leave_one_out(within: &[f64], across: &[f64], others: usize) -> f64 {
    let n = within.len() as f64;
    let (inner, outer) = (within.iter().sum::<f64>(), across.iter().sum::<f64>());
    let without = |(own, cross): (&f64, &f64)| {
        (inner - 2.0 * own) / ((n - 1.0) * (n - 2.0)) - 2.0 * (outer - cross) / ((n - 1.0) * others as f64)
    };
    let scores: Vec<f64> = within.iter().zip(across).map(without).collect();
    let mean = scores.iter().sum::<f64>() / n;
    (n - 1.0) / n * scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>()
}

/// Kernel inception distance, KID (Bińkowski et al. 2018, section 4): the unbiased discrepancy of `subsets` random subsets of `size` samples of each set, drawn without repetition.
///
/// torchmetrics, torch-fidelity and clean-fid report the mean of the scores, mostly with 100 subsets of 1,000; the draws are their own.
///
/// # Errors
/// For no subset, fewer samples than `size`, a size below 2, or different dimensions.
pub fn kid(a: &Features, b: &Features, subsets: usize, size: usize, seed: u64) -> Result<Scores, MetricError> {
    if subsets == 0 || size < 2 {
        return Err(MetricError::Setting {
            what: "the subsets",
            range: "take at least 1 subset of at least 2 samples",
        });
    }
    a.at_least(size)?;
    b.at_least(size)?;
    let draw = |features: &Features, subset: usize, side: u32| {
        let stream = Stream::new(seed, Purpose::Evaluation).sample(side).draw(subset as u32);
        features.select(&choose(stream, features.len(), size))
    };
    let score = |subset| mmd(&draw(a, subset, 0), &draw(b, subset, 1), Kernel::default(), Estimator::Unbiased);
    Ok(Scores((0..subsets).map(score).collect::<Result<_, _>>()?))
}

/// `size` different indices below `count`: the start of a Fisher-Yates shuffle.
pub(super) fn choose(stream: Stream, count: usize, size: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    for i in 0..size.min(count) {
        let other = i + stream.below(i as u32, (count - i) as u32) as usize;
        indices.swap(i, other);
    }
    indices.truncate(size);
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(seed: u64, rows: usize, shift: f64) -> Features {
        let values = Stream::new(seed, Purpose::Evaluation).normal(rows * 4);
        Features::new(values.into_iter().map(|v| f64::from(v) + shift).collect(), 4).unwrap()
    }

    #[test]
    fn sets_of_one_distribution_score_about_zero_and_others_do_not() {
        let (a, b, far) = (normal(1, 400, 0.0), normal(2, 400, 0.0), normal(3, 400, 1.0));
        let (same, apart) = (kid(&a, &b, 20, 200, 7).unwrap(), kid(&a, &far, 20, 200, 7).unwrap());
        // Unbiased: within five standard errors of 0 (the subsets overlap, so the spread of one subset is the bound).
        assert!(same.mean().abs() < 5.0 * same.std_sample());
        assert!(apart.mean() > 20.0 * same.mean().abs());
    }

    #[test]
    fn identical_sets_have_no_biased_discrepancy() {
        let a = normal(1, 30, 0.0);
        for kernel in [Kernel::default(), Kernel::Rbf { sigma: 2.0 }] {
            assert!(mmd(&a, &a, kernel, Estimator::Biased).unwrap().abs() < 1e-13);
        }
    }

    #[test]
    fn the_jackknife_covers_the_truth_about_as_often_as_it_says() {
        // The discrepancy of 4,000 samples of each stands for the truth: its own error is a ninth of that of 50.
        let truth =
            mmd(&normal(1000, 4000, 0.0), &normal(1001, 4000, 0.7), Kernel::default(), Estimator::Unbiased).unwrap();
        let covered = (0..100).filter(|seed| {
            let (a, b) = (normal(2 * seed, 50, 0.0), normal(2 * seed + 1, 50, 0.7));
            let value = mmd(&a, &b, Kernel::default(), Estimator::Unbiased).unwrap();
            let [of_a, of_b] = mmd_variances(&a, &b, Kernel::default()).unwrap();
            assert!(of_a > 0.0 && of_b > 0.0);
            (value - truth).abs() < 1.96 * (of_a + of_b).sqrt()
        });
        // Binomial(100, 0.95) has standard deviation 2.2; the jackknife of 50 skewed samples covers a little less than it says.
        assert!((84..=100).contains(&covered.count()));
    }

    #[test]
    fn leaving_one_out_is_what_it_says() {
        let (a, b) = (normal(1, 7, 0.0), normal(2, 5, 0.5));
        let kernel = Kernel::default();
        let score = |a: &Features, b: &Features| mmd(a, b, kernel, Estimator::Unbiased).unwrap();
        let without = |set: &Features, i: usize| set.select(&(0..set.len()).filter(|j| *j != i).collect::<Vec<_>>());
        let variance = |scores: Vec<f64>| {
            let (n, mean) = (scores.len() as f64, scores.iter().sum::<f64>() / scores.len() as f64);
            (n - 1.0) / n * scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>()
        };
        let [of_a, of_b] = mmd_variances(&a, &b, kernel).unwrap();
        assert!((of_a - variance((0..7).map(|i| score(&without(&a, i), &b)).collect())).abs() < 1e-12);
        assert!((of_b - variance((0..5).map(|i| score(&a, &without(&b, i))).collect())).abs() < 1e-12);
    }

    #[test]
    fn subsets_have_no_sample_twice() {
        let mut chosen = choose(Stream::new(5, Purpose::Evaluation), 50, 50);
        chosen.sort_unstable();
        assert!(chosen.iter().copied().eq(0..50));
    }

    #[test]
    fn sets_that_do_not_fit_are_refused() {
        let (a, b) = (normal(1, 10, 0.0), normal(2, 12, 0.0));
        assert!(matches!(mmd(&a, &b, Kernel::default(), Estimator::UStatistic), Err(MetricError::Mismatch { .. })));
        assert_eq!(kid(&a, &b, 3, 11, 0), Err(MetricError::TooFew { found: 10, needed: 11 }));
        assert!(matches!(kid(&a, &b, 0, 5, 0), Err(MetricError::Setting { .. })));
    }
}
