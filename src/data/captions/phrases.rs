//! The phrases of a caption: what is said of each part of a picture.

use super::super::look::Attribute;
use super::{Part, Phrase, Writer};

impl Writer<'_> {
    /// A phrase about a part; `None` where there is nothing to say.
    pub(super) fn phrase(&mut self, part: Part) -> Option<Phrase> {
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
}

fn thing(words: &[&str]) -> Phrase {
    Phrase { text: words.join(" "), describes_person: false }
}

fn person(word: &str) -> Phrase {
    Phrase { text: word.into(), describes_person: true }
}
