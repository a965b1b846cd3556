//! What an avatar is made of, by names people use.

/// Declares a palette: each colour has a name, the word people use for it, and its value.
macro_rules! palette {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $hex:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($hex), "`")] $variant,)*
        }

        impl $name {
            /// Every colour, in the order of the package.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// What people call it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Red, green and blue.
            pub fn rgb(self) -> [u8; 3] {
                let hex: u32 = match self { $(Self::$variant => $hex,)* };
                [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
            }
        }
    };
}

palette!(
    /// Skin tones, light to dark.
    SkinColor {
        Porcelain "very light" 0xffdbac,
        Light "light" 0xf5cfa0,
        Fair "fair" 0xeac393,
        Beige "beige" 0xe0b687,
        Tan "tan" 0xcb9e6e,
        Olive "olive" 0xb68655,
        Brown "brown" 0xa26d3d,
        Dark "dark" 0x8d5524,
    }
);

palette!(
    /// Hair and beard colours.
    HairColor {
        Blond "blond" 0xcab188,
        Brown "brown" 0x603a14,
        LightBrown "light brown" 0x83623b,
        DarkBlond "dark blond" 0xa78961,
        Auburn "auburn" 0x611c17,
        Mahogany "mahogany" 0x603015,
        Chestnut "chestnut" 0x612616,
        Black "black" 0x28150a,
        Blue "blue" 0x009bbd,
        Red "red" 0xbd1700,
        Green "green" 0x91cb15,
    }
);

palette!(
    /// Colours of the iris.
    EyeColor {
        Violet "violet" 0x76778b,
        Blue "blue" 0x697b94,
        Grey "grey" 0x647b90,
        Teal "teal" 0x5b7c8b,
        Green "green" 0x588387,
        Brown "brown" 0x876658,
    }
);

palette!(
    /// Colours of the mouth.
    MouthColor {
        Peach "peach" 0xd29985,
        Rose "rose" 0xc98276,
        Pink "pink" 0xe35d6a,
        Red "red" 0xde0f0d,
    }
);

palette!(
    /// Colours of the shirt.
    ClothingColor {
        LightBlue "light blue" 0x5bc0de,
        Blue "blue" 0x428bca,
        Navy "navy" 0x03396c,
        Mint "mint" 0x88d8b0,
        LightGreen "light green" 0x44c585,
        Green "green" 0x00b159,
        Coral "coral" 0xff6f69,
        Crimson "crimson" 0xd11141,
        DarkRed "dark red" 0xae0001,
        Cream "cream" 0xffeead,
        Yellow "yellow" 0xffd969,
        Orange "orange" 0xffc425,
    }
);

palette!(
    /// Colours of the glasses' frame.
    GlassesColor {
        Grey "grey" 0x4b4b4b,
        DarkGrey "dark grey" 0x323232,
        Black "black" 0x191919,
        Blue "blue" 0x43677d,
        Green "green" 0x5f705c,
        Pink "pink" 0xa04b5d,
    }
);

palette!(
    /// Colours of the hat.
    HatColor {
        Brown "brown" 0x2e1e05,
        Blue "blue" 0x2663a3,
        Grey "grey" 0x989789,
        Green "green" 0x3d8a6b,
        Pink "pink" 0xcc6192,
        Purple "purple" 0x614f8a,
        Red "red" 0xa62116,
    }
);

palette!(
    /// Colours of the earrings.
    AccessoryColor {
        DarkGold "dark gold" 0xdaa520,
        Gold "gold" 0xffd700,
        Ivory "ivory" 0xfafad2,
        Silver "silver" 0xd3d3d3,
        Grey "grey" 0xa9a9a9,
    }
);

/// A kind of part; each has numbered styles in the atlas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Head and shoulders.
    Body,
    /// Earrings.
    Accessory,
    /// Shirt.
    Clothing,
    /// Eyes.
    Eyes,
    /// Clear glasses.
    LightGlasses,
    /// Sunglasses.
    DarkGlasses,
    /// Beard.
    Beard,
    /// Smiling mouth.
    HappyMouth,
    /// Mouth that does not smile.
    SadMouth,
    /// Short hair.
    ShortHair,
    /// Long hair.
    LongHair,
    /// Hat.
    Hat,
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 12] = [
        Self::Body,
        Self::Accessory,
        Self::Clothing,
        Self::Eyes,
        Self::LightGlasses,
        Self::DarkGlasses,
        Self::Beard,
        Self::HappyMouth,
        Self::SadMouth,
        Self::ShortHair,
        Self::LongHair,
        Self::Hat,
    ];

    /// The package's component and the prefix of its style names; empty for the body, which is no component.
    pub fn package_name(self) -> (&'static str, &'static str) {
        match self {
            Self::Body => ("", ""),
            Self::Accessory => ("accessories", "variant"),
            Self::Clothing => ("clothing", "variant"),
            Self::Eyes => ("eyes", "variant"),
            Self::LightGlasses => ("glasses", "light"),
            Self::DarkGlasses => ("glasses", "dark"),
            Self::Beard => ("beard", "variant"),
            Self::HappyMouth => ("mouth", "happy"),
            Self::SadMouth => ("mouth", "sad"),
            Self::ShortHair => ("hair", "short"),
            Self::LongHair => ("hair", "long"),
            Self::Hat => ("hat", "variant"),
        }
    }

    /// How many styles the package has, numbered from 1.
    pub fn styles(self) -> u8 {
        match self {
            Self::Body => 1,
            Self::Accessory => 4,
            Self::SadMouth | Self::Hat => 10,
            Self::HappyMouth => 13,
            Self::Eyes => 12,
            Self::LightGlasses | Self::DarkGlasses => 7,
            Self::Beard => 8,
            Self::ShortHair => 24,
            Self::LongHair => 21,
            Self::Clothing => 23,
        }
    }
}

/// A style of a slot, numbered from 1 as in the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// The slot.
    pub slot: Slot,
    /// 1 to [`Slot::styles`].
    pub style: u8,
}
