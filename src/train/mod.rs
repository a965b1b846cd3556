//! The command line: data, training, sampling, evaluation, export. Native only.

pub mod atlas;
pub mod checkpoint;
pub mod cli;
pub mod clip_command;
pub mod config;
pub mod data_command;
pub mod dataset;
pub mod device;
pub mod ema;
pub mod eval_command;
pub mod export;
pub mod failure;
pub mod feature_file;
pub mod files;
pub mod fit;
pub mod grid;
pub mod metrics_log;
pub mod network_config;
pub mod objective;
pub mod optimizer;
pub mod progress;
pub mod prompt_options;
pub mod record_command;
pub mod run;
pub mod sample;
pub mod stop;
