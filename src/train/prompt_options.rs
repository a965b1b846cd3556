//! What words steer a run on the command line.

use clap::Args;

use super::failure::{Context, Failure, Outcome};
use crate::data::tokenizer::{Encoding, Tokenizer};
use crate::model::denoiser::Denoiser;
use crate::model::folder::Model;
use crate::protocol::{GenerateSpec, Variant, WordSpec};

/// Prompt, negative prompt and guidance, for models that hear words.
#[derive(Debug, Args)]
pub struct PromptArgs {
    /// What to draw, for example "long red hair, round glasses" (for models that hear words; repeatable: each from the same noise)
    #[arg(long, allow_hyphen_values = true)]
    prompt: Vec<String>,
    /// Each way of steering the same noise in full, as JSON: a list of objects with "prompt" (texts with weights), "guidance_scale" and, where wanted,
    /// "negative_prompt", "guidance_rescale" and "edits" (factors of attention by token, layer and head)
    #[arg(long, value_name = "JSON", conflicts_with_all = ["prompt", "negative"])]
    variants: Option<String>,
    /// What to move away from
    #[arg(long, requires = "prompt", allow_hyphen_values = true)]
    negative: Option<String>,
    /// Guidance scale: 1 follows the prompt plainly, more exaggerates it
    #[arg(long, default_value_t = 4.0, allow_negative_numbers = true)]
    guidance: f64,
    /// Guidance rescaling φ between 0 and 1
    #[arg(long, default_value_t = 0.0)]
    guidance_rescale: f64,
}

impl PromptArgs {
    /// The flags that give these words again, each with a space before it; nothing without a prompt.
    pub fn as_flags(&self) -> String {
        if let Some(json) = &self.variants {
            return format!(" --variants '{}'", json.replace('\'', r"'\''"));
        }
        if self.prompt.is_empty() {
            return String::new();
        }
        let quoted = |flag: &str, text: &str| format!(" --{flag} \"{}\"", text.replace('"', "\\\""));
        let mut flags: String = self.prompt.iter().map(|prompt| quoted("prompt", prompt)).collect();
        flags.extend(self.negative.iter().map(|negative| quoted("negative", negative)));
        flags.push_str(&format!(" --guidance {}", self.guidance));
        if self.guidance_rescale != 0.0 {
            flags.push_str(&format!(" --guidance-rescale {}", self.guidance_rescale));
        }
        flags
    }

    /// The words of a run; `None` without a prompt.
    ///
    /// # Errors
    /// Where guidance is out of range, or the variants are no such JSON.
    pub fn words(&self) -> Outcome<Option<WordSpec>> {
        if !(-100.0..=100.0).contains(&self.guidance) {
            return Err(Failure::new(format!("--guidance is {}, but must lie between -100 and 100", self.guidance)));
        }
        if !(0.0..=1.0).contains(&self.guidance_rescale) {
            let message = format!("--guidance-rescale is {}, but must lie between 0 and 1", self.guidance_rescale);
            return Err(Failure::new(message));
        }
        let variant = |prompt: &String| Variant {
            negative_prompt: self.negative.clone().unwrap_or_default(),
            guidance_rescale: self.guidance_rescale,
            ..Variant::prompt(prompt, self.guidance)
        };
        let variants: Vec<Variant> = match &self.variants {
            Some(json) => serde_json::from_str(json).context("--variants cannot be read")?,
            None => self.prompt.iter().map(variant).collect(),
        };
        Ok((!variants.is_empty()).then_some(WordSpec { variants, watch_attention: false }))
    }
}

/// The model's network, steered by the words of a run; says on stderr which words it does not know.
///
/// # Errors
/// Where there are words and the model hears none.
pub fn steer(model: &Model, spec: &GenerateSpec) -> Outcome<Denoiser> {
    match (&model.words, &spec.words) {
        (None, None) => Ok(model.denoiser.clone()),
        (None, Some(_)) => Err(Failure::new(format!(
            "{} hears no words; leave --prompt out, or choose a text-conditioned model",
            model.summary.name
        ))),
        (Some(words), steered) => {
            let plain = WordSpec { variants: vec![Variant::prompt("", 1.0)], watch_attention: false };
            let steered = steered.as_ref().unwrap_or(&plain);
            let prompts = steered.variants.iter().flat_map(|variant| &variant.prompt).map(|term| &term.text);
            // One flag gives every variant its negative prompt.
            let negative = steered.variants.first().map(|variant| &variant.negative_prompt);
            for text in prompts.clone().chain(negative) {
                warn_of(&words.tokenizer.encode(text), &words.tokenizer, text);
            }
            if spec.words.is_some() && prompts.clone().any(|prompt| words.tokenizer.encode(prompt).tokens.is_empty()) {
                eprintln!("an empty prompt is drawn unconditionally: without words, and whatever guidance says");
            }
            Ok(model.denoiser.steered(words.prompt(steered, spec.count as usize, model.denoiser.device())))
        }
    }
}

fn warn_of(encoding: &Encoding, tokenizer: &Tokenizer, text: &str) {
    for token in encoding.tokens.iter().filter(|token| !token.known) {
        let near = tokenizer.suggest(&token.text).join(", ");
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
        eprintln!("the model does not know the word {}{hint}", token.text);
    }
    if let Some(rest) = encoding.cut.and_then(|cut| text.get(cut..)) {
        let beginning: String = rest.chars().take(40).collect();
        eprintln!("the prompt is too long and was cut before: {beginning}");
    }
}
