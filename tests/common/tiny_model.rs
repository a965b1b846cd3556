//! A model folder with random weights, small enough for every test.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use noisewalk::train::config::TrainConfig;
use noisewalk::train::run::{Ended, Run};

/// Settings of a network of about 30 000 parameters.
pub fn settings(extra: &[&str]) -> TrainConfig {
    let mut overrides: Vec<String> = [
        "name=tiny",
        "unet.block_out_channels=[8, 16]",
        "unet.attention_head_dim=8",
        "unet.norm_num_groups=4",
        "optimizer.steps=2",
        "optimizer.batch_size=4",
        "optimizer.warmup_steps=1",
        "report.log_every=1",
        "report.sample_every=0",
        "report.checkpoint_every=1",
    ]
    .map(str::to_owned)
    .to_vec();
    overrides.extend(extra.iter().map(|text| (*text).to_owned()));
    TrainConfig::load(None, &overrides).unwrap()
}

/// Trains for a moment in `folder`; the model is then in `folder/model`.
pub fn train(folder: &Path, extra: &[&str]) {
    let mut run = Run::open(settings(extra), folder, false).unwrap();
    let ended = run.train(&Arc::new(AtomicBool::new(false)), true).unwrap();
    assert_eq!(ended, Ended::Finished);
}
