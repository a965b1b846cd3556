//! What a network predicts, and the conversions between the choices at any level `x = α·x0 + σ·ε`.

use serde::{Deserialize, Serialize};

use super::plan::Level;

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
    /// The velocity of a straight flow, ε − x0 (Lipman et al. 2023; Liu et al. 2023).
    FlowPrediction,
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
    /// How to get the denoised estimate x̂0 from the state and the output at any level (`alpha`, `sigma`).
    ///
    /// epsilon: `(x − σ·ε) / α`; sample: the output; v: `(α·x − σ·v) / (α² + σ²)`; flow: `(x − σ·v) / (α + σ)`.
    pub fn to_denoised(self, alpha: f64, sigma: f64) -> Affine {
        match self {
            Self::Epsilon => Affine { of_x: 1.0 / alpha, of_output: -sigma / alpha },
            Self::Sample => Affine { of_x: 0.0, of_output: 1.0 },
            Self::VPrediction => {
                let norm = alpha * alpha + sigma * sigma;
                Affine { of_x: alpha / norm, of_output: -sigma / norm }
            }
            Self::FlowPrediction => Affine { of_x: 1.0 / (alpha + sigma), of_output: -sigma / (alpha + sigma) },
        }
    }

    /// The same at a level of a plan, whose network sees `x · input_scale`: factors of the state itself and of the output.
    pub fn denoised_at(self, level: &Level) -> Affine {
        let scale = level.input_scale;
        let Affine { of_x, of_output } = self.to_denoised(level.alpha * scale, level.sigma * scale);
        Affine { of_x: of_x * scale, of_output }
    }

    /// The training target as `(of_x0, of_noise)`: `of_x0 · x0 + of_noise · ε`.
    pub fn target(self, alpha: f64, sigma: f64) -> (f64, f64) {
        match self {
            Self::Epsilon => (0.0, 1.0),
            Self::Sample => (1.0, 0.0),
            Self::VPrediction => (-sigma, alpha),
            Self::FlowPrediction => (-1.0, 1.0),
        }
    }
}
