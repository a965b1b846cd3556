//! Runs that end before their time: Ctrl-C, a kill in the middle of writing, a full disk. Nothing is lost, and nothing half is taken for whole.
#![cfg(all(feature = "train", unix))]

#[path = "common/tiny_model.rs"]
mod tiny_model;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use noisewalk::train::run::{Run, checkpoint_path};
use noisewalk::train::sample::open_model;
use tiny_model::{settings, train};

const NOISEWALK: &str = env!("CARGO_BIN_EXE_noisewalk");

/// The settings of the tiny model as a file.
fn config(folder: &Path, extra: &[&str]) -> PathBuf {
    let path = folder.join("run.toml");
    fs::write(&path, settings(extra).to_toml().unwrap()).unwrap();
    path
}

/// A training run of its own process, up to its first checkpoint.
fn start(config: &Path, run: &Path, resume: bool) -> Child {
    let before = fs::metadata(checkpoint_path(run)).and_then(|file| file.modified()).ok();
    let mut command = Command::new(NOISEWALK);
    command.args(["train", "--config"]).arg(config).arg("-o").arg(run);
    command.args(resume.then_some("--resume")).args(["--quiet"]);
    let child = command.spawn().unwrap();
    let began = Instant::now();
    while fs::metadata(checkpoint_path(run)).and_then(|file| file.modified()).ok() == before {
        assert!(began.elapsed() < Duration::from_secs(120), "no checkpoint in two minutes");
        sleep(Duration::from_millis(10));
    }
    child
}

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(NOISEWALK).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn rows(run: &Path) -> Vec<u64> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let row = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["step"].as_u64().unwrap();
    text.lines().map(row).collect()
}

#[test]
fn ctrl_c_saves_ends_well_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    // Without a signal this would run for hours.
    let endless = config(folder.path(), &["optimizer.steps=10000000", "report.checkpoint_every=1000000"]);
    let mut command = Command::new(NOISEWALK);
    command.args(["train", "--quiet", "--config"]).arg(&endless).arg("-o").arg(&run);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while fs::metadata(run.join("metrics.jsonl")).map_or(0, |file| file.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(120) && child.try_wait().unwrap().is_none(), "it does not train");
        sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    assert!(!run.join("model").exists());
    let done = *rows(&run).last().unwrap();
    let steps = (done + 2).to_string();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let resumed =
        noisewalk(&["train", "--config", &path(&endless), "-o", &path(&run), "--resume", "--steps", &steps, "--quiet"]);
    assert!(resumed.status.success(), "{}", said(&resumed));
    // Every update is there once: none was lost, none was done twice.
    assert_eq!(rows(&run), (1..=done + 2).collect::<Vec<_>>());
    open_model(&run.join("model"), &Device::flex()).unwrap();
}

#[test]
fn a_kill_at_any_time_leaves_a_checkpoint_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let busy = config(folder.path(), &["optimizer.steps=10000000"]);
    for (round, millis) in [0, 3, 7, 12, 20, 31].into_iter().enumerate() {
        let mut child = start(&busy, &run, round > 0);
        sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
        Run::open(settings(&["optimizer.steps=10000000"]), &run, true).unwrap();
    }
}

/// Where a file cannot be replaced, as in a full disk or a kill there, the folder is neither model.
#[test]
fn a_model_folder_that_was_not_finished_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let runs = ["a", "b"].map(|name| folder.path().join(name));
    train(&runs[0], &["seed=1"]);
    train(&runs[1], &["seed=2"]);
    let model = folder.path().join("model");
    let export = |run: &Path| noisewalk(&["export", "--run", run.to_str().unwrap(), "-o", model.to_str().unwrap()]);
    assert!(export(&runs[0]).status.success());
    fs::write(model.join("README.md"), "a card").unwrap();
    // A file in the place of the last folder stops the export before the weights.
    fs::remove_dir_all(model.join("unet")).unwrap();
    fs::write(model.join("unet"), "in the way").unwrap();
    assert!(!export(&runs[1]).status.success());
    assert!(open_model(&model, &Device::flex()).is_err());
    fs::remove_file(model.join("unet")).unwrap();
    assert!(export(&runs[1]).status.success());
    open_model(&model, &Device::flex()).unwrap();
    assert!(model.join("README.md").exists(), "what the export did not write is not its to remove");
}

#[test]
fn a_kill_while_a_model_is_replaced_never_mixes_two() {
    let folder = tempfile::tempdir().unwrap();
    let runs = ["a", "b"].map(|name| folder.path().join(name));
    train(&runs[0], &["seed=1"]);
    train(&runs[1], &["seed=2"]);
    let weights = "unet/diffusion_pytorch_model.safetensors";
    let whole = |run: &Path, name: &str| fs::read(run.join("model").join(name)).unwrap();
    let model = folder.path().join("model");
    let export =
        |run: &Path| Command::new(NOISEWALK).args(["export", "--run"]).arg(run).arg("-o").arg(&model).spawn().unwrap();
    let began = Instant::now();
    assert!(export(&runs[1]).wait().unwrap().success());
    let takes = began.elapsed();
    let mut refused = 0;
    // Most of the time goes into starting; the last tenths, into writing.
    for (round, percent) in [20, 50, 70, 80, 85, 90, 93, 96, 98, 100, 105, 110].into_iter().enumerate() {
        let mut child = export(&runs[round % 2]);
        sleep(takes * percent / 100);
        child.kill().ok();
        child.wait().unwrap();
        match open_model(&model, &Device::flex()) {
            // Both files of one run, or of the other.
            Ok(_) => assert!(runs.iter().any(|run| {
                [weights, "golden.safetensors"]
                    .iter()
                    .all(|name| fs::read(model.join(name)).unwrap() == whole(run, name))
            })),
            Err(_) => refused += 1,
        }
    }
    let last = noisewalk(&["export", "--run", runs[0].to_str().unwrap(), "-o", model.to_str().unwrap()]);
    assert!(last.status.success(), "after {refused} refused folders: {}", said(&last));
    open_model(&model, &Device::flex()).unwrap();
}

#[test]
fn a_full_disk_is_told_and_the_checkpoint_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(&run, &[]);
    let four = config(folder.path(), &["optimizer.steps=4"]);
    let before = fs::read(checkpoint_path(&run)).unwrap();
    // No file may grow above 16 blocks, and a write that would is an error, as on a full disk; a checkpoint is some hundred.
    let limited = "trap '' XFSZ; ulimit -f 16 || exit 77; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, NOISEWALK, "train", "--resume", "--config"]).arg(&four).arg("-o").arg(&run);
    let full = command.output().unwrap();
    if full.status.code() == Some(77) {
        use std::io::Write;
        writeln!(std::io::stderr(), "the full disk was not tried: this shell sets no limit of file size").unwrap();
        return;
    }
    assert_eq!(full.status.code(), Some(1), "{}", said(&full));
    assert!(said(&full).contains("is the disk full"), "{}", said(&full));
    assert!(fs::read(checkpoint_path(&run)).unwrap() == before);
    let left = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.ends_with(".part")));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let resumed = noisewalk(&["train", "--config", &path(&four), "-o", &path(&run), "--resume", "--quiet"]);
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(rows(&run), [1, 2, 3, 4]);
}
