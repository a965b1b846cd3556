//! Memorisation: whether samples are copies of the training set.

use super::features::squared_distance;
use super::{Features, MetricError};

/// A sample's way to the training set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The nearest training row.
    pub index: usize,
    /// Distance to it.
    pub distance: f64,
    /// That distance over the distance to the second nearest, in [0, 1]; 1 where both are 0.
    pub ratio: f64,
}

/// Nearest-neighbour memorisation (Carlini et al. 2023; Yoon et al. 2023): the nearest training row of each sample.
///
/// # Errors
/// For fewer than two training rows, different dimensions, or distances too large for a number.
pub fn nearest(samples: &Features, train: &Features) -> Result<Vec<Neighbour>, MetricError> {
    samples.same_dimensions(train)?;
    train.at_least(2)?;
    let found: Vec<Neighbour> = samples.rows().map(|sample| neighbour(sample, train)).collect();
    if found.iter().all(|near| near.distance.is_finite()) { Ok(found) } else { Err(MetricError::NotFinite) }
}

fn neighbour(sample: &[f64], train: &Features) -> Neighbour {
    let (mut index, mut first, mut second) = (0, f64::INFINITY, f64::INFINITY);
    for (i, row) in train.rows().enumerate() {
        let distance = squared_distance(sample, row);
        if distance < first {
            (index, first, second) = (i, distance, first);
        } else {
            second = second.min(distance);
        }
    }
    let ratio = if second > 0.0 { (first / second).sqrt() } else { 1.0 };
    Neighbour { index, distance: first.sqrt(), ratio }
}

/// Memorised share (Yoon et al. 2023): the samples nearer to one training row than `ratio` times the distance to the next.
///
/// They take 1/3; exact copies count where the next row differs.
///
/// # Errors
/// As [`nearest`], and for no sample.
pub fn memorised_share(samples: &Features, train: &Features, ratio: f64) -> Result<f64, MetricError> {
    samples.at_least(1)?;
    let neighbours = nearest(samples, train)?;
    Ok(neighbours.iter().filter(|neighbour| neighbour.ratio < ratio).count() as f64 / neighbours.len() as f64)
}

/// Data-copying score (Meehan et al. 2020, without their cells): the z-value of a Mann-Whitney test whether samples lie
/// nearer to the training set than held-out data do.
///
/// About N(0, 1) without copying, far below 0 with it, far above 0 where samples are worse than held-out data.
///
/// # Errors
/// As [`nearest`], and for no sample or no held-out row.
pub fn copying_score(samples: &Features, held_out: &Features, train: &Features) -> Result<f64, MetricError> {
    samples.at_least(1)?;
    held_out.at_least(1)?;
    let distances = |set: &Features| -> Result<Vec<f64>, MetricError> {
        Ok(nearest(set, train)?.into_iter().map(|neighbour| neighbour.distance).collect())
    };
    let (ours, mut theirs) = (distances(samples)?, distances(held_out)?);
    theirs.sort_unstable_by(f64::total_cmp);
    let (n, m) = (ours.len() as f64, theirs.len() as f64);
    // U counts the pairs in which the sample is farther; ties count half.
    let rank = |d: &f64| (theirs.partition_point(|x| x < d) + theirs.partition_point(|x| x <= d)) as f64 / 2.0;
    let u: f64 = ours.iter().map(rank).sum();
    Ok((u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::noise::{Purpose, Stream};

    fn normal(seed: u64, rows: usize) -> Features {
        let values = Stream::new(seed, Purpose::Evaluation).normal(rows * 2);
        Features::new(values.into_iter().map(f64::from).collect(), 2).unwrap()
    }

    #[test]
    fn copies_are_found_and_fresh_data_pass() {
        let (train, held_out, fresh) = (normal(1, 300), normal(2, 200), normal(3, 200));
        let copies = train.select(&(0..200).collect::<Vec<_>>());
        assert_eq!(memorised_share(&copies, &train, 1.0 / 3.0), Ok(1.0));
        assert!(nearest(&copies, &train).unwrap().iter().enumerate().all(|(i, n)| n.index == i && n.distance == 0.0));
        assert!(copying_score(&copies, &held_out, &train).unwrap() < -10.0);
        // Five standard deviations of the statistic.
        assert!(copying_score(&fresh, &held_out, &train).unwrap().abs() < 5.0);
    }

    #[test]
    fn too_little_data_is_an_error() {
        let (one, two) = (normal(1, 1), normal(2, 2));
        assert_eq!(nearest(&two, &one), Err(MetricError::TooFew { found: 1, needed: 2 }));
        assert!(memorised_share(&two.select(&[]), &two, 0.3).is_err());
    }
}
