//! What a denoiser says on a grid of the plane, as arrows.

use super::options::{View, Who};
use super::scene::length;
use crate::protocol::{EXTENT, Point};

/// A field on a grid, and what it is of.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Whose weights answered.
    pub update: u64,
    /// At which state's level.
    pub state: usize,
    /// Points a side.
    pub side: usize,
    /// Share of the data at its level.
    pub alpha: f64,
    /// Share of the noise.
    pub sigma: f64,
    /// Denoised points of the network.
    pub denoised: Vec<f32>,
    /// Those of the optimal denoiser; empty where they were not asked for.
    pub exact: Vec<f32>,
}

impl Field {
    /// Whether this is the field of this kind: of weights, if any are named, on a grid, and with the optimum's where that is drawn.
    pub fn answers(&self, update: Option<u64>, side: usize, with_exact: bool) -> bool {
        update.is_none_or(|update| update == self.update)
            && self.side == side
            && (!with_exact || self.exact.len() == self.denoised.len())
    }

    /// The longest of the network's arrows, which is the scale of all three kinds: so a small difference looks small.
    pub fn longest(&self, view: View) -> f32 {
        self.vectors(view, Who::Network).into_iter().map(length).fold(1e-3, f32::max)
    }

    /// Score or velocity on the grid: `(α x̂0 − x)/σ²`, or the way a particle goes, `σ x̂0 − α ε̂` with `ε̂ = (x − α x̂0)/σ`.
    ///
    /// The velocity is that of the probability flow (Song et al. 2021) in the angle φ of α = cos φ, σ = sin φ, towards the data.
    pub fn vectors(&self, view: View, who: Who) -> Vec<Point> {
        let (alpha, sigma) = (self.alpha as f32, (self.sigma as f32).max(1e-3));
        let of = |denoised: &[f32]| -> Vec<Point> {
            let at = |index: usize| {
                let x = grid_place(index, self.side);
                let vector = |axis: usize| {
                    let x0 = denoised.get(2 * index + axis).copied().unwrap_or(0.0);
                    match view {
                        View::Score => (alpha * x0 - x[axis]) / (sigma * sigma),
                        _ => sigma * x0 - alpha * (x[axis] - alpha * x0) / sigma,
                    }
                };
                [vector(0), vector(1)]
            };
            (0..self.side * self.side).map(at).collect()
        };
        match who {
            Who::Network => of(&self.denoised),
            Who::Exact => of(&self.exact),
            Who::Difference => {
                of(&self.denoised).iter().zip(of(&self.exact)).map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect()
            }
        }
    }
}

/// The place of a point of the grid, row by row from the bottom.
pub fn grid_place(index: usize, side: usize) -> Point {
    let along = |at: usize| EXTENT * (2.0 * at as f32 / (side.max(2) - 1) as f32 - 1.0);
    [along(index % side.max(1)), along(index / side.max(1))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_of_one_point_leads_to_it() {
        // One data point at (1, 0): the denoised answer is that point everywhere.
        let side = 3;
        let denoised: Vec<f32> = (0..9).flat_map(|_| [1.0, 0.0]).collect();
        let field =
            Field { update: 7, state: 2, side, alpha: 0.6, sigma: 0.8, denoised: denoised.clone(), exact: denoised };
        let score = field.vectors(View::Score, Who::Network);
        // (0.6 · 1 − 0)/0.64 in the middle of the grid.
        assert!((score[4][0] - 0.9375).abs() < 1e-6 && score[4][1] == 0.0);
        let velocity = field.vectors(View::Velocity, Who::Exact);
        // 0.8 · 1 − 0.6 · (0 − 0.6)/0.8
        assert!((velocity[4][0] - 1.25).abs() < 1e-6);
        assert!(field.vectors(View::Velocity, Who::Difference).iter().all(|v| *v == [0.0, 0.0]));
        assert!(field.vectors(View::Score, Who::Network).len() == 9);
        assert!(field.answers(Some(7), 3, true) && field.answers(None, 3, false));
        // Of other weights, on another grid, or without the optimum that is drawn, it is not what is asked for.
        let bare = Field { exact: Vec::new(), ..field.clone() };
        assert!(!field.answers(Some(8), 3, true) && !field.answers(None, 4, true) && !bare.answers(None, 3, true));
    }
}
