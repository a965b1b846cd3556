//! A set of feature vectors, one row a sample.

use super::MetricError;

/// Finite numbers `[rows, dimensions]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    values: Vec<f64>,
    dimensions: usize,
}

impl Features {
    /// Rows of `dimensions` numbers each; there may be no row.
    ///
    /// # Errors
    /// Where the numbers do not fill whole rows, or one is not finite.
    pub fn new(values: Vec<f64>, dimensions: usize) -> Result<Self, MetricError> {
        if dimensions == 0 || !values.len().is_multiple_of(dimensions) {
            return Err(MetricError::Shape { found: values.len() });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(MetricError::NotFinite);
        }
        Ok(Self { values, dimensions })
    }

    /// How many samples.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// True without a sample.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers a sample.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The samples in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        self.values.chunks_exact(self.dimensions)
    }

    /// All numbers, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The samples at `indices`, in that order; an index beyond the end is left out.
    pub fn select(&self, indices: &[usize]) -> Self {
        let row = |&index: &usize| self.values.chunks_exact(self.dimensions).nth(index);
        Self { values: indices.iter().filter_map(row).flatten().copied().collect(), dimensions: self.dimensions }
    }

    /// Refuses fewer than `needed` samples.
    ///
    /// # Errors
    /// [`MetricError::TooFew`].
    pub fn at_least(&self, needed: usize) -> Result<(), MetricError> {
        let found = self.len();
        if found < needed { Err(MetricError::TooFew { found, needed }) } else { Ok(()) }
    }

    /// Refuses a set of other dimensions.
    ///
    /// # Errors
    /// [`MetricError::Mismatch`].
    pub fn same_dimensions(&self, other: &Self) -> Result<(), MetricError> {
        let (left, right) = (self.dimensions, other.dimensions);
        if left == right { Ok(()) } else { Err(MetricError::Mismatch { what: "feature dimensions", left, right }) }
    }

    /// Euclidean distances from each row to each row of `other`, one row at a time, so that no N × N matrix has to fit into memory.
    ///
    /// # Errors
    /// Where the dimensions differ.
    pub fn distances<'a>(
        &'a self,
        other: &'a Self,
    ) -> Result<impl ExactSizeIterator<Item = Vec<f64>> + 'a, MetricError> {
        self.same_dimensions(other)?;
        Ok(self.rows().map(move |a| other.rows().map(|b| squared_distance(a, b).sqrt()).collect()))
    }
}

/// `|a − b|²`, in eight running sums.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum()
}
