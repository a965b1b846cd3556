//! `noisewalk convert`: a model folder with its numbers stored otherwise, or with PyTorch's state dicts made safetensors.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, f16};
use clap::{Args, ValueEnum};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::export::write_contents;
use super::failure::{Context, Failure, Outcome};
use super::folder_files::{manifest_of, read_all};
use super::{files, golden_file};
use crate::model::folder::{Files, GOLDEN, Model};
use crate::model::manifest::{MANIFEST, Manifest};
use crate::model::torch_file::{f32_of, is_state_dict, to_safetensors};

/// Bytes a number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// Four
    F32,
    /// Two
    F16,
}

/// Writes a model folder with its numbers stored as f16 or f32; reads PyTorch's `.bin` and `.pt` too.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The model folder, a zip of one, or a single file of weights: PyTorch's or safetensors
    folder: PathBuf,
    /// The folder to write; of a single file of weights also a name that ends in .safetensors
    #[arg(short, long)]
    output: PathBuf,
    /// How to store the numbers
    #[arg(long, value_enum)]
    dtype: To,
}

/// Runs the command.
///
/// # Errors
/// Where a file cannot be read, is broken, or holds numbers that f16 cannot.
pub fn run(args: &ConvertArgs) -> Outcome<()> {
    if args.output.exists() {
        return Err(Failure::new(format!("{} is already there; name a new folder", args.output.display())));
    }
    if let Some(weights) = single_file(&args.folder)? {
        return convert_file(args, &weights);
    }
    let given = read_all(&args.folder)?;
    let manifest = manifest_of(&args.folder, &given)?;
    let mut contents = Files::new();
    for (path, bytes) in given {
        if path == MANIFEST {
            continue;
        }
        let context = format!("{path} cannot be converted");
        let (path, bytes) = match safetensors_name(&path) {
            Some(renamed) => (renamed, to_safetensors(&bytes).context(&context)?),
            None => (path, bytes),
        };
        let is_weights = path.ends_with(".safetensors") && path != GOLDEN;
        let bytes = if is_weights { store_as(&bytes, args.dtype).context(&context)? } else { bytes };
        if contents.insert(path.clone(), bytes).is_some() {
            return Err(Failure::new(format!(
                "{path} is there twice, as PyTorch's file and as safetensors; remove one"
            )));
        }
    }
    if let Some(golden) = contents.get(GOLDEN).cloned() {
        let model = Model::from_files(contents.clone(), None, &Device::flex()).context("the result cannot be used")?;
        contents.insert(GOLDEN.into(), golden_file::asked_again(&model, &golden)?);
    }
    match manifest {
        Some(manifest) => write_contents(&args.output, &contents, |files| {
            let golden = manifest.golden.clone();
            Manifest { files, golden, ..manifest }
        }),
        None => write_files(&args.output, &contents),
    }
}

/// The bytes of `path` where it is one file of weights; a state dict of PyTorch is a zip too, and told by what is in it.
fn single_file(path: &Path) -> Outcome<Option<Vec<u8>>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = files::read(path)?;
    let is_safetensors = path.extension().is_some_and(|end| end == "safetensors");
    if is_safetensors {
        return Ok(Some(bytes));
    }
    let is_old = safetensors_name(&path.to_string_lossy()).is_some();
    if !is_old && !is_state_dict(&bytes) {
        return Ok(None);
    }
    to_safetensors(&bytes).context(format_args!("{} cannot be converted", path.display())).map(Some)
}

fn convert_file(args: &ConvertArgs, weights: &[u8]) -> Outcome<()> {
    let stored =
        store_as(weights, args.dtype).context(format_args!("{} cannot be converted", args.folder.display()))?;
    if args.output.extension().is_some_and(|end| end == "safetensors") {
        return files::write(&args.output, &stored);
    }
    let name = args.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = safetensors_name(&name).unwrap_or(name);
    let name = if name.ends_with(".safetensors") { name } else { format!("{name}.safetensors") };
    write_files(&args.output, &Files::from([(name, stored)]))
}

fn write_files(folder: &Path, contents: &Files) -> Outcome<()> {
    contents.iter().try_for_each(|(path, bytes)| {
        let path = folder.join(path);
        files::create_folder(path.parent().unwrap_or(folder))?;
        files::write(&path, bytes)
    })
}

/// The name diffusers and transformers give the safetensors file of this state dict.
fn safetensors_name(path: &str) -> Option<String> {
    let stem = [".bin", ".pt", ".pth"].iter().find_map(|end| path.strip_suffix(end))?;
    let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |_| stem.split_at(stem.rfind('/').unwrap_or(0) + 1));
    Some(format!("{folder}{}.safetensors", if name == "pytorch_model" { "model" } else { name }))
}

/// The same tensors, floats stored otherwise.
fn store_as(bytes: &[u8], to: To) -> Outcome<Vec<u8>> {
    let tensors = SafeTensors::deserialize(bytes).context("the weight file is broken or cut short")?;
    let mut stored = Vec::new();
    for (name, view) in tensors.tensors() {
        let width = match view.dtype() {
            Dtype::F64 => 8,
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::BF16 => 2,
            other => {
                stored.push((name, other, view.shape().to_vec(), view.data().to_vec()));
                continue;
            }
        };
        let mut data = Vec::new();
        for number in view.data().chunks_exact(width) {
            let number = f32_of(view.dtype(), number).unwrap_or(f32::NAN);
            let half = f16::from_f32(number);
            match to {
                To::F32 => data.extend(number.to_le_bytes()),
                To::F16 if number.is_finite() && !half.is_finite() => {
                    return Err(Failure::new(format!(
                        "tensor {name} holds {number:e}, and f16 ends at 65504; use f32"
                    )));
                }
                To::F16 => data.extend(half.to_le_bytes()),
            }
        }
        let dtype = if to == To::F32 { Dtype::F32 } else { Dtype::F16 };
        stored.push((name, dtype, view.shape().to_vec(), data));
    }
    let views: Result<Vec<_>, _> = stored
        .iter()
        .map(|(name, dtype, shape, data)| TensorView::new(*dtype, shape.clone(), data).map(|view| (name, view)))
        .collect();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views.context("a tensor")?, Some(metadata)).context("the weights")
}
