//! What is noised: one picture or several as numbers, and which of them stands where on the screen.

use crate::app::widgets::canvas::Bitmap;
use crate::data::avatar::{Avatar, SIZE};
use crate::data::pixel::{self, byte};
use crate::diffusion::noise::{Purpose, Stream, batch_normal_at};

/// About how many values of a large picture the histogram counts: enough for its bars, few enough for every frame.
const MOST_COUNTED: usize = 20_000;

/// A subject as numbers: `count` pictures of `width · height` pixels, three values a pixel, in [−1, 1].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Number of pictures.
    pub count: usize,
    /// `[count, height, width, 3]`.
    pub values: Vec<f32>,
}

impl Source {
    /// One picture of RGBA bytes; transparent parts lie on white.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Self {
        let over = |pixel: &[u8], c: usize| {
            let alpha = f32::from(pixel[3]) / 255.0;
            (f32::from(pixel[c]) * alpha + 255.0 * (1.0 - alpha)) / 127.5 - 1.0
        };
        let values = rgba.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|c| over(pixel, c))).collect();
        Self { width, height, count: 1, values }
    }

    /// Avatars of consecutive seeds.
    pub fn avatars(seed: u32, count: usize) -> Self {
        let seeds = (0..count as u64).map(|index| u64::from(seed) + index);
        let values = seeds.flat_map(|seed| Avatar::from_seed(seed).rgb()).map(pixel::normalized).collect();
        Self { width: SIZE, height: SIZE, count, values }
    }
}

/// Some values of a picture, each with its noise.
pub fn thin(source: &Source, seed: u32) -> Vec<(f32, f32)> {
    // Odd, so that it is no multiple of a row of pixels.
    let stride = (source.values.len() / MOST_COUNTED) | 1;
    let places = (0..source.values.len()).step_by(stride);
    places.map(|index| (source.values[index], noise_at(source, seed, index))).collect()
}

/// The noise of one value, as the whole picture's noise has it.
pub fn noise_at(source: &Source, seed: u32, index: usize) -> f32 {
    let values = source.width * source.height * 3;
    batch_normal_at(Stream::new(u64::from(seed), Purpose::Forward), values, index)
}

/// Index of the red value under cell `pixel` of a 16 × 16 raster laid over the picture as it is shown.
pub fn value_index(source: &Source, pixel: usize) -> usize {
    let middle = |cell: usize, length: usize| (2 * cell + 1) * length / (2 * SIZE);
    let (column, row) = (pixel % SIZE, pixel / SIZE);
    if source.count == 1 {
        return (middle(row, source.height) * source.width + middle(column, source.width)) * 3;
    }
    // A grid of four columns with one pixel between its tiles, as `pixels` draws it.
    let pitch = source.width + 1;
    let place = |cell: usize| {
        let at = middle(cell, 4 * pitch - 1);
        (at / pitch, (at % pitch).min(source.width - 1))
    };
    let ((across, x), (down, y)) = (place(column), place(row));
    (((down * 4 + across) * source.height + y) * source.width + x) * 3
}

/// A thousand steps on a photograph would take minutes; up to sixteen small pictures walk at once.
pub fn can_walk(source: &Source) -> bool {
    source.values.len() <= 16 * SIZE * SIZE * 3
}

/// Values as bytes: one picture as it is, several as a grid of four columns.
pub fn pixels(source: &Source, state: &[f32], channel: usize) -> Bitmap {
    let mut rgba = Vec::with_capacity(state.len() / 3 * 4);
    for pixel in state.chunks_exact(3) {
        match channel {
            1..=3 => rgba.extend([byte(pixel[channel - 1]); 3]),
            _ => rgba.extend([byte(pixel[0]), byte(pixel[1]), byte(pixel[2])]),
        }
        rgba.push(255);
    }
    if source.count > 1 {
        return Bitmap::grid(&rgba, source.width, 4);
    }
    Bitmap { width: source.width, height: source.height, rgba }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::noise::batch_normal;

    #[test]
    fn a_clean_picture_comes_back_byte_for_byte() {
        let rgba: Vec<u8> = (0..=255u8).flat_map(|v| [v, 255 - v, 7, 255]).collect();
        let source = Source::from_rgba(16, 16, &rgba);
        assert_eq!(pixels(&source, &source.values, 0).rgba, rgba);
        let red: Vec<u8> = rgba.chunks_exact(4).flat_map(|p| [p[0], p[0], p[0], 255]).collect();
        assert_eq!(pixels(&source, &source.values, 1).rgba, red);
    }

    #[test]
    fn the_marked_cell_reads_the_value_under_it() {
        let avatar = Source::avatars(3, 1);
        assert!((0..256).all(|pixel| value_index(&avatar, pixel) == pixel * 3));
        let photograph = Source { width: 512, height: 256, count: 1, values: vec![0.0; 512 * 256 * 3] };
        // Cell (15, 15) spans columns 480–511 and rows 240–255: its middle is (496, 248).
        assert_eq!(value_index(&photograph, 255), (248 * 512 + 496) * 3);
        let batch = Source::avatars(3, 16);
        // The last cell lies in the last tile, the first in the first.
        assert_eq!(value_index(&batch, 255) / (SIZE * SIZE * 3), 15);
        assert_eq!(value_index(&batch, 0) / (SIZE * SIZE * 3), 0);
        assert!((0..256).all(|pixel| value_index(&batch, pixel) < batch.values.len()));
    }

    #[test]
    fn a_thinned_picture_has_the_noise_of_the_whole_one() {
        let values = (0..90 * 300 * 3u32).map(|index| index as f32 / 81_000.0).collect();
        let photograph = Source { width: 300, height: 90, count: 1, values };
        let whole = batch_normal(Stream::new(4, Purpose::Forward), 1, photograph.values.len());
        let stride = 5;
        let thinned = thin(&photograph, 4);
        assert_eq!(thinned.len(), photograph.values.len().div_ceil(stride));
        for (place, (x0, noise)) in thinned.iter().enumerate() {
            assert_eq!((*x0, *noise), (photograph.values[place * stride], whole[place * stride]));
        }
    }

    #[test]
    fn transparent_parts_lie_on_white() {
        assert_eq!(Source::from_rgba(1, 1, &[0, 0, 0, 0]).values, [1.0, 1.0, 1.0]);
    }
}
