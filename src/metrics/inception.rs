//! Inception score (Salimans et al. 2016): `exp(mean KL(p(y|x) ‖ p(y)))`, high where each picture is clear and all together are varied.

use super::{Features, MetricError, Scores};
use crate::diffusion::math;

/// Inception score (Salimans et al. 2016, section 4) of each of `splits` runs of rows `i·N/splits .. (i+1)·N/splits` of the class logits, `[N, classes]`.
///
/// Rows are not shuffled, as in torch-fidelity with `shuffle=False`; torchmetrics shuffles first and divides its spread by n − 1
/// ([`Scores::std_sample`]), torch-fidelity by n ([`Scores::std_population`]).
///
/// # Errors
/// For no split, or more splits than rows.
pub fn inception_score(logits: &Features, splits: usize) -> Result<Scores, MetricError> {
    if splits == 0 {
        return Err(MetricError::Setting { what: "the number of splits", range: "it is at least 1" });
    }
    logits.at_least(splits)?;
    let log_probabilities: Vec<Vec<f64>> = logits.rows().map(log_softmax).collect();
    let edge = |i: usize| i * logits.len() / splits;
    Ok(Scores((0..splits).map(|i| score(&log_probabilities[edge(i)..edge(i + 1)])).collect()))
}

/// `x_i − ln Σ exp x_j`, shifted by the largest so that nothing overflows.
pub fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = largest + math::ln(logits.iter().map(|x| math::exp(x - largest)).sum());
    logits.iter().map(|x| x - total).collect()
}

fn score(rows: &[Vec<f64>]) -> f64 {
    let classes = rows.first().map_or(0, Vec::len);
    let mean = |class: usize| rows.iter().map(|row| math::exp(row[class])).sum::<f64>() / rows.len() as f64;
    let log_mean: Vec<f64> = (0..classes).map(|class| math::ln(mean(class))).collect();
    let term = |(p, q): (&f64, &f64)| match math::exp(*p) {
        0.0 => 0.0,
        probability => probability * (p - q),
    };
    let divergence: f64 = rows.iter().flat_map(|row| row.iter().zip(&log_mean)).map(term).sum();
    math::exp(divergence / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_and_even_predictions_score_the_number_of_classes() {
        let logits: Vec<f64> = (0..20).map(|i| if i % 5 == i / 5 { 800.0 } else { 0.0 }).collect();
        let score = inception_score(&Features::new(logits, 5).unwrap(), 1).unwrap();
        // 4 rows, each certain of a class of its own.
        assert!((score.mean() - 4.0).abs() < 1e-12);
        let same = Features::new(vec![3.0; 20], 5).unwrap();
        assert!((inception_score(&same, 2).unwrap().mean() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn more_splits_than_rows_are_refused() {
        let logits = Features::new(vec![0.0; 4], 2).unwrap();
        assert_eq!(inception_score(&logits, 3), Err(MetricError::TooFew { found: 2, needed: 3 }));
        assert!(matches!(inception_score(&logits, 0), Err(MetricError::Setting { .. })));
    }
}
