//! The part atlas: every part of the style as flat layers of 16 × 16 pixels.
//!
//! `atlas.txt` is made by `noisewalk data atlas` from the npm package `@dicebear/pixel-art` 9.4.3 (design CC0 1.0, DiceBear).
//! A line `part SLOT STYLE` opens a part; each line `layer PAINT OPACITY ROWS` adds a layer, its rows as hexadecimal numbers whose highest bit is the left pixel.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::SIZE;
use super::attributes::{Part, Slot};

/// What a layer is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// The colour the avatar gives the part.
    Own,
    /// White.
    White,
    /// Black.
    Black,
    /// The hair colour under a veil of white, as opaque as the hair is bright: the package's beards.
    Beard,
}

impl Paint {
    /// The word in the atlas file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::White => "white",
            Self::Black => "black",
            Self::Beard => "beard",
        }
    }
}

/// One flat layer of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The fill.
    pub paint: Paint,
    /// 0 to 255.
    pub opacity: u8,
    /// Which pixels are covered: one number a row, the highest bit left.
    pub rows: [u16; SIZE],
}

/// Every part, by slot and style.
pub type Atlas = BTreeMap<(Slot, u8), Vec<Layer>>;

/// The atlas as text.
pub const ATLAS_TEXT: &str = include_str!("atlas.txt");

/// The layers of a part, bottom first; none for a style the atlas does not have.
pub fn layers(part: Part) -> &'static [Layer] {
    static ATLAS: OnceLock<Atlas> = OnceLock::new();
    ATLAS.get_or_init(|| parse(ATLAS_TEXT)).get(&(part.slot, part.style)).map_or(&[], Vec::as_slice)
}

/// Reads the atlas file; lines that say nothing are passed over.
pub fn parse(text: &str) -> Atlas {
    let mut atlas = Atlas::new();
    let mut open = None;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["part", slot, style] => {
                let slot = Slot::ALL.into_iter().find(|s| format!("{s:?}") == *slot);
                open = slot.zip(style.parse().ok());
            }
            ["layer", paint, opacity, rows @ ..] => {
                if let (Some(key), Some(layer)) = (open, parse_layer(paint, opacity, rows)) {
                    atlas.entry(key).or_default().push(layer);
                }
            }
            _ => {}
        }
    }
    atlas
}

fn parse_layer(paint: &str, opacity: &str, rows: &[&str]) -> Option<Layer> {
    let paint =
        [Paint::Own, Paint::White, Paint::Black, Paint::Beard].into_iter().find(|known| known.word() == paint)?;
    let rows: Vec<u16> = rows.iter().map(|row| u16::from_str_radix(row, 16)).collect::<Result<_, _>>().ok()?;
    Some(Layer { paint, opacity: opacity.parse().ok()?, rows: rows.try_into().ok()? })
}

/// Writes the atlas file.
pub fn write(atlas: &Atlas, header: &str) -> String {
    let mut text = String::from(header);
    for ((slot, style), layers) in atlas {
        text.push_str(&format!("part {slot:?} {style}\n"));
        for layer in layers {
            let rows: Vec<String> = layer.rows.iter().map(|row| format!("{row:04x}")).collect();
            text.push_str(&format!("layer {} {} {}\n", layer.paint.word(), layer.opacity, rows.join(" ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_every_slot_has_layers() {
        for slot in Slot::ALL {
            for style in 1..=slot.styles() {
                assert!(!layers(Part { slot, style }).is_empty(), "{slot:?} {style}");
            }
            assert!(layers(Part { slot, style: slot.styles() + 1 }).is_empty());
        }
    }

    #[test]
    fn the_file_survives_a_round_trip() {
        let atlas = parse(ATLAS_TEXT);
        assert_eq!(parse(&write(&atlas, "# header\n")), atlas);
    }
}
