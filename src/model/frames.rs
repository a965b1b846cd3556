//! What a step has to tell, as one read from the device.

use burn::tensor::Tensor;

use super::sample::Evaluation;
use crate::protocol::{AttentionMap, Frame, FrameShape, Guided};

/// How the numbers of a step are laid out in its one read.
pub struct FrameLayout {
    picture_numbers: usize,
    is_guided: bool,
    /// Each layer with its heads, pixels and tokens.
    maps: Vec<(String, [usize; 3])>,
}

/// Everything a step has to tell as one tensor, and how to take it apart again.
pub fn flatten(seen: Evaluation) -> (Tensor<1>, FrameLayout) {
    let mut parts = vec![flat(seen.x), flat(seen.denoised), flat(seen.noise)];
    let mut layout =
        FrameLayout { picture_numbers: parts[0].dims()[0], is_guided: seen.guided.is_some(), maps: Vec::new() };
    parts.extend(seen.guided.into_iter().flatten().map(flat));
    for (layer, probabilities) in seen.attention {
        let [_, heads, pixels, tokens] = probabilities.dims();
        layout.maps.push((layer, [heads, pixels, tokens]));
        parts.push(flat(probabilities));
    }
    (Tensor::cat(parts, 0), layout)
}

/// A batch `[B, C, H, W]` as one row of numbers.
pub fn flat(tensor: Tensor<4>) -> Tensor<1> {
    tensor.flatten(0, 3)
}

impl FrameLayout {
    /// The frame of the numbers that were read.
    pub fn frame(self, numbers: Vec<f32>, shape: FrameShape, step: u32, timestep: f64) -> Frame {
        let mut numbers = numbers.into_iter();
        let mut take = |count: usize| numbers.by_ref().take(count).collect::<Vec<f32>>();
        let mut frame = Frame::from_values(shape, step, timestep, take(3 * self.picture_numbers));
        frame.guided = self
            .is_guided
            .then(|| Guided { unconditional: take(self.picture_numbers), conditional: take(self.picture_numbers) });
        for (layer, [heads, pixels, tokens]) in self.maps {
            frame.attention.push(AttentionMap {
                layer,
                heads: heads as u32,
                size: pixels.isqrt() as u32,
                tokens: tokens as u32,
                values: take(heads * pixels * tokens),
            });
        }
        frame
    }
}
