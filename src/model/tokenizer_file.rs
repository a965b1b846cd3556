//! The tokenizer as a Hugging Face `tokenizer.json` of the `WordLevel` model.

use serde_json::{Value, json};

use crate::data::tokenizer::{PAD, SPECIAL, Tokenizer, UNKNOWN, VocabularyError};

/// Why a `tokenizer.json` is refused.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// Not JSON.
    #[error("tokenizer.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A part this crate does not run.
    #[error("tokenizer.json has {what}, and this program runs lower-cased, word-level tokenizers only")]
    Unsupported {
        /// What is not supported.
        what: String,
    },
    /// The vocabulary makes no tokenizer.
    #[error("tokenizer.json makes no tokenizer: {0}")]
    Vocabulary(#[from] VocabularyError),
}

/// The text of a `tokenizer.json` that Python's `tokenizers` loads.
///
/// # Errors
/// [`TokenizerError::Json`], which no tokenizer causes.
pub fn to_json(tokenizer: &Tokenizer) -> Result<String, TokenizerError> {
    let special = |(id, content): (usize, &&str)| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true,
        })
    };
    let vocab: serde_json::Map<String, Value> =
        tokenizer.words().iter().enumerate().map(|(id, word)| (word.clone(), id.into())).collect();
    let piece = |id: &str| json!({ "SpecialToken": { "id": id, "type_id": 0 } });
    let [pad, unknown, begin, end] = SPECIAL;
    let ids = |id: &str, number: usize| json!({ "id": id, "ids": [number], "tokens": [id] });
    let file = json!({
        "version": "1.0",
        "truncation": {
            "direction": "Right", "max_length": tokenizer.max_length(), "strategy": "LongestFirst", "stride": 0,
        },
        "padding": {
            "strategy": { "Fixed": tokenizer.max_length() }, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": PAD, "pad_type_id": 0, "pad_token": pad,
        },
        "added_tokens": SPECIAL.iter().enumerate().map(special).collect::<Vec<_>>(),
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [piece(begin), { "Sequence": { "id": "A", "type_id": 0 } }, piece(end)],
            "pair": [
                piece(begin), { "Sequence": { "id": "A", "type_id": 0 } },
                { "Sequence": { "id": "B", "type_id": 0 } }, piece(end)
            ],
            "special_tokens": { begin: ids(begin, 2), end: ids(end, 3) },
        },
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocab, "unk_token": unknown },
    });
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}

/// The `tokenizer_config.json` beside it, which tells transformers the names of the special tokens.
///
/// # Errors
/// [`TokenizerError::Json`], which no tokenizer causes.
pub fn config_json(tokenizer: &Tokenizer) -> Result<String, TokenizerError> {
    let [pad, unknown, begin, end] = SPECIAL;
    let file = json!({
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": tokenizer.max_length(), "pad_token": pad,
        "unk_token": unknown, "bos_token": begin, "eos_token": end, "clean_up_tokenization_spaces": false,
    });
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}

/// Reads a `tokenizer.json`.
///
/// # Errors
/// [`TokenizerError`], naming the part that is not supported.
pub fn from_json(text: &[u8]) -> Result<Tokenizer, TokenizerError> {
    let file: Value = serde_json::from_slice(text)?;
    let unsupported = |what: String| Err(TokenizerError::Unsupported { what });
    for (part, wanted) in [("model", "WordLevel"), ("normalizer", "Lowercase"), ("pre_tokenizer", "Whitespace")] {
        match file[part]["type"].as_str() {
            Some(found) if found == wanted => {}
            found => return unsupported(format!("a {part} of type {}", found.unwrap_or("none"))),
        }
    }
    let Some(vocab) = file["model"]["vocab"].as_object() else { return unsupported("no vocabulary".into()) };
    let mut words = vec![None; vocab.len()];
    for (word, id) in vocab {
        match id.as_u64().and_then(|id| words.get_mut(id as usize)) {
            Some(slot) => *slot = Some(word.clone()),
            None => return unsupported(format!("the number {id} for {word}, outside of its {} words", vocab.len())),
        }
    }
    let unknown = SPECIAL[UNKNOWN as usize];
    let words: Vec<String> = words.into_iter().map(|word| word.unwrap_or_else(|| unknown.into())).collect();
    let length = file["padding"]["strategy"]["Fixed"].as_u64().or(file["truncation"]["max_length"].as_u64());
    let Some(length) = length else { return unsupported("no fixed length".into()) };
    Ok(Tokenizer::new(words, length.min(4096) as usize)?)
}
