//! A picture of 16 × 16 pixels in ten colours, short enough for a link.

use crate::app::language::{Text, t};
use crate::data::avatar::SIZE;

/// Name and colour of each paint.
pub const PALETTE: [(Text, [u8; 3]); 10] = [
    (t("black"), [29, 33, 39]),
    (t("white"), [255, 255, 255]),
    (t("red"), [189, 23, 0]),
    (t("orange"), [255, 196, 37]),
    (t("green"), [0, 177, 89]),
    (t("blue"), [66, 139, 202]),
    (t("navy"), [3, 57, 108]),
    (t("brown"), [96, 58, 20]),
    (t("skin"), [234, 195, 147]),
    (t("pink"), [227, 93, 106]),
];
const WHITE: u8 = 1;
const PIXELS: usize = SIZE * SIZE;

/// The paint of each pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painting(Vec<u8>);

impl Default for Painting {
    /// White all over.
    fn default() -> Self {
        Self(vec![WHITE; PIXELS])
    }
}

impl Painting {
    /// Paints one pixel; places beyond an edge come in at the other.
    pub fn paint(&mut self, x: usize, y: usize, color: usize) {
        if color < PALETTE.len() {
            self.0[y % SIZE * SIZE + x % SIZE] = color as u8;
        }
    }

    /// Four bytes a pixel.
    pub fn rgba(&self) -> Vec<u8> {
        let color = |paint: &u8| PALETTE[usize::from(*paint)].1;
        self.0.iter().map(color).flat_map(|[r, g, b]| [r, g, b, 255]).collect()
    }

    /// The painting as a text: a letter for each paint from `a` on, after the number of pixels in a row that have it.
    pub fn code(&self) -> String {
        let mut out = String::new();
        for run in self.0.chunk_by(|a, b| a == b) {
            if run.len() > 1 {
                out.push_str(&run.len().to_string());
            }
            out.push(char::from(b'a' + run[0]));
        }
        out
    }

    /// The painting of a code; `None` unless it names each pixel once.
    pub fn of_code(code: &str) -> Option<Self> {
        let (mut pixels, mut count) = (Vec::with_capacity(PIXELS), None::<usize>);
        for letter in code.bytes() {
            if letter.is_ascii_digit() {
                count = Some((count.unwrap_or(0) * 10 + usize::from(letter - b'0')).min(PIXELS + 1));
            } else {
                let paint = letter.checked_sub(b'a').filter(|paint| usize::from(*paint) < PALETTE.len())?;
                pixels.extend(std::iter::repeat_n(paint, count.take().unwrap_or(1)));
            }
            if pixels.len() > PIXELS {
                return None;
            }
        }
        (pixels.len() == PIXELS && count.is_none()).then_some(Self(pixels))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_painting_survives_its_code(pixels in prop::collection::vec(0u8..10, PIXELS)) {
            let painting = Painting(pixels);
            prop_assert!(painting.code().len() <= PIXELS, "no code is longer than the pixels");
            prop_assert_eq!(Painting::of_code(&painting.code()), Some(painting));
        }

        #[test]
        fn any_text_is_a_painting_or_none(text in ".*") {
            Painting::of_code(&text);
        }
    }

    #[test]
    fn codes_are_short_and_nonsense_is_refused() {
        let mut painting = Painting::default();
        assert_eq!(painting.code(), "256b");
        painting.paint(2, 0, 0);
        painting.paint(SIZE, SIZE, 9);
        assert_eq!(painting.code(), "jba253b");
        for wrong in ["", "255b", "257b", "256k", "256B", "256", "256b1", "99999999999999999999b", "-1b256b"] {
            assert_eq!(Painting::of_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn paints_have_their_colours() {
        let mut painting = Painting::default();
        painting.paint(1, 0, 2);
        assert_eq!(painting.rgba()[..8], [255, 255, 255, 255, 189, 23, 0, 255]);
    }
}
