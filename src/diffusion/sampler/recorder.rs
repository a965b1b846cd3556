//! Turns expressions into the stages of a plan.

use super::error::PlanError;
use super::expression::Expression;
use super::options::SamplerOptions;
use crate::diffusion::plan::{Known, LearnedNoise, Level, Plan, Stage, Threshold};

/// A plan being written down, stage by stage.
pub(super) struct Recorder {
    sampler: &'static str,
    threshold: Threshold,
    stages: Vec<Stage>,
    draws: usize,
}

impl Recorder {
    pub fn new(sampler: &'static str, options: &SamplerOptions) -> Self {
        Self { sampler, threshold: options.threshold, stages: Vec::new(), draws: 0 }
    }

    /// Index of the stage that comes next, which is also that of the state it starts from.
    pub fn next(&self) -> usize {
        self.stages.len()
    }

    /// The current state, x.
    pub fn x(&self) -> Expression {
        Expression::state(self.next())
    }

    /// The current state after thresholding, [x]; x itself where nothing is thresholded.
    pub fn x_clamped(&self) -> Expression {
        match self.threshold {
            Threshold::None => self.x(),
            _ => Expression::clamped(self.next()),
        }
    }

    /// The denoised estimate that the coming stage asks for, D.
    pub fn d(&self) -> Expression {
        Expression::denoised(self.next())
    }

    /// The same before thresholding, D*; D itself where nothing is thresholded.
    pub fn d_unclipped(&self) -> Expression {
        match self.threshold {
            Threshold::None => self.d(),
            _ => Expression::unclipped(self.next()),
        }
    }

    /// A fresh draw of N(0, 1); counted even where its factor turns out to be 0, as the libraries draw it all the same.
    pub fn z(&mut self) -> Expression {
        Expression::noise(self.draw())
    }

    /// The index of a fresh draw.
    pub fn draw(&mut self) -> usize {
        self.draws += 1;
        self.draws - 1
    }

    /// Asks the network at `level` and moves to `update`.
    pub fn evaluate(&mut self, step: usize, level: Level, update: Expression) -> Result<(), PlanError> {
        self.push(step, level, true, update)
    }

    /// Moves to `update` without asking the network.
    pub fn renoise(&mut self, step: usize, level: Level, update: Expression) -> Result<(), PlanError> {
        self.push(step, level, false, update)
    }

    /// Says what the known pixels are after the stage just written.
    pub fn add_known(&mut self, known: Known) {
        if let Some(stage) = self.stages.last_mut() {
            stage.known = Some(known);
        }
    }

    /// Adds a draw of learned size to the stage just written.
    pub fn add_learned(&mut self, learned: LearnedNoise) {
        if let Some(stage) = self.stages.last_mut() {
            stage.learned = Some(learned);
        }
    }

    fn push(&mut self, step: usize, level: Level, evaluate: bool, update: Expression) -> Result<(), PlanError> {
        let Level { timestep, alpha, sigma, input_scale } = level;
        if !update.is_finite() || [timestep, alpha, sigma, input_scale].iter().any(|number| !number.is_finite()) {
            return Err(PlanError::NotFinite { sampler: self.sampler, step });
        }
        let Expression { states, denoised, unclipped, clamped, noise } = update;
        self.stages.push(Stage {
            step,
            level,
            evaluate,
            states,
            denoised,
            unclipped,
            clamped,
            noise,
            learned: None,
            known: None,
        });
        Ok(())
    }

    /// The finished plan, which starts at `init_noise_sigma · z` and ends at `end`.
    pub fn finish(self, init_noise_sigma: f64, end: Level) -> Plan {
        Plan { init_noise_sigma, stages: self.stages, end, threshold: self.threshold }
    }
}
