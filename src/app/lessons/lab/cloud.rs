//! Where the particles of a network go, state by state.

use crate::protocol::Point;

/// Where the particles of some weights go.
#[derive(Clone)]
pub struct Cloud {
    /// Of which update's weights.
    pub update: u64,
    /// ᾱ of each state.
    pub alphas_cumprod: Vec<f64>,
    /// `[states, particles, 2]`.
    pub places: Vec<f32>,
    /// Distance to the held-out points, and of the data itself.
    pub distance: Option<[f64; 2]>,
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
}
