//! Training as a person meets it: runs, resumes, folders, mistakes.
#![cfg(feature = "train")]

#[path = "common/tiny_model.rs"]
mod tiny_model;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use noisewalk::diffusion::schedule::NoiseSchedule;
use noisewalk::train::config::TrainConfig;
use noisewalk::train::run::{Ended, Run, checkpoint_path};
use noisewalk::train::sample::open_model;
use tiny_model::{settings, train};

const WEIGHTS: &str = "model/unet/diffusion_pytorch_model.safetensors";

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments).output().unwrap()
}

/// The one line a failed command leaves.
fn complaint(output: &Output) -> String {
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_resumed_run_is_the_same_bit_for_bit() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let four = ["optimizer.steps=4", "optimizer.gradient_accumulation=2", "stored_as=f32"];
    train(whole.path(), &four);

    // A set flag stops a run after its next update, as Ctrl-C does.
    let mut first = Run::open(settings(&four), parts.path(), false).unwrap();
    assert_eq!(first.train(&Arc::new(AtomicBool::new(true)), true).unwrap(), Ended::Interrupted);
    let mut second = Run::open(settings(&four), parts.path(), true).unwrap();
    assert_eq!(second.train(&Arc::new(AtomicBool::new(false)), true).unwrap(), Ended::Finished);

    let read = |folder: &Path| fs::read(folder.join(WEIGHTS)).unwrap();
    assert!(read(whole.path()) == read(parts.path()));
    let rows = |folder: &Path| fs::read_to_string(folder.join("metrics.jsonl")).unwrap().lines().count();
    assert_eq!((rows(whole.path()), rows(parts.path())), (4, 4));
}

#[test]
fn a_text_encoder_learns_where_it_is_told_to() {
    const ENCODER: &str = "text_encoder/model.safetensors";
    let words = ["data.kind=captioned", "text.encoder=public/models/words", "stored_as=f16", "optimizer.steps=2"];
    let encoder = |learns: &str, folder: &Path| {
        train(folder, &[&words[..], &[learns]].concat());
        fs::read(folder.join("model").join(ENCODER)).unwrap()
    };
    let before = fs::read(Path::new("public/models/words").join(ENCODER)).unwrap();
    let (frozen, learning) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(encoder("text.learns=false", frozen.path()) == before);
    assert!(encoder("text.learns=true", learning.path()) != before);
    // What was learned goes on from the checkpoint, and into another run's start.
    let more = [&words[..3], &["text.learns=true", "optimizer.steps=3"]].concat();
    let resumed = Run::open(settings(&more), learning.path(), true).unwrap();
    drop(resumed);
    let init = format!("unet.init={}", learning.path().join(WEIGHTS).display());
    let start = tempfile::tempdir().unwrap();
    train(start.path(), &[&words[..3], &[&init, "optimizer.steps=1", "optimizer.learning_rate=0.0"]].concat());
    assert!(fs::read(start.path().join(WEIGHTS)).unwrap() == fs::read(learning.path().join(WEIGHTS)).unwrap());
    let Err(refusal) = Run::open(settings(&["unet.init=nowhere"]), &start.path().join("new"), false) else {
        panic!("a file that does not exist was read")
    };
    assert!(refusal.to_string().contains("nowhere"));
}

#[test]
fn a_killed_write_leaves_the_old_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &[]);
    // What a killed process leaves behind: the part file beside the checkpoint.
    fs::write(folder.path().join(".checkpoint.bin.1.part"), b"half").unwrap();
    assert!(Run::open(settings(&[]), folder.path(), true).is_ok());
    let checkpoint = checkpoint_path(folder.path());
    let bytes = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, &bytes[..bytes.len() - 1]).unwrap();
    let Err(refusal) = Run::open(settings(&[]), folder.path(), true) else { panic!("a broken checkpoint was read") };
    assert!(refusal.to_string().contains("not a whole checkpoint"));
}

#[test]
fn a_run_is_not_overwritten_by_accident() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &[]);
    let Err(refusal) = Run::open(settings(&[]), folder.path(), false) else { panic!("the run was overwritten") };
    assert!(refusal.to_string().contains("--resume"));
}

#[test]
fn training_learns() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &["optimizer.steps=40", "optimizer.batch_size=8", "optimizer.learning_rate=0.004"]);
    let table = fs::read_to_string(folder.path().join("metrics.csv")).unwrap();
    let losses: Vec<f64> = table.lines().skip(1).map(|row| row.split(',').nth(2).unwrap().parse().unwrap()).collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    // From untrained (about 1, the variance of the target) to clearly less.
    assert!(mean(&losses[..3]) > 0.75 && mean(&losses[35..]) < 0.65, "{losses:?}");
}

#[test]
fn the_command_line_trains_on_a_folder_of_pictures_and_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(noisewalk(&["data", "export", &path("pictures"), "--count", "6"]).status.success());
    assert_eq!(fs::read_to_string(path("pictures/metadata.jsonl")).unwrap().lines().count(), 6);
    let config = "name = \"mine\"\n[data]\nkind = \"folder\"\npath = \"PICTURES\"\nflip = true\n\
                  [unet]\nsample_size = 8\nblock_out_channels = [8, 16]\nnorm_num_groups = 4\nattention_head_dim = 8\n\
                  [objective]\nprediction_type = \"epsilon\"\nloss_weighting = { min_snr = 5.0 }\n\
                  [optimizer]\nsteps = 2\nbatch_size = 2\n";
    fs::write(path("run.toml"), config.replace("PICTURES", &path("pictures"))).unwrap();
    let trained = noisewalk(&["train", "--config", &path("run.toml"), "-o", &path("run")]);
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
    let sample = |out: &str, extra: &[&str]| {
        let base = ["sample", "--model", &path("run/model"), "--steps", "3", "--count", "4", "-o", &path(out)];
        let all: Vec<&str> = base.iter().copied().chain(extra.iter().copied()).collect();
        let output = noisewalk(&all);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(path(out)).unwrap()
    };
    let trajectory = path("steps");
    let first = sample("a.png", &["--trajectory", &trajectory]);
    assert_eq!(first, sample("b.png", &[]));
    assert_ne!(first, sample("c.png", &["--seed", "1"]));
    assert_ne!(first, sample("d.png", &["--sampler", "ddpm"]));
    assert_eq!(fs::read_dir(&trajectory).unwrap().count(), 9);
    assert!(noisewalk(&["export", "--run", &path("run"), "-o", &path("again")]).status.success());
    assert_eq!(fs::read(path("again/manifest.json")).unwrap(), fs::read(path("run/model/manifest.json")).unwrap());
}

#[test]
fn mistakes_in_a_config_are_named() {
    let refusal = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        fs::write(&path, text).unwrap();
        TrainConfig::load(Some(&path), &[]).unwrap_err().to_string()
    };
    assert!(refusal("[optimizer]\nlearning_rat = 1").contains("learning_rat"));
    assert!(refusal("[unet]\nblock_out_channels = [30]\nattention=[false]").contains("30 channels"));
    assert!(refusal("[unet]\nsample_size = 17").contains("sample_size = 17"));
    assert!(refusal("[optimizer]\nsteps = 0").contains("optimizer.steps is 0"));
    assert!(refusal("[schedule]\nbeta_start = 2.0\nbeta_schedule = \"linear\"").contains("beta"));
    assert!(refusal("[data]\nkind = \"kittens\"").contains("kittens"));
    assert!(refusal("this is not toml").contains("run.toml"));
    assert!(refusal("\n[optimizer\nsteps = 3").contains("line 2"));
    assert!(refusal("[optimizer]\nepsilon = 0.0").contains("optimizer.epsilon is 0"));
    assert!(refusal("[objective]\nloss_weighting = { min_snr = -1.0 }").contains("min_snr is -1"));
    assert!(refusal("[unet]\nattention = [false, true, true]").contains("unet.attention has 3 entries"));
    assert!(refusal("[unet]\nattention = [false]").contains("unet.attention has 1 entries"));
    let folder = tempfile::tempdir().unwrap();
    let Err(refusal) = Run::open(settings(&["unet.sample_size=32"]), folder.path(), false) else { panic!() };
    assert!(refusal.to_string().contains("avatars are 16 × 16"));
}

/// What training was told of the schedule is what samplers read, of every curve that the file can name.
#[test]
fn a_model_folder_has_the_schedule_it_was_trained_on() {
    for extra in [
        &["schedule.rescale_betas_zero_snr=true"][..],
        &["schedule.trained_betas=[0.1, 0.2, 0.3, 0.4]"],
        &["schedule.trained_betas=[0.1, 0.2, 0.3, 0.4]", "schedule.rescale_betas_zero_snr=true"],
        &["schedule.beta_schedule=laplace", "schedule.num_train_timesteps=50"],
        &["schedule.beta_schedule=sigmoid_alphas_cumprod", "schedule.num_train_timesteps=50"],
        &["schedule.beta_schedule=linear", "schedule.beta_end=0.03"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        train(folder.path(), &[extra, &["optimizer.steps=1"]].concat());
        let model = open_model(&folder.path().join("model"), &Device::flex()).unwrap();
        let trained = NoiseSchedule::new(&settings(extra).schedule).unwrap();
        let (got, want) = (model.schedule.alphas_cumprod(), trained.alphas_cumprod());
        assert_eq!(got.len(), want.len(), "{extra:?}");
        // A table of β is the same curve up to the rounding of one division and one product a timestep.
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{extra:?}");
        // Only names that diffusers' DDPMScheduler knows are written.
        let path = folder.path().join("model/scheduler/scheduler_config.json");
        let file: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert!(
            ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"]
                .contains(&file["beta_schedule"].as_str().unwrap())
        );
    }
}

#[test]
fn a_manifest_has_the_loss_of_the_last_window() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &["optimizer.steps=3"]);
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("model/manifest.json")).unwrap()).unwrap();
    let rows = fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(rows.lines().last().unwrap()).unwrap();
    let [got, want] = [&manifest["metrics"]["loss"], &last["loss"]].map(|loss| loss.as_f64().unwrap());
    // The manifest keeps six digits after the point.
    assert!((got - want).abs() <= 5e-7, "{got} {want}");
    assert_eq!(manifest["metrics"]["updates"], 3.0);
}

#[test]
fn mistakes_on_the_command_line_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &[]);
    let model = folder.path().join("model");
    let model = model.to_str().unwrap();
    let sample = |extra: &[&str]| {
        let all: Vec<&str> =
            ["sample", "--model", model, "-o", "/nowhere/a.png"].iter().chain(extra).copied().collect();
        complaint(&noisewalk(&all))
    };
    assert!(sample(&["--steps", "0"]).contains("steps"));
    assert!(sample(&["--eta", "2"]).contains("--eta is 2"));
    assert!(sample(&["--sampler", "magic"]).contains("magic"));
    assert!(sample(&["--count", "0"]).contains("--count"));
    assert!(sample(&["--steps", "2", "--count", "1"]).contains("/nowhere/a.png"));
    assert!(complaint(&noisewalk(&["sample", "--model", "/nowhere"])).contains("/nowhere"));
    assert!(complaint(&noisewalk(&["train", "--device", "cuda", "-o", model])).contains("cuda"));
    fs::write(folder.path().join("not.png"), b"no picture").unwrap();
    let data = format!("data={{kind=\"folder\", path=\"{}\"}}", folder.path().display());
    let train = ["train", "--set", &data, "-o", folder.path().join("new").to_str().unwrap()].map(str::to_owned);
    let train: Vec<&str> = train.iter().map(String::as_str).collect();
    assert!(complaint(&noisewalk(&train)).contains("not.png"));
}

#[test]
fn a_recorded_run_is_the_sampled_picture() {
    use noisewalk::protocol::{RecordedRun, decode};
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), &[]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let shared = ["--model", &path("model"), "--steps", "3", "--seed", "5", "--count", "1"];
    let run = |command: &str, out: &str, extra: &[&str]| {
        let all: Vec<&str> = [&[command], &shared[..], &["-o", out], extra].concat();
        let output = noisewalk(&all);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run("record", &path("a.run"), &[]);
    run("sample", &path("a.png"), &[]);
    run("sample", &path("b.png"), &["--branch", "1:9"]);
    run("sample", &path("c.png"), &["--sampler", "ddpm"]);
    run("sample", &path("d.png"), &["--sampler", "ddpm", "--forget-noise"]);
    let record: RecordedRun = decode(&fs::read(path("a.run")).unwrap()).unwrap();
    assert_eq!(record.frames.len(), 4);
    assert!(record.command.contains("--seed 5"));
    let picture = image::open(path("a.png")).unwrap().to_rgba8();
    // The sheet shows each pixel four pixels wide.
    let small: Vec<u8> = (0..256u32).flat_map(|i| picture.get_pixel(i % 16 * 4, i / 16 * 4).0).collect();
    assert_eq!(small, record.frames[3].x);
    let bytes = |name: &str| fs::read(path(name)).unwrap();
    assert!(bytes("a.png") != bytes("b.png") && bytes("c.png") != bytes("d.png"));
    assert!(complaint(&noisewalk(&["sample", "--model", &path("model"), "--branch", "x"])).contains("STEP:SEED"));
}
