//! Avatars: 16 × 16 heads in the DiceBear *Pixel Art* style, drawn from typed attributes.
//!
//! | source | licence | how many | rebuild |
//! |---|---|---|---|
//! | npm `@dicebear/pixel-art` 9.4.3 | design CC0 1.0 (DiceBear), package code MIT (Florian Körner) | 8.26 · 10¹⁵ attribute sets | `noisewalk data atlas` |
//!
//! Styles of a slot and colours of a palette are all alike in probability; optional parts have the shares below.
//! Fewer pictures than attribute sets are distinct: a hat may cover the hair, hair the earrings.
//! `tests/avatars.rs` compares 256 seeds with the package's own SVG, pixel for pixel.

pub mod atlas;
pub mod attributes;
pub mod compose;

use attributes::{
    AccessoryColor, ClothingColor, EyeColor, GlassesColor, HairColor, HatColor, MouthColor, Part, SkinColor, Slot,
};
use compose::Canvas;

use crate::diffusion::noise::{Purpose, Stream};

/// Width and height in pixels.
pub const SIZE: usize = 16;

/// A head: everything that decides its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// Colour of the skin.
    pub skin: SkinColor,
    /// Short or long hair, and which; the bald have none.
    pub hair: Option<Part>,
    /// Colour of hair and beard.
    pub hair_color: HairColor,
    /// The eyes.
    pub eyes: Part,
    /// Their colour.
    pub eye_color: EyeColor,
    /// A smiling mouth or not, and which.
    pub mouth: Part,
    /// Its colour.
    pub mouth_color: MouthColor,
    /// The shirt.
    pub clothing: Part,
    /// Its colour.
    pub clothing_color: ClothingColor,
    /// Glasses, clear or dark, and the colour of their frame.
    pub glasses: Option<(Part, GlassesColor)>,
    /// A beard.
    pub beard: Option<Part>,
    /// A hat and its colour.
    pub hat: Option<(Part, HatColor)>,
    /// Earrings and their colour.
    pub accessory: Option<(Part, AccessoryColor)>,
}

/// How often an optional part is there, in percent; the package's own are lower, and rare things are learnt badly.
const GLASSES_PERCENT: u32 = 25;
const BEARD_PERCENT: u32 = 15;
const HAT_PERCENT: u32 = 15;
const ACCESSORY_PERCENT: u32 = 15;

impl Avatar {
    /// The avatar of a seed: every style of a slot, and every colour of a palette, alike in probability.
    pub fn from_seed(seed: u64) -> Self {
        Self::draw(seed, [GLASSES_PERCENT, BEARD_PERCENT, HAT_PERCENT, ACCESSORY_PERCENT])
    }

    /// The same, but wearing every part that is optional.
    pub fn with_everything(seed: u64) -> Self {
        Self::draw(seed, [100; 4])
    }

    fn draw(seed: u64, percents: [u32; 4]) -> Self {
        let stream = Stream::new(seed, Purpose::Data);
        let mut index = 0;
        let mut below = |bound: u32| {
            index += 1;
            stream.below(index, bound)
        };
        let mut chance = |percent: u32| below(100) < percent;
        let [glasses, beard, hat, accessory] = percents.map(&mut chance);
        let mut part = |slots: &[Slot]| {
            let total: u32 = slots.iter().map(|slot| u32::from(slot.styles())).sum();
            nth_part(slots, below(total))
        };
        let parts = [
            part(&[Slot::ShortHair, Slot::LongHair]),
            part(&[Slot::Eyes]),
            part(&[Slot::HappyMouth, Slot::SadMouth]),
            part(&[Slot::Clothing]),
            part(&[Slot::LightGlasses, Slot::DarkGlasses]),
            part(&[Slot::Beard]),
            part(&[Slot::Hat]),
            part(&[Slot::Accessory]),
        ];
        let [hair, eyes, mouth, clothing, glasses_part, beard_part, hat_part, accessory_part] = parts;
        Self {
            skin: pick(SkinColor::ALL, &mut below),
            hair: Some(hair),
            hair_color: pick(HairColor::ALL, &mut below),
            eyes,
            eye_color: pick(EyeColor::ALL, &mut below),
            mouth,
            mouth_color: pick(MouthColor::ALL, &mut below),
            clothing,
            clothing_color: pick(ClothingColor::ALL, &mut below),
            glasses: glasses.then_some((glasses_part, pick(GlassesColor::ALL, &mut below))),
            beard: beard.then_some(beard_part),
            hat: hat.then_some((hat_part, pick(HatColor::ALL, &mut below))),
            accessory: accessory.then_some((accessory_part, pick(AccessoryColor::ALL, &mut below))),
        }
    }

    /// Whether any pixel is hair; a beard, which has the same colour, does not count.
    pub fn shows_hair(&self) -> bool {
        let shaved = |hair_color| Self { hair_color, beard: None, ..self.clone() }.rgb();
        shaved(HairColor::Blond) != shaved(HairColor::Blue)
    }

    /// Whether any pixel is an earring.
    pub fn shows_earrings(&self) -> bool {
        let wearing = |color| Self { accessory: self.accessory.map(|(part, _)| (part, color)), ..self.clone() }.rgb();
        wearing(AccessoryColor::Gold) != wearing(AccessoryColor::Grey)
    }

    /// Every attribute by the package's own option names, for example `("hair", "long05")`, `("hairColor", "cab188")`.
    pub fn package_options(&self) -> Vec<(&'static str, String)> {
        let style = |part: Part| format!("{}{:02}", part.slot.package_name().1, part.style);
        let hex = |[r, g, b]: [u8; 3]| format!("{r:02x}{g:02x}{b:02x}");
        let mut options = vec![
            ("skinColor", hex(self.skin.rgb())),
            ("hairColor", hex(self.hair_color.rgb())),
            ("eyes", style(self.eyes)),
            ("eyesColor", hex(self.eye_color.rgb())),
            ("mouth", style(self.mouth)),
            ("mouthColor", hex(self.mouth_color.rgb())),
            ("clothing", style(self.clothing)),
            ("clothingColor", hex(self.clothing_color.rgb())),
        ];
        let mut optional = |names: [&'static str; 2], part: Option<(Part, [u8; 3])>| {
            options.extend(part.into_iter().flat_map(|(part, rgb)| [(names[0], style(part)), (names[1], hex(rgb))]));
        };
        optional(["glasses", "glassesColor"], self.glasses.map(|(part, color)| (part, color.rgb())));
        optional(["hat", "hatColor"], self.hat.map(|(part, color)| (part, color.rgb())));
        optional(["accessories", "accessoriesColor"], self.accessory.map(|(part, color)| (part, color.rgb())));
        options.extend(self.hair.map(|part| ("hair", style(part))));
        options.extend(self.beard.map(|part| ("beard", style(part))));
        options
    }

    /// Red, green and blue of each pixel, row by row: `16 · 16 · 3` bytes.
    pub fn rgb(&self) -> Vec<u8> {
        let mut canvas = Canvas::new();
        let hair = self.hair_color.rgb();
        canvas.draw(Part { slot: Slot::Body, style: 1 }, self.skin.rgb());
        let mut draw = |part: Option<(Part, [u8; 3])>| part.into_iter().for_each(|(part, rgb)| canvas.draw(part, rgb));
        draw(self.accessory.map(|(part, color)| (part, color.rgb())));
        draw(Some((self.clothing, self.clothing_color.rgb())));
        draw(Some((self.eyes, self.eye_color.rgb())));
        draw(self.glasses.map(|(part, color)| (part, color.rgb())));
        draw(self.beard.map(|part| (part, hair)));
        draw(Some((self.mouth, self.mouth_color.rgb())));
        draw(self.hair.map(|part| (part, hair)));
        draw(self.hat.map(|(part, color)| (part, color.rgb())));
        canvas.into_rgb()
    }
}

fn pick<T: Copy>(all: &[T], below: &mut impl FnMut(u32) -> u32) -> T {
    all[below(all.len() as u32) as usize]
}

/// Part `index` of the styles of several slots in a row.
fn nth_part(slots: &[Slot], mut index: u32) -> Part {
    for &slot in slots {
        let styles = u32::from(slot.styles());
        if index < styles {
            return Part { slot, style: index as u8 + 1 };
        }
        index -= styles;
    }
    Part { slot: slots[0], style: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_attribute_sets_as_the_card_says() {
        let styles = |slots: &[Slot]| slots.iter().map(|slot| u64::from(slot.styles())).sum::<u64>();
        let colored = |slots: &[Slot], colors: usize| styles(slots) * colors as u64;
        let sets: u64 = [
            SkinColor::ALL.len() as u64,
            colored(&[Slot::ShortHair, Slot::LongHair], HairColor::ALL.len()),
            colored(&[Slot::Eyes], EyeColor::ALL.len()),
            colored(&[Slot::HappyMouth, Slot::SadMouth], MouthColor::ALL.len()),
            colored(&[Slot::Clothing], ClothingColor::ALL.len()),
            1 + colored(&[Slot::LightGlasses, Slot::DarkGlasses], GlassesColor::ALL.len()),
            1 + styles(&[Slot::Beard]),
            1 + colored(&[Slot::Hat], HatColor::ALL.len()),
            1 + colored(&[Slot::Accessory], AccessoryColor::ALL.len()),
        ]
        .iter()
        .product();
        assert_eq!(sets, 8_257_786_882_329_600);
    }

    #[test]
    fn what_is_covered_does_not_show() {
        let (mut hairless, mut ringless) = (0, 0);
        for avatar in (0..2000).map(Avatar::from_seed) {
            // By another way than the method's own: take the thing away, or dye it in every colour.
            let bare = Avatar { accessory: None, ..avatar.clone() };
            assert_eq!(avatar.shows_earrings(), bare.rgb() != avatar.rgb(), "{avatar:?}");
            let shaved = Avatar { beard: None, ..avatar.clone() };
            let dyed = |&hair_color: &HairColor| Avatar { hair_color, ..shaved.clone() }.rgb() != shaved.rgb();
            assert_eq!(avatar.shows_hair(), HairColor::ALL.iter().any(dyed), "{avatar:?}");
            hairless += u32::from(!avatar.shows_hair());
            ringless += u32::from(avatar.accessory.is_some() && !avatar.shows_earrings());
        }
        assert!(hairless > 0 && ringless > 0, "nothing is ever hidden, so nothing was tested");
    }
}
