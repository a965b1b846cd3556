//! Avatars in which everything that has a word is common enough to be learnt.
//!
//! Drawing styles alike in probability, as [`Avatar::from_seed`] does, shows a striped shirt once in 23 pictures and nobody bald.
//! Here the named value of each attribute is drawn first, then one of its styles.

use super::avatar::Avatar;
use super::avatar::attributes::{HairColor, Part, Slot};
use super::look::Look;
use crate::diffusion::noise::{Purpose, Stream};

/// Chances in percent, and the styles each stands for.
type Styles = [(u32, &'static [(Slot, &'static [u8])])];

const HAIR: &Styles = &[
    (38, &[(Slot::ShortHair, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24])]),
    (42, &[(Slot::LongHair, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21])]),
    (12, &[(Slot::ShortHair, &[11, 13]), (Slot::LongHair, &[15])]),
    (8, &[]),
];
const CLOTHING: &Styles = &[
    (46, &[(Slot::Clothing, &[3, 4, 5, 8, 11, 12, 14])]),
    (16, &[(Slot::Clothing, &[13])]),
    (16, &[(Slot::Clothing, &[2, 6])]),
    (14, &[(Slot::Clothing, &[9, 10, 19, 22])]),
    (8, &[(Slot::Clothing, &[1, 7, 15, 16, 17, 18, 20, 21, 23])]),
];
const MOUTH: &Styles = &[
    (36, &[(Slot::HappyMouth, &[6, 7, 8, 9, 10, 11])]),
    (22, &[(Slot::SadMouth, &[1, 2, 3, 8, 9])]),
    (22, &[(Slot::HappyMouth, &[1, 12, 13])]),
    (20, &[(Slot::HappyMouth, &[2, 3, 4, 5]), (Slot::SadMouth, &[4, 5, 6, 7, 10])]),
];
const GLASSES: &Styles = &[
    (52, &[]),
    (17, &[(Slot::LightGlasses, &[1, 2, 3, 4, 5, 6])]),
    (15, &[(Slot::LightGlasses, &[7])]),
    (16, &[(Slot::DarkGlasses, &[1, 2, 3, 4, 5, 6, 7])]),
];
const BEARD: &Styles =
    &[(76, &[]), (16, &[(Slot::Beard, &[1, 3, 5, 6, 7, 8])]), (7, &[(Slot::Beard, &[2])]), (1, &[(Slot::Beard, &[4])])];
const HAT_PERCENT: u32 = 24;
const ACCESSORY_PERCENT: u32 = 24;

/// Hair colours by their word: the package has four browns and one red.
const HAIR_COLORS: [&[HairColor]; 7] = [
    &[HairColor::Blond],
    &[HairColor::LightBrown, HairColor::DarkBlond],
    &[HairColor::Brown, HairColor::Auburn, HairColor::Mahogany, HairColor::Chestnut],
    &[HairColor::Black],
    &[HairColor::Red],
    &[HairColor::Blue],
    &[HairColor::Green],
];

/// The avatar of a seed, of whatever kind.
pub fn avatar(seed: u64) -> Avatar {
    draw(seed, 0)
}

/// What training sees: the avatar of a seed, never with a pair of [`super::look::HELD_OUT`].
pub fn avatar_for_training(seed: u64) -> Avatar {
    first(seed, |look| !look.is_held_out())
}

/// What training never sees: the avatar of a seed with a pair of [`super::look::HELD_OUT`].
pub fn avatar_held_out(seed: u64) -> Avatar {
    first(seed, Look::is_held_out)
}

/// The first attempt that passes; one in about twenty is held out, so 1000 attempts never all fail either way.
fn first(seed: u64, passes: impl Fn(&Look) -> bool) -> Avatar {
    let attempt = |attempt| draw(seed, attempt);
    (0..1000).map(attempt).find(|avatar| passes(&Look::of(avatar))).unwrap_or_else(|| attempt(0))
}

fn draw(seed: u64, attempt: u32) -> Avatar {
    // Sample 1 keeps these numbers apart from those of `Avatar::from_seed`.
    let stream = Stream::new(seed, Purpose::Data).sample(1).draw(attempt);
    let mut index = 0;
    let mut below = |bound: u32| {
        index += 1;
        stream.below(index, bound)
    };
    let plain = Avatar::from_seed((u64::from(below(u32::MAX)) << 32) | u64::from(below(u32::MAX)));
    let hair = pick(HAIR, &mut below);
    let clothing = pick(CLOTHING, &mut below);
    let mouth = pick(MOUTH, &mut below);
    let glasses = pick(GLASSES, &mut below);
    let beard = pick(BEARD, &mut below);
    let colors = HAIR_COLORS[below(7) as usize];
    let dressed = Avatar::with_everything(seed ^ (u64::from(attempt) << 40));
    Avatar {
        hair,
        hair_color: colors[below(colors.len() as u32) as usize],
        mouth: mouth.unwrap_or(plain.mouth),
        clothing: clothing.unwrap_or(plain.clothing),
        glasses: glasses.and_then(|part| dressed.glasses.map(|(_, color)| (part, color))),
        beard,
        hat: dressed.hat.filter(|_| below(100) < HAT_PERCENT),
        accessory: dressed.accessory.filter(|_| below(100) < ACCESSORY_PERCENT),
        ..plain
    }
}

/// Draws a value by its chance, then one of its styles; nothing where the value has none.
fn pick(styles: &Styles, below: &mut impl FnMut(u32) -> u32) -> Option<Part> {
    let total = styles.iter().map(|(percent, _)| percent).sum();
    let mut left = below(total);
    let chosen = styles.iter().find(|(percent, _)| {
        let here = left < *percent;
        left = left.saturating_sub(*percent);
        here
    });
    let parts: Vec<Part> = chosen
        .iter()
        .flat_map(|(_, slots)| slots.iter())
        .flat_map(|&(slot, styles)| styles.iter().map(move |&style| Part { slot, style }))
        .collect();
    let index = below(parts.len().max(1) as u32) as usize;
    parts.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::super::look::Attribute;
    use super::*;

    #[test]
    fn every_value_that_has_a_word_is_common() {
        let looks: Vec<Look> = (0..4000).map(|seed| Look::of(&avatar_for_training(seed))).collect();
        assert!(looks.iter().all(|look| !look.is_held_out()));
        for &attribute in Attribute::ALL {
            for (value, words) in attribute.values().iter().enumerate() {
                let count = looks.iter().filter(|look| look.get(attribute) == Some(value as u8)).count();
                assert!(count >= 60, "{} {} is in {count} of 4000 pictures", attribute.name(), words[0]);
            }
        }
    }

    #[test]
    fn held_out_avatars_are_held_out() {
        assert!((0..50).all(|seed| Look::of(&avatar_held_out(seed)).is_held_out()));
        assert_eq!(avatar_for_training(7), avatar_for_training(7));
    }
}
