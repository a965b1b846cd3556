//! Avatars: 16 × 16 heads in the DiceBear *Pixel Art* style, drawn from typed attributes.
//!
//! | source | licence | how many | rebuild |
//! |---|---|---|---|
//! | npm `@dicebear/pixel-art` 9.4.3 | design CC0 1.0 | about 10¹³ | `noisewalk data atlas` |

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
    /// Short or long hair, and which.
    pub hair: Part,
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
        let stream = Stream::new(seed, Purpose::Data);
        let mut index = 0;
        let mut below = |bound: u32| {
            index += 1;
            stream.below(index, bound)
        };
        let mut chance = |percent: u32| below(100) < percent;
        let [glasses, beard, hat, accessory] =
            [GLASSES_PERCENT, BEARD_PERCENT, HAT_PERCENT, ACCESSORY_PERCENT].map(&mut chance);
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
            hair,
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

    /// What a person would say of the picture, for example "long red hair, green eyes, blue shirt, glasses".
    pub fn caption(&self) -> String {
        let length = if self.hair.slot == Slot::LongHair { "long" } else { "short" };
        let mut words = vec![
            format!("{length} {} hair", self.hair_color.word()),
            format!("{} eyes", self.eye_color.word()),
            format!("{} shirt", self.clothing_color.word()),
        ];
        words.extend(self.glasses.map(|(part, color)| match part.slot {
            Slot::DarkGlasses => format!("{} sunglasses", color.word()),
            _ => format!("{} glasses", color.word()),
        }));
        words.extend(self.beard.map(|_| "beard".to_owned()));
        words.extend(self.hat.map(|(_, color)| format!("{} hat", color.word())));
        words.extend(self.accessory.map(|(_, color)| format!("{} earrings", color.word())));
        words.extend((self.mouth.slot == Slot::HappyMouth).then(|| "smiling".to_owned()));
        words.join(", ")
    }

    /// Every attribute by the package's own option names, for example `("hair", "long05")`, `("hairColor", "cab188")`.
    pub fn package_options(&self) -> Vec<(&'static str, String)> {
        let style = |part: Part| format!("{}{:02}", part.slot.package_name().1, part.style);
        let hex = |[r, g, b]: [u8; 3]| format!("{r:02x}{g:02x}{b:02x}");
        let mut options = vec![
            ("skinColor", hex(self.skin.rgb())),
            ("hair", style(self.hair)),
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
        draw(Some((self.hair, hair)));
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
