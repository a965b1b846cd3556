//! Drawing the plane into pixels: particles, trails, density, arrows, flow.

use super::field::grid_place;
use crate::app::widgets::canvas::Bitmap;
use crate::protocol::{EXTENT, Point};

/// Width and height in pixels.
pub const SIZE: usize = 400;

/// Colours that are seen on light and on dark.
pub const DATA: [u8; 3] = [58, 140, 196];
/// Particles.
pub const MADE: [u8; 3] = [18, 160, 118];
/// Particles launched by hand, and arrows of the exact field.
pub const LAUNCHED: [u8; 3] = [214, 88, 56];
const ARROW: [u8; 3] = [128, 136, 150];

/// A picture of the plane in the making; y points up.
pub struct Scene {
    bitmap: Bitmap,
}

impl Default for Scene {
    fn default() -> Self {
        Self { bitmap: Bitmap::new(SIZE, SIZE) }
    }
}

impl Scene {
    /// The picture.
    pub fn finish(self) -> Bitmap {
        self.bitmap
    }

    /// Where a point of the plane lies, in pixels.
    fn pixel([x, y]: Point) -> (f32, f32) {
        let scale = SIZE as f32 / (2.0 * EXTENT);
        ((x + EXTENT) * scale, (EXTENT - y) * scale)
    }

    /// Lays a colour over one pixel.
    fn blend(&mut self, x: i32, y: i32, color: [u8; 3], opacity: f32) {
        if !(0..SIZE as i32).contains(&x) || !(0..SIZE as i32).contains(&y) {
            return;
        }
        let at = (y as usize * SIZE + x as usize) * 4;
        let pixel = &mut self.bitmap.rgba[at..at + 4];
        let below = f32::from(pixel[3]) / 255.0 * (1.0 - opacity);
        let alpha = opacity + below;
        for (channel, color) in pixel.iter_mut().zip(color) {
            *channel = ((f32::from(color) * opacity + f32::from(*channel) * below) / alpha.max(1e-6)) as u8;
        }
        pixel[3] = (alpha * 255.0) as u8;
    }

    /// A dot of three by three pixels.
    pub fn dot(&mut self, point: Point, color: [u8; 3], opacity: f32) {
        let (x, y) = Self::pixel(point);
        for (dx, dy, share) in [(0, 0, 1.0), (1, 0, 0.55), (-1, 0, 0.55), (0, 1, 0.55), (0, -1, 0.55)] {
            self.blend((x as i32).saturating_add(dx), (y as i32).saturating_add(dy), color, opacity * share);
        }
    }

    /// A straight line.
    pub fn line(&mut self, from: Point, to: Point, color: [u8; 3], opacity: f32) {
        let ((x, y), (u, v)) = (Self::pixel(from), Self::pixel(to));
        let length = (u - x).abs().max((v - y).abs()).clamp(1.0, 4.0 * SIZE as f32);
        for step in 0..=length as i32 {
            let share = step as f32 / length;
            self.blend((x + share * (u - x)) as i32, (y + share * (v - y)) as i32, color, opacity);
        }
    }

    /// A cross hair.
    pub fn cross(&mut self, [x, y]: Point, color: [u8; 3]) {
        self.line([x - 0.1, y], [x + 0.1, y], color, 1.0);
        self.line([x, y - 0.1], [x, y + 0.1], color, 1.0);
    }

    /// Arrows of a field, the longest as long as the grid is wide; the difference of two is drawn on the same scale as either.
    pub fn arrows(&mut self, vectors: &[Point], side: usize, longest: f32) {
        let cell = 2.0 * EXTENT / side.max(2) as f32;
        for (index, vector) in vectors.iter().enumerate() {
            let length = length(*vector);
            if length < 1e-6 {
                continue;
            }
            // A square root, so that small arrows are still seen.
            let shown = cell * (length / longest).min(1.0).sqrt();
            let [dx, dy] = vector.map(|v| v / length * shown);
            let from = grid_place(index, side);
            let tip = [from[0] + dx, from[1] + dy];
            self.line(from, tip, ARROW, 0.8);
            for turn in [0.4f32, -0.4] {
                let back = [-0.35 * (dx - turn * dy), -0.35 * (dy + turn * dx)];
                self.line(tip, [tip[0] + back[0], tip[1] + back[1]], ARROW, 0.8);
            }
        }
    }

    /// How many of `points` are where: a blurred count in shades of one colour.
    pub fn density(&mut self, points: impl Iterator<Item = Point>) {
        const CELLS: usize = 80;
        let mut counts = vec![0.0f32; CELLS * CELLS];
        for [x, y] in points {
            let (a, b) = ((x + EXTENT) / (2.0 * EXTENT) * CELLS as f32, (EXTENT - y) / (2.0 * EXTENT) * CELLS as f32);
            if (0.0..CELLS as f32).contains(&a) && (0.0..CELLS as f32).contains(&b) {
                counts[b as usize * CELLS + a as usize] += 1.0;
            }
        }
        let blurred = blur(&blur(&counts, CELLS, 1), CELLS, CELLS);
        let most = blurred.iter().copied().fold(1e-6, f32::max);
        let cell = SIZE / CELLS;
        for (index, pixel) in self.bitmap.rgba.chunks_exact_mut(4).enumerate() {
            let share = blurred[index / SIZE / cell * CELLS + index % SIZE / cell] / most;
            pixel[..3].copy_from_slice(&MADE);
            pixel[3] = (255.0 * share.sqrt()) as u8;
        }
    }

    /// The flow as a texture: noise smeared along the field (line integral convolution, Cabral and Leedom 1993).
    ///
    /// With a `longest`, arrows shorter than that are fainter: a texture alone shows directions and no size.
    pub fn flow(&mut self, vectors: &[Point], side: usize, longest: Option<f32>) {
        const STEPS: i32 = 14;
        let noise = |x: i32, y: i32| {
            let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
            h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
            f32::from((h >> 16) as u16) / 65535.0
        };
        if side < 2 || vectors.len() < side * side {
            return;
        }
        let vector = |x: f32, y: f32| {
            let at = |offset: f32| (offset / SIZE as f32 * (side - 1) as f32).clamp(0.0, (side - 1) as f32) as usize;
            vectors[at(SIZE as f32 - y) * side + at(x)]
        };
        let direction = |x: f32, y: f32| {
            let [u, v] = vector(x, y);
            let norm = length([u, v]).max(1e-6);
            (u / norm, -v / norm)
        };
        // Every second pixel, drawn two wide: the eye cannot tell, and it takes a quarter of the time.
        for y in (0..SIZE as i32).step_by(2) {
            for x in (0..SIZE as i32).step_by(2) {
                let (mut sum, mut count) = (0.0, 0.0);
                for sense in [1.0, -1.0] {
                    let (mut a, mut b) = (x as f32, y as f32);
                    for _ in 0..STEPS {
                        let (dx, dy) = direction(a, b);
                        (a, b) = (a + 2.0 * sense * dx, b + 2.0 * sense * dy);
                        sum += noise(a as i32 / 2, b as i32 / 2);
                        count += 1.0;
                    }
                }
                let size =
                    longest.map_or(1.0, |longest| (length(vector(x as f32, y as f32)) / longest).min(1.0).sqrt());
                let shade = ((sum / count - 0.3) / 0.4).clamp(0.0, 1.0) * size;
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    self.blend(x + dx, y + dy, ARROW, 0.75 * shade);
                }
            }
        }
    }
}

/// Length of a vector.
pub fn length([x, y]: Point) -> f32 {
    (x * x + y * y).sqrt()
}

/// A binomial blur of seven cells along rows (`stride` 1) or columns.
fn blur(counts: &[f32], cells: usize, stride: usize) -> Vec<f32> {
    const WEIGHTS: [f32; 7] = [1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0];
    let along = |index: usize| if stride == 1 { index % cells } else { index / cells };
    let at = |index: usize| {
        let taps = WEIGHTS.iter().enumerate().filter_map(|(tap, weight)| {
            let place = (along(index) + tap).checked_sub(3).filter(|place| *place < cells)?;
            let neighbour = index + place * stride - along(index) * stride;
            Some(weight * counts[neighbour])
        });
        taps.sum::<f32>() / 64.0
    };
    (0..counts.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inked(bitmap: &Bitmap) -> Vec<(usize, usize)> {
        let ink = |(index, pixel): (usize, &[u8])| (pixel[3] > 0).then_some((index % SIZE, index / SIZE));
        bitmap.rgba.chunks_exact(4).enumerate().filter_map(ink).collect()
    }

    #[test]
    fn dots_lie_where_their_points_do() {
        let mut scene = Scene::default();
        scene.dot([0.0, 0.0], MADE, 1.0);
        scene.dot([EXTENT * 0.5, EXTENT * 0.5], MADE, 1.0);
        scene.dot([1e9, f32::NAN], MADE, 1.0);
        let ink = inked(&scene.finish());
        assert!(ink.contains(&(200, 200)) && ink.contains(&(300, 100)));
    }

    #[test]
    fn density_is_highest_where_most_points_are() {
        let mut scene = Scene::default();
        let points = (0..100).map(|i| if i < 80 { [1.0, 1.0] } else { [-1.0, -1.0] });
        scene.density(points);
        let bitmap = scene.finish();
        let at = |[x, y]: Point| {
            let (a, b) = Scene::pixel([x, y]);
            bitmap.rgba[(b as usize * SIZE + a as usize) * 4 + 3]
        };
        assert!(at([1.0, 1.0]) > at([-1.0, -1.0]) && at([-1.0, -1.0]) > at([0.0, 0.0]));
    }

    #[test]
    fn fields_are_drawn_and_odd_ones_harm_nothing() {
        let vectors = vec![[1.0, 0.0]; 400];
        let mut scene = Scene::default();
        scene.arrows(&vectors, 20, 1.0);
        assert!(inked(&scene.finish()).len() > 3000);
        let mut scene = Scene::default();
        scene.flow(&vectors, 20, None);
        let whole = scene.finish();
        assert!(inked(&whole).len() > 50_000);
        let mut scene = Scene::default();
        scene.flow(&vectors, 20, Some(100.0));
        let ink = |bitmap: &Bitmap| bitmap.rgba.chunks_exact(4).map(|pixel| u64::from(pixel[3])).sum::<u64>();
        // A hundredth of the longest arrow, a tenth of the ink.
        assert!(ink(&scene.finish()) * 8 < ink(&whole));
        let mut scene = Scene::default();
        scene.flow(&[], 20, None);
        scene.arrows(&[[f32::NAN, 0.0]], 1, 1.0);
        scene.line([f32::INFINITY, 0.0], [0.0, 0.0], MADE, 1.0);
    }
}
