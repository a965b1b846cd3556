//! How words steer a denoiser: encoded texts, classifier-free guidance, and edits of the attention to words.

use burn::tensor::{Device, Tensor, TensorData};

use super::clip_text::ClipTextModel;
use super::guide::{BatchGuidance, Refinement};
use super::probe::Probe;
use crate::data::tokenizer::Tokenizer;
use crate::diffusion::guidance::Moment;
use crate::protocol::{AttentionEdit, Term, Variant, WordSpec};

/// The part of a model that turns text into what its U-Net attends to.
#[derive(Debug, Clone)]
pub struct WordModel {
    /// Text to numbers.
    pub tokenizer: Tokenizer,
    /// Numbers to states.
    pub text_model: ClipTextModel,
}

impl WordModel {
    /// States `[1, N, D]` of a weighted sum of texts; no text at all is the empty one.
    ///
    /// Weights are taken as they are, so that those of a prompt should sum to 1.
    pub fn encode(&self, terms: &[Term], device: &Device) -> Tensor<3> {
        let empty = [Term { weight: 1.0, text: String::new() }];
        let terms = if terms.is_empty() { &empty } else { terms };
        let ids: Vec<Vec<u32>> = terms.iter().map(|term| self.tokenizer.encode(&term.text).ids).collect();
        let states = self.text_model.forward(&ids, device).last_hidden_state;
        if let [Term { weight: 1.0, .. }] = terms {
            return states;
        }
        let weights: Vec<f32> = terms.iter().map(|term| term.weight as f32).collect();
        let weights = Tensor::<3>::from_data(TensorData::new(weights, [terms.len(), 1, 1]), device);
        (states * weights).sum_dim(0)
    }

    /// Tokens of a variant's longest text, begin and end included.
    fn longest(&self, variant: &Variant) -> usize {
        let lengths = variant.prompt.iter().map(|term| self.tokenizer.encode(&term.text).tokens.len());
        lengths.max().unwrap_or(0) + 2
    }

    /// The prompt of a run of `count` samples a variant.
    pub fn prompt(&self, spec: &WordSpec, count: usize, device: &Device) -> Prompt {
        let plain = [Variant::prompt("", 1.0)];
        let variants = if spec.variants.is_empty() { &plain[..] } else { &spec.variants[..] };
        let repeat = |states: Tensor<3>| states.repeat_dim(0, count);
        let negative = |variant: &Variant| {
            repeat(self.encode(&[Term { weight: 1.0, text: variant.negative_prompt.clone() }], device))
        };
        let scales = |variant: &Variant| (variant.guidance_scale, variant.guidance_rescale);
        Prompt {
            positive: Tensor::cat(variants.iter().map(|v| repeat(self.encode(&v.prompt, device))).collect(), 0),
            negative: Tensor::cat(variants.iter().map(negative).collect(), 0),
            guidance: BatchGuidance::new(variants.iter().flat_map(|v| core::iter::repeat_n(scales(v), count))),
            edits: variants.iter().flat_map(|v| core::iter::repeat_n(v.edits.clone(), count)).collect(),
            watched_tokens: spec.watch_attention.then(|| self.longest(&variants[0])),
        }
    }
}

/// What a batch of pictures is steered by, one row a picture.
#[derive(Debug, Clone)]
pub struct Prompt {
    positive: Tensor<3>,
    negative: Tensor<3>,
    guidance: BatchGuidance,
    edits: Vec<Vec<AttentionEdit>>,
    /// Number of tokens to watch, where the cross-attention of the first picture is watched; the padding after them is not.
    watched_tokens: Option<usize>,
}

impl Prompt {
    /// A prompt that is followed plainly: the given states `[B, N, D]`, without guidance.
    pub fn plain(states: Tensor<3>) -> Self {
        let [count, ..] = states.dims();
        Self {
            negative: states.clone(),
            positive: states,
            guidance: BatchGuidance::new(vec![(1.0, 0.0); count]),
            edits: vec![Vec::new(); count],
            watched_tokens: None,
        }
    }

    /// The same prompt with guidance refined.
    #[must_use]
    pub fn refined(self, refinement: &Refinement) -> Self {
        Self { guidance: self.guidance.refined(refinement), ..self }
    }

    /// How the two answers become one.
    pub fn guidance(&self) -> &BatchGuidance {
        &self.guidance
    }

    /// The network's inputs: both questions in one batch, the one without the prompt first, as diffusers has it.
    ///
    /// Where the answer without the prompt would not count at `moment`, only the other is asked for.
    pub fn inputs(&self, x: Tensor<4>, moment: Moment) -> (Tensor<4>, Tensor<3>) {
        if self.guidance.is_needed(moment) {
            let words = Tensor::cat(vec![self.negative.clone(), self.positive.clone()], 0);
            (Tensor::cat(vec![x.clone(), x], 0), words)
        } else {
            (x, self.positive.clone())
        }
    }

    /// The network's two answers, without and with the prompt; `None` where it was asked once.
    pub fn split(&self, output: Tensor<4>, moment: Moment) -> Option<(Tensor<4>, Tensor<4>)> {
        if !self.guidance.is_needed(moment) {
            return None;
        }
        let [rows, ..] = output.dims();
        Some((output.clone().narrow(0, 0, rows / 2), output.narrow(0, rows / 2, rows / 2)))
    }
}

/// Watches and edits the cross-attention of one forward pass.
pub struct WordProbe<'a> {
    prompt: &'a Prompt,
    layer: u32,
    maps: Vec<(String, Tensor<4>)>,
}

impl<'a> WordProbe<'a> {
    /// A probe of the next forward pass.
    pub fn new(prompt: &'a Prompt) -> Self {
        Self { prompt, layer: 0, maps: Vec::new() }
    }

    /// Whether there is anything to watch or edit.
    pub fn is_needed(&self) -> bool {
        self.prompt.watched_tokens.is_some() || self.prompt.edits.iter().any(|edits| !edits.is_empty())
    }

    /// What was seen, layer by layer.
    pub fn into_maps(self) -> Vec<(String, Tensor<4>)> {
        self.maps
    }

    /// The factor of every probability under the edits of this layer, `[rows, heads, 1, tokens]`; `None` where all are 1.
    fn factors(&self, [rows, heads, tokens]: [usize; 3]) -> Option<Vec<f32>> {
        let first = rows - self.prompt.edits.len().min(rows);
        let mut factors = vec![1.0; rows * heads * tokens];
        let matches = |wanted: Option<u32>, here: usize| wanted.is_none_or(|wanted| wanted as usize == here);
        for (row, edits) in self.prompt.edits.iter().enumerate() {
            let here = edits.iter().filter(|edit| matches(edit.layer, self.layer as usize));
            for edit in here {
                for head in (0..heads).filter(|head| matches(edit.head, *head)) {
                    for token in (0..tokens).filter(|token| matches(edit.token, *token)) {
                        factors[((first + row) * heads + head) * tokens + token] *= edit.factor;
                    }
                }
            }
        }
        factors.iter().any(|factor| *factor != 1.0).then_some(factors)
    }
}

impl Probe for WordProbe<'_> {
    fn attention(&mut self, name: &str, probabilities: Tensor<4>) -> Tensor<4> {
        if !name.ends_with("attn2") {
            return probabilities;
        }
        let [rows, heads, _, tokens] = probabilities.dims();
        let edited = match self.factors([rows, heads, tokens]) {
            Some(factors) => {
                let factors = TensorData::new(factors, [rows, heads, 1, tokens]);
                probabilities.clone() * Tensor::<4>::from_data(factors, &probabilities.device())
            }
            None => probabilities,
        };
        if let Some(watched) = self.prompt.watched_tokens {
            let first = rows - self.prompt.edits.len().min(rows);
            let first_picture = edited.clone().narrow(0, first, 1);
            self.maps.push((name.to_owned(), first_picture.narrow(3, 0, watched.min(tokens))));
        }
        self.layer += 1;
        edited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: usize = 2;
    const TOKENS: usize = 3;

    /// What a probe makes of probabilities of 1 in `layers` layers, of two pictures that are asked for without and with words.
    fn edited(edit: AttentionEdit, layers: usize) -> Vec<Vec<f32>> {
        let states = Tensor::<3>::zeros([2, TOKENS, 1], &Device::flex());
        let prompt = Prompt { edits: vec![Vec::new(), vec![edit]], ..Prompt::plain(states) };
        let mut probe = WordProbe::new(&prompt);
        let ones = || Tensor::<4>::ones([4, HEADS, 1, TOKENS], &Device::flex());
        // Attention of pixels to each other is no layer that hears words.
        let untouched: Vec<f32> = probe.attention("block.attn1", ones()).into_data().try_to_vec().unwrap();
        assert!(untouched.iter().all(|value| *value == 1.0));
        (0..layers).map(|_| probe.attention("block.attn2", ones()).into_data().try_to_vec().unwrap()).collect()
    }

    #[test]
    fn an_edit_changes_its_slice_of_the_prompted_rows_only() {
        let (layer, head, token, factor) = (1, 1, 2, 3.0);
        let edit = AttentionEdit { token: Some(token), layer: Some(layer), head: Some(head), factor };
        for (at, values) in edited(edit, 3).into_iter().enumerate() {
            for (index, value) in values.into_iter().enumerate() {
                let [row, here, word] = [index / TOKENS / HEADS, index / TOKENS % HEADS, index % TOKENS];
                // Rows 0 and 1 are asked without words, row 2 is the picture without edits.
                let is_meant = [at, row, here, word] == [layer as usize, 3, head as usize, token as usize];
                assert_eq!(
                    value,
                    if is_meant { factor } else { 1.0 },
                    "layer {at}, row {row}, head {here}, token {word}"
                );
            }
        }
    }

    #[test]
    fn an_edit_that_names_nothing_is_everywhere() {
        let edit = AttentionEdit { token: None, layer: None, head: None, factor: 0.0 };
        for values in edited(edit, 2) {
            let row = |row: usize| values[row * HEADS * TOKENS..][..HEADS * TOKENS].to_vec();
            assert!((0..3).all(|index| row(index) == [1.0; 6]) && row(3) == [0.0; 6]);
        }
    }
}
