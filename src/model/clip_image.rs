//! The image encoder, compatible with transformers' `CLIPVisionModel`.

use burn::module::{Initializer, Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm};
use burn::tensor::{Device, Tensor};

use super::clip_config::ClipVisionConfig;
use super::layers::clip::{ClipEncoder, ClipLayerConfig, layer_norm};

#[derive(Module, Debug)]
struct VisionEmbeddings {
    class_embedding: Param<Tensor<1>>,
    patch_embedding: Conv2d,
    position_embedding: Embedding,
}

/// Vision transformer (Dosovitskiy et al. 2021) as CLIP has it: patches and a class token, whose last state sums up the picture.
#[derive(Module, Debug)]
pub struct ClipVisionModel {
    embeddings: VisionEmbeddings,
    // The name is transformers' own slip, kept by every file since.
    pre_layrnorm: LayerNorm,
    encoder: ClipEncoder,
    post_layernorm: LayerNorm,
}

impl ClipVisionModel {
    /// A network with fresh weights.
    pub fn new(config: &ClipVisionConfig, device: &Device) -> Self {
        let width = config.hidden_size;
        let layer = ClipLayerConfig {
            hidden_size: width,
            intermediate_size: config.intermediate_size,
            heads: config.num_attention_heads,
            hidden_act: config.hidden_act,
            eps: config.layer_norm_eps,
        };
        let normal = Initializer::Normal { mean: 0.0, std: 0.02 };
        let side = config.patch_size;
        let patches = (config.image_size / side).pow(2);
        Self {
            embeddings: VisionEmbeddings {
                class_embedding: normal.init([width], device),
                patch_embedding: Conv2dConfig::new([config.num_channels, width], [side, side])
                    .with_stride([side, side])
                    .with_bias(false)
                    .init(device),
                position_embedding: EmbeddingConfig::new(patches + 1, width).with_initializer(normal).init(device),
            },
            pre_layrnorm: layer_norm(width, config.layer_norm_eps, device),
            encoder: ClipEncoder::new(&layer, config.num_hidden_layers, device),
            post_layernorm: layer_norm(width, config.layer_norm_eps, device),
        }
    }

    /// Pictures `[B, 3, H, W]` to one state a picture, `[B, C]`.
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let patches = self.embeddings.patch_embedding.forward(pictures);
        let [batch, width, rows, columns] = patches.dims();
        let patches: Tensor<3> = patches.reshape([batch, width, rows * columns]).swap_dims(1, 2);
        let class = self.embeddings.class_embedding.val().reshape([1, 1, width]).expand([batch, 1, width]);
        let positions = self.embeddings.position_embedding.weight.val().reshape([1, rows * columns + 1, width]);
        let embedded = self.pre_layrnorm.forward(Tensor::cat(vec![class, patches], 1) + positions);
        let hidden = self.encoder.forward(embedded, None);
        self.post_layernorm.forward(hidden.slice([0..batch, 0..1, 0..width]).reshape([batch, width]))
    }
}
