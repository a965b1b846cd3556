//! Averages of weights whose length is chosen after training (Karras et al. 2024, EDM2, section 3).
//!
//! Training keeps a few averages of power-function profile, `w(τ) ∝ τ^γ` over the time τ of training, and stores snapshots of them.
//! Any other profile is afterwards the least-squares combination of the snapshots.

use super::math;

/// Post-hoc EMA (Karras et al. 2024, EDM2): γ of the profile of relative width `sigma_rel`: the largest root of `(γ + 1)/((γ + 2)² (γ + 3)) = sigma_rel²` (EDM2, equation 128).
///
/// `None` outside 0 to 0.3003, the widest that a power function can be.
pub fn sigma_rel_to_gamma(sigma_rel: f64) -> Option<f64> {
    // The root is where γ³ + 7γ² + (16 − s)γ + 12 − s = 0 with s = 1/sigma_rel²; the profile is widest at γ = (√5 − 3)/2.
    let widest = 0.5 * (math::sqrt(5.0) - 3.0);
    let s = 1.0 / (sigma_rel * sigma_rel);
    let cubic = |x: f64| ((x + 7.0) * x + 16.0 - s) * x + 12.0 - s;
    if !(sigma_rel > 0.0 && s.is_finite() && cubic(widest) <= 0.0) {
        return None;
    }
    // Above its largest root the cubic is convex and rising, so Newton's method falls monotonically onto it; γ < 1/sigma_rel.
    let mut gamma = 1.0 / sigma_rel;
    for _ in 0..100 {
        let next = gamma - cubic(gamma) / ((3.0 * gamma + 14.0) * gamma + 16.0 - s);
        if next >= gamma {
            break;
        }
        gamma = next;
    }
    Some(gamma)
}

/// Post-hoc EMA (Karras et al. 2024, EDM2, equation 126): the relative width of the profile `τ^γ`, `√((γ + 1)/((γ + 2)² (γ + 3)))`.
pub fn gamma_to_sigma_rel(gamma: f64) -> f64 {
    math::sqrt((gamma + 1.0) / (gamma + 3.0)) / (gamma + 2.0)
}

/// The power function EMA (Karras et al. 2024, EDM2): the decay of update `step`, from 0, that gives the profile `τ^γ`: `(1 − 1/(step + 1))^(γ + 1)` (EDM2, algorithm 2).
pub fn power_function_decay(gamma: f64, step: u64) -> f64 {
    math::powf(1.0 - 1.0 / (step as f64 + 1.0), gamma + 1.0)
}

/// A power function profile (Karras et al. 2024, EDM2): when it was taken and its γ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// The step of training at its end, above 0.
    pub step: f64,
    /// γ.
    pub gamma: f64,
}

/// The inner product of two profiles (EDM2, algorithm 3, `p_dot_p`).
fn inner_product(a: Profile, b: Profile) -> f64 {
    let exponent = if a.step < b.step { b.gamma } else { -a.gamma };
    let scale = (a.gamma + 1.0) * (b.gamma + 1.0) / ((a.gamma + b.gamma + 1.0) * a.step.max(b.step));
    scale * math::powf(a.step / b.step, exponent)
}

/// Post-hoc EMA's reconstruction (Karras et al. 2024, EDM2): factors of the snapshots whose sum comes nearest to the profile `target` (EDM2, algorithm 3, `solve_weights`).
///
/// `None` where two snapshots are alike, there is none, or a step is not above 0.
pub fn solve_weights(snapshots: &[Profile], target: Profile) -> Option<Vec<f64>> {
    let fine = !snapshots.is_empty() && snapshots.iter().chain([&target]).all(|profile| profile.step > 0.0);
    let row = |a: &Profile| {
        let products = snapshots.iter().map(|b| inner_product(*a, *b));
        products.chain([inner_product(*a, target)]).collect::<Vec<_>>()
    };
    if fine { eliminate(snapshots.iter().map(row).collect()) } else { None }
}

/// Solves a linear system given as rows `[A | b]`, by Gauss with partial pivoting.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let (above, below) = rows.split_at_mut(column + 1);
        let head = above.last()?;
        if head[column] == 0.0 || !head[column].is_finite() {
            return None;
        }
        for row in below {
            let factor = row[column] / head[column];
            row.iter_mut().zip(head).skip(column).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * x[j]).sum();
        x[i] = (rows[i][n] - known) / rows[i][i];
    }
    x.iter().all(|value| value.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn widths_and_exponents_are_inverse(sigma_rel in 0.001f64..0.3) {
            let gamma = sigma_rel_to_gamma(sigma_rel).unwrap();
            prop_assert!((gamma_to_sigma_rel(gamma) / sigma_rel - 1.0).abs() < 1e-9);
        }

        /// The decays do give the profile: a trace of ones and zeros is averaged to the share of τ^γ.
        #[test]
        fn decays_make_the_power_profile(gamma in 0.5f64..20.0, share in 0.2f64..0.9) {
            let total = 2000;
            let mut average = 0.0;
            for step in 0..total {
                let weight = if f64::from(step) < share * f64::from(total) { 1.0 } else { 0.0 };
                let decay = power_function_decay(gamma, u64::from(step as u32));
                average = decay * average + (1.0 - decay) * weight;
            }
            // The sum over steps is an integral up to (γ + 1)/steps.
            prop_assert!((average - share.powf(gamma + 1.0)).abs() < 2.0 * (gamma + 1.0) / f64::from(total));
        }
    }

    #[test]
    fn a_stored_profile_is_found_again() {
        let profile = |step: f64, gamma: f64| Profile { step, gamma };
        let stored = [profile(1000.0, 16.97), profile(1000.0, 6.94), profile(2000.0, 16.97), profile(2000.0, 6.94)];
        let weights = solve_weights(&stored, stored[3]).unwrap();
        for (got, want) in weights.iter().zip([0.0, 0.0, 0.0, 1.0]) {
            assert!((got - want).abs() < 1e-9);
        }
        assert_eq!(solve_weights(&[], stored[0]), None);
        assert_eq!(solve_weights(&[profile(0.0, 1.0)], stored[0]), None);
    }

    #[test]
    fn impossible_widths_have_no_exponent() {
        for sigma_rel in [0.0, -0.1, 0.31, f64::NAN, f64::INFINITY] {
            assert_eq!(sigma_rel_to_gamma(sigma_rel), None);
        }
        assert!(sigma_rel_to_gamma(0.3).is_some());
    }
}
