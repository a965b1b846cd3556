//! Guidance: how several predictions of one state become the one that the sampler uses.
//!
//! Linear guidance is a list of coefficients over the predictions ([`linear`]), which a batch of networks can apply as one weighted sum.
//! The rest ([`nonlinear`]) are short formulas on the numbers of one sample, `[C·H·W]` in any order of axes.
//! [`Guidance`] holds the choices by the names of diffusers' guiders and applies either kind.
//!
//! A negative prompt needs nothing of its own: its prediction takes the place of the unconditional one.

pub mod linear;
pub mod nonlinear;
pub mod when;

pub use linear::Formulation;
pub use when::{Interval, Moment, ScaleSchedule};

use nonlinear::Projection;

/// How far two scales may differ and still count as equal (`math.isclose` of Python, which diffusers asks).
const RELATIVE_CLOSENESS: f64 = 1e-9;

/// Predictions of one sample: the noise, the velocity or the picture, whichever the network gives.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// With the condition.
    pub conditional: &'a [f64],
    /// Without it, with the negative prompt, or of a weaker model (AutoGuidance).
    pub unconditional: &'a [f64],
    /// With the condition, of the same network with layers skipped or attention disturbed.
    pub weakened: Option<&'a [f64]>,
}

/// Which guidance is used, with the parameters that only it has.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Method {
    /// Classifier-free guidance (Ho and Salimans 2022), and AutoGuidance (Karras et al. 2024) where a weak model takes the unconditional place.
    #[default]
    ClassifierFree,
    /// CFG-Zero* (Fan et al. 2025): the unconditional prediction is scaled by its best fit to the conditional one.
    ZeroStar {
        /// The first so many steps predict 0.
        zero_init_steps: usize,
    },
    /// Adaptive projected guidance (Sadat et al. 2024).
    Projected(Projection),
    /// Tangential guidance (Kwon et al. 2025): the unconditional prediction keeps only the direction both predictions share.
    Tangential,
    /// Magnitude-aware guidance, MAMBO-G: the scale falls where the two predictions differ much.
    MagnitudeAware {
        /// How fast the scale falls, at least 0.
        alpha: f64,
    },
    /// A third, weakened prediction pushes too: skip-layer, perturbed-attention and smoothed-energy guidance.
    Weakened {
        /// Scale of the push away from the weakened prediction.
        scale: f64,
        /// Fraction of the run before which it is off; the step at the fraction itself is off as well (diffusers).
        start: f64,
        /// Fraction of the run from which it is off.
        stop: f64,
    },
}

/// A guider: method, scale, formulation, rescaling and when it acts.
#[derive(Debug, Clone, PartialEq)]
pub struct Guidance {
    /// The method.
    pub method: Method,
    /// `guidance_scale` w, possibly changing from step to step.
    pub scale: ScaleSchedule,
    /// Where the push starts: `u + w·(c − u)` or `c + w·(c − u)`.
    pub formulation: Formulation,
    /// `guidance_rescale` φ in [0, 1] (Lin et al. 2023, section 3.4).
    pub rescale: f64,
    /// The part of the run that is guided.
    pub interval: Interval,
}

/// Why predictions cannot be combined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuidanceError {
    /// Two predictions of different length.
    #[error("the predictions have {expected} and {found} values; guidance needs predictions of one and the same state")]
    Lengths {
        /// Length of the conditional prediction.
        expected: usize,
        /// Length of the other one.
        found: usize,
    },
    /// The method needs the weakened prediction.
    #[error(
        "this guidance pushes away from a weakened prediction, but none was given; run the network with layers skipped too"
    )]
    NoWeakened,
}

impl Default for Guidance {
    /// Classifier-free guidance at scale 7.5, everywhere, as in diffusers.
    fn default() -> Self {
        Self {
            method: Method::default(),
            scale: ScaleSchedule::Constant(7.5),
            formulation: Formulation::default(),
            rescale: 0.0,
            interval: Interval::Always,
        }
    }
}

impl Guidance {
    /// The coefficients of the conditional, unconditional and weakened prediction, where the guidance is linear and without rescaling.
    ///
    /// `None` where the method looks at the predictions themselves.
    pub fn coefficients(&self, moment: Moment) -> Option<[f64; 3]> {
        if self.rescale > 0.0 {
            return None;
        }
        let w = self.scale.at(moment);
        match self.method {
            Method::ZeroStar { zero_init_steps } if moment.step < zero_init_steps => Some([0.0; 3]),
            Method::ClassifierFree if self.is_guided(moment) => {
                let [c, u] = self.formulation.coefficients(w);
                Some([c, u, 0.0])
            }
            Method::Weakened { scale, start, stop } => {
                let weakened = Interval::Steps { start, stop }.contains_after_start(moment) && scale != 0.0;
                Some(linear::weakened(self.formulation, self.is_guided(moment).then_some(w), weakened.then_some(scale)))
            }
            _ if !self.is_guided(moment) => Some([1.0, 0.0, 0.0]),
            _ => None,
        }
    }

    /// The guided prediction of one sample; `momentum` is the memory of [`Method::Projected`], new for every run.
    ///
    /// # Errors
    /// [`GuidanceError`] for predictions of different length, or a missing weakened one.
    pub fn apply(
        &self,
        moment: Moment,
        predictions: Predictions<'_>,
        momentum: &mut Vec<f64>,
    ) -> Result<Vec<f64>, GuidanceError> {
        let Predictions { conditional: c, unconditional: u, weakened } = predictions;
        for other in [Some(u), weakened].into_iter().flatten() {
            if other.len() != c.len() {
                return Err(GuidanceError::Lengths { expected: c.len(), found: other.len() });
            }
        }
        let unscaled = Self { rescale: 0.0, ..self.clone() };
        let guided = match unscaled.coefficients(moment) {
            Some([of_c, of_u, 0.0]) => linear::combine(&[(of_c, c), (of_u, u)]),
            Some([of_c, of_u, of_weakened]) => {
                let weakened = weakened.ok_or(GuidanceError::NoWeakened)?;
                linear::combine(&[(of_c, c), (of_u, u), (of_weakened, weakened)])
            }
            None => self.bend(self.scale.at(moment), c, u, momentum),
        };
        Ok(nonlinear::rescale(guided, c, self.rescale))
    }

    /// The methods that look at the predictions themselves.
    fn bend(&self, w: f64, c: &[f64], u: &[f64], momentum: &mut Vec<f64>) -> Vec<f64> {
        let [of_c, of_u] = self.formulation.coefficients(w);
        match self.method {
            Method::ZeroStar { .. } => linear::combine(&[(of_c, c), (of_u * nonlinear::best_fit(c, u), u)]),
            Method::Tangential => linear::combine(&[(of_c, c), (of_u, &nonlinear::tangential(c, u))]),
            Method::MagnitudeAware { alpha } => {
                let w = nonlinear::magnitude_aware(self.formulation, w, alpha, c, u);
                let [of_c, of_u] = self.formulation.coefficients(w);
                linear::combine(&[(of_c, c), (of_u, u)])
            }
            Method::Projected(projection) => {
                let update = projection.update(c, u, momentum);
                let base = if self.formulation == Formulation::Original { c } else { u };
                linear::combine(&[(1.0, base), (w, &update)])
            }
            Method::ClassifierFree | Method::Weakened { .. } => linear::combine(&[(of_c, c), (of_u, u)]),
        }
    }

    /// True where the guidance changes the conditional prediction: inside its interval and away from the neutral scale.
    pub fn is_guided(&self, moment: Moment) -> bool {
        let (scale, neutral) = (self.scale.at(moment), self.formulation.neutral());
        let close = (scale - neutral).abs() <= RELATIVE_CLOSENESS * scale.abs().max(neutral.abs());
        self.interval.contains(moment) && !close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(n: usize) -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(-3.0..3.0f64, n)
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * (1.0 + a.abs()))
    }

    fn guided(guidance: &Guidance, c: &[f64], u: &[f64]) -> Vec<f64> {
        let predictions = Predictions { conditional: c, unconditional: u, weakened: None };
        guidance.apply(Moment::default(), predictions, &mut Vec::new()).unwrap()
    }

    proptest! {
        #[test]
        fn every_method_at_the_neutral_scale_is_the_conditional_prediction(c in numbers(12), u in numbers(12)) {
            let projection = Projection { eta: 0.3, norm_threshold: 1.0, momentum: Some(-0.5) };
            for method in [
                Method::ClassifierFree,
                Method::ZeroStar { zero_init_steps: 0 },
                Method::Projected(projection),
                Method::Tangential,
                Method::MagnitudeAware { alpha: 1.0 },
            ] {
                for formulation in [Formulation::Interpolated, Formulation::Original] {
                    let scale = ScaleSchedule::Constant(formulation.neutral());
                    let guidance = Guidance { method, scale, formulation, ..Guidance::default() };
                    prop_assert!(close(&guided(&guidance, &c, &u), &c), "{method:?}");
                }
            }
        }

        #[test]
        fn the_two_formulations_differ_by_one_in_the_scale(c in numbers(8), u in numbers(8), w in 1.5..9.0f64) {
            let interpolated = Guidance { scale: ScaleSchedule::Constant(w), ..Guidance::default() };
            let scale = ScaleSchedule::Constant(w - 1.0);
            let original = Guidance { scale, formulation: Formulation::Original, ..Guidance::default() };
            prop_assert!(close(&guided(&interpolated, &c, &u), &guided(&original, &c, &u)));
        }

        #[test]
        fn projection_that_keeps_everything_is_classifier_free(c in numbers(8), u in numbers(8), w in 1.5..9.0f64) {
            let plain = Guidance { scale: ScaleSchedule::Constant(w), ..Guidance::default() };
            let all = Projection { eta: 1.0, norm_threshold: 0.0, momentum: None };
            let projected = Guidance { method: Method::Projected(all), ..plain.clone() };
            prop_assert!(close(&guided(&plain, &c, &u), &guided(&projected, &c, &u)));
        }
    }

    #[test]
    fn predictions_of_different_length_are_refused() {
        let predictions = Predictions { conditional: &[1.0, 2.0], unconditional: &[1.0], weakened: None };
        let error = Guidance::default().apply(Moment::default(), predictions, &mut Vec::new());
        assert_eq!(error, Err(GuidanceError::Lengths { expected: 2, found: 1 }));
    }
}
