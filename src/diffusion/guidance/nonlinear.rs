//! Guidance that looks at the predictions: rescaling, projection, best fit, shared direction, magnitude.
//!
//! Every function takes one sample; `⟨a, b⟩` is the dot product over all its numbers, `|a|` the 2-norm.

use super::linear::Formulation;
use crate::diffusion::math;

/// Keeps the best fit of CFG-Zero* finite, as in diffusers.
const ZERO_STAR_EPSILON: f64 = 1e-8;

/// Projection, norm limit and momentum of adaptive projected guidance (Sadat et al. 2024, algorithm 1).
///
/// The paper's `norm_dim` is the choice of what a sample is: pass each group of numbers on its own to limit and project it on its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Share of the part parallel to the conditional prediction that is kept; 1 is plain guidance, 0 perpendicular guidance.
    pub eta: f64,
    /// Largest norm of the difference, r; 0 is no limit.
    pub norm_threshold: f64,
    /// β of the running sum `m ← d + β·m`, usually negative; `None` is no memory.
    pub momentum: Option<f64>,
}

impl Projection {
    /// Adaptive projected guidance (Sadat et al. 2024, algorithm 1): the direction to push in, `d⊥ + η·d∥`.
    ///
    /// Here d is the difference `c − u` after momentum and norm limit.
    ///
    /// `memory` holds m of the last step, empty at the first.
    pub fn update(&self, c: &[f64], u: &[f64], memory: &mut Vec<f64>) -> Vec<f64> {
        let mut d: Vec<f64> = c.iter().zip(u).map(|(c, u)| c - u).collect();
        if let Some(beta) = self.momentum {
            d.iter_mut().zip(memory.iter()).for_each(|(d, m)| *d += beta * m);
            memory.clone_from(&d);
        }
        let norm = norm(&d);
        if self.norm_threshold > 0.0 && norm > self.norm_threshold {
            d.iter_mut().for_each(|d| *d *= self.norm_threshold / norm);
        }
        let squared = dot(c, c);
        // d − (1 − η)·d∥; a conditional prediction of zero has no direction, so nothing is parallel to it.
        let parallel = if squared > 0.0 { dot(&d, c) / squared } else { 0.0 };
        d.iter_mut().zip(c).for_each(|(d, c)| *d -= (1.0 - self.eta) * parallel * c);
        d
    }
}

/// `guidance_rescale` (Lin et al. 2023, section 3.4): `φ·g·std(c)/std(g) + (1 − φ)·g`.
///
/// std is over all numbers of the sample; a guided prediction without spread stays as it is.
pub fn rescale(guided: Vec<f64>, conditional: &[f64], phi: f64) -> Vec<f64> {
    let spread = std_dev(&guided);
    if phi <= 0.0 || spread == 0.0 {
        return guided;
    }
    let factor = phi * std_dev(conditional) / spread + (1.0 - phi);
    guided.into_iter().map(|value| value * factor).collect()
}

/// The scale s* of CFG-Zero* (Fan et al. 2025): `⟨c, u⟩ / (|u|² + 1e-8)`, the least-squares fit of `s·u` to c.
pub fn best_fit(c: &[f64], u: &[f64]) -> f64 {
    dot(c, u) / (dot(u, u) + ZERO_STAR_EPSILON)
}

/// The unconditional prediction of tangential guidance (Kwon et al. 2025): u projected on the leading right singular vector of `[c; u]`.
///
/// That vector is `(a·c + b·u) / √λ`, where (a, b) is the leading eigenvector of the 2 × 2 Gram matrix and λ its eigenvalue.
pub fn tangential(c: &[f64], u: &[f64]) -> Vec<f64> {
    let (cc, cu, uu) = (dot(c, c), dot(c, u), dot(u, u));
    let (middle, half) = (0.5 * (cc + uu), 0.5 * (cc - uu));
    let lambda = middle + math::sqrt(half * half + cu * cu);
    // Of the two forms of the eigenvector, the one that does not cancel.
    let (a, b) = if half >= 0.0 { (lambda - uu, cu) } else { (cu, lambda - cc) };
    let squared = a * a * cc + 2.0 * a * b * cu + b * b * uu;
    let share = if squared > 0.0 { (a * cu + b * uu) / squared } else { 0.0 };
    c.iter().zip(u).map(|(c, u)| share * (a * c + b * u)).collect()
}

/// Magnitude-aware guidance, MAMBO-G (Zhu et al. 2025; diffusers' `MagnitudeAwareGuidance`), the scale in force: `1 + (w − 1)·exp(−α·|c − u|/|u|)`, or `w·exp(…)` in the original formulation.
///
/// Where u is zero the ratio is infinite and the scale neutral, unless α is 0.
pub fn magnitude_aware(formulation: Formulation, w: f64, alpha: f64, c: &[f64], u: &[f64]) -> f64 {
    let difference = math::sqrt(c.iter().zip(u).map(|(c, u)| (c - u) * (c - u)).sum());
    let damping = match norm(u) {
        _ if alpha == 0.0 || difference == 0.0 => 1.0,
        size if size > 0.0 => math::exp(-alpha * difference / size),
        _ => 0.0,
    };
    formulation.neutral() + (w - formulation.neutral()) * damping
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    math::sqrt(dot(a, a))
}

/// Standard deviation with divisor n − 1 (torch's default); 0 for fewer than two numbers.
fn std_dev(x: &[f64]) -> f64 {
    if x.len() < 2 {
        return 0.0;
    }
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    math::sqrt(x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (x.len() - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(-3.0..3.0f64, 9)
    }

    proptest! {
        #[test]
        fn perpendicular_guidance_pushes_at_right_angles(c in numbers(), u in numbers()) {
            let projection = Projection { eta: 0.0, norm_threshold: 0.0, momentum: None };
            let update = projection.update(&c, &u, &mut Vec::new());
            prop_assert!(dot(&update, &c).abs() <= 1e-12 * (1.0 + dot(&c, &c)));
        }

        #[test]
        fn the_norm_limit_holds(c in numbers(), u in numbers(), r in 0.1..2.0f64) {
            let projection = Projection { eta: 1.0, norm_threshold: r, momentum: None };
            prop_assert!(norm(&projection.update(&c, &u, &mut Vec::new())) <= r * (1.0 + 1e-12));
        }

        #[test]
        fn full_rescaling_gives_the_spread_of_the_conditional_prediction(c in numbers(), u in numbers()) {
            prop_assume!(std_dev(&u) > 1e-3);
            prop_assert!((std_dev(&rescale(u, &c, 1.0)) - std_dev(&c)).abs() < 1e-12);
        }

        #[test]
        fn the_best_fit_leaves_a_rest_at_right_angles(c in numbers(), u in numbers()) {
            prop_assume!(dot(&u, &u) > 0.1);
            let s = best_fit(&c, &u);
            let rest: f64 = c.iter().zip(&u).map(|(c, u)| (c - s * u) * u).sum();
            // The 1e-8 of the formula leaves s·1e-8 of the product.
            prop_assert!(rest.abs() <= 2e-8 * (1.0 + s.abs()));
        }

        #[test]
        fn the_shared_direction_of_parallel_predictions_is_their_own(u in numbers(), k in -2.0..2.0f64) {
            let c: Vec<f64> = u.iter().map(|u| k * u).collect();
            for (kept, u) in tangential(&c, &u).iter().zip(&u) {
                prop_assert!((kept - u).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn predictions_of_zero_stay_finite() {
        let (zero, one) = ([0.0; 3], [1.0, 2.0, 3.0]);
        let projection = Projection { eta: 0.0, norm_threshold: 1.0, momentum: None };
        for (c, u) in [(&zero, &one), (&one, &zero), (&zero, &zero)] {
            assert!(projection.update(c, u, &mut Vec::new()).iter().all(|v| v.is_finite()));
            assert!(tangential(c, u).iter().all(|v| v.is_finite()));
            assert!(best_fit(c, u).is_finite());
            assert!(magnitude_aware(Formulation::Interpolated, 4.0, 8.0, c, u).is_finite());
        }
        assert_eq!(rescale(vec![2.0; 3], &one, 0.7), vec![2.0; 3]);
    }
}
