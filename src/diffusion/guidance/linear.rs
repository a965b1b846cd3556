//! Guidance that is a weighted sum of predictions.

/// The two formulas of classifier-free guidance (Ho and Salimans 2022, equation 6; Saharia et al. 2022, equation 4): where the push starts.
///
/// diffusers' `use_original_formulation` chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulation {
    /// `u + w·(c − u)`, with w = 1 unguided: Imagen, Stable Diffusion, diffusers' default.
    #[default]
    Interpolated,
    /// `c + w·(c − u)`, with w = 0 unguided: the paper (Ho and Salimans 2022, equation 6).
    Original,
}

impl Formulation {
    /// Classifier-free guidance (Ho and Salimans 2022, equation 6) as coefficients `[of conditional, of unconditional]` at scale `w`.
    pub fn coefficients(self, w: f64) -> [f64; 2] {
        match self {
            Self::Interpolated => [w, 1.0 - w],
            Self::Original => [1.0 + w, -w],
        }
    }

    /// The scale at which guidance does nothing.
    pub fn neutral(self) -> f64 {
        match self {
            Self::Interpolated => 1.0,
            Self::Original => 0.0,
        }
    }
}

/// Coefficients `[of conditional, of unconditional, of weakened]` of guidance with a weakened prediction d.
///
/// Both scales: `base + w·(c − u) + s·(c − d)` with `base` u or c.
/// Without w, d takes the unconditional place; without s this is classifier-free guidance.
/// Skip-layer (Stability AI 2024), perturbed-attention (Ahn et al. 2024) and smoothed-energy guidance (Hong 2024) share it, after diffusers.
pub fn weakened(formulation: Formulation, w: Option<f64>, s: Option<f64>) -> [f64; 3] {
    match (w, s) {
        (None, None) => [1.0, 0.0, 0.0],
        (Some(w), None) => {
            let [c, u] = formulation.coefficients(w);
            [c, u, 0.0]
        }
        (None, Some(s)) => {
            let [c, d] = formulation.coefficients(s);
            [c, 0.0, d]
        }
        (Some(w), Some(s)) => {
            let [c, u] = formulation.coefficients(w);
            [c + s, u, -s]
        }
    }
}

/// Coefficients of several conditions at once: `u + Σ w_i·(c_i − u)` (Liu et al. 2022, "Compositional visual generation", equation 11).
///
/// The first coefficient is of the unconditional prediction; a negative w_i pushes away from its condition.
pub fn composed(scales: &[f64]) -> Vec<f64> {
    let unconditional = 1.0 - scales.iter().sum::<f64>();
    core::iter::once(unconditional).chain(scales.iter().copied()).collect()
}

/// `Σ a_i · p_i`, as long as the shortest prediction; a coefficient of 0 leaves its prediction out.
pub fn combine(terms: &[(f64, &[f64])]) -> Vec<f64> {
    let length = terms.iter().map(|(_, prediction)| prediction.len()).min().unwrap_or(0);
    let mut out = vec![0.0; length];
    for (coefficient, prediction) in terms.iter().filter(|(coefficient, _)| *coefficient != 0.0) {
        for (sum, value) in out.iter_mut().zip(*prediction) {
            *sum += coefficient * value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_sum_to_one_so_that_equal_predictions_stay() {
        for formulation in [Formulation::Interpolated, Formulation::Original] {
            for (w, s) in [(None, None), (Some(4.0), None), (None, Some(2.5)), (Some(4.0), Some(2.5))] {
                assert_eq!(weakened(formulation, w, s).iter().sum::<f64>(), 1.0);
            }
        }
        assert_eq!(composed(&[2.0, -0.5]), vec![-0.5, 2.0, -0.5]);
    }
}
