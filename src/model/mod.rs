//! Networks on burn tensors, weight files, and the one tensor sampling loop.

pub mod attribute_net;
pub mod autoencoder_config;
pub mod autoencoder_kl;
pub mod block_types;
pub mod clip;
pub mod clip_config;
pub mod clip_folder;
pub mod clip_image;
pub mod clip_text;
pub mod condition_config;
pub mod config;
pub mod denoiser;
pub mod folder;
pub mod frames;
pub mod guide;
pub mod layers;
pub mod manifest;
pub mod options;
pub mod probe;
pub mod prompt;
pub mod sample;
pub mod threshold;
pub mod tokenizer_file;
pub mod unet2d;
pub mod unet_blocks;
pub mod weights;
