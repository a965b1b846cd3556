//! Families of avatars that differ in little: what a contrast needs to notice small things.
//!
//! Among unrelated avatars, hair and shirt already tell which caption belongs to which picture, and words for six pixels go unheard.
//! Among look-alikes only the small thing tells them apart (hard negatives, as in VSE++, Faghri et al. 2018).

use super::avatar::Avatar;
use super::balanced::avatar_for_training;
use super::look::{Attribute, Look};
use crate::diffusion::noise::{Purpose, Stream};

/// What look-alikes may differ in, by how often it is chosen.
const CHOICES: &[Attribute] = &[
    Attribute::Mouth,
    Attribute::Mouth,
    Attribute::Beard,
    Attribute::Beard,
    Attribute::Earrings,
    Attribute::GlassesColor,
    Attribute::Glasses,
    Attribute::Shirt,
    Attribute::Shirt,
    Attribute::Skin,
    Attribute::Hat,
];

/// Up to `count` avatars of which no two look alike in every word, each after the first taking one or two parts from a stranger.
///
/// None has a pair of [`super::look::HELD_OUT`]. There are fewer where strangers bring nothing new in 20 attempts each.
pub fn look_alikes(seed: u64, count: usize) -> Vec<Avatar> {
    const ATTEMPTS: u32 = 20;
    let first = avatar_for_training(seed);
    let mut family = vec![first.clone()];
    let mut looks = vec![Look::of(&first)];
    for attempt in 0..ATTEMPTS * count as u32 {
        if family.len() >= count {
            break;
        }
        // Sample 2 keeps these numbers apart from those of the avatars themselves.
        let stream = Stream::new(seed, Purpose::Data).sample(2).draw(attempt);
        let stranger = avatar_for_training(stream.seed_at(0));
        let mut avatar = first.clone();
        for index in 0..1 + stream.below(2, 2) {
            take(CHOICES[stream.below(3 + index, CHOICES.len() as u32) as usize], &mut avatar, &stranger);
        }
        let look = Look::of(&avatar);
        if !look.is_held_out() && !looks.contains(&look) {
            family.push(avatar);
            looks.push(look);
        }
    }
    family
}

/// Gives `avatar` what `from` has of one attribute; a colour only where both have the thing that is coloured.
pub(super) fn take(attribute: Attribute, avatar: &mut Avatar, from: &Avatar) {
    match attribute {
        Attribute::Hair => avatar.hair = from.hair,
        Attribute::HairColor => avatar.hair_color = from.hair_color,
        Attribute::Glasses => avatar.glasses = from.glasses,
        Attribute::GlassesColor => {
            if let (Some((_, color)), Some((_, other))) = (avatar.glasses.as_mut(), from.glasses) {
                *color = other;
            }
        }
        Attribute::Hat => avatar.hat = from.hat,
        Attribute::HatColor => {
            if let (Some((_, color)), Some((_, other))) = (avatar.hat.as_mut(), from.hat) {
                *color = other;
            }
        }
        Attribute::Beard => avatar.beard = from.beard,
        Attribute::Shirt => avatar.clothing = from.clothing,
        Attribute::ShirtColor => avatar.clothing_color = from.clothing_color,
        Attribute::Mouth => avatar.mouth = from.mouth,
        Attribute::Earrings => avatar.accessory = from.accessory,
        Attribute::Skin => avatar.skin = from.skin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_differs_in_little_and_never_in_nothing() {
        for seed in 0..200 {
            let family = look_alikes(seed, 4);
            assert_eq!(family.len(), 4);
            let looks: Vec<Look> = family.iter().map(Look::of).collect();
            for (index, look) in looks.iter().enumerate() {
                assert!(!look.is_held_out());
                assert!(!looks[..index].contains(look), "seed {seed}: {index} looks like one before it");
            }
            let same = |a: &Avatar, b: &Avatar| {
                (a.hair, a.hair_color, a.clothing_color) == (b.hair, b.hair_color, b.clothing_color)
            };
            assert!(family[1..].iter().all(|avatar| same(avatar, &family[0])), "seed {seed} has a stranger");
        }
    }
}
