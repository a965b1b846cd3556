//! Text to numbers: a word-level tokenizer, as a Hugging Face `tokenizer.json` with the `WordLevel` model describes it.
//!
//! Text is lower-cased and split into runs of word characters and runs of other marks (`\w+|[^\w\s]+`); each piece is one token.

use std::collections::BTreeMap;

use super::captions::GRAMMAR_WORDS;
use super::look::Attribute;
use super::near_words;

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
        let text = text.get(start..end).unwrap_or_default().to_lowercase();
        let id = self.ids.get(&text).copied().filter(|id| *id as usize >= SPECIAL.len());
        Token { id: id.unwrap_or(UNKNOWN), text, start, end, known: id.is_some() }
    }
}

/// `\w` of Unicode's regular expressions: letters, digits, `_`, the joiners, and the common blocks of combining marks.
fn is_word(c: char) -> bool {
    let is_mark = matches!(c as u32, 0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F);
    c.is_alphanumeric() || c == '_' || matches!(c, '\u{200C}' | '\u{200D}') || is_mark
}

/// Byte ranges of the runs of word characters and of other marks; white space separates.
fn pieces(text: &str) -> Vec<(usize, usize)> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Mark,
        Space,
    }
    let kind = |c: char| match c {
        c if is_word(c) => Kind::Word,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Mark,
    };
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut before = Kind::Space;
    for (at, c) in text.char_indices() {
        let (now, end) = (kind(c), at + c.len_utf8());
        match pieces.last_mut() {
            Some(piece) if now == before && now != Kind::Space => piece.1 = end,
            _ if now != Kind::Space => pieces.push((at, end)),
            _ => {}
        }
        before = now;
    }
    pieces
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into another (Damerau 1964, Levenshtein 1966).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(encoding: &Encoding) -> Vec<&str> {
        encoding.tokens.iter().map(|token| token.text.as_str()).collect()
    }

    #[test]
    fn words_and_marks_are_tokens() {
        let tokenizer = Tokenizer::of_captions();
        let encoding = tokenizer.encode("Long RED hair,round-glasses!!");
        assert_eq!(texts(&encoding), ["long", "red", "hair", ",", "round", "-", "glasses", "!!"]);
        let known: Vec<bool> = encoding.tokens.iter().map(|token| token.known).collect();
        assert_eq!(known, [true, true, true, true, true, false, true, false]);
        assert_eq!(encoding.ids.len(), MAX_LENGTH);
        assert_eq!((encoding.ids[0], encoding.ids[9], encoding.ids[10]), (BEGIN, END, PAD));
    }

    #[test]
    fn nothing_and_white_space_are_begin_and_end() {
        let tokenizer = Tokenizer::of_captions();
        for text in ["", "  \t\n", "\u{2003}"] {
            assert_eq!(tokenizer.encode(text).ids[..3], [BEGIN, END, PAD], "{text:?}");
        }
    }

    #[test]
    fn five_hundred_words_are_cut_where_it_says() {
        let tokenizer = Tokenizer::of_captions();
        let text = "red ".repeat(500);
        let encoding = tokenizer.encode(&text);
        assert_eq!(encoding.cut, Some(4 * (MAX_LENGTH - 2)));
        assert_eq!(encoding.ids.last(), Some(&END));
    }

    #[test]
    fn special_tokens_cannot_be_typed() {
        assert!(Tokenizer::of_captions().encode("[PAD] pad").tokens.iter().all(|token| !token.known));
    }

    #[test]
    fn emoji_and_right_to_left_text_are_unknown_words() {
        let encoding = Tokenizer::of_captions().encode("👩🏽‍🦰 שלום hair");
        assert_eq!(encoding.tokens.iter().filter(|token| token.known).count(), 1);
        assert!(encoding.tokens.iter().all(|token| token.id < 200));
    }

    #[test]
    fn misspelt_words_get_suggestions() {
        let tokenizer = Tokenizer::of_captions();
        assert_eq!(tokenizer.suggest("galsses").first(), Some(&"glasses"));
        assert_eq!(tokenizer.suggest("purpel").first(), Some(&"purple"));
        assert!(tokenizer.suggest("sungl").contains(&"sunglasses"));
        assert!(tokenizer.suggest("xylophone").is_empty());
    }

    #[test]
    fn common_words_get_words_of_their_meaning() {
        let tokenizer = Tokenizer::of_captions();
        for (typed, near) in [
            ("crimson", "red"),
            ("moustache", "beard"),
            ("hoodie", "sweater"),
            ("Jacket", "sweater"),
            ("turquoise", "mint"),
            ("violet", "purple"),
            ("woman", "person"),
            ("boy", "person"),
            ("orange", "red"),
            ("white", "cream"),
            ("eyeglasses", "glasses"),
        ] {
            assert_eq!(tokenizer.suggest(typed).first(), Some(&near), "{typed}");
        }
        // A vocabulary without the near word has nothing to offer.
        let words = SPECIAL.into_iter().chain(["blue"]).map(str::to_owned).collect();
        assert!(Tokenizer::new(words, 8).unwrap().suggest("crimson").is_empty());
    }

    #[test]
    fn words_that_only_join_others_are_never_offered() {
        let tokenizer = Tokenizer::of_captions();
        for typed in ["witch", "wit", "ad", "aan", "wth", "o", "na", "of2", "annd", "nno"] {
            let offered = tokenizer.suggest(typed);
            assert!(!offered.iter().any(|word| near_words::joins(word)), "{typed}: {offered:?}");
        }
    }

    #[test]
    fn broken_vocabularies_are_refused() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(Tokenizer::new(words(&["red"]), 8), Err(VocabularyError::Special));
        let twice = [&SPECIAL[..], &["red", "red"]].concat();
        assert_eq!(Tokenizer::new(words(&twice), 8), Err(VocabularyError::Twice("red".into())));
        assert_eq!(Tokenizer::new(words(&SPECIAL), 2), Err(VocabularyError::Length(2)));
    }
}
