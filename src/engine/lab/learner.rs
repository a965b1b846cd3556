//! A network of the plane and how it learns: one update after the other, nothing read back.

use burn::tensor::{Device, Tensor, TensorData};

use super::graph::{gradient, tracked};
use super::learned::Learned;
use super::objective::{TIMESTEPS, schedule, weighting};
use crate::diffusion::noise::{Purpose, Stream};
use crate::diffusion::schedule::{NoiseSchedule, ScheduleError};
use crate::engine::platform::{Platform, Trouble};
use crate::engine::training::adam::Adam;
use crate::engine::training::{Errors, Trainee};
use crate::model::denoiser::Denoiser;
use crate::model::point_net::{PointNet, PointNetConfig};
use crate::protocol::{BINS, LabSchedule, LabSpec, LabStart};

/// A network that learns.
pub struct Learner {
    spec: LabSpec,
    config: PointNetConfig,
    schedule: NoiseSchedule,
    /// The schedule that learns too, where one does.
    learned: Option<Learned>,
    weights: Tensor<1>,
    adam: Adam,
    /// Features of every timestep, `[T, embedding]`; stale while a schedule is learnt, which tells other times.
    times: Vec<f32>,
    /// Timesteps of the last batch.
    asked: Vec<usize>,
    device: Device,
    update: u64,
}

/// Weights of the network, and of the schedule learnt with it.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The network's, one after the other.
    pub network: Tensor<1>,
    /// The schedule's.
    pub learned: Option<Learned>,
}

impl Learner {
    /// A network on `device`: with fresh weights, or with those of `start` where they fit.
    ///
    /// # Errors
    /// Where the schedule cannot be built.
    pub fn new(spec: &LabSpec, start: Option<&LabStart>, device: &Device) -> Result<Self, ScheduleError> {
        let [width, depth, embedding] = [spec.width, spec.depth, spec.embedding].map(|number| number as usize);
        let config = PointNetConfig { width, depth, embedding };
        let fits = |start: &&LabStart| {
            start.weights.len() == config.parameters() && start.weights.iter().all(|weight| weight.is_finite())
        };
        let start = start.filter(fits);
        let weights = start.map_or_else(|| config.weights(spec.seed), |start| start.weights.clone());
        let mut learner = Self {
            spec: spec.clone(),
            config,
            schedule: schedule(spec)?,
            learned: None,
            weights: upload(weights, device),
            adam: Adam::default(),
            times: config.time_features(&(0..TIMESTEPS).map(|t| t as f64).collect::<Vec<_>>()),
            asked: Vec::new(),
            device: device.clone(),
            update: start.map_or(0, |start| start.update),
        };
        if spec.schedule == LabSchedule::Learned {
            let learned = start.and_then(|start| Learned::with_weights(&start.schedule));
            learner.use_learned(Some(learned.map_or_else(Learned::new, Ok)?))?;
        }
        Ok(learner)
    }

    /// Goes on under other settings with the same weights.
    ///
    /// # Errors
    /// Where the schedule cannot be built.
    pub fn change(&mut self, spec: &LabSpec) -> Result<(), ScheduleError> {
        if spec.schedule != self.spec.schedule {
            self.schedule = schedule(spec)?;
            let learns = spec.schedule == LabSchedule::Learned;
            self.use_learned(if learns { Some(Learned::new()?) } else { None })?;
        }
        self.spec = spec.clone();
        Ok(())
    }

    fn use_learned(&mut self, learned: Option<Learned>) -> Result<(), ScheduleError> {
        if let Some(learned) = &learned {
            self.schedule = learned.schedule()?;
        }
        self.learned = learned;
        Ok(())
    }

    /// Number of parameters.
    pub fn parameters(&self) -> u64 {
        self.config.parameters() as u64
    }

    /// The weights as numbers, to go on from elsewhere.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    pub async fn copy<P: Platform>(&self, platform: &P, update: u64, weights: &Weights) -> Result<LabStart, Trouble> {
        let schedule = weights.learned.as_ref().map_or_else(Vec::new, |learned| learned.weights().to_vec());
        Ok(LabStart { update, weights: platform.numbers(weights.network.clone()).await?, schedule })
    }

    /// The batch of the next update: a function of seed, update and schedule.
    fn batch(&mut self) -> Batch {
        let count = self.spec.batch_size as usize;
        let stream = Stream::new(self.spec.seed, Purpose::Training).draw(self.update as u32);
        // The noise uses another key, so that the two never share bits.
        let noise = Stream { seed: !self.spec.seed, ..stream }.normal(2 * count);
        let weighting = weighting(self.spec.weighting);
        let kind = self.spec.prediction_type;
        let mut batch = Batch::default();
        self.asked.clear();
        for (index, noise) in noise.chunks_exact(2).enumerate() {
            let t = stream.below(2 * index as u32, TIMESTEPS as u32) as usize;
            let pick = stream.below(2 * index as u32 + 1, self.spec.points.len() as u32) as usize;
            let (alpha, sigma) = (self.schedule.alpha(t as i64), self.schedule.sigma(t as i64));
            let (of_x0, of_noise) = kind.target(alpha, sigma);
            let both = |axis: usize| (f64::from(self.spec.points[pick][axis]), f64::from(noise[axis]));
            let mix = |a: f64, b: f64| [0, 1].map(|axis| (a * both(axis).0 + b * both(axis).1) as f32);
            self.tell(mix(alpha, sigma), t, &mut batch.inputs);
            batch.targets.extend(mix(of_x0, of_noise));
            batch.weights.push(weighting.weight(kind, self.schedule.snr(t as i64)) as f32);
            batch.bins.push(t * BINS / TIMESTEPS);
            self.asked.push(t);
        }
        batch
    }

    /// Adds what the network is told of a point at timestep t.
    fn tell(&self, place: [f32; 2], t: usize, inputs: &mut Vec<f32>) {
        let embedding = self.config.embedding;
        match &self.learned {
            Some(learned) => {
                let time = learned.clock().get(t).copied().unwrap_or_default();
                self.config.tell(place, &self.config.time_features(&[time]), inputs);
            }
            None => self.config.tell(place, &self.times[t * embedding..(t + 1) * embedding], inputs),
        }
    }

    /// Weights with the meaning of their output, on the plain device.
    pub fn denoiser(&self, weights: &Weights) -> Denoiser {
        let clock = weights.learned.as_ref().map(Learned::clock);
        let net = PointNet::new(&self.config, &weights.network).told_by(clock);
        Denoiser::new(net, self.spec.prediction_type, self.device.clone())
    }

    /// The schedule that weights were made under.
    pub fn schedule_of(&self, weights: &Weights) -> NoiseSchedule {
        let learned = weights.learned.as_ref().filter(|_| self.learned.is_some());
        learned.and_then(|learned| learned.schedule().ok()).unwrap_or_else(|| self.schedule.clone())
    }

    /// The learnt schedule, where one learns.
    pub fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref()
    }

    /// What it learns.
    pub fn spec(&self) -> &LabSpec {
        &self.spec
    }
}

impl Trainee for Learner {
    type Weights = Weights;

    fn update(&self) -> u64 {
        self.update
    }

    /// One update of Adam (Kingma and Ba 2015) on a batch noised to uniform timesteps.
    fn step(&mut self) -> Errors {
        let batch = self.batch();
        let count = batch.bins.len();
        let device = self.device.clone().autodiff();
        let plane = |values: Vec<f32>, columns: usize| {
            Tensor::<2>::from_data(TensorData::new(values, [count, columns]), &device)
        };
        let net = tracked(PointNet::new(&self.config, &self.weights));
        let error = net.answer(plane(batch.inputs, self.config.inputs())) - plane(batch.targets, 2);
        let squared = error.square().mean_dim(1).reshape([count]);
        let weight = Tensor::<1>::from_data(TensorData::new(batch.weights, [count]), &device);
        let gradients = (squared.clone() * weight).mean().backward();
        if let Some(gradient) = gradient(&net, &gradients) {
            self.weights = self.adam.step(self.weights.clone(), gradient, self.spec.learning_rate);
        }
        self.update += 1;
        Errors { values: squared.inner(), bins: batch.bins }
    }

    fn weights(&self) -> Weights {
        Weights { network: self.weights.clone(), learned: self.learned.clone() }
    }

    fn load(&mut self, update: u64, weights: &Weights) {
        self.weights = weights.network.clone();
        if self.learned.is_some() && weights.learned.is_some() {
            // A table that was built before is built again.
            self.use_learned(weights.learned.clone()).ok();
        }
        self.adam = Adam::default();
        self.update = update;
    }

    fn hear(&mut self, errors: &[f32]) {
        let Some(mut learned) = self.learned.take() else { return };
        let kind = self.spec.prediction_type;
        learned.learn(&self.schedule, kind, self.asked.iter().copied().zip(errors.iter().copied()));
        self.use_learned(Some(learned)).ok();
    }
}

#[derive(Default)]
struct Batch {
    /// `[B, inputs]`.
    inputs: Vec<f32>,
    /// `[B, 2]`.
    targets: Vec<f32>,
    weights: Vec<f32>,
    bins: Vec<usize>,
}

/// Numbers as a vector on a device.
pub fn upload(numbers: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [count]), device)
}
