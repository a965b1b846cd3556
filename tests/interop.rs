//! Models saved by Python `diffusers` with random weights, and the outputs that library computed.
//!
//! `INTEROP_DIR` points the test at another folder of the same form.
#![cfg(feature = "model")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use noisewalk::model::autoencoder_config::AutoencoderKlConfig;
use noisewalk::model::autoencoder_kl::AutoencoderKL;
use noisewalk::model::clip_config::ClipTextConfig;
use noisewalk::model::clip_text::ClipTextModel;
use noisewalk::model::condition_config::Unet2dConditionConfig;
use noisewalk::model::config::Unet2dConfig;
use noisewalk::model::folder::{Files, MODEL_INDEX, Model, SCHEDULER_CONFIG, UNET_CONFIG, UNET_WEIGHTS};
use noisewalk::model::probe::Watch;
use noisewalk::model::unet2d::UNet2DModel;
use noisewalk::model::vae_folder::{VAE_CONFIG, VAE_WEIGHTS};
use noisewalk::model::weights::{self, StoredAs};
use safetensors::{Dtype, SafeTensors};

/// Largest differences and what is allowed.
type Differences = Vec<(f64, f64)>;

fn root() -> PathBuf {
    std::env::var_os("INTEROP_DIR").map_or_else(|| "tests/interop".into(), PathBuf::from)
}

/// A tensor of `io.safetensors`, as numbers.
fn read(io: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f64>) {
    let view = io.tensor(name).unwrap();
    let bytes = view.data();
    let values = match view.dtype() {
        Dtype::F32 => bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect(),
        Dtype::F64 => bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect(),
        Dtype::I64 => bytes.chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().unwrap()) as f64).collect(),
        other => panic!("io tensor {name} is {other:?}"),
    };
    (view.shape().to_vec(), values)
}

fn tensor<const D: usize>((shape, values): (Vec<usize>, Vec<f64>)) -> Tensor<D> {
    let values: Vec<f32> = values.into_iter().map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// Largest difference, and what is allowed: 1e-4 of the largest expected value (and of 1), the agreement of two f32 implementations.
fn compare<const D: usize>(got: Tensor<D>, want: &[f64]) -> (f64, f64) {
    let got: Vec<f32> = got.into_data().try_to_vec().unwrap();
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    let worst = got.iter().zip(want).fold(0.0f64, |m, (g, w)| m.max((f64::from(*g) - w).abs()));
    (worst, 1e-4 * scale)
}

/// A U-Net of either class against `sample_out`.
fn unet(folder: &Path, config: &str) -> Result<Differences, String> {
    let config = if config.contains("UNet2DConditionModel") {
        Unet2dConditionConfig::from_json(config)
    } else {
        Unet2dConfig::from_json(config)
    };
    let config = config.map_err(|error| error.to_string())?;
    let mut unet = UNet2DModel::new(&config, &Device::flex());
    let bytes = fs::read(folder.join("diffusion_pytorch_model.safetensors")).unwrap();
    weights::load(&mut unet, bytes).map_err(|error| error.to_string())?;
    let io = fs::read(folder.join("io.safetensors")).unwrap();
    let io = SafeTensors::deserialize(&io).unwrap();
    let words = io.tensor("encoder_hidden_states").is_ok().then(|| tensor::<3>(read(&io, "encoder_hidden_states")));
    let sample = tensor::<4>(read(&io, "sample"));
    let out = unet.forward(sample, &read(&io, "timestep").1, words.as_ref(), &mut Watch::none());
    Ok(vec![compare(out, &read(&io, "sample_out").1)])
}

/// A text encoder against its states and its summary.
fn clip_text(folder: &Path, config: &str) -> Result<Differences, String> {
    let config = ClipTextConfig::from_json(config).map_err(|error| error.to_string())?;
    let mut text_model = ClipTextModel::new(&config, &Device::flex());
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    weights::load_renamed(&mut text_model, bytes, (r"^text_model\.", "")).map_err(|error| error.to_string())?;
    let io = fs::read(folder.join("io.safetensors")).unwrap();
    let io = SafeTensors::deserialize(&io).unwrap();
    let (shape, ids) = read(&io, "input_ids");
    let texts: Vec<Vec<u32>> = ids.chunks(shape[1]).map(|row| row.iter().map(|id| *id as u32).collect()).collect();
    let out = text_model.forward(&texts, &Device::flex());
    Ok(vec![
        compare(out.last_hidden_state, &read(&io, "last_hidden_state").1),
        compare(out.pooled, &read(&io, "pooler_output").1),
    ])
}

/// An autoencoder, both ways.
fn autoencoder(folder: &Path, config: &str) -> Result<Differences, String> {
    let config = AutoencoderKlConfig::from_json(config).map_err(|error| error.to_string())?;
    let mut autoencoder = AutoencoderKL::new(&config, &Device::flex());
    let bytes = fs::read(folder.join("diffusion_pytorch_model.safetensors")).unwrap();
    weights::load(&mut autoencoder, bytes).map_err(|error| error.to_string())?;
    let io = fs::read(folder.join("io.safetensors")).unwrap();
    let io = SafeTensors::deserialize(&io).unwrap();
    let posterior = autoencoder.encode(tensor::<4>(read(&io, "pixels")), &mut Watch::none());
    let decoded = autoencoder.decode(tensor::<4>(read(&io, "latents")), &mut Watch::none());
    Ok(vec![
        compare(posterior.mean, &read(&io, "mean").1),
        compare(posterior.logvar, &read(&io, "logvar").1),
        compare(decoded, &read(&io, "decoded").1),
    ])
}

#[test]
fn every_folder_of_a_known_class_reproduces() {
    let mut seen = BTreeMap::new();
    let is_ours = std::env::var_os("INTEROP_DIR").is_none();
    for folder in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let config = fs::read_to_string(folder.join("config.json"));
        let config = config.unwrap_or_else(|error| panic!("{name} has no config.json ({error})"));
        let result = if config.contains("\"UNet2DModel\"") || config.contains("\"UNet2DConditionModel\"") {
            unet(&folder, &config)
        } else if config.contains("\"clip_text_model\"") {
            clip_text(&folder, &config)
        } else if config.contains("\"AutoencoderKL\"") {
            autoencoder(&folder, &config)
        } else {
            let said: serde_json::Value = serde_json::from_str(&config).unwrap();
            panic!("{name}: {} {} is no class that this program runs", said["_class_name"], said["model_type"]);
        };
        match result {
            Ok(differences) => {
                for (worst, allowed) in &differences {
                    assert!(worst <= allowed, "{name}: off by {worst:e}, allowed {allowed:e}");
                }
                seen.insert(name, format!("{differences:?}"));
            }
            // An option that is not supported must be refused by its name; our own folders have none.
            Err(refusal) => {
                assert!(!is_ours, "{name}: {refusal}");
                assert!(refusal.contains("does not support"), "{name}: {refusal}");
                seen.insert(name, format!("refused: {refusal}"));
            }
        }
    }
    println!("{seen:#?}");
    assert!(!seen.is_empty(), "no folder in {}", root().display());
    assert!(!is_ours || seen.len() == 5, "{seen:?}");
}

fn file(path: &str) -> Vec<u8> {
    fs::read(Path::new("tests/interop").join(path)).unwrap()
}

/// A folder of a pipeline that draws latents: a U-Net as wide as the autoencoder's latents, with random weights.
fn latent_folder() -> Files {
    let mut config: serde_json::Value = serde_json::from_slice(&file("unet2d-plain/config.json")).unwrap();
    config["in_channels"] = 4.into();
    config["out_channels"] = 4.into();
    config["sample_size"] = 8.into();
    let unet = UNet2DModel::new(&Unet2dConfig::from_json(&config.to_string()).unwrap(), &Device::flex());
    let index = r#"{"_class_name": "DiffusionPipeline", "unet": ["diffusers", "UNet2DModel"], "vae": ["diffusers", "AutoencoderKL"]}"#;
    let mut files: Files = [
        (MODEL_INDEX, index.into()),
        (UNET_CONFIG, config.to_string().into_bytes()),
        (UNET_WEIGHTS, weights::save(&unet, StoredAs::F32).unwrap()),
        (SCHEDULER_CONFIG, b"{}".to_vec()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into();
    for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
        files.insert(format!("vae/{name}"), file(&format!("vae-two-level/{name}")));
    }
    files
}

#[test]
fn a_vae_beside_its_unet_opens_decodes_and_is_saved_back() {
    let device = Device::flex();
    let files = latent_folder();
    let model = Model::from_files(files.clone(), None, &device).unwrap();
    let latents = Tensor::<4>::ones([1, 4, 8, 8], &device);
    let decoded = model.pictures(latents.clone());
    assert_eq!(decoded.dims(), [1, 3, 16, 16]);
    let vae = model.vae.as_ref().unwrap();
    let expected = vae.network.decode(latents.clone() / 0.18215, &mut Watch::none());
    let (worst, _) = compare(decoded.clone(), &read_all(expected));
    assert!(worst < 1e-6, "{worst}");
    // What is written reads back as the very same network, under the names that diffusers uses.
    let again = vae.files(StoredAs::F32).unwrap();
    let mut both = files.clone();
    both.extend(again);
    let reread = Model::from_files(both, None, &device).unwrap().pictures(latents);
    reread.into_data().assert_eq(&decoded.into_data(), true);

    let refusal = |change: fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        Model::from_files(files, None, &Device::flex()).unwrap_err().to_string()
    };
    assert!(refusal(|files| drop(files.remove(VAE_WEIGHTS))).contains("lacks vae/diffusion_pytorch_model"));
    let named = refusal(|files| drop(files.insert(MODEL_INDEX.into(), br#"{"_class_name": "FluxPipeline"}"#.to_vec())));
    assert!(named.contains("FluxPipeline"), "{named}");
    let wide = refusal(|files| {
        let mut config: serde_json::Value = serde_json::from_slice(&files[VAE_CONFIG]).unwrap();
        config["latent_channels"] = 3.into();
        files.insert(VAE_CONFIG.into(), config.to_string().into_bytes());
    });
    assert!(wide.contains("latents have 3 channels, and the U-Net draws 4"), "{wide}");
}

fn read_all(tensor: Tensor<4>) -> Vec<f64> {
    let numbers: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
    numbers.into_iter().map(f64::from).collect()
}

/// The class a folder names decides who reads it; words where none are heard are refused.
#[test]
fn options_of_other_architectures_are_refused_by_name() {
    let refusal = |text: &str| Unet2dConditionConfig::from_json(text).unwrap_err().to_string();
    assert!(refusal(r#"{"use_linear_projection": true}"#).contains("use_linear_projection to true"));
    assert!(refusal(r#"{"addition_embed_type": "text"}"#).contains("addition_embed_type"));
    assert!(
        refusal(r#"{"block_out_channels": [32, 64, 64, 64], "attention_head_dim": 5}"#).contains("5 attention heads")
    );
    let crossed = r#"{"down_block_types": ["CrossAttnDownBlock2D"], "up_block_types": ["UpBlock2D"], "block_out_channels": [32]}"#;
    assert!(Unet2dConfig::from_json(crossed).unwrap_err().to_string().contains("UNet2DConditionModel"));
    let text = ClipTextConfig::from_json(r#"{"hidden_act": "relu"}"#).unwrap_err().to_string();
    assert!(text.contains("relu"), "{text}");
    let vision = ClipTextConfig::from_json(r#"{"model_type": "clip_vision_model"}"#).unwrap_err().to_string();
    assert!(vision.contains("clip_vision_model"), "{vision}");
}
