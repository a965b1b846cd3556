//! One step of the sampler in numbers: the factors of the plan, the values of one pixel, and what they add up to.

use crate::diffusion::noise::{Purpose, Stream};
use crate::diffusion::plan::{Plan, Term};
use crate::diffusion::schedule::NoiseSchedule;
use crate::protocol::{Frame, GenerateSpec, ModelSummary};

/// The numbers of one step at one value of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// Share of the picture in the state.
    pub alpha: f64,
    /// Share of the noise in the state.
    pub sigma: f64,
    /// The state.
    pub x: f64,
    /// The predicted picture.
    pub denoised: f64,
    /// The predicted noise.
    pub noise: f64,
    /// Factor of the state.
    pub a: f64,
    /// Factor of the predicted picture.
    pub b: f64,
    /// Size of the fresh noise.
    pub e: f64,
    /// The fresh noise.
    pub z: f64,
}

impl Step {
    /// The next state by the plan.
    pub fn next(&self) -> f64 {
        self.a * self.x + self.b * self.denoised + self.e * self.z
    }
}

/// The plan of a run; `None` where the settings do not fit the model.
pub fn plan(spec: &GenerateSpec, model: &ModelSummary) -> Option<Plan> {
    let schedule = NoiseSchedule::new(&model.schedule).ok()?;
    spec.plan(&schedule, model.prediction_type).ok()
}

/// Value `value` of the first sample, of x_t (part 0), x̂0 (1) or ε̂ (2); `None` where the pictures are smaller.
pub fn number(frame: &Frame, part: usize, value: usize) -> Option<f64> {
    let third = frame.values.len() / 3;
    let of_first = third / (frame.count as usize).max(1);
    frame.values.get(part * third + value).filter(|_| value < of_first).copied().map(f64::from)
}

/// The numbers of step `state` at value `value` (channel · size² + pixel) of the first sample.
pub fn step(plan: &Plan, spec: &GenerateSpec, frame: &Frame, value: usize) -> Option<Step> {
    let state = frame.step as usize;
    let stage = plan.stages.get(state)?;
    let read = |part: usize| number(frame, part, value);
    let factor = |terms: &[Term]| terms.iter().filter(|term| term.index == state).map(|term| term.coefficient).sum();
    let drawn = stage.noise.first().filter(|_| spec.add_noise);
    let z = drawn.map_or(0.0, |term| {
        let seed = spec.branches.iter().rfind(|branch| branch.step as usize <= state).map_or(spec.seed, |b| b.seed);
        let stream = Stream::new(seed, Purpose::Sampling).draw(term.index as u32 + 1);
        f64::from(stream.normal(value + 1)[value])
    });
    Some(Step {
        alpha: stage.level.alpha,
        sigma: stage.level.sigma,
        x: read(0)?,
        denoised: read(1)?,
        noise: read(2)?,
        a: factor(&stage.states),
        b: factor(&stage.denoised),
        e: drawn.map_or(0.0, |term| term.coefficient),
        z,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::parameterization::PredictionType;
    use crate::diffusion::sampler::Sampler;
    use crate::diffusion::schedule::ScheduleConfig;

    #[test]
    fn the_plan_gives_the_song_et_al_update() {
        let model = ModelSummary {
            name: "m".into(),
            short_hash: String::new(),
            parameters: 0,
            sample_size: 1,
            channels: 1,
            prediction_type: PredictionType::VPrediction,
            schedule: ScheduleConfig::default(),
            words: None,
        };
        for (sampler, eta) in [(Sampler::Ddim, 0.0), (Sampler::Ddim, 0.7), (Sampler::Ddpm, 0.0)] {
            let spec = GenerateSpec { sampler, eta, steps: 10, ..GenerateSpec::default() };
            let plan = plan(&spec, &model).unwrap();
            for state in 0..9 {
                let frame = Frame { step: state, values: vec![0.3, -0.2, 0.5], ..Frame::default() };
                let step = step(&plan, &spec, &frame, 0).unwrap();
                let next = plan.stages[state as usize + 1].level;
                // Mean and spread of the next state, given x = α·x̂0 + σ·ε̂: a picture share of α', a noise share of σ'.
                let of_picture = step.a * step.alpha + step.b;
                let of_noise = (step.a * step.sigma).hypot(step.e);
                assert!((of_picture - next.alpha).abs() < 1e-9, "{sampler:?} {state}");
                assert!((of_noise - next.sigma).abs() < 1e-9, "{sampler:?} {state}");
            }
        }
    }
}
