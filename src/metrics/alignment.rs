//! How well pictures follow their prompts: the angle between their embeddings.

use super::{Features, MetricError};

/// CLIP score of each pair of rows (Hessel et al. 2021, section 3), `100 · cos(a_i, b_i)`; 0 for a zero vector.
///
/// The factor is torchmetrics'; the paper has 2.5 and cuts at 0.
///
/// # Errors
/// Where the sets differ in dimensions or size, or a square is too large for a number.
pub fn cosine_scores(a: &Features, b: &Features) -> Result<Vec<f64>, MetricError> {
    a.same_dimensions(b)?;
    if a.len() != b.len() {
        return Err(MetricError::Mismatch { what: "set sizes", left: a.len(), right: b.len() });
    }
    let score = |(a, b): (&[f64], &[f64])| {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let norms = product(a, a).sqrt() * product(b, b).sqrt();
        if norms > 0.0 { 100.0 * product(a, b) / norms } else { 0.0 }
    };
    super::finite(a.rows().zip(b.rows()).map(score).collect())
}

/// CLIP score of a set (Hessel et al. 2021, section 3): the mean of the pairs' scores, at least 0.
///
/// torchmetrics cuts the mean at 0, the paper each pair.
///
/// # Errors
/// As [`cosine_scores`], and for empty sets.
pub fn clip_score(a: &Features, b: &Features) -> Result<f64, MetricError> {
    a.at_least(1)?;
    let scores = cosine_scores(a, b)?;
    Ok((scores.iter().sum::<f64>() / scores.len() as f64).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_angles() {
        let a = Features::new(vec![1.0, 0.0, 2.0, 0.0, 0.0, 0.0], 2).unwrap();
        let b = Features::new(vec![3.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2).unwrap();
        assert_eq!(cosine_scores(&a, &b), Ok(vec![100.0, 0.0, 0.0]));
        let opposite = Features::new(vec![-1.0, 0.0], 2).unwrap();
        assert_eq!(clip_score(&a.select(&[0]), &opposite), Ok(0.0));
        assert!(clip_score(&a, &opposite).is_err());
    }
}
