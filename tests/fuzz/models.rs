//! Files of networks: configurations, tokenizers and weights; and lists of the command line.

use clap::Parser;
use noisewalk::diffusion::sampler::{Sampler, SamplerOptions};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::model::autoencoder_config::AutoencoderKlConfig;
use noisewalk::model::clip_config::{ClipTextConfig, ClipVisionConfig};
use noisewalk::model::condition_config::Unet2dConditionConfig;
use noisewalk::model::torch_file::to_safetensors;
use noisewalk::model::unet2d::UNet2DModel;
use noisewalk::model::{config::Unet2dConfig, pickle, tokenizer_file, weights};
use noisewalk::train::grid_options::GridArgs;
use noisewalk::train::guidance_options::GuidanceArgs;
use proptest::prelude::*;

use crate::memory::assert_modest;
use crate::mutation::{damaged, with_another_value};
use crate::seeded;

fn text_file(path: &str) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A configuration in broken JSON, and in whole JSON with foreign values.
fn broken(path: &str) -> impl Strategy<Value = String> {
    let text = text_file(path);
    let values = with_another_value(serde_json::from_str(&text).unwrap()).prop_map(|value| value.to_string());
    let bytes = damaged(vec![text.into_bytes()]).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    prop_oneof![values, bytes]
}

/// A network small enough to be made a thousand times.
fn small() -> UNet2DModel {
    let text = r#"{"sample_size": 4, "block_out_channels": [4], "norm_num_groups": 2, "layers_per_block": 1,
        "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "attention_head_dim": null}"#;
    UNet2DModel::new(&Unet2dConfig::from_json(text).unwrap(), &burn::tensor::Device::flex())
}

#[derive(Debug, Parser)]
struct Lists {
    #[command(flatten)]
    grid: GridArgs,
    #[command(flatten)]
    guidance: GuidanceArgs,
}

proptest! {
    #![proptest_config(seeded(600))]

    #[test]
    fn text_encoders_are_read_or_refused(text in broken("public/models/words/text_encoder/config.json")) {
        drop(ClipTextConfig::from_json(&text));
        assert_modest();
    }

    #[test]
    fn picture_encoders_are_read_or_refused(value in with_another_value(serde_json::to_value(ClipVisionConfig::default()).unwrap())) {
        drop(ClipVisionConfig::from_json(&value.to_string()));
        assert_modest();
    }

    #[test]
    fn autoencoders_are_read_or_refused(value in with_another_value(serde_json::to_value(AutoencoderKlConfig::default()).unwrap())) {
        drop(AutoencoderKlConfig::from_json(&value.to_string()));
        assert_modest();
    }

    #[test]
    fn conditioned_networks_are_read_or_refused(text in broken("public/models/words/unet/config.json")) {
        if let Ok(config) = Unet2dConditionConfig::from_json(&text) {
            prop_assert!(config.time_embed_dim() <= 1 << 16);
        }
        assert_modest();
    }

    #[test]
    fn pickles_and_state_dicts_are_read_or_refused(bytes in damaged(["linear.bin", "nested.pt", "plain.pt", "system.pt"]
        .map(|name| std::fs::read(format!("tests/torch/{name}")).unwrap()).to_vec()))
    {
        if let Ok(read) = to_safetensors(&bytes) {
            prop_assert!(safetensors::SafeTensors::deserialize(&read).is_ok());
        }
        drop(pickle::read(&bytes));
        assert_modest();
    }

    #[test]
    fn lists_of_the_command_line_are_read_or_refused(list in "[-0-9., einaf:]{0,24}", sampler in 0..Sampler::ALL.len()) {
        let schedule = NoiseSchedule::new(&ScheduleConfig { num_train_timesteps: 50, ..ScheduleConfig::default() }).unwrap();
        for flag in ["--timestep-list", "--sigma-list", "--guidance-list", "--guidance-interval", "--guidance-sigmas"] {
            let Ok(lists) = Lists::try_parse_from(["run", &format!("{flag}={list}")]) else { continue };
            drop(lists.guidance.refinement());
            let base = SamplerOptions { steps: 4, jump_n_sample: 1, jump_length: 1, ..SamplerOptions::default() };
            if let Ok((sampler, options)) = lists.grid.options(Some(Sampler::ALL[sampler]), base) {
                drop(sampler.plan(&schedule, &options));
            }
        }
        assert_modest();
    }
}

proptest! {
    #![proptest_config(seeded(60))]

    #[test]
    fn tokenizers_are_read_or_refused(bytes in damaged(vec![std::fs::read("public/models/words/tokenizer/tokenizer.json").unwrap()])) {
        drop(tokenizer_file::from_json(&bytes));
        assert_modest();
    }

    #[test]
    fn weights_are_read_or_refused(bytes in damaged(vec![weights::save(&small(), weights::StoredAs::F32).unwrap()])) {
        drop(weights::load(&mut small(), bytes));
        assert_modest();
    }
}
