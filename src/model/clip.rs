//! Text and pictures in one space: CLIP (Radford et al. 2021), compatible with transformers' `CLIPModel`.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, activation};

use super::clip_config::{ClipTextConfig, ClipVisionConfig};
use super::clip_image::ClipVisionModel;
use super::clip_text::ClipTextModel;
use crate::diffusion::math;

/// The two encoders, their projections into the shared space, and the scale of their products.
#[derive(Module, Debug)]
pub struct ClipModel {
    text_model: ClipTextModel,
    vision_model: ClipVisionModel,
    text_projection: Linear,
    visual_projection: Linear,
    logit_scale: Param<Tensor<1>>,
}

/// The largest scale of the products, as in the paper.
const MAX_LOGIT_SCALE: f64 = 100.0;

impl ClipModel {
    /// Networks with fresh weights; the scale starts at 1/0.07.
    pub fn new(text: &ClipTextConfig, vision: &ClipVisionConfig, device: &Device) -> Self {
        let projection = |from| LinearConfig::new(from, text.projection_dim).with_bias(false).init(device);
        Self {
            text_model: ClipTextModel::new(text, device),
            vision_model: ClipVisionModel::new(vision, device),
            text_projection: projection(text.hidden_size),
            visual_projection: projection(vision.hidden_size),
            logit_scale: Param::from_tensor(Tensor::from_floats([math::ln(1.0 / 0.07) as f32], device)),
        }
    }

    /// The text encoder.
    pub fn text_model(&self) -> &ClipTextModel {
        &self.text_model
    }

    /// Unit vectors `[B, P]` of texts.
    pub fn text_features(&self, texts: &[Vec<u32>], device: &Device) -> Tensor<2> {
        unit(self.text_projection.forward(self.text_model.forward(texts, device).pooled))
    }

    /// Unit vectors `[B, P]` of pictures `[B, 3, H, W]` in [−1, 1].
    pub fn image_features(&self, pictures: Tensor<4>) -> Tensor<2> {
        unit(self.visual_projection.forward(self.vision_model.forward(pictures)))
    }

    /// The symmetric contrastive loss of matching rows, `[1]`: `(CE(s·T Iᵀ) + CE(s·I Tᵀ)) / 2` with the diagonal as target.
    pub fn contrastive_loss(&self, text: Tensor<2>, image: Tensor<2>) -> Tensor<1> {
        let scale = self.logit_scale.val().clamp_max(math::ln(MAX_LOGIT_SCALE)).exp();
        let logits = text.matmul(image.transpose()) * scale.reshape([1, 1]);
        let of_rows = |logits: Tensor<2>| {
            let [count, _] = logits.dims();
            let target = Tensor::<1, Int>::arange(0..count as i64, &logits.device()).reshape([count, 1]);
            -activation::log_softmax(logits, 1).gather(1, target).mean()
        };
        (of_rows(logits.clone()) + of_rows(logits.transpose())) / 2.0
    }
}

/// Rows scaled to length 1.
fn unit(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    rows / length
}
