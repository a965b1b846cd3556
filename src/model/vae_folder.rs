//! An autoencoder as diffusers keeps it in a pipeline's folder: `vae/config.json` and its weights.

use burn::tensor::Device;

use super::autoencoder_config::AutoencoderKlConfig;
use super::autoencoder_kl::AutoencoderKL;
use super::folder::{Files, FolderError};
use super::weights::{self, StoredAs};

/// The autoencoder's shape.
pub const VAE_CONFIG: &str = "vae/config.json";
/// The autoencoder's weights.
pub const VAE_WEIGHTS: &str = "vae/diffusion_pytorch_model.safetensors";

/// What turns latents into pictures and back.
#[derive(Debug)]
pub struct Vae {
    /// Its shape.
    pub config: AutoencoderKlConfig,
    /// The network.
    pub network: AutoencoderKL,
}

impl Vae {
    /// Reads the two files on `device`; its latents must have `channels` channels.
    ///
    /// # Errors
    /// [`FolderError`] with the file and what is wrong with it.
    pub fn load(
        take: &mut impl FnMut(&str) -> Result<Vec<u8>, FolderError>,
        channels: usize,
        device: &Device,
    ) -> Result<Self, FolderError> {
        let config = AutoencoderKlConfig::from_json(&String::from_utf8_lossy(&take(VAE_CONFIG)?))?;
        if config.latent_channels != channels {
            return Err(FolderError::Latents { found: config.latent_channels, wanted: channels });
        }
        let mut network = AutoencoderKL::new(&config, device);
        weights::load(&mut network, take(VAE_WEIGHTS)?)?;
        Ok(Self { config, network })
    }

    /// The two files, as diffusers opens them.
    ///
    /// # Errors
    /// [`FolderError`] where the device cannot be read.
    pub fn files(&self, stored_as: StoredAs) -> Result<Files, FolderError> {
        Ok(Files::from([
            (VAE_CONFIG.into(), self.config.to_json()?.into_bytes()),
            (VAE_WEIGHTS.into(), weights::save(&self.network, stored_as)?),
        ]))
    }
}
