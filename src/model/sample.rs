//! The one tensor sampling loop: runs any [`Plan`] with any network.

use burn::tensor::{Device, Tensor, TensorData};

use super::denoiser::{Denoised, Denoiser};
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::diffusion::plan::{Plan, Term, Threshold};
use crate::protocol::Branch;

/// Where a run's noise comes from: the seed, and the seeds of its branches.
#[derive(Debug, Clone)]
pub struct NoiseSource {
    /// Seed of the starting state and of every draw before the first branch.
    pub seed: u64,
    /// Later draws of a branch come from its own seed.
    pub branches: Vec<Branch>,
    /// False leaves out every draw of the plan.
    pub add_noise: bool,
    /// `[B, C, H, W]` of one draw.
    pub shape: [usize; 4],
    /// How often each draw is repeated along the batch: one noise for several prompts.
    pub repeats: usize,
}

/// First draw index of the noise that starts a branch, far above any plan's draws.
const BRANCH_DRAWS: u32 = 1 << 31;

impl NoiseSource {
    /// The starting noise N(0, 1), `[B, C, H, W]`.
    pub fn initial(&self, device: &Device) -> Tensor<4> {
        self.draw(self.seed, 0, device)
    }

    /// Noise term `index` of a plan, used at step `step`.
    fn term(&self, index: usize, step: usize, device: &Device) -> Tensor<4> {
        let seed = self.branches.iter().rfind(|branch| branch.step as usize <= step).map_or(self.seed, |b| b.seed);
        self.draw(seed, index as u32 + 1, device)
    }

    fn draw(&self, seed: u64, draw: u32, device: &Device) -> Tensor<4> {
        let [batch, channels, height, width] = self.shape;
        let stream = Stream::new(seed, Purpose::Sampling).draw(draw);
        let values = batch_normal(stream, batch, channels * height * width);
        Tensor::from_data(TensorData::new(values, self.shape), device).repeat_dim(0, self.repeats.max(1))
    }
}

/// What one stage saw and said.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Index of the stage.
    pub stage: usize,
    /// The state, `[B, C, H, W]`.
    pub x: Tensor<4>,
    /// The denoised estimate x̂0 after thresholding.
    pub denoised: Tensor<4>,
    /// The noise that goes with it: `ε̂ = (x − α·x̂0) / σ`.
    pub noise: Tensor<4>,
    /// The noise predicted without and with the prompt, where guidance joined the two.
    pub guided: Option<[Tensor<4>; 2]>,
    /// Cross-attention by layer, where the prompt asks for it.
    pub attention: Vec<(String, Tensor<4>)>,
}

/// A run in progress; each [`Sampling::step`] runs one stage.
pub struct Sampling<'a> {
    denoiser: &'a Denoiser,
    plan: &'a Plan,
    source: NoiseSource,
    states: Vec<Option<Tensor<4>>>,
    denoised: Vec<Option<Tensor<4>>>,
    unclipped: Vec<Option<Tensor<4>>>,
    stage: usize,
}

impl<'a> Sampling<'a> {
    /// Starts from the noise of `source`.
    pub fn new(denoiser: &'a Denoiser, plan: &'a Plan, source: NoiseSource) -> Self {
        let x = source.initial(denoiser.device()) * plan.init_noise_sigma;
        Self { denoiser, plan, source, states: vec![Some(x)], denoised: Vec::new(), unclipped: Vec::new(), stage: 0 }
    }

    /// The latest state: the picture once every stage has run.
    pub fn x(&self) -> Option<&Tensor<4>> {
        self.states.last().and_then(Option::as_ref)
    }

    /// Runs the next stage: asks the network, updates the state; `None` when the plan is done.
    pub fn step(&mut self) -> Option<Evaluation> {
        let device = self.denoiser.device().clone();
        while !self.plan.stages.get(self.stage)?.evaluate {
            self.denoised.push(None);
            self.unclipped.push(None);
            self.advance(&device);
        }
        let index = self.stage;
        let stage = &self.plan.stages[index];
        let mut x = self.states.get(index)?.clone()?;
        let mut belief = self.denoise(&x, index);
        let mut denoised = self.threshold(&belief.denoised);
        let starts_step = index == 0 || self.plan.stages[index - 1].step != stage.step;
        let branch = self.source.branches.iter().rfind(|branch| branch.step as usize == stage.step).copied();
        if let (true, Some(branch)) = (starts_step, branch) {
            let fresh = self.source.draw(branch.seed, BRANCH_DRAWS + branch.step, &device);
            x = denoised * stage.level.alpha + fresh * stage.level.sigma;
            self.states[index] = Some(x.clone());
            belief = self.denoise(&x, index);
            denoised = self.threshold(&belief.denoised);
        }
        self.denoised.push(Some(denoised.clone()));
        let Denoised { denoised: unclipped, guided, attention } = belief;
        self.unclipped.push(Some(unclipped));
        self.advance(&device);
        let noise = (x.clone() - denoised.clone() * stage.level.alpha) / stage.level.sigma;
        Some(Evaluation { stage: index, x, denoised, noise, guided, attention })
    }

    /// What the network believes at state `x` of stage `index`, before thresholding.
    fn denoise(&self, x: &Tensor<4>, index: usize) -> Denoised {
        self.denoiser.denoise(x.clone(), &self.plan.stages[index].level)
    }

    fn threshold(&self, denoised: &Tensor<4>) -> Tensor<4> {
        match self.plan.threshold {
            Threshold::Static { range } => denoised.clone().clamp(-range, range),
            Threshold::None | Threshold::Dynamic { .. } => denoised.clone(),
        }
    }

    /// Adds `x_{i+1}` and forgets what no later stage needs.
    fn advance(&mut self, device: &Device) {
        let index = self.stage;
        let stage = &self.plan.stages[index];
        let mut sum = None;
        add_terms(&mut sum, &stage.states, &self.states);
        add_terms(&mut sum, &stage.denoised, &self.denoised);
        add_terms(&mut sum, &stage.unclipped, &self.unclipped);
        for term in stage.noise.iter().filter(|_| self.source.add_noise) {
            add(&mut sum, self.source.term(term.index, stage.step, device) * term.coefficient);
        }
        self.states.push(sum);
        for (i, state) in self.states.iter_mut().enumerate().take(index + 1) {
            if self.plan.last_use_of_state(i).is_none_or(|last| last <= index) {
                *state = None;
            }
        }
        for (i, (denoised, unclipped)) in self.denoised.iter_mut().zip(&mut self.unclipped).enumerate() {
            if self.plan.last_use_of_denoised(i).is_none_or(|last| last <= index) {
                (*denoised, *unclipped) = (None, None);
            }
        }
        self.stage += 1;
    }
}

fn add_terms(sum: &mut Option<Tensor<4>>, terms: &[Term], values: &[Option<Tensor<4>>]) {
    for term in terms {
        if let Some(Some(value)) = values.get(term.index) {
            add(sum, value.clone() * term.coefficient);
        }
    }
}

fn add(sum: &mut Option<Tensor<4>>, value: Tensor<4>) {
    *sum = Some(match sum.take() {
        Some(sum) => sum + value,
        None => value,
    });
}
