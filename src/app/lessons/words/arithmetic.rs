//! Guidance of one step in numbers: the two predictions of the first picture, what the dial makes of them, and their triangle.

use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::NoiseSchedule;
use crate::protocol::{Frame, ModelSummary, Variant};

/// Two predictions as a triangle: lengths and the angle between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangle {
    /// Length of ε∅.
    pub unconditional: f64,
    /// What the prompt adds along ε∅.
    pub along: f64,
    /// What the prompt adds across it.
    pub across: f64,
}

impl Triangle {
    /// The triangle of two vectors; `None` where they are not of one length or ε∅ is zero.
    pub fn of(unconditional: &[f32], conditional: &[f32]) -> Option<Self> {
        let (mut square, mut along, mut change) = (0.0, 0.0, 0.0);
        for (u, c) in unconditional.iter().zip(conditional) {
            let (u, d) = (f64::from(*u), f64::from(*c) - f64::from(*u));
            square += u * u;
            along += u * d;
            change += d * d;
        }
        let length = square.sqrt();
        let is_triangle = unconditional.len() == conditional.len() && length > 0.0 && change.is_finite();
        is_triangle.then(|| {
            let along = along / length;
            Self { unconditional: length, along, across: (change - along * along).max(0.0).sqrt() }
        })
    }

    /// Length of ε_c − ε∅.
    pub fn change(self) -> f64 {
        (self.along * self.along + self.across * self.across).sqrt()
    }
}

/// The predictions of one frame's first picture, `[channels, size, size]` each.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// ε∅: without the prompt, or with the negative one.
    pub unconditional: Vec<f32>,
    /// ε_c: with the prompt.
    pub conditional: Vec<f32>,
    /// ε_w: what the sampler went on with.
    pub guided: Vec<f32>,
    /// The state.
    pub x: Vec<f32>,
    /// The guidance scale w.
    pub w: f64,
    /// The rescaling φ.
    pub phi: f64,
    /// The factor k of the rescaling; 1 without.
    pub k: f64,
    /// Share of the state in ε, where the network says something else: σ for v, 0 for ε.
    pub of_x: f64,
}

impl Step {
    /// Guidance by `w`, then the rescaling φ of Lin et al. (2023), which acts on what the network says: `y = (ε − of_x · x) / of_output`.
    ///
    /// Of all that, ε keeps `ε_w = k · (ε∅ + w (ε_c − ε∅)) + (1 − k) · of_x · x`, `k = φ · std(y_c) / std(y_w) + 1 − φ`.
    /// `None` for a frame without two predictions.
    pub fn of(frame: &Frame, variant: &Variant, of_x: f64) -> Option<Self> {
        let answers = frame.guided.as_ref()?;
        let one = (frame.channels * frame.size * frame.size) as usize;
        let (u, c) = (answers.unconditional.get(..one)?, answers.conditional.get(..one)?);
        let x = frame.values.get(..one)?;
        let (w, phi) = (variant.guidance_scale, variant.guidance_rescale);
        let pushed: Vec<f32> = u.iter().zip(c).map(|(u, c)| u + w as f32 * (c - u)).collect();
        let output = |noise: &[f32]| deviation(noise.iter().zip(x).map(|(e, x)| f64::from(*e) - of_x * f64::from(*x)));
        let spread = output(&pushed);
        let k = if phi > 0.0 && spread > 0.0 { phi * output(c) / spread + 1.0 - phi } else { 1.0 };
        let rescale = |(pushed, x): (&f32, &f32)| (k * f64::from(*pushed) + (1.0 - k) * of_x * f64::from(*x)) as f32;
        let guided = if k == 1.0 { pushed } else { pushed.iter().zip(x).map(rescale).collect() };
        Some(Self { unconditional: u.to_vec(), conditional: c.to_vec(), guided, x: x.to_vec(), w, phi, k, of_x })
    }

    /// Its triangle.
    pub fn triangle(&self) -> Option<Triangle> {
        Triangle::of(&self.unconditional, &self.conditional)
    }
}

/// Share of the state in ε at a timestep of a model ([`Step::of_x`]).
pub fn share_of_state(model: &ModelSummary, timestep: f64) -> Option<f64> {
    let schedule = NoiseSchedule::new(&model.schedule).ok()?;
    let t = timestep.round() as i64;
    let noise = model.prediction_type.convert(PredictionType::Epsilon, schedule.alpha(t), schedule.sigma(t))?;
    Some(noise.of_x)
}

/// Standard deviation; only ratios of it are used, so the divisor does not matter.
fn deviation(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = numbers.clone().count().max(1) as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    (numbers.map(|number| (number - mean) * (number - mean)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::guidance::nonlinear;
    use crate::protocol::Guided;

    #[test]
    fn a_right_angle_has_the_lengths_of_pythagoras() {
        let triangle = Triangle::of(&[2.0, 0.0, 0.0], &[2.0, 3.0, 4.0]).unwrap();
        assert_eq!(triangle, Triangle { unconditional: 2.0, along: 0.0, across: 5.0 });
        let back = Triangle::of(&[0.0, 4.0], &[0.0, 1.0]).unwrap();
        assert_eq!((back.along, back.across, back.change()), (-3.0, 0.0, 3.0));
        assert!(Triangle::of(&[0.0], &[1.0]).is_none());
        assert!(Triangle::of(&[1.0], &[1.0, 2.0]).is_none());
    }

    fn frame() -> Frame {
        let guided = Guided { unconditional: vec![0.5, -1.0, 2.0], conditional: vec![1.0, 0.0, 2.0] };
        let values = vec![0.25, -0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        Frame { size: 1, channels: 3, guided: Some(guided), values, ..Frame::default() }
    }

    #[test]
    fn guidance_one_is_the_prompt_and_zero_ignores_it() {
        let guided = |w| Step::of(&frame(), &Variant::prompt("", w), 0.3).unwrap().guided;
        assert_eq!(guided(0.0), [0.5, -1.0, 2.0]);
        assert_eq!(guided(1.0), [1.0, 0.0, 2.0]);
        assert_eq!(guided(3.0), [2.0, 2.0, 2.0]);
        assert!(Step::of(&Frame::default(), &Variant::prompt("", 1.0), 0.0).is_none());
    }

    #[test]
    fn the_rescaled_answer_is_that_of_the_library() {
        // A network of v at α = 0.6, σ = 0.8: ε = α·v + σ·x.
        let (alpha, sigma) = (0.6, 0.8);
        let frame = frame();
        let guided = frame.guided.clone().unwrap();
        let v = |noise: &[f32]| -> Vec<f64> {
            noise.iter().zip(&frame.values).map(|(e, x)| (f64::from(*e) - sigma * f64::from(*x)) / alpha).collect()
        };
        let (u, c) = (v(&guided.unconditional), v(&guided.conditional));
        let pushed: Vec<f64> = u.iter().zip(&c).map(|(u, c)| u + 4.0 * (c - u)).collect();
        let wanted = nonlinear::rescale(pushed, &c, 0.7);
        let variant = Variant { guidance_rescale: 0.7, ..Variant::prompt("", 4.0) };
        let step = Step::of(&frame, &variant, sigma).unwrap();
        assert!(step.k > 0.3 && step.k < 0.9, "k = {}", step.k);
        for (index, v) in wanted.iter().enumerate() {
            let noise = alpha * v + sigma * f64::from(frame.values[index]);
            // Single precision of numbers below 10.
            assert!((noise - f64::from(step.guided[index])).abs() < 1e-5, "{index}");
        }
    }
}
