//! A schedule drawn by hand: a smooth falling curve through control points.

use super::ScheduleError;

/// ᾱ(u) through given points: the monotone cubic of Fritsch and Carlson (1980), so that a falling list gives a falling curve.
///
/// Between two points `(u_0, a_0)` and `(u_1, a_1)` it is the cubic Hermite polynomial of their slopes; slopes are harmonic means of the
/// neighbouring secants (SciPy's `PchipInterpolator`).
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPoints {
    points: Vec<(f64, f64)>,
    slopes: Vec<f64>,
}

impl ControlPoints {
    /// The curve through `points`, pairs of u and ᾱ.
    ///
    /// # Errors
    /// [`ScheduleError::ControlPoint`] unless there are two or more, u rises strictly from 0 to 1, and ᾱ falls or rests within [0, 1],
    /// above 0 at the start.
    pub fn new(points: Vec<(f64, f64)>) -> Result<Self, ScheduleError> {
        let wrong = |index: usize| Err(ScheduleError::ControlPoint { index });
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return wrong(0) };
        if first.0 != 0.0 || !(first.1 > 0.0 && first.1 <= 1.0) {
            return wrong(0);
        }
        if let Some(index) = points.windows(2).position(|pair| !follows(pair[0], pair[1])) {
            return wrong(index + 1);
        }
        if last.0 != 1.0 {
            return wrong(points.len() - 1);
        }
        let slopes = slopes(&points);
        Ok(Self { points, slopes })
    }

    /// The points, pairs of u and ᾱ.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// ᾱ at `u`, which is brought within [0, 1].
    pub fn at(&self, u: f64) -> f64 {
        let u = u.clamp(0.0, 1.0);
        let right = self.points.partition_point(|point| point.0 <= u).clamp(1, self.points.len() - 1);
        let ((u_0, a_0), (u_1, a_1)) = (self.points[right - 1], self.points[right]);
        let (h, s) = (u_1 - u_0, (u - u_0) / (u_1 - u_0));
        let (left_slope, right_slope) = (self.slopes[right - 1], self.slopes[right]);
        let value = a_0
            + s * (h * left_slope
                + s * (3.0 * (a_1 - a_0) - h * (2.0 * left_slope + right_slope)
                    + s * (2.0 * (a_0 - a_1) + h * (left_slope + right_slope))));
        // Rounding may step past the ends of the interval by an ulp.
        value.clamp(a_1, a_0)
    }
}

/// Whether a point may come after another.
fn follows(before: (f64, f64), after: (f64, f64)) -> bool {
    after.0 > before.0 && after.1 <= before.1 && after.1 >= 0.0
}

fn slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let width = |i: usize| points[i + 1].0 - points[i].0;
    let secant = |i: usize| (points[i + 1].1 - points[i].1) / width(i);
    let last = points.len() - 1;
    let inner = |i: usize| {
        let (before, after) = (secant(i - 1), secant(i));
        if before * after <= 0.0 {
            return 0.0;
        }
        let (w_0, w_1) = (2.0 * width(i) + width(i - 1), width(i) + 2.0 * width(i - 1));
        (w_0 + w_1) / (w_0 / before + w_1 / after)
    };
    let end = |near: usize, far: usize| {
        let (d_0, d_1) = (secant(near), secant(far));
        let slope = ((2.0 * width(near) + width(far)) * d_0 - width(near) * d_1) / (width(near) + width(far));
        // No rise, and no overshoot where the curve bends the other way next.
        if slope * d_0 <= 0.0 { 0.0 } else { slope.max(3.0 * d_0) }
    };
    (0..=last)
        .map(|i| match i {
            _ if last == 1 => secant(0),
            0 => end(0, 1),
            _ if i == last => end(last - 1, last - 2),
            _ => inner(i),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diffusion::schedule::alpha_bar::AlphaBar;

    proptest! {
        #[test]
        fn the_curve_falls_and_meets_its_points(
            widths in prop::collection::vec(0.01f64..1.0, 1..8),
            drops in prop::collection::vec(0.0f64..1.0, 9),
        ) {
            let (span, fall): (f64, f64) = (widths.iter().sum(), 0.1 + drops.iter().take(widths.len()).sum::<f64>());
            let (mut u, mut a, mut points) = (0.0, 1.0, vec![(0.0, 1.0)]);
            for (width, drop) in widths.iter().zip(&drops) {
                u += width / span;
                a -= drop / fall;
                points.push((u, a));
            }
            points.last_mut().unwrap().0 = 1.0;
            let curve = ControlPoints::new(points.clone()).unwrap();
            for (u, a) in &points {
                prop_assert!((curve.at(*u) - a).abs() < 1e-12);
            }
            let values: Vec<f64> = (0..=200).map(|i| curve.at(f64::from(i) / 200.0)).collect();
            prop_assert!(values.windows(2).all(|pair| pair[1] <= pair[0]));
            prop_assert!(AlphaBar::Points(curve).schedule(50, 0.999).is_ok());
        }
    }

    #[test]
    fn what_is_no_curve_is_refused() {
        let index = |points: &[(f64, f64)]| match ControlPoints::new(points.to_vec()) {
            Err(ScheduleError::ControlPoint { index }) => Some(index),
            _ => None,
        };
        assert_eq!(index(&[]), Some(0));
        assert_eq!(index(&[(0.0, 1.0)]), Some(0));
        assert_eq!(index(&[(0.1, 1.0), (1.0, 0.0)]), Some(0));
        assert_eq!(index(&[(0.0, 0.0), (1.0, 0.0)]), Some(0));
        assert_eq!(index(&[(0.0, 1.0), (0.5, 0.4), (1.0, 0.5)]), Some(2));
        assert_eq!(index(&[(0.0, 1.0), (0.0, 0.4), (1.0, 0.0)]), Some(1));
        assert_eq!(index(&[(0.0, 1.0), (0.5, f64::NAN), (1.0, 0.0)]), Some(1));
        assert_eq!(index(&[(0.0, 1.0), (1.0, 0.0)]), None);
    }

    /// Two points make a straight line, where ᾱ_t = 1 − (t + 1)/T exactly.
    #[test]
    fn two_points_make_a_line() {
        let line = AlphaBar::Points(ControlPoints::new(vec![(0.0, 1.0), (1.0, 0.0)]).unwrap());
        let schedule = line.schedule(10, 0.999).unwrap();
        for t in 0..9 {
            assert!((schedule.alpha_cumprod(t) - (1.0 - (t + 1) as f64 / 10.0)).abs() < 1e-15);
        }
    }
}
