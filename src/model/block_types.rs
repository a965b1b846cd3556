//! The kinds of blocks a U-Net is built from, by the names of diffusers.

use serde::{Deserialize, Serialize};

/// One resolution on the way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DownBlockType {
    /// Residual blocks.
    DownBlock2D,
    /// Residual blocks, each followed by self-attention.
    AttnDownBlock2D,
    /// Residual blocks, each followed by a transformer that attends to words.
    CrossAttnDownBlock2D,
}

/// What follows each residual block of a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockAttention {
    /// Nothing.
    None,
    /// Self-attention of the pixels.
    Pixels,
    /// A transformer that attends to words.
    Words,
}

impl DownBlockType {
    /// What follows each residual block.
    pub fn attention(self) -> BlockAttention {
        match self {
            Self::DownBlock2D => BlockAttention::None,
            Self::AttnDownBlock2D => BlockAttention::Pixels,
            Self::CrossAttnDownBlock2D => BlockAttention::Words,
        }
    }
}

/// How the transformers of a network attend to words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossAttentionShape {
    /// Width of a word's state.
    pub dim: usize,
    /// Heads of each resolution, finest first.
    pub heads: Vec<usize>,
    /// Transformer blocks after each residual block.
    pub layers: usize,
}

/// One resolution on the way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpBlockType {
    /// Residual blocks.
    UpBlock2D,
    /// Residual blocks, each followed by self-attention.
    AttnUpBlock2D,
    /// Residual blocks, each followed by a transformer that attends to words.
    CrossAttnUpBlock2D,
}

impl UpBlockType {
    /// What follows each residual block.
    pub fn attention(self) -> BlockAttention {
        match self {
            Self::UpBlock2D => BlockAttention::None,
            Self::AttnUpBlock2D => BlockAttention::Pixels,
            Self::CrossAttnUpBlock2D => BlockAttention::Words,
        }
    }
}
