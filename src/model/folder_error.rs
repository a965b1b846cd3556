//! Why a model folder is refused.

use super::config::ConfigError;
use super::manifest::ManifestError;
use super::pipeline::PipelineError;
use super::tokenizer_file::TokenizerError;
use super::weights::WeightsError;
use crate::diffusion::schedule::ScheduleError;

/// Why a folder is refused.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file is not there.
    #[error("the model folder lacks {0}")]
    Missing(String),
    /// A JSON file is not readable.
    #[error("{path} cannot be read: {error}")]
    Json {
        /// The file.
        path: &'static str,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The network's shape is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The manifest, or a file it lists.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The tokenizer is refused.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The pipeline is refused.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// Latents of another form than the network draws.
    #[error("the autoencoder's latents have {found} channels, and the U-Net draws {wanted}")]
    Latents {
        /// Of the autoencoder.
        found: usize,
        /// Of the U-Net.
        wanted: usize,
    },
    /// Words of another width than the network hears.
    #[error("the text encoder's states are {found} wide, and the U-Net hears words of width {wanted}")]
    Width {
        /// Of the text encoder.
        found: usize,
        /// Of the U-Net.
        wanted: usize,
    },
    /// A tokenizer with more words than the text encoder knows.
    #[error("the tokenizer has {found} words, and the text encoder knows {wanted}")]
    Vocabulary {
        /// Of the tokenizer.
        found: usize,
        /// Of the text encoder.
        wanted: usize,
    },
    /// A network that answers with neither a state nor a state and its variance.
    #[error("the network makes {found} channels of {given}; a model that samples makes {given}, or {} with a learned variance", 2 * given)]
    Channels {
        /// Of the input.
        given: usize,
        /// Of the output.
        found: usize,
    },
    /// The schedule is impossible.
    #[error("scheduler_config.json makes no schedule: {0}")]
    Schedule(#[from] ScheduleError),
    /// The weights are refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The network computes something else than when it was saved.
    #[error("this device computes another result than the model's golden output (difference {difference:.1e})")]
    Golden {
        /// The largest difference.
        difference: f32,
    },
}
