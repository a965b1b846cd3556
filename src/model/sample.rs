//! The one tensor sampling loop: runs any [`Plan`] with any network.

use burn::tensor::{Device, Tensor, TensorData};

use super::denoiser::{Denoised, Denoiser};
use super::guide::Progress;
use super::threshold::threshold;
use crate::diffusion::guidance::Moment;
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::diffusion::plan::{LearnedNoise, Plan, Stage, Term, VarianceReading};
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

/// What an inpainting keeps; a plan that [`Plan::keeping_known`] made, or RePaint's, says when.
#[derive(Debug, Clone)]
pub struct KnownPixels {
    /// The picture, `[1, C, H, W]`.
    pub picture: Tensor<4>,
    /// 1 where a pixel is known and 0 where it is painted, `[1, 1, H, W]`.
    pub mask: Tensor<4>,
}

/// A run in progress; each [`Sampling::step`] runs one stage.
pub struct Sampling<'a> {
    denoiser: &'a Denoiser,
    plan: &'a Plan,
    source: NoiseSource,
    states: Vec<Option<Tensor<4>>>,
    denoised: Vec<Option<Tensor<4>>>,
    unclipped: Vec<Option<Tensor<4>>>,
    known: Option<KnownPixels>,
    progress: Progress,
    stage: usize,
}

impl<'a> Sampling<'a> {
    /// Starts from the noise of `source`.
    pub fn new(denoiser: &'a Denoiser, plan: &'a Plan, source: NoiseSource) -> Self {
        let x = source.initial(denoiser.device()) * plan.init_noise_sigma;
        Self {
            denoiser,
            plan,
            source,
            states: vec![Some(x)],
            denoised: Vec::new(),
            unclipped: Vec::new(),
            known: None,
            progress: Progress::default(),
            stage: 0,
        }
    }

    /// Starts from a state `[B, C, H, W]` of the plan's first level instead, such as the noise that inversion found.
    #[must_use]
    pub fn from_state(mut self, x: Tensor<4>) -> Self {
        self.states = vec![Some(x)];
        self
    }

    /// Starts from a picture `[1, C, H, W]` noised to the plan's first level instead (SDEdit, Meng et al. 2022; image to image).
    #[must_use]
    pub fn from_picture(self, picture: Tensor<4>) -> Self {
        let (of_picture, of_noise) = self.plan.start_from_picture();
        let noise = self.source.initial(self.denoiser.device());
        self.from_state(picture * of_picture + noise * of_noise)
    }

    /// Keeps known pixels: inpainting.
    #[must_use]
    pub fn keeping(mut self, known: KnownPixels) -> Self {
        self.known = Some(known);
        self
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
            self.advance(None, &device);
        }
        let index = self.stage;
        let stage = &self.plan.stages[index];
        let mut x = self.states.get(index)?.clone()?;
        let mut belief = self.denoise(&x, index);
        let mut denoised = threshold(self.plan.threshold, belief.denoised.clone());
        let starts_step = index == 0 || self.plan.stages[index - 1].step != stage.step;
        let branch = self.source.branches.iter().rfind(|branch| branch.step as usize == stage.step).copied();
        if let (true, Some(branch)) = (starts_step, branch) {
            let fresh = self.source.draw(branch.seed, BRANCH_DRAWS + branch.step, &device);
            x = denoised * stage.level.alpha + fresh * stage.level.sigma;
            self.states[index] = Some(x.clone());
            belief = self.denoise(&x, index);
            denoised = threshold(self.plan.threshold, belief.denoised.clone());
        }
        self.denoised.push(Some(denoised.clone()));
        let Denoised { denoised: unclipped, guided, attention, variance } = belief;
        self.unclipped.push(Some(unclipped));
        self.advance(variance, &device);
        let noise = (x.clone() - denoised.clone() * stage.level.alpha) / stage.level.sigma;
        Some(Evaluation { stage: index, x, denoised, noise, guided, attention })
    }

    /// What the network believes at state `x` of stage `index`, before thresholding.
    fn denoise(&mut self, x: &Tensor<4>, index: usize) -> Denoised {
        let Stage { step, level, .. } = &self.plan.stages[index];
        self.progress.moment = Moment { step: *step, steps: self.plan.steps(), sigma: level.sigma / level.alpha };
        self.denoiser.denoise(x.clone(), level, &mut self.progress)
    }

    /// Adds `x_{i+1}` and forgets what no later stage needs.
    fn advance(&mut self, variance: Option<Tensor<4>>, device: &Device) {
        let index = self.stage;
        let stage = &self.plan.stages[index];
        let mut sum = None;
        add_terms(&mut sum, &stage.states, &self.states);
        add_terms(&mut sum, &stage.denoised, &self.denoised);
        add_terms(&mut sum, &stage.unclipped, &self.unclipped);
        for Term { index, coefficient } in &stage.clamped {
            if let Some(Some(state)) = self.states.get(*index) {
                add(&mut sum, threshold(self.plan.threshold, state.clone()) * *coefficient);
            }
        }
        for term in stage.noise.iter().filter(|_| self.source.add_noise) {
            add(&mut sum, self.source.term(term.index, stage.step, device) * term.coefficient);
        }
        if let (Some(LearnedNoise { index, reading }), Some(variance), true) =
            (stage.learned, variance, self.source.add_noise)
        {
            add(&mut sum, self.source.term(index, stage.step, device) * std_dev(reading, variance));
        }
        self.states.push(sum.map(|x| self.with_known(x, stage, device)));
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

    /// Replaces the known pixels of a state by the picture noised to its level.
    fn with_known(&self, x: Tensor<4>, stage: &Stage, device: &Device) -> Tensor<4> {
        let (Some(how), Some(KnownPixels { picture, mask })) = (&stage.known, &self.known) else { return x };
        let kept = how.noise.iter().fold(picture.clone() * how.alpha, |kept, term| {
            kept + self.source.term(term.index, stage.step, device) * term.coefficient
        });
        x.clone() + (kept - x) * mask.clone()
    }
}

/// The standard deviation that a network's second output stands for: [`VarianceReading::std_dev`] on tensors.
fn std_dev(reading: VarianceReading, v: Tensor<4>) -> Tensor<4> {
    match reading {
        VarianceReading::Direct => v.clamp_min(0.0).sqrt(),
        VarianceReading::Range { ln_min, ln_max } => {
            ((v * (0.5 * (ln_max - ln_min)) + 0.5 * (ln_max + ln_min)) * 0.5).exp()
        }
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

#[cfg(test)]
mod tests;
