//! Captions: what people would say of an avatar, in free order, with synonyms, omissions and negations.

mod phrases;

use super::look::{Attribute, Look};
use crate::diffusion::noise::Stream;

/// A caption and what it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// The text, in lower case.
    pub text: String,
    /// Each attribute the text speaks of, with the value it claims.
    pub says: Vec<(Attribute, u8)>,
}

/// Words of the grammar that belong to no attribute.
pub const GRAMMAR_WORDS: &[&str] = &[
    ",",
    ".",
    "a",
    "and",
    "with",
    "without",
    "no",
    "person",
    "someone",
    "portrait",
    "of",
    "face",
    "wearing",
    "hair",
    "hat",
    "glasses",
    "sunglasses",
    "round",
    "beard",
    "clean",
    "shaven",
    "shirt",
    "top",
    "sweater",
    "open",
    "mouth",
    "smile",
    "skin",
    "earrings",
];

/// Chances in percent that an attribute is spoken of: where there is something, and where there is nothing.
const SPOKEN: [(Part, u32, u32); 8] = [
    (Part::Hair, 85, 85),
    (Part::Shirt, 78, 78),
    (Part::Glasses, 85, 14),
    (Part::Hat, 88, 10),
    (Part::Beard, 85, 10),
    (Part::Mouth, 55, 0),
    (Part::Earrings, 65, 8),
    (Part::Skin, 35, 35),
];

/// What one phrase is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Hair,
    Shirt,
    Glasses,
    Hat,
    Beard,
    Mouth,
    Earrings,
    Skin,
}

/// One phrase: a thing one has ("round glasses"), or a word for the person ("smiling").
struct Phrase {
    text: String,
    describes_person: bool,
}

/// A caption of what can be seen; the stream decides what is said, in which words and order.
///
/// Words for the same thing are synonyms; some things are left out, and sometimes an absence is said ("no glasses").
pub fn caption(look: &Look, stream: Stream) -> Caption {
    let mut writer = Writer { look, stream, index: 0, says: Vec::new() };
    let mut phrases = Vec::new();
    for (part, present, absent) in SPOKEN {
        let percent = if writer.is_absent(part) { absent } else { present };
        if writer.chance(percent) {
            phrases.extend(writer.phrase(part));
        }
    }
    if phrases.is_empty() {
        phrases.extend(writer.phrase(Part::Shirt));
    }
    let text = writer.join(phrases);
    Caption { text, says: writer.says }
}

/// A caption that leaves out nothing that is there and has a word; absences stay unsaid.
pub fn full_caption(look: &Look, stream: Stream) -> Caption {
    let mut writer = Writer { look, stream, index: 0, says: Vec::new() };
    let mut phrases = Vec::new();
    for (part, ..) in SPOKEN {
        if !writer.is_absent(part) {
            phrases.extend(writer.phrase(part));
        }
    }
    let text = writer.join(phrases);
    Caption { text, says: writer.says }
}

/// Writes a caption, drawing one random number a choice.
struct Writer<'a> {
    look: &'a Look,
    stream: Stream,
    index: u32,
    says: Vec<(Attribute, u8)>,
}

impl Writer<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.index += 1;
        self.stream.below(self.index, bound as u32) as usize
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        let index = self.below(texts.len());
        texts.get(index).copied().unwrap_or_default()
    }

    /// A word for the value of an attribute, noted as said; the usual word in two of three cases.
    fn say(&mut self, attribute: Attribute) -> Option<&'static str> {
        let value = self.look.get(attribute)?;
        let words = *attribute.values().get(usize::from(value))?;
        self.says.push((attribute, value));
        if self.chance(67) { words.first().copied() } else { Some(self.one_of(words)) }
    }

    /// The same, with a chance of leaving it out.
    fn perhaps(&mut self, attribute: Attribute, percent: u32) -> Option<&'static str> {
        self.chance(percent).then(|| self.say(attribute)).flatten()
    }

    fn is_absent(&self, part: Part) -> bool {
        let nothing = |attribute| self.look.get(attribute) == Some(0);
        match part {
            Part::Glasses => nothing(Attribute::Glasses),
            Part::Hat => nothing(Attribute::Hat),
            Part::Beard => nothing(Attribute::Beard),
            Part::Earrings => nothing(Attribute::Earrings),
            Part::Hair | Part::Shirt | Part::Mouth | Part::Skin => false,
        }
    }

    /// Joins the phrases in random order: a list, or a sentence about a person.
    fn join(&mut self, mut phrases: Vec<Phrase>) -> String {
        for last in (1..phrases.len()).rev() {
            let other = self.below(last + 1);
            phrases.swap(last, other);
        }
        if self.chance(62) {
            let separator = if self.chance(80) { ", " } else { " and " };
            return phrases.iter().map(|phrase| phrase.text.as_str()).collect::<Vec<_>>().join(separator);
        }
        self.sentence(phrases)
    }

    /// "a smiling person with red hair, a hat and glasses."
    fn sentence(&mut self, phrases: Vec<Phrase>) -> String {
        const WORN: [&str; 5] = ["shirt", "top", "sweater", "glasses", "hat"];
        let (people, things): (Vec<_>, Vec<_>) = phrases.into_iter().partition(|phrase| phrase.describes_person);
        let opening = self.one_of(&["a", "portrait of a", "face of a", "someone"]);
        let noun = if opening == "someone" { None } else { Some("person") };
        let adjectives = people.iter().map(|phrase| phrase.text.as_str());
        let mut text = [opening].into_iter().chain(adjectives).chain(noun).collect::<Vec<_>>().join(" ");
        for (index, phrase) in things.iter().enumerate() {
            let is_worn = WORN.iter().any(|noun| phrase.text.ends_with(noun)) && !phrase.text.starts_with("no");
            text.push_str(match index {
                0 if is_worn && !phrase.text.starts_with("without") && self.chance(60) => " wearing ",
                0 => " with ",
                _ if index + 1 == things.len() => " and ",
                _ => ", ",
            });
            text.push_str(if phrase.text.ends_with("hat") && is_worn && self.chance(50) { "a " } else { "" });
            text.push_str(&phrase.text);
        }
        text.push_str(if self.chance(20) { "." } else { "" });
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::balanced::avatar_for_training;
    use super::super::tokenizer::Tokenizer;
    use super::*;
    use crate::diffusion::noise::Purpose;

    fn captions(count: u64) -> impl Iterator<Item = (Look, Caption)> {
        (0..count).map(|seed| {
            let look = Look::of(&avatar_for_training(seed));
            let caption = caption(&look, Stream::new(seed, Purpose::Data).sample(2));
            (look, caption)
        })
    }

    #[test]
    fn captions_claim_only_what_can_be_seen() {
        for (look, caption) in captions(1500) {
            assert!(!caption.says.is_empty());
            for (attribute, value) in caption.says {
                assert_eq!(look.get(attribute), Some(value), "{}", caption.text);
            }
        }
    }

    #[test]
    fn every_word_is_in_the_vocabulary_and_every_caption_fits() {
        let tokenizer = Tokenizer::of_captions();
        for (_, caption) in captions(3000) {
            let encoding = tokenizer.encode(&caption.text);
            assert!(encoding.tokens.iter().all(|token| token.known), "{}", caption.text);
            assert_eq!(encoding.cut, None, "{}", caption.text);
        }
    }

    #[test]
    fn every_word_of_the_vocabulary_is_used() {
        let tokenizer = Tokenizer::of_captions();
        let mut used = vec![0; tokenizer.words().len()];
        for (_, caption) in captions(8000) {
            tokenizer.encode(&caption.text).ids.iter().for_each(|&id| used[id as usize] += 1);
        }
        let unused: Vec<_> =
            tokenizer.words().iter().zip(&used).filter(|(word, n)| **n == 0 && *word != "[UNK]").collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
