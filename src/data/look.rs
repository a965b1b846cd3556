//! What can be said of an avatar: named attributes, each with the words people use for its values.

use super::avatar::Avatar;
use super::avatar::attributes::{ClothingColor, GlassesColor, HairColor, HatColor, Part, SkinColor, Slot};

/// Declares the attributes: each has a name and values, each value its words, the usual one first.
macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$([$($word:literal)+])+],)*) => {
        /// Something that can be seen in an avatar and that people have words for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Attribute {
            $($(#[$doc])* $variant,)*
        }

        impl Attribute {
            /// Every attribute.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// What the attribute is called.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The values, each with its words; the first word of a value is its name.
            pub fn values(self) -> &'static [&'static [&'static str]] {
                match self { $(Self::$variant => &[$(&[$($word),+]),+],)* }
            }
        }
    };
}

attributes! {
    /// Length and kind of the hair.
    Hair "hair" [["short"] ["long"] ["curly"] ["bald"]],
    /// Colour of hair and beard.
    HairColor "hair colour" [["blond" "blonde"] ["light brown"] ["brown" "brunette"] ["black" "dark"] ["red" "ginger"] ["blue"] ["green"]],
    /// Whether there are glasses, and which.
    Glasses "glasses" [["none"] ["glasses" "spectacles"] ["round glasses"] ["sunglasses" "shades"]],
    /// Colour of the glasses' frame.
    GlassesColor "glasses colour" [["black" "grey"] ["blue"] ["green"] ["pink"]],
    /// Whether there is a hat.
    Hat "hat" [["none"] ["hat" "cap" "beanie"]],
    /// Colour of the hat.
    HatColor "hat colour" [["brown"] ["blue"] ["grey"] ["green"] ["pink"] ["purple"] ["red"]],
    /// Whether there is a beard.
    Beard "beard" [["none"] ["beard"] ["goatee"]],
    /// What is worn, by its pattern.
    Shirt "shirt" [["plain"] ["striped"] ["checked" "checkered" "plaid"] ["overalls" "dungarees"]],
    /// Colour of what is worn.
    ShirtColor "shirt colour" [["blue"] ["navy"] ["mint"] ["green"] ["pink" "coral"] ["red"] ["cream"] ["yellow"]],
    /// What the mouth does.
    Mouth "mouth" [["smiling" "happy"] ["sad" "frowning"] ["surprised"]],
    /// Whether there are earrings to be seen.
    Earrings "earrings" [["none"] ["earrings"]],
    /// Tone of the skin.
    Skin "skin" [["light" "pale" "fair"] ["tan"] ["dark"]],
}

/// Number of attributes.
pub const ATTRIBUTES: usize = Attribute::ALL.len();

/// What can be seen: for each attribute the index of its value, or nothing where it cannot be seen or has no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look([Option<u8>; ATTRIBUTES]);

/// Pairs of values that are kept out of training, to measure whether a model composes what it never saw together.
pub const HELD_OUT: [[(Attribute, u8); 2]; 8] = [
    [(Attribute::HairColor, 5), (Attribute::ShirtColor, 7)], // blue hair, yellow shirt
    [(Attribute::HairColor, 6), (Attribute::ShirtColor, 5)], // green hair, red shirt
    [(Attribute::HairColor, 4), (Attribute::ShirtColor, 3)], // red hair, green shirt
    [(Attribute::HairColor, 0), (Attribute::ShirtColor, 1)], // blond hair, navy shirt
    [(Attribute::HairColor, 3), (Attribute::ShirtColor, 4)], // black hair, pink shirt
    [(Attribute::HairColor, 2), (Attribute::ShirtColor, 2)], // brown hair, mint shirt
    [(Attribute::Glasses, 3), (Attribute::Beard, 1)],        // sunglasses, beard
    [(Attribute::Hair, 2), (Attribute::Glasses, 2)],         // curly hair, round glasses
];

impl Look {
    /// What can be seen of an avatar.
    pub fn of(avatar: &Avatar) -> Self {
        let hair_shows = avatar.shows_hair();
        let glasses = avatar.glasses.map_or(Some(0), |(part, _)| Some(glasses_value(part)));
        let hair = match avatar.hair {
            None if avatar.hat.is_none() => Some(3),
            Some(part) if hair_shows => Some(hair_value(part)),
            _ => None,
        };
        let hair_color = (hair_shows || avatar.beard.is_some()).then(|| hair_color_value(avatar.hair_color));
        Self([
            hair,
            hair_color,
            glasses,
            avatar.glasses.map(|(_, color)| glasses_color_value(color)),
            Some(u8::from(avatar.hat.is_some())),
            avatar.hat.map(|(_, color)| hat_color_value(color)),
            avatar.beard.map_or(Some(0), beard_value),
            shirt_value(avatar.clothing),
            Some(shirt_color_value(avatar.clothing_color)),
            mouth_value(avatar.mouth),
            Some(u8::from(avatar.shows_earrings())),
            Some(skin_value(avatar.skin)),
        ])
    }

    /// The value of an attribute, by its index in [`Attribute::values`].
    pub fn get(&self, attribute: Attribute) -> Option<u8> {
        self.0[attribute as usize]
    }

    /// Whether two of its values are a pair that training leaves out.
    pub fn is_held_out(&self) -> bool {
        HELD_OUT.iter().any(|pair| pair.iter().all(|&(attribute, value)| self.get(attribute) == Some(value)))
    }

    /// Every attribute that can be seen, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Attribute, u8)> + '_ {
        Attribute::ALL.iter().filter_map(|&attribute| Some((attribute, self.get(attribute)?)))
    }
}

fn hair_value(part: Part) -> u8 {
    match (part.slot, part.style) {
        (Slot::ShortHair, 11 | 13) | (Slot::LongHair, 15) => 2,
        (Slot::LongHair, _) => 1,
        _ => 0,
    }
}

fn hair_color_value(color: HairColor) -> u8 {
    match color {
        HairColor::Blond => 0,
        HairColor::LightBrown | HairColor::DarkBlond => 1,
        HairColor::Brown | HairColor::Auburn | HairColor::Mahogany | HairColor::Chestnut => 2,
        HairColor::Black => 3,
        HairColor::Red => 4,
        HairColor::Blue => 5,
        HairColor::Green => 6,
    }
}

fn glasses_value(part: Part) -> u8 {
    match (part.slot, part.style) {
        (Slot::DarkGlasses, _) => 3,
        (_, 7) => 2,
        _ => 1,
    }
}

fn glasses_color_value(color: GlassesColor) -> u8 {
    match color {
        GlassesColor::Grey | GlassesColor::DarkGrey | GlassesColor::Black => 0,
        GlassesColor::Blue => 1,
        GlassesColor::Green => 2,
        GlassesColor::Pink => 3,
    }
}

fn hat_color_value(color: HatColor) -> u8 {
    match color {
        HatColor::Brown => 0,
        HatColor::Blue => 1,
        HatColor::Grey => 2,
        HatColor::Green => 3,
        HatColor::Pink => 4,
        HatColor::Purple => 5,
        HatColor::Red => 6,
    }
}

/// A strip of four pixels under the mouth has no common word.
fn beard_value(part: Part) -> Option<u8> {
    match part.style {
        2 => Some(2),
        4 => None,
        _ => Some(1),
    }
}

fn shirt_value(part: Part) -> Option<u8> {
    match part.style {
        3 | 4 | 5 | 8 | 11 | 12 | 14 => Some(0),
        13 => Some(1),
        2 | 6 => Some(2),
        9 | 10 | 19 | 22 => Some(3),
        _ => None,
    }
}

fn shirt_color_value(color: ClothingColor) -> u8 {
    match color {
        ClothingColor::LightBlue | ClothingColor::Blue => 0,
        ClothingColor::Navy => 1,
        ClothingColor::Mint => 2,
        ClothingColor::LightGreen | ClothingColor::Green => 3,
        ClothingColor::Coral => 4,
        ClothingColor::Crimson | ClothingColor::DarkRed => 5,
        ClothingColor::Cream => 6,
        ClothingColor::Yellow | ClothingColor::Orange => 7,
    }
}

fn mouth_value(part: Part) -> Option<u8> {
    match (part.slot, part.style) {
        (Slot::HappyMouth, 6..=11) => Some(0),
        (Slot::SadMouth, 1..=3 | 8 | 9) => Some(1),
        (Slot::HappyMouth, 1 | 12 | 13) => Some(2),
        _ => None,
    }
}

fn skin_value(color: SkinColor) -> u8 {
    match color {
        SkinColor::Porcelain | SkinColor::Light | SkinColor::Fair => 0,
        SkinColor::Beige | SkinColor::Tan | SkinColor::Olive => 1,
        SkinColor::Brown | SkinColor::Dark => 2,
    }
}
