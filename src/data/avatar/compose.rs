//! Laying parts over each other, with the 8-bit arithmetic of the renderer the reference pictures come from.

use super::SIZE;
use super::atlas::{Layer, Paint, layers};
use super::attributes::Part;

/// The colour behind every avatar: white, the end of the number range, so that a model's small errors there are clipped away.
pub const BACKGROUND: [u8; 3] = [255; 3];

/// A canvas of opaque pixels.
pub struct Canvas {
    pixels: [[u8; 3]; SIZE * SIZE],
}

impl Canvas {
    /// An empty canvas.
    pub fn new() -> Self {
        Self { pixels: [BACKGROUND; SIZE * SIZE] }
    }

    /// Draws a part in a colour.
    pub fn draw(&mut self, part: Part, color: [u8; 3]) {
        for layer in layers(part) {
            let (source, alpha) = paint(layer, color);
            for (row, bits) in layer.rows.iter().enumerate() {
                for column in (0..SIZE).filter(|column| bits >> (SIZE - 1 - column) & 1 == 1) {
                    let pixel = &mut self.pixels[row * SIZE + column];
                    *pixel = std::array::from_fn(|c| over(source[c], pixel[c], alpha));
                }
            }
        }
    }

    /// Red, green and blue of each pixel, row by row.
    pub fn into_rgb(self) -> Vec<u8> {
        self.pixels.concat()
    }
}

impl Default for Canvas {
    fn default() -> Self {
        Self::new()
    }
}

/// Colour (already multiplied by its opacity) and opacity of a layer.
fn paint(layer: &Layer, own: [u8; 3]) -> ([u8; 3], u8) {
    let alpha = layer.opacity;
    match layer.paint {
        Paint::Own => (own.map(|v| premultiply(v, alpha)), alpha),
        Paint::White => ([alpha; 3], alpha),
        Paint::Black => ([0; 3], alpha),
        Paint::Beard => {
            let veiled = own.map(|v| over(VEIL, v, VEIL));
            let mask = luminance_mask(own, alpha);
            (veiled.map(|v| scale(v, mask)), mask)
        }
    }
}

/// White at 30 % opacity lies over the beards.
const VEIL: u8 = 77;

/// Opacity of a luminance mask filled with `color` at `alpha` (coefficients of the sRGB primaries, as SVG masks use).
fn luminance_mask(color: [u8; 3], alpha: u8) -> u8 {
    let [r, g, b] = color.map(|v| f32::from(scale(v, alpha)) / 255.0);
    let luminance = r * 0.2125 + g * 0.7154 + b * 0.0721;
    (luminance * 255.0).ceil().clamp(0.0, 255.0) as u8
}

fn premultiply(value: u8, alpha: u8) -> u8 {
    (f32::from(value) / 255.0 * f32::from(alpha) + 0.5) as u8
}

/// `value · alpha / 255`, rounded up as the renderer does.
fn scale(value: u8, alpha: u8) -> u8 {
    ((u16::from(value) * u16::from(alpha) + 255) >> 8) as u8
}

/// Source-over with a premultiplied source.
fn over(source: u8, below: u8, alpha: u8) -> u8 {
    source.saturating_add(scale(below, 255 - alpha))
}
