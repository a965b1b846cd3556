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
    /// The denoised estimate x̂0 from state and output at any level (`alpha`, `sigma`) (ε: Ho et al. 2020, equation 15; v: Salimans and Ho 2022, appendix D).
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

    /// The training target (Salimans and Ho 2022, section 4 and appendix D) as `(of_x0, of_noise)`: `of_x0 · x0 + of_noise · ε`.
    pub fn target(self, alpha: f64, sigma: f64) -> (f64, f64) {
        match self {
            Self::Epsilon => (0.0, 1.0),
            Self::Sample => (1.0, 0.0),
            Self::VPrediction => (-sigma, alpha),
            Self::FlowPrediction => (-1.0, 1.0),
        }
    }

    /// The conversion between parameterisations (Salimans and Ho 2022, section 4) at any level: the output of a network of kind `to` from the state and the
    /// output of one of this kind.
    ///
    /// State `x = α·x0 + σ·ε` and output `y = a·x0 + b·ε` ([`Self::target`]) are two equations for x0 and ε, of determinant `α·b − σ·a`.
    /// `None` where that is 0, so that the output says nothing of what is asked: ε of a picture without picture (α = 0), x0 of one without noise.
    pub fn convert(self, to: Self, alpha: f64, sigma: f64) -> Option<Affine> {
        if self == to {
            return Some(Affine { of_x: 0.0, of_output: 1.0 });
        }
        let ((a, b), (to_a, to_b)) = (self.target(alpha, sigma), to.target(alpha, sigma));
        let determinant = alpha * b - sigma * a;
        let of_x = (to_a * b - to_b * a) / determinant;
        let of_output = (to_b * alpha - to_a * sigma) / determinant;
        (determinant != 0.0).then_some(Affine { of_x, of_output })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [PredictionType; 4] =
        [PredictionType::Epsilon, PredictionType::Sample, PredictionType::VPrediction, PredictionType::FlowPrediction];

    fn output(kind: PredictionType, x0: f64, noise: f64, alpha: f64, sigma: f64) -> f64 {
        let (of_x0, of_noise) = kind.target(alpha, sigma);
        of_x0 * x0 + of_noise * noise
    }

    proptest! {
        #[test]
        fn every_kind_becomes_every_other(
            from in 0usize..4, to in 0usize..4,
            x0 in -3.0f64..3.0, noise in -3.0f64..3.0, alpha in 0.05f64..1.0, sigma in 0.05f64..20.0,
        ) {
            let (from, to) = (KINDS[from], KINDS[to]);
            let map = from.convert(to, alpha, sigma).unwrap();
            let x = alpha * x0 + sigma * noise;
            let got = map.of_x * x + map.of_output * output(from, x0, noise, alpha, sigma);
            // A determinant is at least 0.05 and no factor above 20 · 20, so rounding grows to 10⁴ ulp of 100 at most.
            prop_assert!((got - output(to, x0, noise, alpha, sigma)).abs() < 1e-9);
            let denoised = from.to_denoised(alpha, sigma);
            let sample = from.convert(PredictionType::Sample, alpha, sigma).unwrap();
            prop_assert!((denoised.of_x - sample.of_x).abs() < 1e-12 && (denoised.of_output - sample.of_output).abs() < 1e-9);
        }
    }

    #[test]
    fn the_ends_are_exact_or_said_to_be_open() {
        use PredictionType::{Epsilon, FlowPrediction, Sample, VPrediction};
        let affine = |of_x, of_output| Some(Affine { of_x, of_output });
        // Pure noise: v is −x0, the flow's velocity ε − x0 with ε = x, and ε itself says nothing of x0.
        assert_eq!(VPrediction.convert(Sample, 0.0, 1.0), affine(0.0, -1.0));
        assert_eq!(FlowPrediction.convert(Sample, 0.0, 1.0), affine(1.0, -1.0));
        assert_eq!(Epsilon.convert(Sample, 0.0, 1.0), None);
        // The clean picture: v is ε, and x0 says nothing of ε.
        assert_eq!(VPrediction.convert(Epsilon, 1.0, 0.0), affine(0.0, 1.0));
        assert_eq!(Sample.convert(Epsilon, 1.0, 0.0), None);
        assert_eq!(Epsilon.convert(Epsilon, 0.0, 1.0), affine(0.0, 1.0));
    }
}
