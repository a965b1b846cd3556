//! The tensor loop against the same plans on plain numbers.

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
