//! What an avatar is made of, by names people use.

/// Declares a palette: each colour has a name and its value.
macro_rules! palette {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $hex:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($hex), "`")] $variant,)*
        }

        impl $name {
            /// Every colour, in the order of the package.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

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
        Porcelain 0xffdbac,
        Light 0xf5cfa0,
        Fair 0xeac393,
        Beige 0xe0b687,
        Tan 0xcb9e6e,
        Olive 0xb68655,
        Brown 0xa26d3d,
        Dark 0x8d5524,
    }
);

palette!(
    /// Hair and beard colours.
    HairColor {
        Blond 0xcab188,
        Brown 0x603a14,
        LightBrown 0x83623b,
        DarkBlond 0xa78961,
        Auburn 0x611c17,
        Mahogany 0x603015,
        Chestnut 0x612616,
        Black 0x28150a,
        Blue 0x009bbd,
        Red 0xbd1700,
        Green 0x91cb15,
    }
);

palette!(
    /// Colours of the iris.
    EyeColor {
        Violet 0x76778b,
        Blue 0x697b94,
        Grey 0x647b90,
        Teal 0x5b7c8b,
        Green 0x588387,
        Brown 0x876658,
    }
);

palette!(
    /// Colours of the mouth.
    MouthColor {
        Peach 0xd29985,
        Rose 0xc98276,
        Pink 0xe35d6a,
        Red 0xde0f0d,
    }
);

palette!(
    /// Colours of the shirt.
    ClothingColor {
        LightBlue 0x5bc0de,
        Blue 0x428bca,
        Navy 0x03396c,
        Mint 0x88d8b0,
        LightGreen 0x44c585,
        Green 0x00b159,
        Coral 0xff6f69,
        Crimson 0xd11141,
        DarkRed 0xae0001,
        Cream 0xffeead,
        Yellow 0xffd969,
        Orange 0xffc425,
    }
);

palette!(
    /// Colours of the glasses' frame.
    GlassesColor {
        Grey 0x4b4b4b,
        DarkGrey 0x323232,
        Black 0x191919,
        Blue 0x43677d,
        Green 0x5f705c,
        Pink 0xa04b5d,
    }
);

palette!(
    /// Colours of the hat.
    HatColor {
        Brown 0x2e1e05,
        Blue 0x2663a3,
        Grey 0x989789,
        Green 0x3d8a6b,
        Pink 0xcc6192,
        Purple 0x614f8a,
        Red 0xa62116,
    }
);

palette!(
    /// Colours of the earrings.
    AccessoryColor {
        DarkGold 0xdaa520,
        Gold 0xffd700,
        Ivory 0xfafad2,
        Silver 0xd3d3d3,
        Grey 0xa9a9a9,
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
