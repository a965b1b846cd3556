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
                    // The renderer lays shapes over each other in bytes, and groups, as the beards are, in floats.
                    let join = if layer.paint == Paint::Beard { over_in_floats } else { over };
                    *pixel = std::array::from_fn(|c| join(source[c], pixel[c], alpha));
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

/// Opacity of a luminance mask filled with `color` at `alpha`: `Y = 0.2126·R + 0.7152·G + 0.0722·B`, rounded up.
fn luminance_mask(color: [u8; 3], alpha: u8) -> u8 {
    let share = f32::from(alpha) / 255.0;
    let [r, g, b] = color.map(|v| (f32::from(v) * MASK_OPACITY).round_ties_even() / 255.0 / share);
    let luminance = r * 0.2126 + g * 0.7152 + b * 0.0722;
    (luminance * share * 255.0).clamp(0.0, 255.0).ceil() as u8
}

/// Opacity of the shapes in the beards' masks, before it is rounded to a byte.
const MASK_OPACITY: f32 = 0.9;

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

/// The same in floats, rounded once at the end.
fn over_in_floats(source: u8, below: u8, alpha: u8) -> u8 {
    let sum = f32::from(source) + f32::from(below) * (1.0 - f32::from(alpha) / 255.0);
    sum.round_ties_even().clamp(0.0, 255.0) as u8
}
