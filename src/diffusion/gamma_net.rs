//! A noise schedule that is learnt: the monotone network of variational diffusion models (Kingma et al. 2021, appendix H).
//!
//! γ = −ln SNR as a function of u = t/T. The two ends stay where they are; what lies between moves so that the loss of the variational bound,
//! `L(u) = ½ γ'(u) ‖ε − ε̂‖²`, has the least variance over u: its mean does not depend on the way from end to end (their equation 18).

use super::math;
use super::schedule::{NoiseSchedule, ScheduleError};

/// Sigmoids of the network.
const UNITS: usize = 16;
/// Weights: one of the straight part, three of each sigmoid.
const WEIGHTS: usize = 1 + 3 * UNITS;
/// Logarithms of positive weights stay within ± this, so that no slope vanishes or overflows.
const LARGEST: f64 = 5.0;
/// Adam's learning rate and its two memories.
const RATE: f64 = 0.02;
const BETAS: [f64; 2] = [0.9, 0.99];

/// `γ(u) = γ_0 + (γ_1 − γ_0) (g(u) − g(0)) / (g(1) − g(0))` with `g(u) = a u + Σ_h v_h S(w_h u + b_h)`, all of a, v and w positive and S the
/// logistic function: strictly rising, whatever the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct GammaNet {
    /// ln a, then ln v, ln w and b of each sigmoid.
    weights: Vec<f64>,
    ends: [f64; 2],
    moments: [Vec<f64>; 2],
    steps: i32,
}

/// What was measured at one timestep: u, and the squared error of the noise there.
pub type Measured = (f64, f64);

/// Value, slope and curvature of γ at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bend {
    /// γ.
    pub gamma: f64,
    /// γ'.
    pub slope: f64,
    /// γ''.
    pub curvature: f64,
}

impl GammaNet {
    /// An almost straight line from `γ(0)` to `γ(1)`, the second above the first.
    pub fn new(ends: [f64; 2]) -> Self {
        let unit = |h: usize| {
            let steep = 8.0;
            [math::ln(0.05), math::ln(steep), -steep * (h as f64 + 0.5) / UNITS as f64]
        };
        let weights = std::iter::once(0.0).chain((0..UNITS).flat_map(unit)).collect();
        Self { weights, ends, moments: [vec![0.0; WEIGHTS], vec![0.0; WEIGHTS]], steps: 0 }
    }

    /// The network with these weights, such as [`Self::weights`] gave; `None` unless there are as many as it has, all finite.
    pub fn with_weights(ends: [f64; 2], weights: &[f64]) -> Option<Self> {
        let fits = weights.len() == WEIGHTS && weights.iter().all(|weight| weight.is_finite());
        fits.then(|| Self { weights: weights.to_vec(), ..Self::new(ends) })
    }

    /// Its weights.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// γ with its slope and curvature, in closed form.
    pub fn at(&self, u: f64) -> Bend {
        self.drawn().at(u)
    }

    /// The curve as it is now, to be asked often.
    pub fn drawn(&self) -> Curve {
        let units = self.weights[1..].chunks_exact(3).map(|unit| [math::exp(unit[0]), math::exp(unit[1]), unit[2]]);
        let mut curve = Curve {
            straight: math::exp(self.weights[0]),
            units: units.collect(),
            start: self.ends[0],
            low: 0.0,
            scale: 1.0,
        };
        let ([low, ..], [high, ..]) = (curve.raw(0.0), curve.raw(1.0));
        (curve.low, curve.scale) = (low, (self.ends[1] - self.ends[0]) / (high - low));
        curve
    }

    /// The schedule of T = `total` timesteps: `ᾱ_t = S(−γ(t/(T − 1)))`.
    ///
    /// # Errors
    /// [`ScheduleError`] where T is out of range.
    pub fn schedule(&self, total: usize) -> Result<NoiseSchedule, ScheduleError> {
        let last = total.saturating_sub(1).max(1) as f64;
        let (curve, mut before) = (self.drawn(), 1.0);
        let betas = (0..total).map(|t| {
            let alpha_cumprod = logistic(-curve.at(t as f64 / last).gamma);
            let beta = 1.0 - alpha_cumprod / before;
            before = alpha_cumprod;
            beta
        });
        NoiseSchedule::from_betas(betas)
    }

    /// One step of Adam against the variance, from the errors of a batch at uniform u.
    ///
    /// Seen over γ instead of u, the second moment is `¼ ∫ γ' E[e²] dγ` with e the squared error at that level: only the slope belongs to the
    /// schedule. Its gradient holds each measured γ where it is, `∂γ' − (γ''/γ') ∂γ`; the step follows the logarithm, which has no scale.
    pub fn learn(&mut self, measured: &[Measured]) {
        let (curve, mut gradient, mut whole) = (self.drawn(), vec![0.0; WEIGHTS], 0.0);
        for (u, error) in measured.iter().filter(|(_, error)| error.is_finite()) {
            let Bend { slope, curvature, .. } = curve.at(*u);
            let weight = error * error * slope;
            whole += weight * slope;
            curve.add_gradient(*u, [-weight * curvature / slope, weight], &mut gradient);
        }
        if !(whole > 0.0 && whole.is_finite()) {
            return;
        }
        self.steps = self.steps.saturating_add(1);
        let steps = f64::from(self.steps);
        let [first, second] = &mut self.moments;
        for (index, part) in gradient.into_iter().enumerate() {
            let part = part / whole;
            first[index] = BETAS[0] * first[index] + (1.0 - BETAS[0]) * part;
            second[index] = BETAS[1] * second[index] + (1.0 - BETAS[1]) * part * part;
            let mean = first[index] / (1.0 - math::powf(BETAS[0], steps));
            let size = math::sqrt(second[index] / (1.0 - math::powf(BETAS[1], steps)));
            self.weights[index] -= RATE * mean / (size + 1e-8);
            // Only the shifts of the sigmoids may be any number.
            if index == 0 || (index - 1) % 3 < 2 {
                self.weights[index] = self.weights[index].clamp(-LARGEST, LARGEST);
            }
        }
    }
}

/// A [`GammaNet`] with its weights made positive and its ends computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// a.
    straight: f64,
    /// v, w and b of each sigmoid.
    units: Vec<[f64; 3]>,
    /// γ(0).
    start: f64,
    /// g(0).
    low: f64,
    /// `(γ(1) − γ(0)) / (g(1) − g(0))`.
    scale: f64,
}

impl Curve {
    /// γ with its slope and curvature.
    pub fn at(&self, u: f64) -> Bend {
        let [g, slope, curvature] = self.raw(u);
        let Self { start, low, scale, .. } = self;
        Bend { gamma: start + scale * (g - low), slope: scale * slope, curvature: scale * curvature }
    }

    /// g, g' and g''.
    fn raw(&self, u: f64) -> [f64; 3] {
        let mut sum = [self.straight * u, self.straight, 0.0];
        for [v, w, b] in &self.units {
            let [s, first, second] = logistics(w * u + b);
            sum[0] += v * s;
            sum[1] += v * w * first;
            sum[2] += v * w * w * second;
        }
        sum
    }

    /// Adds `shares[0] · ∂γ(u) + shares[1] · ∂γ'(u)` for every weight.
    fn add_gradient(&self, u: f64, shares: [f64; 2], gradient: &mut [f64]) {
        let ([low, ..], [high, ..], [g, slope, _]) = (self.raw(0.0), self.raw(1.0), self.raw(u));
        let (here, at_0, at_1) = (self.partials(u), self.partials(0.0), self.partials(1.0));
        for (index, sum) in gradient.iter_mut().enumerate() {
            let stretch = (at_1[index][0] - at_0[index][0]) / (high - low);
            let of_gamma = here[index][0] - at_0[index][0] - (g - low) * stretch;
            let of_slope = here[index][1] - slope * stretch;
            *sum += self.scale * (shares[0] * of_gamma + shares[1] * of_slope);
        }
    }

    /// ∂g(u) and ∂g'(u) for every weight.
    fn partials(&self, u: f64) -> Vec<[f64; 2]> {
        let unit = |[v, w, b]: &[f64; 3]| {
            let [s, first, second] = logistics(w * u + b);
            [[v * s, v * w * first], [v * first * w * u, v * w * (first + second * w * u)], [v * first, v * w * second]]
        };
        std::iter::once([self.straight * u, self.straight]).chain(self.units.iter().flat_map(unit)).collect()
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + math::exp(-x))
}

/// S, S' and S''.
fn logistics(x: f64) -> [f64; 3] {
    let s = logistic(x);
    let first = s * (1.0 - s);
    [s, first, first * (1.0 - 2.0 * s)]
}

#[cfg(test)]
mod tests;
