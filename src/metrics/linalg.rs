//! The little linear algebra that a Fréchet distance needs: a square root of a covariance, and a sum of singular values.
//!
//! Written here because the page links this layer, because the bits must be the same on every platform, and because singular covariances
//! (fewer samples than dimensions) are the usual case.
//! No product is squared on the way, so a null direction costs one rounding error and not its square root.

use super::MetricError;

/// Rows that are added to a product while a row of it stays in the cache.
const BLOCK: usize = 32;

/// A rank-revealing square root of a covariance, `S = L Lᵀ`: n rows, each with zeros after its first `lengths[i]` numbers.
#[derive(Debug, Clone)]
pub struct Factor {
    values: Vec<f64>,
    size: usize,
    lengths: Vec<usize>,
    rank: usize,
}

impl Factor {
    /// Cholesky factorisation with diagonal pivoting (Higham 2002, section 10.3) of a symmetric `[size, size]` matrix.
    ///
    /// It stops where the largest remaining variance is at most `size · ε` of the largest: what is left is rounding.
    ///
    /// # Errors
    /// Where the matrix is not square, not finite, or has a clearly negative variance.
    pub fn cholesky(matrix: &[f64], size: usize) -> Result<Self, MetricError> {
        if size.checked_mul(size) != Some(matrix.len()) {
            return Err(MetricError::Shape { found: matrix.len() });
        }
        if matrix.iter().any(|value| !value.is_finite()) {
            return Err(MetricError::NotFinite);
        }
        let mut rest: Vec<f64> = (0..size).map(|i| matrix[i * size + i]).collect();
        let largest = rest.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        let mut factor = Self { values: vec![0.0; size * size], size, lengths: vec![0; size], rank: 0 };
        let mut open: Vec<usize> = (0..size).collect();
        while let Some(at) = (0..open.len()).max_by(|&a, &b| rest[open[a]].total_cmp(&rest[open[b]])) {
            let pivot = open[at];
            if rest[pivot] <= size as f64 * f64::EPSILON * largest {
                break;
            }
            open.swap_remove(at);
            factor.eliminate(pivot, &matrix[pivot * size..][..size], &open, &mut rest);
        }
        open.iter().for_each(|&row| factor.lengths[row] = factor.rank);
        // Half the digits: far above rounding, far below a mistake.
        if open.iter().any(|&row| rest[row] < -1e-8 * largest) {
            return Err(MetricError::NotCovariance);
        }
        Ok(factor)
    }

    /// One column: that of `pivot`, whose row of the matrix is `row`.
    fn eliminate(&mut self, pivot: usize, row: &[f64], open: &[usize], rest: &mut [f64]) {
        let (size, column) = (self.size, self.rank);
        let root = rest[pivot].sqrt();
        let done = self.values[pivot * size..][..column].to_vec();
        for &i in open {
            let line = &mut self.values[i * size..][..=column];
            let value = (row[i] - dot(&line[..column], &done)) / root;
            line[column] = value;
            rest[i] -= value * value;
        }
        self.values[pivot * size + column] = root;
        self.rank += 1;
        self.lengths[pivot] = self.rank;
    }

    fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.size..][..self.lengths[index]]
    }

    /// `‖KᵀL‖_*`, the sum of the singular values of the product of two factors of one size, which is `tr (S₁S₂)^½`.
    pub fn overlap(&self, other: &Self) -> f64 {
        let (tall, wide) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let rows: Vec<(&[f64], &[f64])> = (0..tall.size.min(wide.size)).map(|i| (tall.row(i), wide.row(i))).collect();
        nuclear_norm(outer_sum(&rows, tall.rank, wide.rank), tall.rank, wide.rank)
    }
}

/// `Σ_k a_k b_kᵀ`, `[height, width]`, of pairs of vectors no longer than that.
pub fn outer_sum(pairs: &[(&[f64], &[f64])], height: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; height * width];
    for block in pairs.chunks(BLOCK) {
        for (i, row) in out.chunks_mut(width.max(1)).enumerate() {
            for (a, b) in block {
                if let Some(&factor) = a.get(i) {
                    add_scaled(row, factor, b);
                }
            }
        }
    }
    out
}

/// Sum of the singular values of a `[height, width]` matrix with `height ≥ width`.
///
/// Householder bidiagonalisation (Golub and Kahan 1965), each row visited once a step; then the eigenvalues ±σ of the symmetric
/// tridiagonal matrix with zero diagonal that the bidiagonal one makes.
pub fn nuclear_norm(mut a: Vec<f64>, height: usize, width: usize) -> f64 {
    let scale = a.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    if scale == 0.0 || !scale.is_finite() {
        return scale;
    }
    a.iter_mut().for_each(|v| *v /= scale);
    let mut beside = Vec::with_capacity(2 * width);
    for k in 0..width {
        let mut u: Vec<f64> = (k..height).map(|i| a[i * width + k]).collect();
        let (diagonal, of_u) = reflector(&mut u);
        beside.push(diagonal);
        let mut w = vec![0.0; width - k - 1];
        for (u, row) in u.iter().zip(a[k * width..].chunks_exact(width)) {
            add_scaled(&mut w, of_u * u, &row[k + 1..]);
        }
        let mut rows = a[k * width..].chunks_exact_mut(width).map(|row| &mut row[k + 1..]).zip(&u);
        let Some((first, u0)) = rows.next() else { break };
        add_scaled(first, -u0, &w);
        let (above, of_v) = reflector(first);
        beside.push(above);
        for (row, u) in rows {
            add_scaled(row, -u, &w);
            let z = of_v * dot(row, first);
            add_scaled(row, -z, first);
        }
    }
    let size = beside.len();
    scale * 0.5 * tridiagonal_eigenvalues(vec![0.0; size], beside).iter().map(|v| v.abs()).sum::<f64>()
}

/// Turns x into the vector v of the reflection `I − τ v vᵀ` that maps x to `(β, 0, …)`; returns (β, τ).
fn reflector(x: &mut [f64]) -> (f64, f64) {
    let norm = dot(x, x).sqrt();
    let Some(first) = x.first_mut().filter(|_| norm > 0.0) else { return (0.0, 0.0) };
    let beta = -norm.copysign(*first);
    *first -= beta;
    (beta, 2.0 / dot(x, x))
}

/// Eigenvalues of the symmetric tridiagonal matrix with this diagonal; `beside[i]` couples i and i + 1, the last is not used.
///
/// Implicit QL (Dubrulle, Martin and Wilkinson 1968), exact to rounding of the largest.
fn tridiagonal_eigenvalues(mut diagonal: Vec<f64>, mut beside: Vec<f64>) -> Vec<f64> {
    // Two or three sweeps an eigenvalue are usual; a bound only keeps the function total.
    const MOST_SWEEPS: usize = 60;
    let size = diagonal.len();
    if let Some(last) = beside.last_mut() {
        *last = 0.0;
    }
    let largest = diagonal.iter().chain(&beside).fold(0.0f64, |most, v| most.max(v.abs()));
    for low in 0..size {
        for _ in 0..MOST_SWEEPS {
            let negligible = |&i: &usize| beside[i].abs() <= f64::EPSILON * largest;
            let high = (low..size - 1).find(negligible).unwrap_or(size - 1);
            if high == low {
                break;
            }
            ql_sweep(&mut diagonal, &mut beside, low, high);
        }
    }
    diagonal
}

/// One sweep of plane rotations over the block `low..=high`, shifted towards its first eigenvalue.
fn ql_sweep(d: &mut [f64], e: &mut [f64], low: usize, high: usize) {
    let half = (d[low + 1] - d[low]) / (2.0 * e[low]);
    let root = (half * half + 1.0).sqrt().copysign(half);
    let mut g = d[high] - d[low] + e[low] / (half + root);
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (low..high).rev() {
        let (f, b) = (sine * e[i], cosine * e[i]);
        let r = (f * f + g * g).sqrt();
        e[i + 1] = r;
        if r == 0.0 {
            // The block has split: the rest of the sweep would do nothing.
            d[i + 1] -= p;
            e[high] = 0.0;
            return;
        }
        (sine, cosine) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * sine + 2.0 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0.0;
}

/// Dot product in eight running sums, which the compiler can keep in vector registers.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + tail
}

fn add_scaled(out: &mut [f64], factor: f64, x: &[f64]) {
    out.iter_mut().zip(x).for_each(|(out, x)| *out += factor * x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// `‖A‖_*` of a 2-column matrix in closed form: (σ₁ + σ₂)² = |A|_F² + 2·√det(AᵀA).
        #[test]
        fn the_nuclear_norm_of_two_columns_is_the_closed_form(a in proptest::collection::vec(-2.0..2.0f64, 10)) {
            let gram = |i: usize, j: usize| a.chunks(2).map(|row| row[i] * row[j]).sum::<f64>();
            let det = (gram(0, 0) * gram(1, 1) - gram(0, 1) * gram(0, 1)).max(0.0);
            let want = (gram(0, 0) + gram(1, 1) + 2.0 * det.sqrt()).sqrt();
            // √det loses half the digits where the columns are nearly parallel.
            prop_assert!((nuclear_norm(a, 5, 2) - want).abs() < 1e-7);
        }

        #[test]
        fn a_covariance_overlaps_itself_by_its_trace(x in proptest::collection::vec(-2.0..2.0f64, 12), rows in 1..=4usize) {
            // x has `rows` rows of 12 / rows columns: singular for few rows.
            let columns = 12 / rows;
            let lines: Vec<(&[f64], &[f64])> = x.chunks_exact(columns).map(|row| (row, row)).collect();
            let s = outer_sum(&lines, columns, columns);
            let factor = Factor::cholesky(&s, columns).unwrap();
            let trace: f64 = (0..columns).map(|i| s[i * columns + i]).sum();
            prop_assert!((factor.overlap(&factor) - trace).abs() <= 1e-13 * (1.0 + trace));
        }
    }

    #[test]
    fn a_matrix_with_a_negative_direction_is_no_covariance() {
        assert!(matches!(Factor::cholesky(&[1.0, 2.0, 2.0, 1.0], 2), Err(MetricError::NotCovariance)));
        assert!(matches!(Factor::cholesky(&[1.0, 2.0], 2), Err(MetricError::Shape { found: 2 })));
    }
}
