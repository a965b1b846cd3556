//! One state of a run, as pixels and as numbers.

use serde::{Deserialize, Serialize};

use crate::data::pixel::byte;

/// One state of a run and what the network said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Frame {
    /// Index of the state, 0 for the starting noise; `of` for the finished picture.
    pub step: u32,
    /// Number of steps of the run.
    pub of: u32,
    /// Timestep told to the network; −1 for the finished picture.
    pub timestep: f64,
    /// Number of samples.
    pub count: u32,
    /// Width and height of each picture.
    pub size: u32,
    /// Channels of `values`' planes.
    pub channels: u32,
    /// x_t as pixels: `count · size · size · 4` bytes, sample after sample.
    pub x: Vec<u8>,
    /// Predicted x0 as pixels; for the finished picture, the picture.
    pub denoised: Vec<u8>,
    /// Predicted noise as pixels; zeros for the finished picture.
    pub noise: Vec<u8>,
    /// The same three as numbers, `[3, count, channels, size, size]`.
    pub values: Vec<f32>,
    /// The two predictions that guidance joins; `None` where nothing is guided.
    pub guided: Option<Guided>,
    /// Where each word was looked for, if the run was asked to watch; of the first picture.
    pub attention: Vec<AttentionMap>,
}

/// The two answers of the network to one state; guidance goes from the first through the second and beyond.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Guided {
    /// Predicted noise ε∅ without the prompt (or with the negative one), `[count, channels, size, size]`.
    pub unconditional: Vec<f32>,
    /// Predicted noise ε_c with the prompt, of the same shape.
    pub conditional: Vec<f32>,
}

/// The cross-attention probabilities of one layer in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct AttentionMap {
    /// The layer by its path in the network, for example `mid_block.attentions.0.transformer_blocks.0.attn2`.
    pub layer: String,
    /// Number of heads.
    pub heads: u32,
    /// Width and height of the feature map.
    pub size: u32,
    /// Number of tokens, begin and end included; the padding after them is left out.
    pub tokens: u32,
    /// `[heads, size · size, tokens]`; with the padding's share, each pixel's row would sum to 1 before edits.
    pub values: Vec<f32>,
}

impl Frame {
    /// A frame from numbers `[3, count, channels, size, size]`: x, x̂0 and ε̂ of the state `step` of `of`.
    pub fn from_values(run: FrameShape, step: u32, timestep: f64, values: Vec<f32>) -> Self {
        let third = values.len() / 3;
        let pixels = |part: usize| run.pixels(values.get(part * third..(part + 1) * third).unwrap_or_default());
        let FrameShape { of, count, size, channels } = run;
        let (x, denoised, noise) = (pixels(0), pixels(1), pixels(2));
        Self {
            step,
            of,
            timestep,
            count,
            size,
            channels,
            x,
            denoised,
            noise,
            values,
            guided: None,
            attention: Vec::new(),
        }
    }

    /// The frame of a finished picture: its own x̂0, and no noise left.
    pub fn finished(run: FrameShape, x: &[f32]) -> Self {
        let zeros = vec![0.0; x.len()];
        Self::from_values(run, run.of, -1.0, [x, x, &zeros].concat())
    }
}

/// What every frame of a run has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameShape {
    /// Number of steps of the run.
    pub of: u32,
    /// Number of samples.
    pub count: u32,
    /// Width and height of each picture.
    pub size: u32,
    /// Channels of each picture.
    pub channels: u32,
}

impl FrameShape {
    /// Planes `[count, channels, size, size]` in [−1, 1] as RGBA bytes; one channel is shown as grey.
    fn pixels(self, planes: &[f32]) -> Vec<u8> {
        let (side, channels) = (self.size as usize, (self.channels as usize).max(1));
        let area = side.saturating_mul(side);
        let mut out = Vec::with_capacity(planes.len() / channels * 4);
        for picture in planes.chunks_exact(area.saturating_mul(channels).max(1)) {
            for pixel in 0..area {
                out.extend([0, 1, 2].map(|c| byte(picture[c.min(channels - 1) * area + pixel])));
                out.push(255);
            }
        }
        out
    }
}
