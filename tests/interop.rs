//! Models saved by Python `diffusers` with random weights, and the outputs that library computed.
//!
//! `INTEROP_DIR` points the test at another folder of the same form.
#![cfg(feature = "model")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use noisewalk::model::config::Unet2dConfig;
use noisewalk::model::probe::Watch;
use noisewalk::model::unet2d::UNet2DModel;
use noisewalk::model::weights;
use safetensors::{Dtype, SafeTensors};

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

fn tensor4((shape, values): (Vec<usize>, Vec<f64>)) -> Tensor<4> {
    let values: Vec<f32> = values.into_iter().map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// Largest difference, and what is allowed: 1e-4 of the largest expected value (and of 1), the agreement of two f32 implementations.
fn compare(got: &Tensor<4>, want: &[f64]) -> (f64, f64) {
    let got: Vec<f32> = got.to_data().try_to_vec().unwrap();
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    let worst = got.iter().zip(want).fold(0.0f64, |m, (g, w)| m.max((f64::from(*g) - w).abs()));
    (worst, 1e-4 * scale)
}

fn unet2d(folder: &Path) -> Result<(f64, f64), String> {
    let config = fs::read_to_string(folder.join("config.json")).unwrap();
    let config = Unet2dConfig::from_json(&config).map_err(|error| error.to_string())?;
    let mut unet = UNet2DModel::new(&config, &Device::flex());
    let bytes = fs::read(folder.join("diffusion_pytorch_model.safetensors")).unwrap();
    weights::load(&mut unet, bytes).map_err(|error| error.to_string())?;
    let io = fs::read(folder.join("io.safetensors")).unwrap();
    let io = SafeTensors::deserialize(&io).unwrap();
    let out = unet.forward(tensor4(read(&io, "sample")), &read(&io, "timestep").1, None, &mut Watch::none());
    Ok(compare(&out, &read(&io, "sample_out").1))
}

#[test]
fn every_unet2d_folder_reproduces() {
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(root()).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(config) = fs::read_to_string(folder.join("config.json")) else { continue };
        if !config.contains("\"UNet2DModel\"") {
            continue;
        }
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match unet2d(&folder) {
            Ok((worst, allowed)) => {
                assert!(worst <= allowed, "{name}: off by {worst:e}, allowed {allowed:e}");
                seen.insert(name, format!("max difference {worst:.1e} of {allowed:.1e}"));
            }
            // An option that is not supported must be refused by its name.
            Err(refusal) => {
                assert!(refusal.contains("does not support"), "{name}: {refusal}");
                seen.insert(name, format!("refused: {refusal}"));
            }
        }
    }
    println!("{seen:#?}");
    assert!(!seen.is_empty(), "no UNet2DModel folder in {}", root().display());
}
