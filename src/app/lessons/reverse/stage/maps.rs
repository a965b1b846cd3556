//! Numbers as colours: signed maps around zero, distances from zero on, each with its range.

use crate::app::lessons::reverse::settings::Layer;
use crate::protocol::Frame;

/// A map, and the largest number in it, which has the full colour.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// Four bytes a pixel, sample after sample.
    pub rgba: Vec<u8>,
    /// Largest absolute number.
    pub range: f32,
}

/// Below zero, zero, above zero: two colours that differ to every eye, with a pale middle.
const SIGNED: [[u8; 3]; 3] = [[0, 114, 178], [247, 247, 247], [213, 94, 0]];
/// Zero, half, all: evenly brighter (three colours of cividis, Nuñez et al. 2018).
const DISTANCE: [[u8; 3]; 3] = [[0, 34, 78], [124, 123, 120], [254, 232, 56]];

/// Numbers of a layer, `[count, channels, size, size]`; `next` is the state after this one.
pub fn values(frame: &Frame, next: Option<&Frame>, layer: Layer) -> Vec<f32> {
    let third = frame.values.len() / 3;
    let part = |index: usize| frame.values.get(index * third..(index + 1) * third).unwrap_or_default();
    match layer {
        Layer::State | Layer::All => part(0).to_vec(),
        Layer::Denoised => part(1).to_vec(),
        Layer::Noise => part(2).to_vec(),
        Layer::Update => {
            let next = next.unwrap_or(frame).values.iter();
            next.zip(part(0)).map(|(next, now)| next - now).collect()
        }
    }
}

/// Signed numbers around zero; a pixel shows the channel that is furthest from it.
pub fn signed(frame: &Frame, values: &[f32]) -> Map {
    map(frame, values, |value, range| blend(SIGNED, (value / range + 1.0) / 2.0))
}

/// How far two layers are apart; a pixel shows the channel in which they differ most.
pub fn distance(frame: &Frame, values: &[f32], other: &[f32]) -> Map {
    let apart: Vec<f32> = values.iter().zip(other).map(|(a, b)| (a - b).abs()).collect();
    map(frame, &apart, |value, range| blend(DISTANCE, value / range))
}

fn map(frame: &Frame, values: &[f32], color: impl Fn(f32, f32) -> [u8; 3]) -> Map {
    let (area, channels) = ((frame.size * frame.size) as usize, frame.channels.max(1) as usize);
    let range = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let mut rgba = Vec::with_capacity(values.len() / channels * 4);
    for picture in values.chunks_exact((area * channels).max(1)) {
        for pixel in 0..area {
            let of_channel = (0..channels).map(|channel| picture[channel * area + pixel]);
            let furthest = of_channel.fold(0.0f32, |far, value| if value.abs() > far.abs() { value } else { far });
            rgba.extend(color(furthest, range.max(1e-6)));
            rgba.push(255);
        }
    }
    Map { rgba, range }
}

/// A colour between three, at a place from 0 to 1.
fn blend(stops: [[u8; 3]; 3], place: f32) -> [u8; 3] {
    let place = place.clamp(0.0, 1.0) * 2.0;
    let (from, to) = if place < 1.0 { (stops[0], stops[1]) } else { (stops[1], stops[2]) };
    let share = if place < 1.0 { place } else { place - 1.0 };
    [0, 1, 2].map(|i: usize| (f32::from(from[i]) * (1.0 - share) + f32::from(to[i]) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(values: Vec<f32>) -> Frame {
        Frame { count: 1, size: 1, channels: 3, values, ..Frame::default() }
    }

    #[test]
    fn zero_is_pale_and_the_largest_number_has_the_full_colour() {
        let frame = Frame { count: 1, size: 2, channels: 1, ..Frame::default() };
        let map = signed(&frame, &[0.0, 0.5, -0.5, 0.25]);
        assert_eq!(map.range, 0.5);
        let colours: Vec<_> = map.rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        assert_eq!(colours[..3], [SIGNED[1], SIGNED[2], SIGNED[0]]);
        assert_eq!(colours[3], [230, 171, 124], "half-way between pale and orange");
        // Nothing changes: everything is pale, and nothing is divided by zero.
        assert!(signed(&frame, &[0.0; 4]).rgba.chunks_exact(4).all(|pixel| pixel[..3] == SIGNED[1]));
    }

    #[test]
    fn a_pixel_shows_the_channel_that_says_most() {
        let map = signed(&frame(Vec::new()), &[0.1, -0.8, 0.3]);
        assert_eq!((map.range, &map.rgba[..3]), (0.8, &SIGNED[0][..]));
        let map = distance(&frame(Vec::new()), &[0.1, 0.2, 0.3], &[0.1, 0.2, 0.7]);
        assert!((map.range - 0.4).abs() < 1e-6);
        assert_eq!(map.rgba[..3], DISTANCE[2]);
    }

    #[test]
    fn each_layer_has_its_own_numbers() {
        let now = frame((0..9u8).map(f32::from).collect());
        let next = frame((10..19u8).map(f32::from).collect());
        assert_eq!(values(&now, Some(&next), Layer::State), [0.0, 1.0, 2.0]);
        assert_eq!(values(&now, Some(&next), Layer::Denoised), [3.0, 4.0, 5.0]);
        assert_eq!(values(&now, Some(&next), Layer::Noise), [6.0, 7.0, 8.0]);
        assert_eq!(values(&now, Some(&next), Layer::Update), [10.0; 3]);
        assert_eq!(values(&now, None, Layer::Update), [0.0; 3], "the finished picture does not change");
    }
}
