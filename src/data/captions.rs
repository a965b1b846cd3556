//! Captions: what people would say of an avatar, in free order, with synonyms, omissions and negations.

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

    fn phrase(&mut self, part: Part) -> Option<Phrase> {
        match part {
            Part::Hair => self.hair(),
            Part::Shirt => self.shirt(),
            Part::Glasses => self.glasses(),
            Part::Hat => self.hat(),
            Part::Beard => self.beard(),
            Part::Mouth => self.mouth(),
            Part::Earrings => self.earrings(),
            Part::Skin => self.say(Attribute::Skin).map(|tone| thing(&[tone, "skin"])),
        }
    }

    fn hair(&mut self) -> Option<Phrase> {
        const BALD: u8 = 3;
        let kind = self.look.get(Attribute::Hair)?;
        if kind == BALD {
            self.says.push((Attribute::Hair, kind));
            return Some(if self.chance(75) { person("bald") } else { thing(&["no", "hair"]) });
        }
        let color = self.perhaps(Attribute::HairColor, 85);
        let kind = if color.is_none() { self.say(Attribute::Hair) } else { self.perhaps(Attribute::Hair, 65) };
        Some(self.adjectives(&[kind, color], "hair"))
    }

    fn shirt(&mut self) -> Option<Phrase> {
        const PLAIN: u8 = 0;
        const OVERALLS: u8 = 3;
        let color = self.perhaps(Attribute::ShirtColor, 92);
        match self.look.get(Attribute::Shirt) {
            Some(OVERALLS) => {
                let noun = self.say(Attribute::Shirt)?;
                Some(self.adjectives(&[color], noun))
            }
            Some(pattern) => {
                let percent = if pattern == PLAIN { 15 } else { 80 };
                let pattern = self.perhaps(Attribute::Shirt, if color.is_none() { 100 } else { percent });
                let noun = if self.chance(70) { "shirt" } else { self.one_of(&["top", "sweater", "shirt"]) };
                Some(self.adjectives(&[pattern, color], noun))
            }
            None => color.map(|color| thing(&[color, "top"])),
        }
    }

    fn glasses(&mut self) -> Option<Phrase> {
        const NONE: u8 = 0;
        const ROUND: u8 = 2;
        let kind = self.look.get(Attribute::Glasses)?;
        if kind == NONE {
            self.says.push((Attribute::Glasses, kind));
            return Some(thing(&[self.one_of(&["no", "without"]), "glasses"]));
        }
        let color = self.perhaps(Attribute::GlassesColor, 40);
        if kind == ROUND {
            self.says.push((Attribute::Glasses, kind));
            return Some(self.adjectives(&[Some("round"), color], "glasses"));
        }
        let noun = self.say(Attribute::Glasses)?;
        Some(self.adjectives(&[color], noun))
    }

    fn hat(&mut self) -> Option<Phrase> {
        if self.look.get(Attribute::Hat)? == 0 {
            self.says.push((Attribute::Hat, 0));
            return Some(thing(&[self.one_of(&["no", "without"]), "hat"]));
        }
        let color = self.perhaps(Attribute::HatColor, 85);
        let noun = self.say(Attribute::Hat)?;
        Some(self.adjectives(&[color], noun))
    }

    fn beard(&mut self) -> Option<Phrase> {
        if self.look.get(Attribute::Beard)? == 0 {
            self.says.push((Attribute::Beard, 0));
            let texts: [&[&str]; 3] = [&["no", "beard"], &["without", "beard"], &["clean", "shaven"]];
            return Some(thing(texts[self.below(3)]));
        }
        let color = self.perhaps(Attribute::HairColor, 25);
        let noun = self.say(Attribute::Beard)?;
        Some(self.adjectives(&[color], noun))
    }

    fn mouth(&mut self) -> Option<Phrase> {
        const SMILING: u8 = 0;
        const SURPRISED: u8 = 2;
        let word = self.say(Attribute::Mouth)?;
        let is_open = self.look.get(Attribute::Mouth) == Some(SURPRISED);
        let is_smile = self.look.get(Attribute::Mouth) == Some(SMILING);
        Some(match (is_open, is_smile, self.chance(35)) {
            (true, _, true) => thing(&["open", "mouth"]),
            (_, true, true) => thing(&["a", "smile"]),
            _ => person(word),
        })
    }

    fn earrings(&mut self) -> Option<Phrase> {
        if self.look.get(Attribute::Earrings)? == 0 {
            self.says.push((Attribute::Earrings, 0));
            return Some(thing(&[self.one_of(&["no", "without"]), "earrings"]));
        }
        self.say(Attribute::Earrings).map(|noun| thing(&[noun]))
    }

    /// Adjectives in any order, then the noun.
    fn adjectives(&mut self, adjectives: &[Option<&str>], noun: &str) -> Phrase {
        let mut words: Vec<&str> = adjectives.iter().flatten().copied().collect();
        if words.len() == 2 && self.chance(25) {
            words.swap(0, 1);
        }
        words.push(noun);
        thing(&words)
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

fn thing(words: &[&str]) -> Phrase {
    Phrase { text: words.join(" "), describes_person: false }
}

fn person(word: &str) -> Phrase {
    Phrase { text: word.into(), describes_person: true }
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
