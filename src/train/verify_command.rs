//! `noisewalk verify`: whether a model folder is whole and computes what it did when it was saved.

use std::collections::BTreeSet;
use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;

use super::failure::{Failure, Outcome};
use super::folder_files::{manifest_of, read_all};
use super::sample::numbers;
use crate::model::autoencoder_config::{self, AutoencoderKlConfig};
use crate::model::autoencoder_kl::AutoencoderKL;
use crate::model::clip_config::ClipTextConfig;
use crate::model::clip_folder;
use crate::model::clip_text::ClipTextModel;
use crate::model::folder::{Files, FolderError, GOLDEN, Model, UNET_CONFIG, compare_golden, unet_config};
use crate::model::manifest::{MANIFEST, Manifest, ManifestError};
use crate::model::pipeline::LEFT_OUT;
use crate::model::unet2d::UNet2DModel;
use crate::model::weights;

/// Checks the files, checksums, shapes, types and numbers of a model folder, and its golden output.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The model folder, or a zip of one
    folder: PathBuf,
}

/// What was found: one sentence a failed check.
#[derive(Default)]
struct Report {
    failed: Vec<String>,
}

impl Report {
    fn note(&mut self, done: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => say_line!("ok: {done}"),
            Err(why) => {
                say_line!("FAILED: {why}");
                self.failed.push(why);
            }
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where a check fails; each is printed in one sentence before.
pub fn run(args: &VerifyArgs) -> Outcome<()> {
    let files = read_all(&args.folder)?;
    let mut report = Report::default();
    match manifest_of(&args.folder, &files)? {
        Some(manifest) => listed(&files, &manifest, &mut report),
        None => say_line!("there is no {MANIFEST}, so checksums cannot be checked"),
    }
    let folders = networks(&files);
    for folder in &folders {
        let outcome = network(&files, folder).map_err(|error| format!("{}: {error}", place(folder)));
        report.note(&format!("{} has the tensors its config.json needs, all finite", place(folder)), outcome);
    }
    for path in files.keys().filter(|path| is_plain(path, &folders)) {
        let outcome = weights::check_file(&files[path]).map_err(|error| format!("{path}: {error}"));
        report.note(&format!("{path} is whole and all its numbers are finite"), outcome);
    }
    for part in left_out(&files) {
        say_line!("{part} has no part in drawing, so it was not checked");
    }
    if files.contains_key(UNET_CONFIG) {
        whole(&files, &mut report);
    } else {
        say_line!("there is no {UNET_CONFIG}, so no golden output was checked");
    }
    match report.failed.len() {
        0 => Ok(()),
        1 => Err(Failure::new("one check failed")),
        count => Err(Failure::new(format!("{count} checks failed"))),
    }
}

/// Each listed file is there and has its checksum.
fn listed(files: &Files, manifest: &Manifest, report: &mut Report) {
    for path in manifest.files.keys() {
        let outcome = match files.get(path) {
            Some(bytes) => manifest.check(path, bytes).map_err(|error| error.to_string()),
            None => Err(FolderError::Missing(path.clone()).to_string()),
        };
        report.note(&format!("{path} has the listed checksum"), outcome);
    }
    for path in files.keys().filter(|path| *path != MANIFEST && !manifest.files.contains_key(*path)) {
        if READ.iter().any(|end| path.ends_with(end)) {
            report.note("", Err(ManifestError::Unlisted { path: path.clone() }.to_string()));
        } else {
            say_line!("{path} is not listed, and no program reads it");
        }
    }
}

/// Endings of files that a program reads as part of a model; cards, curves and pictures beside them are for people.
const READ: [&str; 5] = [".json", ".safetensors", ".bin", ".pt", ".pth"];

/// The folders with a `config.json`, but those that a pipeline leaves out; the empty name is the folder itself.
pub fn networks(files: &Files) -> BTreeSet<String> {
    let folders = files.keys().filter_map(|path| path.strip_suffix("config.json"));
    let is_network = |folder: &&str| (folder.is_empty() || folder.ends_with('/')) && !is_left_out(folder);
    folders.filter(is_network).map(str::to_owned).collect()
}

/// Whether a path lies in a part that no pipeline runs, such as a safety checker.
fn is_left_out(path: &str) -> bool {
    path.split_once('/').is_some_and(|(part, _)| LEFT_OUT.contains(&part))
}

/// The parts of `files` with weights that are left out.
fn left_out(files: &Files) -> BTreeSet<&str> {
    let weights = files.keys().filter(|path| path.ends_with(".safetensors") && is_left_out(path));
    weights.filter_map(|path| Some(path.split_once('/')?.0)).collect()
}

/// Whether a file holds weights that belong to none of the networks.
fn is_plain(path: &str, networks: &BTreeSet<String>) -> bool {
    let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
    path.ends_with(".safetensors") && path != GOLDEN && !networks.contains(folder) && !is_left_out(path)
}

/// What people are told the folder of a network is.
pub fn place(folder: &str) -> &str {
    if folder.is_empty() { "the network" } else { folder.trim_end_matches('/') }
}

/// Loads one network: its shape, the types and shapes of its tensors, and that all are finite.
pub fn network(files: &Files, folder: &str) -> Result<(), FolderError> {
    let device = Device::flex();
    let take = |name: &str| {
        let path = format!("{folder}{name}");
        files.get(&path).cloned().ok_or(FolderError::Missing(path))
    };
    let text = String::from_utf8_lossy(&take("config.json")?).into_owned();
    let config: serde_json::Value = serde_json::from_str(&text).map_err(crate::model::config::ConfigError::from)?;
    if config["_class_name"] == autoencoder_config::CLASS {
        let mut module = AutoencoderKL::new(&AutoencoderKlConfig::from_json(&text)?, &device);
        weights::load(&mut module, take("diffusion_pytorch_model.safetensors")?)?;
    } else if config["model_type"] == "clip" {
        let mut inner = Files::from([
            (clip_folder::CONFIG.to_owned(), text.into_bytes()),
            (clip_folder::WEIGHTS.to_owned(), take("model.safetensors")?),
        ]);
        clip_folder::load(&mut inner, &device)?;
    } else if config["_class_name"].is_string() {
        let mut module = UNet2DModel::new(&unet_config(&text)?, &device);
        weights::load(&mut module, take("diffusion_pytorch_model.safetensors")?)?;
    } else {
        let mut module = ClipTextModel::new(&ClipTextConfig::from_json(&text)?, &device);
        weights::load_renamed(&mut module, take("model.safetensors")?, (r"^text_model\.", ""))?;
    }
    Ok(())
}

/// The parts fit each other, and the golden input gives the golden output.
fn whole(files: &Files, report: &mut Report) {
    let model = match Model::from_files(files.clone(), None, &Device::flex()) {
        Ok(model) => model,
        Err(error) => return report.note("", Err(format!("the folder does not open as a model: {error}"))),
    };
    report.note("network, schedule and words fit each other", Ok(()));
    let Some(golden) = files.get(GOLDEN) else {
        return say_line!("there is no {GOLDEN}, so the golden output was not checked");
    };
    let outcome = model.run_golden(golden).map_err(|error| error.to_string()).and_then(|(got, expected)| {
        let got = numbers(got).map_err(|error| error.to_string())?;
        compare_golden(&got, &expected).map_err(|error| error.to_string())
    });
    report.note("the golden input gives the golden output", outcome.map(|_| ()));
}
