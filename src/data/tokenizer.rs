//! Text to numbers: a word-level tokenizer, as a Hugging Face `tokenizer.json` with the `WordLevel` model describes it.
//!
//! Text is lower-cased and split into runs of word characters and runs of other marks (`\w+|[^\w\s]+`); each piece is one token (`pieces`).

use std::collections::BTreeMap;

use super::captions::GRAMMAR_WORDS;
use super::look::Attribute;
use super::near_words;
use super::pieces::pieces;
use super::spelling::edit_distance;

/// Fills the sequence to its length.
pub const PAD: u32 = 0;
/// Stands for every word that is not in the vocabulary.
pub const UNKNOWN: u32 = 1;
/// Opens the sequence.
pub const BEGIN: u32 = 2;
/// Closes the text; the encoder's summary of the text is read here.
pub const END: u32 = 3;

/// The special tokens in the order of their numbers.
pub const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[BOS]", "[EOS]"];

/// Length of an encoded text, with begin, end and padding.
pub const MAX_LENGTH: usize = 32;

/// A vocabulary and the length of its sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenizer {
    words: Vec<String>,
    ids: BTreeMap<String, u32>,
    max_length: usize,
}

/// A piece of text and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Index in the vocabulary.
    pub id: u32,
    /// The piece, lower-cased.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether the vocabulary has it.
    pub known: bool,
}

/// An encoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Begin, the words, end, padding: always as many as the tokenizer's length.
    pub ids: Vec<u32>,
    /// The words that fit; word `k` is position `k + 1` of `ids`.
    pub tokens: Vec<Token>,
    /// Where the text was cut, in bytes, if it was too long.
    pub cut: Option<usize>,
}

/// Why a vocabulary is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// The special tokens are not the first.
    #[error("the vocabulary must begin with {}", SPECIAL.join(", "))]
    Special,
    /// A word is listed twice.
    #[error("the vocabulary lists {0} twice")]
    Twice(String),
    /// No room for a word between begin and end.
    #[error("sequences of {0} tokens leave no room for a word; at least 3 are needed")]
    Length(usize),
}

impl Tokenizer {
    /// The tokenizer of the captions of this crate.
    pub fn of_captions() -> Self {
        let attribute_words = Attribute::ALL.iter().flat_map(|attribute| attribute.values().iter().copied().flatten());
        let mut words: Vec<&str> =
            attribute_words.flat_map(|words| words.split(' ')).chain(GRAMMAR_WORDS.iter().copied()).collect();
        words.retain(|&word| word != "none");
        words.sort_unstable();
        words.dedup();
        let words: Vec<String> = SPECIAL.into_iter().chain(words).map(str::to_owned).collect();
        let ids = words.iter().cloned().zip(0..).collect();
        Self { words, ids, max_length: MAX_LENGTH }
    }

    /// A tokenizer of `words`, in the order of their numbers.
    ///
    /// # Errors
    /// [`VocabularyError`] where the list does not begin with [`SPECIAL`], repeats a word, or the length is below 3.
    pub fn new(words: Vec<String>, max_length: usize) -> Result<Self, VocabularyError> {
        if max_length < 3 {
            return Err(VocabularyError::Length(max_length));
        }
        if !words.iter().map(String::as_str).take(4).eq(SPECIAL) {
            return Err(VocabularyError::Special);
        }
        let mut ids = BTreeMap::new();
        for (word, id) in words.iter().zip(0..) {
            if ids.insert(word.clone(), id).is_some() {
                return Err(VocabularyError::Twice(word.clone()));
            }
        }
        Ok(Self { words, ids, max_length })
    }

    /// The vocabulary, in the order of the numbers.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Length of every encoded text.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Encodes a text; whatever does not fit is cut, and [`Encoding::cut`] says where.
    pub fn encode(&self, text: &str) -> Encoding {
        let room = self.max_length - 2;
        let mut tokens: Vec<Token> = pieces(text).into_iter().map(|piece| self.token(text, piece)).collect();
        let cut = tokens.get(room).map(|token| token.start);
        tokens.truncate(room);
        let mut ids = vec![BEGIN];
        ids.extend(tokens.iter().map(|token| token.id));
        ids.push(END);
        ids.resize(self.max_length, PAD);
        Encoding { ids, tokens, cut }
    }

    /// Known words nearest to `word`, best first, at most three: those of nearly the same meaning, else those of nearly the same letters.
    ///
    /// Letters are compared by edit distance, a third of the shorter word's letters at most, a common beginning counting for one.
    pub fn suggest(&self, word: &str) -> Vec<&str> {
        let word = word.to_lowercase();
        let known = |near: &&str| self.ids.get_key_value(*near).map(|(known, _)| known.as_str());
        let of_meaning: Vec<&str> = near_words::near(&word).iter().filter_map(known).take(3).collect();
        if !of_meaning.is_empty() {
            return of_meaning;
        }
        let letters = word.chars().count();
        let mut near: Vec<(usize, &str)> = self.words[SPECIAL.len()..]
            .iter()
            .filter(|known| known.chars().all(char::is_alphabetic) && !near_words::joins(known))
            .map(|known| {
                let is_beginning = letters >= 2 && known.starts_with(&word);
                (if is_beginning { 0 } else { edit_distance(&word, known) }, known.as_str())
            })
            .filter(|(distance, known)| *distance <= known.chars().count().min(letters) / 3)
            .collect();
        near.sort();
        near.into_iter().take(3).map(|(_, known)| known).collect()
    }

    fn token(&self, text: &str, (start, end): (usize, usize)) -> Token {
        // Letter by letter, as Python's `Lowercase` does: a sigma at the end of a word is not special.
        let text: String = text.get(start..end).unwrap_or_default().chars().flat_map(char::to_lowercase).collect();
        let id = self.ids.get(&text).copied().filter(|id| *id as usize >= SPECIAL.len());
        Token { id: id.unwrap_or(UNKNOWN), text, start, end, known: id.is_some() }
    }
}

#[cfg(test)]
mod tests;
