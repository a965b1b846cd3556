//! What the words of a run are.

use serde::{Deserialize, Serialize};

use crate::data::tokenizer::{Tokenizer, VocabularyError};

/// The words a model knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordSummary {
    /// The vocabulary in the order of its numbers, special tokens first.
    pub vocabulary: Vec<String>,
    /// Length of an encoded text.
    pub max_length: u32,
}

impl WordSummary {
    /// The tokenizer of these words.
    ///
    /// # Errors
    /// [`VocabularyError`] where the list makes no tokenizer.
    pub fn tokenizer(&self) -> Result<Tokenizer, VocabularyError> {
        Tokenizer::new(self.vocabulary.clone(), self.max_length as usize)
    }
}

/// A text with a weight: the condition is the weighted sum of the encoded texts.
///
/// One text of weight 1 is a prompt; (1 − s, A), (s, B) lies between two; (1, A), (−1, B), (1, C) is word arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Its weight.
    pub weight: f64,
    /// The text.
    pub text: String,
}

/// Scales cross-attention probabilities before they mix the words (after "Prompt-to-Prompt", Hertz et al. 2022, re-weighting).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AttentionEdit {
    /// Which token, by its place in the encoded text (0 is the begin token); every token where absent.
    #[serde(default)]
    pub token: Option<u32>,
    /// Which cross-attention layer, in the order in which they run; every layer where absent.
    #[serde(default)]
    pub layer: Option<u32>,
    /// Which head; every head where absent.
    #[serde(default)]
    pub head: Option<u32>,
    /// The factor: 0 mutes, 1 changes nothing, more amplifies.
    pub factor: f32,
}

/// One way of steering the same noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The prompt; none, or only empty texts, is the empty prompt.
    pub prompt: Vec<Term>,
    /// What to move away from; the empty prompt where empty.
    #[serde(default)]
    pub negative_prompt: String,
    /// `guidance_scale` w: 0 ignores the prompt, 1 follows it plainly, more exaggerates it.
    pub guidance_scale: f64,
    /// `guidance_rescale` φ in [0, 1] (Lin et al. 2023).
    #[serde(default)]
    pub guidance_rescale: f64,
    /// Changes of the cross-attention under the prompt.
    #[serde(default)]
    pub edits: Vec<AttentionEdit>,
}

impl Variant {
    /// A single prompt at a guidance scale.
    pub fn prompt(text: impl Into<String>, guidance_scale: f64) -> Self {
        Self {
            prompt: vec![Term { weight: 1.0, text: text.into() }],
            negative_prompt: String::new(),
            guidance_scale,
            guidance_rescale: 0.0,
            edits: Vec::new(),
        }
    }
}

/// How words steer a run.
///
/// Each variant has the run's samples, all from the same noise: a grid of guidance and seed, two prompts side by side, a walk between prompts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordSpec {
    /// The variants, at least one.
    pub variants: Vec<Variant>,
    /// Whether frames carry the cross-attention of the first picture.
    pub watch_attention: bool,
}
