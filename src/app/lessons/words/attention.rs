//! Where a word was looked for: one map out of the probabilities of layers and heads.

use crate::protocol::{AttentionMap, Frame};

/// A map of one word: its width, and the share of each place, row by row.
pub type Heat = (usize, Vec<f32>);

/// The maps of a layer, from 1; of all layers for 0.
fn maps(frame: &Frame, layer: usize) -> Vec<&AttentionMap> {
    match layer.checked_sub(1) {
        Some(layer) => frame.attention.get(layer).into_iter().collect(),
        None => frame.attention.iter().collect(),
    }
}

/// How much each pixel listened to a token, as large as the largest map; layer and head from 1, 0 for the mean.
pub fn heat(frame: &Frame, token: usize, layer: usize, head: usize) -> Option<Heat> {
    let maps = maps(frame, layer);
    let size = maps.iter().map(|map| map.size as usize).max().filter(|size| *size > 0)?;
    let mut heat = vec![0.0; size * size];
    for map in &maps {
        for (index, value) in heat.iter_mut().enumerate() {
            let scale = |at: usize| at * map.size as usize / size;
            *value += share(map, scale(index / size) * map.size as usize + scale(index % size), token, head);
        }
    }
    heat.iter_mut().for_each(|value| *value /= maps.len() as f32);
    Some((size, heat))
}

/// What one pixel of the picture listened to: the share of each token, begin first; `None` where nothing was watched.
pub fn listened(frame: &Frame, (row, column): (usize, usize), layer: usize, head: usize) -> Option<Vec<f32>> {
    let maps = maps(frame, layer);
    let tokens = maps.iter().map(|map| map.tokens as usize).max()?;
    let side = (frame.size as usize).max(1);
    let mut shares = vec![0.0; tokens];
    for map in &maps {
        let size = map.size as usize;
        let pixel = (row * size / side) * size + column * size / side;
        for (token, value) in shares.iter_mut().enumerate() {
            *value += share(map, pixel, token, head) / maps.len() as f32;
        }
    }
    Some(shares)
}

/// The largest share of a map.
pub fn strongest((_, heat): &Heat) -> f32 {
    heat.iter().copied().fold(0.0, f32::max)
}

/// The probability of a token at a pixel of one layer; the mean of the heads for head 0, and for one that is not there.
fn share(map: &AttentionMap, pixel: usize, token: usize, head: usize) -> f32 {
    let (heads, area, tokens) = (map.heads as usize, (map.size * map.size) as usize, map.tokens as usize);
    if token >= tokens {
        return 0.0;
    }
    let at = |head: usize| map.values.get((head * area + pixel) * tokens + token).copied().unwrap_or(0.0);
    match head.checked_sub(1).filter(|head| *head < heads) {
        Some(head) => at(head),
        None => (0..heads).map(at).sum::<f32>() / heads.max(1) as f32,
    }
}

/// Lays a map over a square picture of RGBA bytes; a share of `full` takes four fifths of `colour`.
pub fn overlay(rgba: &mut [u8], side: usize, (size, heat): &Heat, full: f32, colour: [u8; 3]) {
    for (index, pixel) in rgba.chunks_exact_mut(4).take(side * side).enumerate() {
        let (row, column) = (index / side.max(1) * size / side.max(1), index % side.max(1) * size / side.max(1));
        let value = heat.get(row * size + column).copied().unwrap_or(0.0);
        let share = 0.8 * (value / full.max(f32::MIN_POSITIVE)).min(1.0);
        for (byte, of_colour) in pixel.iter_mut().zip(colour) {
            *byte = (f32::from(*byte) * (1.0 - share) + f32::from(of_colour) * share).round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two layers of 1 × 1 and 2 × 2 with two heads and two tokens.
    fn frame() -> Frame {
        let small =
            AttentionMap { heads: 2, size: 1, tokens: 2, values: vec![0.2, 0.8, 0.6, 0.4], ..AttentionMap::default() };
        let large = (0..8).flat_map(|row| [0.1 * row as f32, 1.0 - 0.1 * row as f32]).collect();
        let large = AttentionMap { heads: 2, size: 2, tokens: 2, values: large, ..AttentionMap::default() };
        Frame { attention: vec![small, large], ..Frame::default() }
    }

    #[test]
    fn one_head_of_one_layer_is_read_as_it_is() {
        let (size, heat) = heat(&frame(), 0, 2, 2).unwrap();
        assert_eq!(size, 2);
        assert!(heat.iter().zip([0.4, 0.5, 0.6, 0.7]).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{heat:?}");
    }

    #[test]
    fn means_over_layers_and_heads_still_add_up_to_one() {
        let both = [0, 1].map(|token| heat(&frame(), token, 0, 0).unwrap().1);
        for (a, b) in both[0].iter().zip(&both[1]) {
            assert!((a + b - 1.0).abs() < 1e-6);
        }
        assert!((both[0][0] - (0.4 + 0.2) / 2.0).abs() < 1e-6, "{:?}", both[0]);
    }

    #[test]
    fn a_pixel_says_what_it_listened_to() {
        // The picture has 4 × 4 pixels: pixel (3, 0) lies in place (1, 0) of the larger map, which is its row 2 of values.
        let frame = Frame { size: 4, ..frame() };
        let shares = listened(&frame, (3, 0), 2, 1).unwrap();
        assert!((shares[0] - 0.2).abs() < 1e-6 && (shares[1] - 0.8).abs() < 1e-6, "{shares:?}");
        let mean = listened(&frame, (3, 0), 0, 0).unwrap();
        // The mean of the small map's two heads is 0.4, of the large one's 0.2 and 0.6.
        assert!((mean[0] - 0.4).abs() < 1e-6 && (mean[0] + mean[1] - 1.0).abs() < 1e-6, "{mean:?}");
        assert!(listened(&Frame::default(), (0, 0), 0, 0).is_none());
    }

    #[test]
    fn what_is_not_there_has_no_map() {
        assert!(heat(&Frame::default(), 0, 0, 0).is_none());
        assert!(heat(&frame(), 0, 3, 0).is_none());
        assert!(heat(&frame(), 9, 0, 0).unwrap().1.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn the_strongest_place_takes_the_colour() {
        let mut rgba = [0, 0, 0, 255].repeat(4);
        let heat = (2, vec![0.0, 0.1, 0.05, 0.0]);
        overlay(&mut rgba, 2, &heat, strongest(&heat), [200, 100, 50]);
        assert_eq!(rgba[4..8], [160, 80, 40, 255]);
        assert_eq!(rgba[8..12], [80, 40, 20, 255]);
        assert_eq!(rgba[..4], [0, 0, 0, 255]);
    }
}
