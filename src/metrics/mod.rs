//! How good samples are: distances between sets of features, and between pictures.
//!
//! Nothing here knows a network: features come in as numbers, and a score should be printed beside the name of what made them.
//! A Fréchet distance in the features of a small classifier is not comparable with a published FID.

pub mod alignment;
pub mod bootstrap;
pub mod features;
pub mod frechet;
pub mod image;
pub mod inception;
pub mod kernel;
pub mod linalg;
pub mod manifold;
pub mod memorisation;
pub mod perceptual;
pub mod registry;
pub mod repeats;
pub mod ssim;
pub mod transport;

pub use features::Features;

/// Why a metric has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Fewer samples than the formula needs.
    #[error("{found} samples are too few; this metric needs at least {needed}")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Two sets that do not fit each other.
    #[error("the {what} differ: {left} and {right}; compare sets made in the same way")]
    Mismatch {
        /// What differs.
        what: &'static str,
        /// Its value on the left.
        left: usize,
        /// Its value on the right.
        right: usize,
    },
    /// Numbers that do not fill the shape they come with.
    #[error("{found} numbers do not fill the given shape; check its sizes")]
    Shape {
        /// How many numbers there are.
        found: usize,
    },
    /// A NaN or an infinity, among the inputs or on the way.
    #[error("a number is not finite, or too large to be squared; check what the features were made from")]
    NotFinite,
    /// A setting out of its range.
    #[error("{what} is out of range; {range}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A matrix that is no covariance.
    #[error(
        "the matrix is no covariance: it has a negative variance in some direction; give the covariance of real data"
    )]
    NotCovariance,
}

/// Scores as they are, unless numbers so large came in that one of them is none.
fn finite(scores: Vec<f64>) -> Result<Vec<f64>, MetricError> {
    if scores.iter().any(|score| score.is_nan()) { Err(MetricError::NotFinite) } else { Ok(scores) }
}

/// A score and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The score of all the data.
    pub value: f64,
    /// Lower end of its confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Mean and spread of repeated scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores(pub Vec<f64>);

impl Scores {
    /// Their mean; 0 of none.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64
    }

    /// Standard deviation with divisor n: torch-fidelity, the original inception score.
    pub fn std_population(&self) -> f64 {
        self.spread(self.0.len())
    }

    /// Standard deviation with divisor n − 1: torchmetrics; 0 of a single score.
    pub fn std_sample(&self) -> f64 {
        self.spread(self.0.len().saturating_sub(1))
    }

    fn spread(&self, divisor: usize) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.0.iter().map(|score| (score - mean) * (score - mean)).sum();
        (squares / divisor.max(1) as f64).sqrt()
    }
}
