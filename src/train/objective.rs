//! One training example: a picture, a timestep, noise, and the error of the network's answer.

use burn::tensor::{Device, Tensor, TensorData};

use super::config::{LossWeighting, ObjectiveConfig, PixelWeighting};
use super::dataset::Dataset;
use super::learner::{Captions, Learner};
use super::network_config::TextConfig;
use crate::data::salience;
use crate::diffusion::noise::{Purpose, Stream};
use crate::diffusion::schedule::NoiseSchedule;
use crate::diffusion::weighting;
use crate::model::probe::Watch;
use crate::model::prompt::WordModel;

/// Inputs and targets of one forward pass.
pub struct Batch {
    /// x_t, `[B, 3, H, W]`.
    noisy: Tensor<4>,
    /// One timestep a picture.
    timesteps: Vec<f64>,
    /// What the network should say, `[B, 3, H, W]`.
    target: Tensor<4>,
    /// Weight of each pixel's squared error, `[B, 1, H, W]`, or of each picture's, `[B, 1, 1, 1]`.
    weight: Tensor<4>,
    /// Each picture's caption, where words steer the network.
    captions: Option<Captions>,
}

/// Makes batches: a pure function of the seed and the number of the first example.
pub struct Batches<'a> {
    /// Where pictures come from.
    pub dataset: &'a Dataset,
    /// How they are noised.
    pub schedule: &'a NoiseSchedule,
    /// What the network is asked for.
    pub objective: &'a ObjectiveConfig,
    /// Seed of everything.
    pub seed: u64,
    /// Width and height.
    pub size: usize,
    /// Weight of each pixel, `[H · W]`, where they differ ([`pixel_weights`]).
    pub pixel_weights: Option<&'a [f32]>,
    /// What encodes captions, and how they are used.
    pub words: Option<(&'a WordModel, &'a TextConfig)>,
}

impl Batches<'_> {
    /// Examples `first..first + count` of the run.
    pub fn batch(&self, first: u64, count: usize, device: &Device) -> Batch {
        let total = self.schedule.num_train_timesteps() as u32;
        // Block 0 picks the timestep; the noise uses another key, so that the two never share bits.
        self.noised(first, count, |stream| i64::from(stream.below(0, total)), device)
    }

    /// The same examples, all of them at timestep `t`: what the error is measured on.
    pub fn batch_at(&self, t: i64, first: u64, count: usize, device: &Device) -> Batch {
        self.noised(first, count, |_| t, device)
    }

    fn noised(&self, first: u64, count: usize, timestep: impl Fn(Stream) -> i64, device: &Device) -> Batch {
        let values = 3 * self.size * self.size;
        let mut noisy = Vec::with_capacity(count * values);
        let mut target = Vec::with_capacity(count * values);
        let (mut timesteps, mut weight) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let (mut x0, mut noise) = (Vec::with_capacity(values), vec![0.0; values]);
        for index in first..first + count as u64 {
            let stream = Stream::new(self.seed, Purpose::Training).sample((index >> 32) as u32).draw(index as u32);
            let t = timestep(stream);
            Stream { seed: !self.seed, ..stream }.fill_normal(&mut noise);
            x0.clear();
            self.dataset.push(self.seed, index, &mut x0);
            let (alpha, sigma) = (self.schedule.alpha(t), self.schedule.sigma(t));
            let (of_x0, of_noise) = self.objective.prediction_type.target(alpha, sigma);
            let mix = |a: f64, b: f64, x0: f32, noise: f32| (a * f64::from(x0) + b * f64::from(noise)) as f32;
            noisy.extend(x0.iter().zip(&noise).map(|(&x, &z)| mix(alpha, sigma, x, z)));
            target.extend(x0.iter().zip(&noise).map(|(&x, &z)| mix(of_x0, of_noise, x, z)));
            timesteps.push(t as f64);
            weight.push(loss_weight(self.objective, self.schedule.snr(t)) as f32);
        }
        let shape = [count, 3, self.size, self.size];
        let weight = Tensor::<4>::from_data(TensorData::new(weight, [count, 1, 1, 1]), device);
        let weight = match self.pixel_weights {
            Some(pixels) => {
                let shape = [1, 1, self.size, self.size];
                weight * Tensor::from_data(TensorData::new(pixels.to_vec(), shape), device)
            }
            None => weight,
        };
        Batch {
            noisy: Tensor::from_data(TensorData::new(noisy, shape), device),
            target: Tensor::from_data(TensorData::new(target, shape), device),
            weight,
            captions: self.words.map(|(model, text)| self.captions(model, text, first, count, device)),
            timesteps,
        }
    }

    /// The captions of examples `first..first + count`; a dropped caption is the empty text, so that guidance has an unconditional answer.
    fn captions(&self, model: &WordModel, config: &TextConfig, first: u64, count: usize, device: &Device) -> Captions {
        let ids = |index: u64| {
            let stream = Stream::new(self.seed, Purpose::Training).sample((index >> 32) as u32).draw(index as u32);
            // Block 0 picks the timestep, block 1 whether the caption is dropped.
            let is_dropped = stream.uniform(1) < config.caption_dropout;
            let caption = if is_dropped { String::new() } else { self.dataset.caption(self.seed, index) };
            model.tokenizer.encode(&caption).ids
        };
        let ids: Vec<Vec<u32>> = (first..first + count as u64).map(ids).collect();
        if config.learns {
            return Captions::Ids(ids);
        }
        // An encoder that stays as it is: its states enter the graph as plain numbers.
        let states = model.text_model.forward(&ids, &device.clone().inner()).last_hidden_state;
        Captions::States(Tensor::from_inner(states))
    }
}

/// The weighted mean squared error of the network on `batch`, `[1]`.
pub fn loss(learner: &Learner, batch: Batch) -> Tensor<1> {
    weighted_squares(learner, batch).mean()
}

/// The weighted mean squared error of the network on each example of `batch`, `[B]`.
pub fn errors(learner: &Learner, batch: Batch) -> Tensor<1> {
    weighted_squares(learner, batch).flatten::<2>(1, 3).mean_dim(1).flatten(0, 1)
}

fn weighted_squares(learner: &Learner, batch: Batch) -> Tensor<4> {
    let words = batch.captions.and_then(|captions| learner.encode(captions, &batch.noisy.device()));
    let prediction = learner.unet.forward(batch.noisy, &batch.timesteps, words.as_ref(), &mut Watch::none());
    let error = prediction - batch.target;
    error.clone() * error * batch.weight
}

/// The weight of one example, in units of the network's own target (see [`weighting`]).
pub fn loss_weight(objective: &ObjectiveConfig, snr: f64) -> f64 {
    let weighting = match objective.loss_weighting {
        LossWeighting::Uniform => weighting::LossWeighting::Uniform,
        LossWeighting::MinSnr(gamma) => weighting::LossWeighting::MinSnr { gamma },
    };
    weighting.weight(objective.prediction_type, snr)
}

/// The weight of each pixel, `[H · W]`, where they differ.
pub fn pixel_weights(objective: &ObjectiveConfig) -> Option<Vec<f32>> {
    match objective.pixel_weighting {
        PixelWeighting::Uniform => None,
        PixelWeighting::Attributes(share) => {
            Some(salience::balanced_weights().iter().map(|weight| (1.0 + share * (weight - 1.0)) as f32).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tokenizer::{BEGIN, END};
    use crate::diffusion::schedule::ScheduleConfig;
    use crate::train::config::ObjectiveConfig;

    #[test]
    fn the_asked_for_share_of_captions_is_dropped() {
        let schedule = NoiseSchedule::new(&ScheduleConfig::default()).unwrap();
        let (dataset, objective) = (Dataset::Captioned, ObjectiveConfig::default());
        let batches = Batches {
            dataset: &dataset,
            schedule: &schedule,
            objective: &objective,
            seed: 4,
            size: 16,
            pixel_weights: None,
            words: None,
        };
        let text = |caption_dropout| TextConfig {
            encoder: "public/models/words".into(),
            hidden_size: 64,
            learns: true,
            caption_dropout,
        };
        let model = text(0.0).open(&Device::flex()).unwrap();
        let dropped = |share: f64| {
            let captions = batches.captions(&model, &text(share), 0, 2000, &Device::flex());
            let Captions::Ids(ids) = captions else { panic!("an encoder that learns is given numbers") };
            ids.iter().filter(|ids| ids[..2] == [BEGIN, END]).count()
        };
        assert_eq!((dropped(0.0), dropped(1.0)), (0, 2000));
        // The count is binomial: its standard deviation is 13, and 60 is more than four of them.
        assert!(dropped(0.1).abs_diff(200) <= 60, "{}", dropped(0.1));
    }
}
