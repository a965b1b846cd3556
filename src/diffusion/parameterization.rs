//! What a network predicts, and the conversions between the choices at any level `x = α·x0 + σ·ε`.

use serde::{Deserialize, Serialize};

/// What the network's output means, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PredictionType {
    /// The noise ε (Ho et al. 2020).
    #[default]
    Epsilon,
    /// The clean picture x0.
    Sample,
    /// The velocity v = α·ε − σ·x0 (Salimans and Ho 2022).
    VPrediction,
}

/// Coefficients of an affine map `of_x · x + of_output · output`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Factor of the state.
    pub of_x: f64,
    /// Factor of the network's output.
    pub of_output: f64,
}

impl PredictionType {
    /// How to get the denoised estimate x̂0 from the state and the output at level (`alpha`, `sigma`), with `alpha² + sigma² = 1`.
    ///
    /// epsilon: `(x − σ·ε) / α`; sample: the output; v: `α·x − σ·v`.
    pub fn to_denoised(self, alpha: f64, sigma: f64) -> Affine {
        match self {
            Self::Epsilon => Affine { of_x: 1.0 / alpha, of_output: -sigma / alpha },
            Self::Sample => Affine { of_x: 0.0, of_output: 1.0 },
            Self::VPrediction => Affine { of_x: alpha, of_output: -sigma },
        }
    }

    /// The training target as `(of_x0, of_noise)`: `of_x0 · x0 + of_noise · ε`.
    pub fn target(self, alpha: f64, sigma: f64) -> (f64, f64) {
        match self {
            Self::Epsilon => (0.0, 1.0),
            Self::Sample => (1.0, 0.0),
            Self::VPrediction => (-sigma, alpha),
        }
    }
}
