//! A network of the plane and how it learns: one update after the other, nothing read back.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};

use crate::diffusion::noise::{Purpose, Stream};
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig, ScheduleError};
use crate::diffusion::weighting::LossWeighting;
use crate::model::denoiser::Denoiser;
use crate::model::point_net::{PointNet, PointNetConfig};
use crate::protocol::{BINS, LabSpec, LabWeighting};

/// What an update was wrong by.
pub struct Errors {
    /// Squared error of each point of the batch, in units of the network's target, `[B]`.
    pub values: Tensor<1>,
    /// The part of the schedule each point was noised to, of [`BINS`].
    pub bins: Vec<usize>,
}

/// A network that learns.
pub struct Learner {
    spec: LabSpec,
    schedule: NoiseSchedule,
    net: PointNet,
    optimizer: ModuleOptimizer,
    device: Device,
    /// Updates so far.
    pub update: u64,
}

/// The schedule of a bench.
///
/// # Errors
/// Never for the schedules of the registry.
pub fn schedule(spec: &LabSpec) -> Result<NoiseSchedule, ScheduleError> {
    NoiseSchedule::new(&ScheduleConfig { beta_schedule: spec.schedule, ..ScheduleConfig::default() })
}

impl Learner {
    /// A network with fresh weights on `device`.
    ///
    /// # Errors
    /// Where the schedule cannot be built.
    pub fn new(spec: &LabSpec, device: &Device) -> Result<Self, ScheduleError> {
        let device = device.clone().autodiff();
        let [width, depth, embedding] = [spec.width, spec.depth, spec.embedding].map(|number| number as usize);
        let net = PointNet::new(&PointNetConfig { width, depth, embedding }, spec.seed, &device);
        let schedule = schedule(spec)?;
        Ok(Self { spec: spec.clone(), schedule, net, optimizer: AdamConfig::new().init(), device, update: 0 })
    }

    /// Goes on under other settings with the same weights.
    ///
    /// # Errors
    /// Where the schedule cannot be built.
    pub fn change(&mut self, spec: &LabSpec) -> Result<(), ScheduleError> {
        self.schedule = schedule(spec)?;
        self.spec = spec.clone();
        Ok(())
    }

    /// Goes on from other weights; what the optimiser remembered of the old ones is forgotten.
    pub fn rewind(&mut self, update: u64, net: &PointNet) {
        self.net = net.clone().train();
        self.optimizer = AdamConfig::new().init();
        self.update = update;
    }

    /// The weights as they are now, to look at.
    pub fn network(&self) -> PointNet {
        self.net.valid()
    }

    /// Number of parameters.
    pub fn parameters(&self) -> u64 {
        self.net.num_params() as u64
    }

    /// One update of Adam (Kingma and Ba 2015) on a batch noised to uniform timesteps.
    pub fn step(&mut self) -> Errors {
        let batch = self.batch();
        let time = self.net.time_features(&batch.timesteps, &self.device);
        let count = batch.timesteps.len();
        let plane = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [count, 2]), &self.device);
        let error = self.net.forward(&plane(batch.noisy), time) - plane(batch.target);
        let squared = (error.clone() * error).mean_dim(1).reshape([count]);
        let weight = Tensor::<1>::from_data(TensorData::new(batch.weights, [count]), &self.device);
        let gradients = (squared.clone() * weight).mean().backward();
        let gradients = GradientsParams::from_grads(gradients, &self.net);
        self.net = self.optimizer.step(self.spec.learning_rate, self.net.clone(), gradients);
        self.update += 1;
        Errors { values: squared.inner(), bins: batch.bins }
    }

    /// The batch of the next update: a function of seed and update.
    fn batch(&self) -> Batch {
        let (count, total) = (self.spec.batch_size as usize, self.schedule.num_train_timesteps());
        let stream = Stream::new(self.spec.seed, Purpose::Training).draw(self.update as u32);
        // The noise uses another key, so that the two never share bits.
        let noise = Stream { seed: !self.spec.seed, ..stream }.normal(2 * count);
        let weighting = weighting(self.spec.weighting);
        let mut batch = Batch::default();
        for (index, noise) in noise.chunks_exact(2).enumerate() {
            let t = stream.below(2 * index as u32, total as u32) as usize;
            let pick = stream.below(2 * index as u32 + 1, self.spec.points.len() as u32) as usize;
            let (alpha, sigma) = (self.schedule.alpha(t as i64), self.schedule.sigma(t as i64));
            let (of_x0, of_noise) = self.spec.prediction_type.target(alpha, sigma);
            for (x0, noise) in self.spec.points[pick].into_iter().zip(noise) {
                let (x0, noise) = (f64::from(x0), f64::from(*noise));
                batch.noisy.push((alpha * x0 + sigma * noise) as f32);
                batch.target.push((of_x0 * x0 + of_noise * noise) as f32);
            }
            batch.timesteps.push(t as f64);
            batch.weights.push(weighting.weight(self.spec.prediction_type, self.schedule.snr(t as i64)) as f32);
            batch.bins.push(t * BINS / total);
        }
        batch
    }

    /// The present weights with the meaning of their output.
    pub fn denoiser(&self, net: PointNet) -> Denoiser {
        Denoiser::new(net, self.spec.prediction_type, self.device.clone().inner())
    }

    /// The schedule it learns.
    pub fn schedule(&self) -> &NoiseSchedule {
        &self.schedule
    }

    /// What it learns.
    pub fn spec(&self) -> &LabSpec {
        &self.spec
    }
}

#[derive(Default)]
struct Batch {
    noisy: Vec<f32>,
    target: Vec<f32>,
    timesteps: Vec<f64>,
    weights: Vec<f32>,
    bins: Vec<usize>,
}

fn weighting(named: LabWeighting) -> LossWeighting {
    match named {
        LabWeighting::Uniform => LossWeighting::Uniform,
        LabWeighting::MinSnr => LossWeighting::MinSnr { gamma: 5.0 },
        LabWeighting::TruncatedSnr => LossWeighting::TruncatedSnr,
    }
}
