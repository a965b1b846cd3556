//! Discrete latents.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Initializer};
use burn::tensor::{Device, Int, Tensor};

/// Replaces each latent vector by the nearest of a learnt codebook (VQ-VAE, van den Oord et al. 2017); diffusers' `VectorQuantizer`.
#[derive(Module, Debug)]
pub struct VectorQuantizer {
    embedding: Embedding,
    beta: f64,
    legacy: bool,
}

/// What [`VectorQuantizer`] makes of latents.
#[derive(Debug, Clone)]
pub struct Quantized {
    /// Codebook vectors in the place of the latents `[B, C, H, W]`; gradients pass to the latents unchanged.
    pub z_q: Tensor<4>,
    /// What draws codebook and latents together `[1]`.
    pub loss: Tensor<1>,
    /// The codebook's rows `[B · H · W]`.
    pub indices: Tensor<1, Int>,
}

impl VectorQuantizer {
    /// A codebook of `n_e` vectors `[vq_embed_dim]`; `beta` weighs the latents' share of the loss, `legacy` the codebook's instead.
    pub fn new(n_e: usize, vq_embed_dim: usize, beta: f64, legacy: bool, device: &Device) -> Self {
        let bound = 1.0 / n_e as f64;
        let initializer = Initializer::Uniform { min: -bound, max: bound };
        Self {
            embedding: EmbeddingConfig::new(n_e, vq_embed_dim).with_initializer(initializer).init(device),
            beta,
            legacy,
        }
    }

    /// Latents `[B, C, H, W]`, where C is the width of the codebook.
    pub fn forward(&self, z: Tensor<4>) -> Quantized {
        let [batch, channels, height, width] = z.dims();
        let z = z.permute([0, 2, 3, 1]).reshape([batch * height * width, channels]);
        let codebook = self.embedding.weight.val();
        // ‖z − e‖² without ‖z‖², which is the same for every e.
        let norms: Tensor<2> = codebook.clone().square().sum_dim(1).transpose();
        let distances = norms - z.clone().detach().matmul(codebook.clone().detach().transpose()) * 2.0;
        let indices: Tensor<1, Int> = distances.argmin(1).squeeze_dim(1);
        let nearest = codebook.select(0, indices.clone());
        let commitment = (nearest.clone().detach() - z.clone()).square().mean();
        let codebook_loss = (nearest.clone() - z.clone().detach()).square().mean();
        let loss =
            if self.legacy { commitment + codebook_loss * self.beta } else { commitment * self.beta + codebook_loss };
        let straight_through = z.clone() + (nearest - z).detach();
        let z_q = straight_through.reshape([batch, height, width, channels]).permute([0, 3, 1, 2]);
        Quantized { z_q, loss, indices }
    }
}
