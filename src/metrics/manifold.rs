//! Fidelity and variety apart: improved precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).
//!
//! Each set's manifold is the union of balls around its samples, as wide as the distance to the k-th nearest other sample.

use super::{Features, MetricError};

/// Whether the rim of a ball belongs to it, which matters only for ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rim {
    /// `distance < radius`: prdc.
    #[default]
    Outside,
    /// `distance ≤ radius`: torch-fidelity, the original precision and recall.
    Inside,
}

/// The four scores, each 0 at worst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manifold {
    /// Share of the generated samples inside the real manifold: fidelity, at most 1.
    pub precision: f64,
    /// Share of the real samples inside the generated manifold: variety, at most 1.
    pub recall: f64,
    /// Mean number of real balls around a generated sample, over k; about 1 for equal sets, and may exceed it.
    pub density: f64,
    /// Share of the real samples whose own ball holds a generated sample, at most 1.
    pub coverage: f64,
}

/// What each sample adds to the four scores, which are their means.
///
/// Resampling these with the manifolds as they are gives intervals without the repeated samples that would shrink the neighbourhoods.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// 1 for a generated sample inside the real manifold.
    pub precision: Vec<f64>,
    /// 1 for a real sample inside the generated manifold.
    pub recall: Vec<f64>,
    /// Number of real balls around a generated sample, over k.
    pub density: Vec<f64>,
    /// 1 for a real sample whose own ball holds a generated sample.
    pub coverage: Vec<f64>,
}

/// Improved precision and recall (Kynkäänniemi et al. 2019, equations 1 and 2), density and coverage (Naeem et al. 2020, section 3)
/// for neighbourhoods of `nearest_k`.
///
/// prdc and torch-fidelity agree but for ties ([`Rim`]).
///
/// # Errors
/// For k = 0, no more than k samples in a set, or different dimensions.
pub fn manifold(real: &Features, fake: &Features, nearest_k: usize, rim: Rim) -> Result<Manifold, MetricError> {
    let Membership { precision, recall, density, coverage } = membership(real, fake, nearest_k, rim)?;
    let mean = |each: Vec<f64>| each.iter().sum::<f64>() / each.len() as f64;
    Ok(Manifold { precision: mean(precision), recall: mean(recall), density: mean(density), coverage: mean(coverage) })
}

/// The same sample by sample (Kynkäänniemi et al. 2019, equation 1; Naeem et al. 2020, equations 4 and 5).
///
/// # Errors
/// As [`manifold`].
pub fn membership(real: &Features, fake: &Features, nearest_k: usize, rim: Rim) -> Result<Membership, MetricError> {
    if nearest_k == 0 {
        return Err(MetricError::Setting { what: "nearest_k", range: "it is at least 1" });
    }
    let real_radii = radii(real, nearest_k)?;
    let fake_radii = radii(fake, nearest_k)?;
    let distances = real.distances(fake)?;
    let is_inside = |distance: f64, radius: f64| match rim {
        Rim::Outside => distance < radius,
        Rim::Inside => distance <= radius,
    };
    let one = |is_true: bool| f64::from(u8::from(is_true));
    // For each generated sample, how many real balls it lies in.
    let mut balls = vec![0usize; fake.len()];
    let (mut recall, mut coverage) = (Vec::with_capacity(real.len()), Vec::with_capacity(real.len()));
    for (row, &radius) in distances.zip(&real_radii) {
        let mut holds_any = false;
        for (&distance, count) in row.iter().zip(&mut balls) {
            let inside = is_inside(distance, radius);
            *count += usize::from(inside);
            holds_any |= inside;
        }
        coverage.push(one(holds_any));
        recall.push(one(row.iter().zip(&fake_radii).any(|(&distance, &radius)| is_inside(distance, radius))));
    }
    Ok(Membership {
        precision: balls.iter().map(|count| one(*count > 0)).collect(),
        recall,
        density: balls.iter().map(|count| *count as f64 / nearest_k as f64).collect(),
        coverage,
    })
}

/// Distance of each sample to its k-th nearest other one.
fn radii(features: &Features, k: usize) -> Result<Vec<f64>, MetricError> {
    features.at_least(k + 1)?;
    let radius = |(i, mut row): (usize, Vec<f64>)| {
        row.swap_remove(i);
        *row.select_nth_unstable_by(k - 1, f64::total_cmp).1
    };
    Ok(features.distances(features)?.enumerate().map(radius).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn identical_sets_are_faithful_and_varied(values in proptest::collection::vec(-2.0..2.0f64, 24), k in 1..4usize) {
            let a = Features::new(values, 3).unwrap();
            let scores = manifold(&a, &a, k, Rim::Outside).unwrap();
            prop_assert_eq!((scores.precision, scores.recall, scores.coverage), (1.0, 1.0, 1.0));
            // A sample lies in its own ball and, with the rim outside, in k − 1 others on average.
            prop_assert!((scores.density - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn sets_far_apart_share_nothing() {
        let a = Features::new(vec![0.0, 1.0, 2.0], 1).unwrap();
        let b = Features::new(vec![100.0, 101.0, 103.0], 1).unwrap();
        let want = Manifold { precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 };
        assert_eq!(manifold(&a, &b, 2, Rim::Inside), Ok(want));
    }

    #[test]
    fn copies_need_the_rim() {
        let points = Features::new(vec![5.0; 4], 1).unwrap();
        assert_eq!(manifold(&points, &points, 1, Rim::Outside).unwrap().precision, 0.0);
        assert_eq!(manifold(&points, &points, 1, Rim::Inside).unwrap().precision, 1.0);
        assert_eq!(manifold(&points, &points, 4, Rim::Inside), Err(MetricError::TooFew { found: 4, needed: 5 }));
    }
}
