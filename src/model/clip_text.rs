//! The text encoder, compatible with transformers' `CLIPTextModel`.

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::clip_config::ClipTextConfig;
use super::layers::clip::{ClipEncoder, ClipLayerConfig, layer_norm};

#[derive(Module, Debug)]
struct TextEmbeddings {
    token_embedding: Embedding,
    position_embedding: Embedding,
}

/// Text encoder of CLIP (Radford et al. 2021): a transformer whose tokens see only what stands before them.
#[derive(Module, Debug)]
pub struct ClipTextModel {
    embeddings: TextEmbeddings,
    encoder: ClipEncoder,
    final_layer_norm: LayerNorm,
    eos_token_id: u32,
    max_length: usize,
}

/// What the encoder says of a batch of texts.
#[derive(Debug, Clone)]
pub struct EncodedText {
    /// One state a token, `[B, N, C]`: what a U-Net attends to.
    pub last_hidden_state: Tensor<3>,
    /// One state a text, `[B, C]`: that of its end token.
    pub pooled: Tensor<2>,
}

impl ClipTextModel {
    /// A network with fresh weights.
    pub fn new(config: &ClipTextConfig, device: &Device) -> Self {
        let layer = ClipLayerConfig {
            hidden_size: config.hidden_size,
            intermediate_size: config.intermediate_size,
            heads: config.num_attention_heads,
            hidden_act: config.hidden_act,
            eps: config.layer_norm_eps,
        };
        let embedding = |count| {
            EmbeddingConfig::new(count, config.hidden_size)
                .with_initializer(burn::module::Initializer::Normal { mean: 0.0, std: 0.02 })
                .init(device)
        };
        Self {
            embeddings: TextEmbeddings {
                token_embedding: embedding(config.vocab_size),
                position_embedding: embedding(config.max_position_embeddings),
            },
            encoder: ClipEncoder::new(&layer, config.num_hidden_layers, device),
            final_layer_norm: layer_norm(config.hidden_size, config.layer_norm_eps, device),
            eos_token_id: config.eos_token_id,
            max_length: config.max_position_embeddings,
        }
    }

    /// Encodes texts of equal length, given as token numbers; longer ones are cut at the longest the network knows.
    pub fn forward(&self, texts: &[Vec<u32>], device: &Device) -> EncodedText {
        let length = texts.iter().map(Vec::len).max().unwrap_or(0).min(self.max_length);
        let count = texts.len();
        let ids = |text: &Vec<u32>| (0..length).map(|i| text.get(i).copied().unwrap_or(0) as i32).collect::<Vec<_>>();
        let numbers: Vec<i32> = texts.iter().flat_map(ids).collect();
        let tokens = Tensor::<2, Int>::from_data(TensorData::new(numbers, [count, length]), device);
        let positions = Tensor::<1, Int>::arange(0..length as i64, device).reshape([1, length]);
        let embedded =
            self.embeddings.token_embedding.forward(tokens) + self.embeddings.position_embedding.forward(positions);
        let hidden = self.encoder.forward(embedded, Some(&causal_mask(length, device)));
        let last_hidden_state = self.final_layer_norm.forward(hidden);
        let [_, _, width] = last_hidden_state.dims();
        let rows = texts.iter().enumerate().map(|(row, text)| {
            let end = self.end_of(text).min(length.saturating_sub(1));
            last_hidden_state.clone().slice([row..row + 1, end..end + 1, 0..width]).reshape([1, width])
        });
        EncodedText { pooled: Tensor::cat(rows.collect(), 0), last_hidden_state }
    }

    /// The embedding of every word of the vocabulary, `[V, C]`.
    pub fn word_embeddings(&self) -> Tensor<2> {
        self.embeddings.token_embedding.weight.val()
    }

    /// Where the end token stands; the first CLIP took the largest number of the sequence for it.
    fn end_of(&self, text: &[u32]) -> usize {
        const FIRST_CLIP: u32 = 2;
        if self.eos_token_id == FIRST_CLIP {
            let largest = text.iter().copied().max();
            return text.iter().position(|id| Some(*id) == largest).unwrap_or(0);
        }
        text.iter().position(|id| *id == self.eos_token_id).unwrap_or(0)
    }
}

/// 0 where a token may look, a very negative number where it may not: at what comes after it.
fn causal_mask(length: usize, device: &Device) -> Tensor<2> {
    let entry = |index: usize| if index % length > index / length { -1e9f32 } else { 0.0 };
    let mask: Vec<f32> = (0..length * length).map(entry).collect();
    Tensor::from_data(TensorData::new(mask, [length, length]), device)
}
