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
mod tests {
    use burn::module::{Module, ModuleMapper, Param};

    use super::*;
    use crate::diffusion::inpaint::KnownNoise;
    use crate::diffusion::parameterization::PredictionType;
    use crate::diffusion::plan::Level;
    use crate::diffusion::sampler::{Sampler, SamplerOptions, VarianceType};
    use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
    use crate::diffusion::simulate::{Inputs, simulate};
    use crate::model::config::Unet2dConfig;
    use crate::model::unet2d::UNet2DModel;

    struct Silence;

    impl ModuleMapper for Silence {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            parameter.map(|weights| weights * 0.0)
        }
    }

    /// A network that answers 0, in prediction and variance.
    fn silent() -> Denoiser {
        let text = r#"{"sample_size": 4, "out_channels": 6, "block_out_channels": [4], "norm_num_groups": 2,
            "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "attention_head_dim": null}"#;
        let unet = UNet2DModel::new(&Unet2dConfig::from_json(text).unwrap(), &Device::flex()).map(&mut Silence);
        Denoiser::new(unet, PredictionType::Epsilon, Device::flex())
    }

    const NUMBERS: usize = 3 * 4 * 4;

    fn source() -> NoiseSource {
        NoiseSource { seed: 9, branches: Vec::new(), add_noise: true, shape: [1, 3, 4, 4], repeats: 1 }
    }

    fn draw(index: u32) -> Vec<f64> {
        Stream::new(9, Purpose::Sampling).draw(index).normal(NUMBERS).into_iter().map(f64::from).collect()
    }

    fn plan(sampler: Sampler, strength: f64) -> Plan {
        let schedule = NoiseSchedule::new(&ScheduleConfig::default()).unwrap();
        let variance_type = VarianceType::LearnedRange;
        let options = SamplerOptions { steps: 6, strength, variance_type, ..SamplerOptions::default() };
        sampler.plan(&schedule, &options).unwrap()
    }

    /// The run against the same plan on plain numbers, where ε̂ = 0 and so x̂0 = x / α.
    fn agrees(plan: &Plan, start: &[f64], known: Option<(&[f64], &[f64])>, mut sampling: Sampling<'_>) {
        while sampling.step().is_some() {}
        let got: Vec<f32> = sampling.x().cloned().unwrap().into_data().try_to_vec().unwrap();
        let noise: Vec<Vec<f64>> = (0..plan.draws() as u32).map(|index| draw(index + 1)).collect();
        let inputs = Inputs { noise: &noise, variance: &[0.0; NUMBERS], known };
        let denoise = |x: &[f64], level: &Level| x.iter().map(|x| x / level.alpha).collect();
        let want = simulate(plan, start, inputs, denoise);
        for (want, got) in want.last().iter().zip(got) {
            // f32 rounding of six steps at numbers within the clamp of ±1.
            assert!((want - f64::from(got)).abs() < 1e-5, "{want} {got}");
        }
    }

    #[test]
    fn a_network_may_say_the_variance() {
        let (denoiser, plan) = (silent(), plan(Sampler::Ddpm, 1.0));
        assert!(denoiser.learns_variance() && plan.stages[0].learned.is_some());
        agrees(&plan, &draw(0), None, Sampling::new(&denoiser, &plan, source()));
    }

    #[test]
    fn variances_are_read_as_numbers_are() {
        let v = Tensor::from_data(TensorData::new(vec![-1.0f32, -0.3, 0.0, 0.7], [1, 1, 2, 2]), &Device::flex());
        for reading in [VarianceReading::Direct, VarianceReading::Range { ln_min: -9.0, ln_max: -4.0 }] {
            let got: Vec<f32> = std_dev(reading, v.clone()).into_data().try_to_vec().unwrap();
            for (v, got) in [-1.0, -0.3, 0.0, 0.7].into_iter().zip(got) {
                assert!((reading.std_dev(v) - f64::from(got)).abs() < 1e-6, "{reading:?} {v}");
            }
        }
    }

    #[test]
    fn a_run_starts_from_a_picture_and_keeps_known_pixels() {
        let denoiser = silent();
        let picture: Vec<f64> = (0..NUMBERS).map(|i| (i as f64 / NUMBERS as f64) - 0.5).collect();
        let mask: Vec<f64> = (0..NUMBERS).map(|i| f64::from(u8::from(i % 16 < 6))).collect();
        let tensor = |numbers: &[f64], channels: usize| -> Tensor<4> {
            let numbers: Vec<f32> = numbers.iter().take(channels * 16).map(|number| *number as f32).collect();
            Tensor::from_data(TensorData::new(numbers, [1, channels, 4, 4]), &Device::flex())
        };
        for noise in [KnownNoise::Fixed, KnownNoise::Fresh] {
            let plan = plan(Sampler::Ddim, 0.7).keeping_known(noise);
            let (alpha, sigma) = plan.start_from_picture();
            let start: Vec<f64> = picture.iter().zip(draw(0)).map(|(x, z)| alpha * x + sigma * z).collect();
            let known = KnownPixels { picture: tensor(&picture, 3), mask: tensor(&mask, 1) };
            let sampling = Sampling::new(&denoiser, &plan, source()).from_picture(tensor(&picture, 3)).keeping(known);
            agrees(&plan, &start, Some((&picture, &mask)), sampling);
        }
    }
}
