//! The tokenizer of the captions, and what it says of words it does not know.

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
