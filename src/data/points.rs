//! Data sets in the plane: small enough to learn in seconds, with shapes a network has to bend around.
//!
//! Every set lies within about ±1.8 and has a spread near 1, so that the schedules of pictures suit it.

use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};

/// A data set in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PointSet {
    /// Two half circles that reach into each other (`make_moons` of scikit-learn, scaled).
    #[default]
    Moons,
    /// Eight Gaussians on a circle (Gulrajani et al. 2017).
    EightGaussians,
    /// Two arms that wind once around each other.
    Spiral,
    /// Every other square of a board of four by four.
    Checkerboard,
    /// Three circles around one centre.
    Rings,
}

impl PointSet {
    /// Every set, in the order they are listed to people.
    pub const ALL: [Self; 5] = [Self::Moons, Self::EightGaussians, Self::Spiral, Self::Checkerboard, Self::Rings];

    /// Its name in settings and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Moons => "moons",
            Self::EightGaussians => "gaussians",
            Self::Spiral => "spiral",
            Self::Checkerboard => "checkerboard",
            Self::Rings => "rings",
        }
    }

    /// Points `0..count` of the set that `seed` draws; point k does not depend on how many there are.
    pub fn points(self, seed: u64, count: usize) -> Vec<[f32; 2]> {
        (0..count as u32).map(|index| self.point(stream(seed, index))).collect()
    }

    fn point(self, stream: Stream) -> [f32; 2] {
        let (u, part) = (stream.uniform(1), |parts: u32| stream.below(2, parts));
        let spread = |[x, y]: [f64; 2], std_dev: f64| {
            let noise = stream.draw(1).normal(2);
            [(x + std_dev * f64::from(noise[0])) as f32, (y + std_dev * f64::from(noise[1])) as f32]
        };
        match self {
            Self::Moons => {
                let [x, y] = circle(0.5 * u);
                let moon = if part(2) == 0 { [x - 0.5, y - 0.25] } else { [0.5 - x, 0.25 - y] };
                spread(moon.map(|v| 1.1 * v), 0.06)
            }
            Self::EightGaussians => spread(circle(f64::from(part(8)) / 8.0).map(|v| 1.4 * v), 0.1),
            // Even along the arm, whose length grows with the square of the turns.
            Self::Spiral => {
                let turns = math::sqrt(0.03 + 0.97 * u);
                spread(circle(turns + 0.5 * f64::from(part(2))).map(|v| v * turns * 1.6), 0.05)
            }
            Self::Checkerboard => {
                let (square, v) = (part(8), stream.uniform(3));
                let (row, column) = (f64::from(square / 2), f64::from(square % 2 * 2 + square / 2 % 2));
                spread([0.8 * (column + u) - 1.6, 0.8 * (row + v) - 1.6], 0.0)
            }
            Self::Rings => {
                // A ring has as many points as it is long.
                let radius = [0.5, 1.0, 1.0, 1.5, 1.5, 1.5][part(6) as usize];
                spread(circle(u).map(|v| v * radius), 0.04)
            }
        }
    }
}

/// Points inside the letters of `text`, at most [`LETTERS`] of which count: A to Z, digits as blanks; nothing without a letter.
pub fn written(text: &str, seed: u64, count: usize) -> Vec<[f32; 2]> {
    let letters: Vec<usize> =
        text.chars().take(LETTERS).map(|c| (c.to_ascii_uppercase() as usize).wrapping_sub(65)).collect();
    let width = (4 * letters.len()).saturating_sub(1) as f64;
    let lit: Vec<[f64; 2]> = (0..letters.len() * 15)
        .filter(|bit| FONT.get(letters[bit / 15]).is_some_and(|rows| rows >> (14 - bit % 15) & 1 == 1))
        .map(|bit| [(bit / 15 * 4 + bit % 3) as f64, (bit % 15 / 3) as f64])
        .collect();
    let scale = 3.4 / width.max(5.0);
    let inside = |index: u32| {
        let stream = stream(seed, index);
        let [x, y] = *lit.get(stream.below(1, lit.len() as u32) as usize)?;
        let place = [x + stream.uniform(2) - width / 2.0, 2.5 - y - stream.uniform(3)];
        Some(place.map(|v| (v * scale) as f32))
    };
    (0..count as u32).map_while(inside).collect()
}

/// Letters that [`written`] reads.
pub const LETTERS: usize = 8;

/// Three by five dots a letter, row after row from the top, the first dot the highest bit.
const FONT: [u16; 26] = [
    0b010_101_111_101_101,
    0b110_101_110_101_110,
    0b011_100_100_100_011,
    0b110_101_101_101_110,
    0b111_100_110_100_111,
    0b111_100_110_100_100,
    0b011_100_101_101_011,
    0b101_101_111_101_101,
    0b111_010_010_010_111,
    0b001_001_001_101_010,
    0b101_101_110_101_101,
    0b100_100_100_100_111,
    0b101_111_111_101_101,
    0b110_101_101_101_101,
    0b010_101_101_101_010,
    0b110_101_110_100_100,
    0b010_101_101_111_011,
    0b110_101_110_101_101,
    0b011_100_010_001_110,
    0b111_010_010_010_010,
    0b101_101_101_101_111,
    0b101_101_101_101_010,
    0b101_101_111_111_101,
    0b101_101_010_101_101,
    0b101_101_010_010_010,
    0b111_001_010_100_111,
];

fn circle(turns: f64) -> [f64; 2] {
    let angle = 2.0 * core::f64::consts::PI * turns;
    [math::cos(angle), math::sin(angle)]
}

fn stream(seed: u64, index: u32) -> Stream {
    // Sample 3 keeps these numbers apart from those of the avatars.
    Stream { seed: seed ^ (u64::from(index) << 32), ..Stream::new(seed, Purpose::Data).sample(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(points: &[[f32; 2]]) -> ([f64; 2], [f64; 2]) {
        let count = points.len() as f64;
        let mean = [0, 1].map(|i| points.iter().map(|p| f64::from(p[i])).sum::<f64>() / count);
        let spread =
            [0, 1].map(|i| (points.iter().map(|p| (f64::from(p[i]) - mean[i]).powi(2)).sum::<f64>() / count).sqrt());
        (mean, spread)
    }

    #[test]
    fn every_set_is_centred_and_of_a_size() {
        for set in PointSet::ALL {
            let points = set.points(1, 4000);
            let (mean, spread) = moments(&points);
            assert!(mean.iter().all(|m| m.abs() < 0.15), "{}: mean {mean:?}", set.name());
            assert!(spread.iter().all(|s| (0.5..1.2).contains(s)), "{}: spread {spread:?}", set.name());
            assert!(points.iter().flatten().all(|v| v.abs() < 2.1), "{} leaves the frame", set.name());
            assert_eq!(set.points(1, 10), points[..10], "a point depends on the count");
            assert_ne!(set.points(2, 10), points[..10]);
        }
    }

    #[test]
    fn the_sets_have_their_shapes() {
        let radius = |p: &[f32; 2]| f64::from(p[0]).hypot(f64::from(p[1]));
        let near = |r: f64, list: &[f64]| list.iter().any(|ring| (r - ring).abs() < 0.2);
        assert!(PointSet::Rings.points(0, 500).iter().all(|p| near(radius(p), &[0.5, 1.0, 1.5])));
        let dark = |p: &[f32; 2]| [0, 1].map(|i| ((f64::from(p[i]) + 1.6) / 0.8).floor() as i64);
        assert!(PointSet::Checkerboard.points(0, 500).iter().all(|p| (dark(p)[0] + dark(p)[1]) % 2 == 0));
        // The upper moon is a half circle around (−0.55, −0.275) in these units.
        let on_a_moon = |p: &[f32; 2]| {
            let [x, y] = p.map(f64::from);
            [(-0.55, -0.275), (0.55, 0.275)].iter().any(|(a, b)| ((x - a).hypot(y - b) - 1.1).abs() < 0.3)
        };
        assert!(PointSet::Moons.points(0, 500).iter().all(on_a_moon));
    }

    #[test]
    fn letters_are_written() {
        let points = written("I", 0, 400);
        assert_eq!(points.len(), 400);
        // The bar in the middle and the two ends of an I; nothing beside the bar.
        assert!(points.iter().all(|[x, y]| x.abs() < 0.35 || y.abs() > 1.0));
        assert!(written("", 0, 10).is_empty());
        assert!(written("12 !", 0, 10).is_empty());
        assert_eq!(written("noise", 3, 7).len(), 7);
        assert!(written("ABCDEFGHIJKLMN", 3, 900).iter().flatten().all(|v| v.abs() <= 1.71));
    }
}
