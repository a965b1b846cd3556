//! `train-clip`, `train-attributes` and what the shipped judges are worth.
#![cfg(feature = "train")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use burn::tensor::Device;
use noisewalk::data::tokenizer::Tokenizer;
use noisewalk::model::clip_folder;
use noisewalk::model::folder::Files;
use noisewalk::train::clip_retrieval::Retrieval;

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments).output().unwrap()
}

fn accepted(arguments: &[&str]) -> String {
    let output = noisewalk(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn refusal(arguments: &[&str]) -> String {
    let output = noisewalk(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(said.lines().count() == 1 && !said.contains("panicked"), "{said}");
    said
}

fn metrics(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["metrics"].take()
}

/// A CLIP of two small layers.
const TINY_CLIP: [&str; 8] = [
    "hidden_size=[16, 16]",
    "layers=[1, 1]",
    "projection_dim=8",
    "look_alikes=2",
    "optimizer.batch_size=8",
    "optimizer.warmup_steps=1",
    "report.log_every=1",
    "report.checkpoint_every=1",
];

fn train_clip<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let sets = TINY_CLIP.iter().flat_map(|set| ["--set", set]);
    ["train-clip", "--quiet", "-o", run].into_iter().chain(sets).chain(more.iter().copied()).collect()
}

#[test]
fn clip_trains_resumes_and_its_folder_opens() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").to_str().unwrap().to_owned();
    accepted(&train_clip(&run, &["--set", "optimizer.steps=2"]));
    let rows = || fs::read_to_string(folder.path().join("run/metrics.jsonl")).unwrap().lines().count();
    assert_eq!(rows(), 2);
    assert!(refusal(&train_clip(&run, &["--set", "optimizer.steps=3"])).contains("--resume"));
    let said = accepted(&train_clip(&run, &["--resume", "--set", "optimizer.steps=3"]));
    assert!(said.contains("caption → picture"), "{said}");
    assert_eq!(rows(), 3);
    let model = folder.path().join("run/model");
    let path = model.to_str().unwrap();
    assert!(accepted(&["verify", path]).contains("ok: clip has the tensors its config.json needs"));
    let metrics = metrics(&model);
    assert_eq!(metrics["updates"], 3.0);
    assert!(metrics["loss"].as_f64().unwrap() > 0.0);
    let first = 100.0 * metrics["caption_to_picture_recall_at_1"].as_f64().unwrap();
    assert!(accepted(&["eval", "retrieval", "--clip", path]).contains(&format!("{first:.1} % first")));
}

#[test]
fn settings_that_make_no_clip_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").to_str().unwrap().to_owned();
    let refused = |set: &str| refusal(&train_clip(&run, &["--set", set]));
    assert!(refused("hidden_size=[15, 16]").contains("hidden_size = 15"));
    assert!(refused("patch_size=0").contains("patch_size"));
    assert!(refused("patch_sise=4").contains("patch_sise"));
    assert!(refused("optimizer.epsilon=0").contains("optimizer.epsilon"));
    assert!(refused("optimizer.gradient_accumulation=2").contains("gradient_accumulation"));
    assert!(refused("look_alikes=0").contains("look_alikes"));
}

/// The shipped encoder finds the right one of 100 held-out captions at least as often as its card says, less what 500 tries scatter by.
#[test]
fn the_shipped_clip_finds_what_it_is_told() {
    let mut files = Files::new();
    for path in [clip_folder::CONFIG, clip_folder::WEIGHTS] {
        files.insert(path.into(), fs::read(Path::new("public/models/clip").join(path)).unwrap());
    }
    let clip = clip_folder::load(&mut files, &Device::flex()).unwrap();
    let found = Retrieval::of(&clip, &Tokenizer::of_captions(), &Device::flex()).unwrap();
    for [first, five] in [found.caption_to_picture, found.picture_to_caption] {
        assert!(first >= 0.85 && five >= 0.97 && first <= five, "{found}");
    }
}

#[test]
fn the_judge_trains_resumes_and_sees() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").to_str().unwrap().to_owned();
    accepted(&["train-attributes", "--quiet", "-o", &run, "--steps", "2"]);
    accepted(&["train-attributes", "--quiet", "-o", &run, "--steps", "3", "--resume"]);
    let model = folder.path().join("run/model");
    let metrics = metrics(&model);
    assert_eq!(metrics["updates"], 3.0);
    // Three updates beat no coin, but the numbers are shares and losses.
    assert!((0.0..=1.0).contains(&metrics["accuracy"].as_f64().unwrap()) && metrics["loss"].as_f64().unwrap() > 0.0);
    let path = model.to_str().unwrap();
    assert!(accepted(&["verify", path]).contains("ok: model.safetensors is whole"));
    accepted(&["data", "export", folder.path().join("faces").to_str().unwrap(), "--count", "1"]);
    let face = folder.path().join("faces/00000000.png");
    let seen = accepted(&["eval", "attributes", face.to_str().unwrap(), "--classifier", path]);
    assert!(seen.lines().count() > 5 && seen.contains("hair: "), "{seen}");
}

#[test]
fn prompts_are_judged_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.md");
    let few = ["--prompts", "5", "--seeds", "1", "--steps", "2", "--guidance", "1,2"];
    let said = accepted(&[&["eval", "prompts"], &few[..], &["-o", table.to_str().unwrap()]].concat());
    let written = fs::read_to_string(table).unwrap();
    assert!(said.contains(&written) && written.starts_with("5 prompts × 1 seeds, 2 steps of dpmpp-2m"), "{said}");
    let rows: Vec<&str> =
        written.lines().filter(|line| line.starts_with("| 1 |") || line.starts_with("| 2 |")).collect();
    assert_eq!(rows.len(), 2, "{written}");
    assert!(rows.iter().all(|row| row.matches('%').count() == 3 && !row.contains("NaN")), "{written}");
    assert!(written.contains("| attribute | real | 1 | 2 |"), "{written}");
    assert!(refusal(&["eval", "prompts", "--seeds", "0"]).contains("--seeds"));
}
