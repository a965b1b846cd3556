//! PNDM: linear multistep (PLMS) and Runge–Kutta (PRK) on the pseudo-numerical DDIM transfer (Liu et al. 2022, algorithms 1 and 2).
//!
//! The transfer from t to s with a combined noise ε̄ is DDIM's: `x_s = (α_s/α_t) x + (σ_s − σ_t α_s/α_t) ε̄`.
//!
//! Conventions of diffusers' `PNDMScheduler`: with `skip_prk_steps` the first step is done twice (Stable Diffusion's PLMS);
//! without, the first three steps are Runge–Kutta with four evaluations each; raw outputs are averaged, so `prediction_type` matters.

use super::error::PlanError;
use super::expression::Expression;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::{discrete_level, listed};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::{Level, Plan};
use crate::diffusion::schedule::NoiseSchedule;

struct Pndm<'a> {
    schedule: &'a NoiseSchedule,
    options: &'a SamplerOptions,
    recorder: Recorder,
    stride: i64,
    /// The raw outputs kept, oldest first.
    outputs: Vec<Expression>,
    end: Level,
}

/// The plan of PNDM.
pub(super) fn plan(recorder: Recorder, schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let timesteps = listed(schedule, options)?;
    let stride = (schedule.num_train_timesteps() / options.steps.max(1)) as i64;
    let end = discrete_level(schedule, timesteps[0]);
    let mut pndm = Pndm { schedule, options, recorder, stride, outputs: Vec::new(), end };
    let first = if options.skip_prk_steps || timesteps.len() < 4 {
        0
    } else {
        for (step, pair) in timesteps.windows(2).take(3).enumerate() {
            pndm.runge_kutta(step, pair[0], pair[1])?;
        }
        3
    };
    if first == 0 {
        pndm.doubled_first_step(&timesteps)?;
    }
    for (step, &t) in timesteps.iter().enumerate().skip(first.max(1)) {
        pndm.linear_multistep(step, t)?;
    }
    Ok(pndm.recorder.finish(1.0, pndm.end))
}

impl Pndm<'_> {
    fn level(&self, t: i64) -> Level {
        discrete_level(self.schedule, if self.options.set_alpha_to_one { t } else { t.max(0) })
    }

    /// The network's raw answer at the coming stage.
    fn output(&self, at: Level) -> Expression {
        let (x, d) = (self.recorder.x(), self.recorder.d());
        match self.options.prediction_type {
            PredictionType::Sample => d,
            PredictionType::VPrediction => (x * at.alpha - d) / at.sigma,
            PredictionType::FlowPrediction => (x - d * (at.alpha + at.sigma)) / at.sigma,
            PredictionType::Epsilon => (x - d * at.alpha) / at.sigma,
        }
    }

    /// The transfer from `t` to `s` with the combined raw answer.
    fn transfer(&mut self, x: Expression, t: i64, s: i64, output: Expression) -> Expression {
        let (from, to) = (self.level(t), self.level(s));
        let noise = match self.options.prediction_type {
            PredictionType::Sample => (x.clone() - output * from.alpha) / from.sigma,
            PredictionType::VPrediction => output * from.alpha + x.clone() * from.sigma,
            PredictionType::FlowPrediction => (x.clone() + output * from.alpha) / (from.alpha + from.sigma),
            PredictionType::Epsilon => output,
        };
        let ratio = to.alpha / from.alpha;
        self.end = to;
        x * ratio + noise * (to.sigma - from.sigma * ratio)
    }

    /// One step of the classical fourth-order rule from t to s: at t, twice in the middle, and at s.
    ///
    /// The middle is s + stride/2 for the network, but t − stride/2 for the first transfer, as diffusers has it.
    fn runge_kutta(&mut self, step: usize, t: i64, s: i64) -> Result<(), PlanError> {
        let x = self.recorder.x();
        let half = self.stride / 2;
        let middle = s + half;
        let mut sum = Expression::default();
        // With a stride of 1 the middle is s itself, so stages are told apart by their number.
        let stages = [(t, t - half, 1.0), (middle, middle, 2.0), (middle, middle - half, 2.0), (s, s, 1.0)];
        for (stage, (asked, target, weight)) in stages.into_iter().enumerate() {
            let at = self.level(asked);
            let output = self.output(at);
            if stage == 0 {
                self.outputs.push(output.clone());
            }
            sum = sum + output.clone() * (weight / 6.0);
            let combined = if stage == 3 { sum.clone() } else { output };
            let update = self.transfer(x.clone(), t, target, combined);
            self.recorder.evaluate(step, at, update)?;
        }
        Ok(())
    }

    /// The first step of PLMS: Euler to the next timestep, then again from the start with the mean of both answers.
    fn doubled_first_step(&mut self, timesteps: &[i64]) -> Result<(), PlanError> {
        let (t, x) = (timesteps[0], self.recorder.x());
        let at = self.level(t);
        let first = self.output(at);
        let update = self.transfer(x.clone(), t, t - self.stride, first.clone());
        self.recorder.evaluate(0, at, update)?;
        let Some(&next) = timesteps.get(1) else { return Ok(()) };
        let at = self.level(next);
        let mean = (self.output(at) + first.clone()) / 2.0;
        let update = self.transfer(x, next + self.stride, next, mean);
        self.outputs.push(first);
        self.recorder.evaluate(0, at, update)
    }

    /// Adams–Bashforth of order 2 to 4 on the raw answers.
    fn linear_multistep(&mut self, step: usize, t: i64) -> Result<(), PlanError> {
        let at = self.level(t);
        let output = self.output(at);
        self.outputs.push(output);
        let excess = self.outputs.len().saturating_sub(4);
        self.outputs.drain(..excess);
        let weights: &[f64] = match self.outputs.len() {
            1 => &[1.0],
            2 => &[-1.0 / 2.0, 3.0 / 2.0],
            3 => &[5.0 / 12.0, -16.0 / 12.0, 23.0 / 12.0],
            _ => &[-9.0 / 24.0, 37.0 / 24.0, -59.0 / 24.0, 55.0 / 24.0],
        };
        let combined = self.outputs.iter().zip(weights).map(|(output, weight)| output.clone() * *weight);
        let combined = combined.fold(Expression::default(), |sum, term| sum + term);
        let (x, s) = (self.recorder.x(), t - self.stride);
        let update = self.transfer(x, t, s, combined);
        self.recorder.evaluate(step, at, update)
    }
}
