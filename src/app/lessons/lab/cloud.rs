//! Where the particles of a network go, state by state.

use std::cell::OnceCell;

use super::scene::{DATA, LAUNCHED, length};
use crate::protocol::Point;

/// Where the particles of some weights go.
#[derive(Default)]
pub struct Cloud {
    /// Of which update's weights.
    pub update: u64,
    /// ᾱ of each state.
    pub alphas_cumprod: Vec<f64>,
    /// `[states, particles, 2]`; where the engine holds the particles, only those launched by hand.
    pub places: Vec<f32>,
    /// The name under which the engine holds the particles, where it draws them.
    pub held: Option<u32>,
    /// Distance to the held-out points, and of the data itself.
    pub distance: Option<[f64; 2]>,
    /// How much each particle's way bends, once somebody has asked.
    pub bends: OnceCell<Vec<f32>>,
}

impl Cloud {
    /// Number of particles, the launched ones included.
    pub fn count(&self) -> usize {
        self.places.len() / 2 / self.alphas_cumprod.len().max(1)
    }

    /// The place of a particle in a state.
    pub fn place(&self, state: usize, particle: usize) -> Point {
        let at = 2 * (state * self.count() + particle);
        self.places.get(at..at + 2).map_or([f32::NAN; 2], |place| [place[0], place[1]])
    }

    /// Index of the last state.
    pub fn last(&self) -> usize {
        self.alphas_cumprod.len().saturating_sub(1)
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        self.places.len() * size_of::<f32>()
    }

    /// How much each particle's way bends, measured once for all of them.
    pub fn bends(&self) -> &[f32] {
        self.bends.get_or_init(|| {
            (0..self.count()).map(|k| curvature((0..=self.last()).map(|state| self.place(state, k)))).collect()
        })
    }
}

/// How much the way through `places` bends, from 0 (straight) to 1: the summed angles between its steps, half a turn and more as 1.
pub fn curvature(places: impl Iterator<Item = Point>) -> f32 {
    let places: Vec<Point> = places.collect();
    let steps: Vec<Point> = places.windows(2).map(|pair| [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]).collect();
    let angle = |pair: &[Point]| {
        let [a, b] = [pair[0], pair[1]].map(|[x, y]| y.atan2(x));
        let turn = (a - b).abs();
        turn.min(2.0 * core::f32::consts::PI - turn)
    };
    let moves = |pair: &&[Point]| pair.iter().all(|step| length(*step) > 1e-4);
    let total: f32 = steps.windows(2).filter(moves).map(angle).sum();
    (total / core::f32::consts::PI).min(1.0)
}

/// From blue (straight) to orange (bent).
pub fn curvature_color(bend: f32) -> [u8; 3] {
    std::array::from_fn(|i| (f32::from(DATA[i]) * (1.0 - bend) + f32::from(LAUNCHED[i]) * bend) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_knows_its_places() {
        let places = vec![0.0, 1.0, 2.0, 3.0];
        let cloud = Cloud { alphas_cumprod: vec![0.1, 1.0], places, ..Cloud::default() };
        assert_eq!((cloud.count(), cloud.last(), cloud.place(1, 0), cloud.bytes()), (1, 1, [2.0, 3.0], 16));
        assert!(cloud.place(2, 0)[0].is_nan());
        assert_eq!(Cloud::default().count(), 0);
    }

    #[test]
    fn every_particle_has_its_bend() {
        // The first goes straight on, the second turns by a right angle.
        let places = vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 2.0, 0.0, 1.0, 1.0];
        let cloud = Cloud { alphas_cumprod: vec![0.1, 0.5, 1.0], places, ..Cloud::default() };
        assert_eq!(cloud.bends()[0], 0.0);
        assert!((cloud.bends()[1] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn straight_ways_do_not_bend() {
        assert_eq!(curvature([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]].into_iter()), 0.0);
        let right_angle = curvature([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]].into_iter());
        assert!((right_angle - 0.5).abs() < 1e-6);
        assert_eq!(curvature(std::iter::empty()), 0.0);
    }
}
