//! Which word of a prompt is looked at: its place among the tokens, from 1, as the encoded text has it after its begin; 0 is none.

use super::settings::Mode;
use crate::data::look::Attribute;
use crate::data::tokenizer::{Encoding, Token};

/// The first word that names what a picture shows; else the first known one, else the first of all, else 0.
pub fn first(encoding: &Encoding) -> u32 {
    let place = |holds: &dyn Fn(&Token) -> bool| encoding.tokens.iter().position(holds).map(|index| index as u32 + 1);
    let names = |token: &Token| token.known && is_of_an_attribute(&token.text);
    let is_known = |token: &Token| token.known && token.text.chars().all(char::is_alphabetic);
    place(&names).or_else(|| place(&is_known)).or_else(|| place(&|_| true)).unwrap_or(0)
}

fn is_of_an_attribute(text: &str) -> bool {
    let words = Attribute::ALL.iter().flat_map(|attribute| attribute.values().iter().copied().flatten());
    words.flat_map(|words| words.split(' ')).any(|word| word == text && word != "none")
}

/// The word that counts: the chosen one where the text has it; a comparison of a word's weight cannot be without one and takes the first.
pub fn looked_at(mode: Mode, chosen: u32, encoding: &Encoding) -> u32 {
    match chosen {
        1.. if chosen as usize <= encoding.tokens.len() => chosen,
        _ if mode == Mode::Weigh => first(encoding),
        _ => 0,
    }
}

/// Where the word at `place` of one text stands in another: the nearest of the same letters, 0 where there is none.
pub fn follow(before: &Encoding, place: u32, after: &Encoding) -> u32 {
    let Some(word) = place.checked_sub(1).and_then(|index| before.tokens.get(index as usize)) else { return 0 };
    let same = (1..).zip(&after.tokens).filter(|(_, token)| token.text == word.text).map(|(at, _)| at);
    same.min_by_key(|at: &u32| at.abs_diff(place)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tokenizer::Tokenizer;

    fn encode(text: &str) -> Encoding {
        Tokenizer::of_captions().encode(text)
    }

    #[test]
    fn the_first_word_that_shows_something_is_taken() {
        for (text, place) in [
            ("long red hair", 1),
            ("a person with red hair", 4),
            ("a person", 1),
            ("monocle, xyz", 1),
            ("👩🏽‍🦰", 1),
            ("  ", 0),
        ] {
            assert_eq!(first(&encode(text)), place, "{text}");
        }
    }

    #[test]
    fn weighing_always_has_a_word() {
        let text = encode("a person with red hair");
        assert_eq!(looked_at(Mode::Weigh, 5, &text), 5);
        for lost in [0, 6, 63] {
            assert_eq!(looked_at(Mode::Weigh, lost, &text), 4);
            assert_eq!(looked_at(Mode::One, lost, &text), 0);
        }
        assert_eq!(looked_at(Mode::Weigh, 3, &encode("")), 0);
    }

    #[test]
    fn a_word_is_found_again_in_a_changed_text() {
        let before = encode("long red hair, red shirt");
        assert_eq!(follow(&before, 2, &encode("red hair, red shirt")), 1);
        assert_eq!(follow(&before, 5, &encode("red hair, red shirt")), 4);
        assert_eq!(follow(&before, 2, &encode("blue hair")), 0);
        assert_eq!(follow(&before, 0, &before), 0);
        assert_eq!(follow(&before, 40, &before), 0);
    }
}
