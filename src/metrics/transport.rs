//! Sliced Wasserstein distance (Rabin et al. 2012, Bonneel et al. 2015).

use super::{Features, MetricError};
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};

/// Sliced Wasserstein distance (Rabin et al. 2012; Bonneel et al. 2015), `(mean over directions of W_p^p)^(1/p)`, between the projections of two sets, of any sizes, for p ≥ 1.
///
/// Directions are uniform on the sphere and seeded; the mean before the root is the convention of POT.
///
/// # Errors
/// For an empty set, different dimensions, no projection, p below 1, or numbers whose p-th power is too large.
pub fn sliced_wasserstein(
    a: &Features,
    b: &Features,
    p: f64,
    projections: usize,
    seed: u64,
) -> Result<f64, MetricError> {
    a.same_dimensions(b)?;
    a.at_least(1)?;
    b.at_least(1)?;
    if projections == 0 || !(p >= 1.0 && p.is_finite()) {
        return Err(MetricError::Setting {
            what: "p or the projections",
            range: "take p ≥ 1 and at least 1 projection",
        });
    }
    let stream = Stream::new(seed, Purpose::Evaluation);
    let one = |index: usize| {
        let direction = direction(stream.draw(index as u32), a.dimensions());
        wasserstein_power(&mut project(a, &direction), &mut project(b, &direction), p)
    };
    let mean = (0..projections).map(one).sum::<f64>() / projections as f64;
    if mean.is_finite() { Ok(math::powf(mean, 1.0 / p)) } else { Err(MetricError::NotFinite) }
}

/// A point uniform on the unit sphere.
fn direction(stream: Stream, dimensions: usize) -> Vec<f64> {
    let normal = stream.normal(dimensions);
    let norm = normal.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    // A normal draw of exactly zero length is no direction; the first axis serves.
    let axis = |i: usize| f64::from(u8::from(i == 0));
    let unit = |(i, &x): (usize, &f32)| if norm > 0.0 { f64::from(x) / norm } else { axis(i) };
    normal.iter().enumerate().map(unit).collect()
}

fn project(features: &Features, direction: &[f64]) -> Vec<f64> {
    features.rows().map(|row| row.iter().zip(direction).map(|(x, d)| x * d).sum()).collect()
}

/// The Wasserstein distance on the line to the power p (Villani 2003, theorem 2.18), `W_p^p` of two sets of numbers: `∫₀¹ |F⁻¹(u) − G⁻¹(u)|^p du`, exact for unequal sizes; sorts both; 0 where one is empty.
pub fn wasserstein_power(a: &mut [f64], b: &mut [f64], p: f64) -> f64 {
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let (n, m) = (a.len(), b.len());
    let (mut i, mut j, mut done, mut total) = (0, 0, 0, 0.0);
    // Positions count in steps of 1/(n·m), so that the ends of equal quantiles meet exactly.
    while i < n && j < m {
        let end = ((i + 1) * m).min((j + 1) * n);
        total += (end - done) as f64 * math::powf((a[i] - b[j]).abs(), p);
        done = end;
        i += usize::from(end == (i + 1) * m);
        j += usize::from(end == (j + 1) * n);
    }
    total / (n * m).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn repeating_every_number_changes_nothing(a in proptest::collection::vec(-3.0..3.0f64, 1..8), b in proptest::collection::vec(-3.0..3.0f64, 1..8)) {
            let once = wasserstein_power(&mut a.clone(), &mut b.clone(), 2.0);
            let thrice = wasserstein_power(&mut a.repeat(3), &mut b.clone(), 2.0);
            prop_assert!((once - thrice).abs() < 1e-12 * (1.0 + once));
        }
    }

    #[test]
    fn shifted_points_are_the_mean_projection_of_the_shift_apart() {
        let a = Features::new(vec![0.0; 6], 3).unwrap();
        let b = Features::new([1.0, 2.0, 2.0].repeat(5), 3).unwrap();
        let distance = sliced_wasserstein(&a, &b, 2.0, 20_000, 3).unwrap();
        // E⟨shift, direction⟩² = |shift|²/D = 3; its standard deviation is 9·√(4/45) = 2.7, so five standard errors are 0.1.
        assert!((distance * distance - 3.0).abs() < 0.1);
    }

    #[test]
    fn one_dimension_is_exact() {
        let a = Features::new(vec![0.0, 1.0, 2.0], 1).unwrap();
        let b = Features::new(vec![5.0, 6.0, 7.0], 1).unwrap();
        assert!((sliced_wasserstein(&a, &b, 1.0, 3, 0).unwrap() - 5.0).abs() < 1e-12);
        assert_eq!(wasserstein_power(&mut [0.0, 1.0], &mut [0.5], 1.0), 0.5);
        assert!(sliced_wasserstein(&a, &b, 0.5, 3, 0).is_err());
        assert!(sliced_wasserstein(&a, &Features::new(vec![], 1).unwrap(), 1.0, 3, 0).is_err());
    }
}
