//! The command line: data, training, sampling, evaluation, export. Native only.

/// Writes to standard output, as [`say::say`] does.
macro_rules! say {
    ($($text:tt)*) => { $crate::train::say::say(format_args!($($text)*)) };
}

/// The same with the end of a line.
macro_rules! say_line {
    ($($text:tt)*) => { $crate::train::say::say(format_args!("{}\n", format_args!($($text)*))) };
}

pub mod atlas;
pub mod attributes_command;
pub mod checkpoint;
pub mod cli;
pub mod clip_command;
mod clip_pairs;
pub mod clip_retrieval;
pub mod config;
pub mod convert_command;
pub mod data_command;
pub mod dataset;
pub mod device;
pub mod ema;
pub mod eval_command;
mod eval_scores;
pub mod experiment;
pub mod export;
pub mod failure;
pub mod feature_file;
pub mod files;
pub mod fit;
pub mod folder_files;
mod golden_file;
pub mod grid;
pub mod grid_options;
pub mod guidance_options;
mod image_features;
pub mod info_command;
pub mod invert;
pub mod learner;
pub mod metrics_log;
pub mod network_config;
pub mod noise_command;
pub mod objective;
pub mod optimizer;
pub mod optimizer_config;
pub mod parallel;
pub mod picture_captions;
pub mod preview;
pub mod print_python;
pub mod progress;
pub mod prompt_options;
pub mod prompts_command;
mod prompts_list;
mod prompts_score;
pub mod record_command;
pub mod run;
pub mod sample;
mod say;
pub mod schedule_command;
pub mod schedule_options;
pub mod schedule_plot;
pub mod settings_file;
pub mod sigma_levels;
pub mod sigma_options;
pub mod start_options;
pub mod stop;
pub mod verify_command;
