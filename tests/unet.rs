//! What a U-Net accepts, refuses, and shows to a probe.
#![cfg(feature = "model")]

use std::collections::BTreeSet;

use burn::tensor::{Device, Tensor};
use noisewalk::diffusion::noise::{Purpose, Stream};
use noisewalk::model::config::Unet2dConfig;
use noisewalk::model::probe::{Probe, Watch};
use noisewalk::model::unet2d::UNet2DModel;

const PLAIN: &str = include_str!("interop/unet2d-plain/config.json");

fn with(option: &str, value: &str) -> String {
    let mut config: serde_json::Value = serde_json::from_str(PLAIN).unwrap();
    config[option] = serde_json::from_str(value).unwrap();
    config.to_string()
}

#[test]
fn options_that_are_not_supported_are_refused_by_name() {
    for (option, value) in [
        ("time_embedding_type", "\"fourier\""),
        ("downsample_type", "\"resnet\""),
        ("upsample_type", "\"resnet\""),
        ("mid_block_type", "null"),
        ("class_embed_type", "\"timestep\""),
        ("num_class_embeds", "10"),
        ("num_train_timesteps", "1000"),
        ("dropout", "0.1"),
        ("an_option_of_tomorrow", "true"),
    ] {
        let refusal = Unet2dConfig::from_json(&with(option, value)).unwrap_err().to_string();
        assert!(refusal.contains(option) && refusal.contains(value), "{refusal}");
    }
    let refusal = Unet2dConfig::from_json(&with("_class_name", "\"UNet2DConditionModel\"")).unwrap_err().to_string();
    assert!(refusal.contains("UNet2DConditionModel"), "{refusal}");
    let refusal = Unet2dConfig::from_json(&with("act_fn", "\"snake\"")).unwrap_err().to_string();
    assert!(refusal.contains("snake"), "{refusal}");
    let refusal = Unet2dConfig::from_json(&with("down_block_types", "[\"SkipDownBlock2D\", \"DownBlock2D\"]"));
    assert!(refusal.unwrap_err().to_string().contains("SkipDownBlock2D"));
}

#[test]
fn impossible_sizes_are_refused() {
    for (option, value, said) in [
        ("norm_num_groups", "5", "norm_num_groups = 5"),
        ("attention_head_dim", "7", "attention_head_dim = 7"),
        ("sample_size", "15", "sample_size = 15"),
        ("block_out_channels", "[16]", "1 levels"),
        ("layers_per_block", "0", "layers_per_block is 0"),
        ("block_out_channels", "[16, 1000000]", "more than 8192"),
    ] {
        let refusal = Unet2dConfig::from_json(&with(option, value)).unwrap_err().to_string();
        assert!(refusal.contains(said), "{refusal}");
    }
}

#[test]
fn a_config_survives_a_round_trip() {
    let config = Unet2dConfig::from_json(PLAIN).unwrap();
    assert_eq!(Unet2dConfig::from_json(&config.to_json().unwrap()).unwrap(), config);
}

/// Writes down what it is shown, and blanks one feature map.
#[derive(Default)]
struct Notebook {
    seen: BTreeSet<String>,
    blank: Option<&'static str>,
    largest_error: f32,
}

impl Probe for Notebook {
    fn feature(&mut self, name: &str, value: Tensor<4>) -> Tensor<4> {
        self.seen.insert(name.to_owned());
        if self.blank == Some(name) { value.zeros_like() } else { value }
    }

    fn attention(&mut self, name: &str, probabilities: Tensor<4>) -> Tensor<4> {
        self.seen.insert(format!("{name} probabilities"));
        let sums: Vec<f32> = probabilities.clone().sum_dim(3).into_data().try_to_vec().unwrap();
        self.largest_error = sums.iter().fold(self.largest_error, |worst, sum| worst.max((sum - 1.0).abs()));
        probabilities
    }

    fn embedding(&mut self, name: &str, value: Tensor<2>) -> Tensor<2> {
        self.seen.insert(name.to_owned());
        value
    }
}

#[test]
fn a_probe_sees_every_block_and_may_replace_what_it_sees() {
    let device = Device::flex();
    let unet = UNet2DModel::new(&Unet2dConfig::from_json(PLAIN).unwrap(), &device);
    let noise = Stream::new(1, Purpose::Evaluation).normal(3 * 16 * 16);
    let x = Tensor::<1>::from_floats(noise.as_slice(), &device).reshape([1, 3, 16, 16]);
    let run = |watch: &mut Watch<'_>| -> Vec<f32> {
        unet.forward(x.clone(), &[500.0], None, watch).into_data().try_to_vec().unwrap()
    };
    let plain = run(&mut Watch::none());
    let mut notebook = Notebook::default();
    assert_eq!(run(&mut Watch::new(&mut notebook)), plain);
    for name in [
        "time_embedding",
        "conv_in",
        "down_blocks.0.resnets.0",
        "down_blocks.0.downsamplers.0",
        "down_blocks.1.attentions.0",
        "down_blocks.1.attentions.0 probabilities",
        "mid_block.resnets.1",
        "mid_block.attentions.0 probabilities",
        "up_blocks.0.skips.1",
        "up_blocks.0.upsamplers.0",
        "up_blocks.1.resnets.1",
        "conv_out",
    ] {
        assert!(notebook.seen.contains(name), "{name} is missing from {:?}", notebook.seen);
    }
    // Probabilities over 64 keys add up to 1 within f32 rounding.
    assert!(notebook.largest_error < 1e-5);
    for blank in ["up_blocks.1.skips.0", "mid_block.attentions.0"] {
        let mut notebook = Notebook { blank: Some(blank), ..Notebook::default() };
        assert_ne!(run(&mut Watch::new(&mut notebook)), plain, "{blank}");
    }
}
