//! What can be chosen in the lab, with the names that links carry.

use crate::data::points::PointSet;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::BetaSchedule;
use crate::protocol::{LabWeighting, Point};

/// Where the points come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A set of the registry.
    Set(PointSet),
    /// The letters of a word.
    Word,
    /// What the visitor drew.
    Drawing,
}

/// Every source with its name in links.
pub const SOURCES: [(&str, Source); 7] = [
    ("moons", Source::Set(PointSet::Moons)),
    ("gaussians", Source::Set(PointSet::EightGaussians)),
    ("spiral", Source::Set(PointSet::Spiral)),
    ("checkerboard", Source::Set(PointSet::Checkerboard)),
    ("rings", Source::Set(PointSet::Rings)),
    ("word", Source::Word),
    ("drawing", Source::Drawing),
];

/// What is drawn besides the particles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The particles with their trails.
    Particles,
    /// How many particles are where.
    Density,
    /// Where the density grows, as arrows.
    Score,
    /// Where the particles go, as arrows.
    Velocity,
    /// The same as a texture.
    Flow,
}

/// Every view with its name in links.
pub const VIEWS: [(&str, View); 5] = [
    ("particles", View::Particles),
    ("density", View::Density),
    ("score", View::Score),
    ("velocity", View::Velocity),
    ("flow", View::Flow),
];

/// Whose field is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The network's.
    Network,
    /// That of the best denoiser there can be.
    Exact,
    /// The first less the second.
    Difference,
}

/// Every owner of a field with its name in links.
pub const WHOSE: [(&str, Who); 3] = [("network", Who::Network), ("exact", Who::Exact), ("difference", Who::Difference)];

/// A schedule of the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// One of the registry.
    Named(BetaSchedule),
    /// The visitor's own, drawn in lesson 4.
    Drawn,
    /// One that is learnt beside the network.
    Learned,
}

/// Schedules of the lab with their names in links.
pub const SCHEDULES: [(&str, Curve); 7] = [
    ("linear", Curve::Named(BetaSchedule::Linear)),
    ("quadratic", Curve::Named(BetaSchedule::ScaledLinear)),
    ("cosine", Curve::Named(BetaSchedule::SquaredcosCapV2)),
    ("sigmoid", Curve::Named(BetaSchedule::Sigmoid)),
    ("laplace", Curve::Named(BetaSchedule::Laplace)),
    ("drawn", Curve::Drawn),
    ("learned", Curve::Learned),
];

/// Predictions with their names in links.
pub const PREDICTIONS: [(&str, PredictionType); 4] = [
    ("epsilon", PredictionType::Epsilon),
    ("x0", PredictionType::Sample),
    ("v", PredictionType::VPrediction),
    ("flow", PredictionType::FlowPrediction),
];

/// Weights with their names in links.
pub const WEIGHTINGS: [(&str, LabWeighting); 3] =
    [("uniform", LabWeighting::Uniform), ("minsnr", LabWeighting::MinSnr), ("truncated", LabWeighting::TruncatedSnr)];

/// Samplers of the lab with their names in links.
pub const SAMPLERS: [(&str, Sampler); 4] =
    [("ddim", Sampler::Ddim), ("euler", Sampler::Euler), ("heun", Sampler::Heun), ("dpmpp_2m", Sampler::Dpmpp2m)];

/// A drawn or launched point is one number: `x · SIDE + y` in steps of the drawing's width.
pub const SIDE: u32 = 1000;
/// Most points of a drawing.
pub const DRAWN: usize = 400;
/// Most launched particles.
pub const LAUNCHED: usize = 12;

/// The place of a packed point.
pub fn place(packed: u32) -> Point {
    let along = |number: u32| crate::protocol::EXTENT * (2.0 * number.min(SIDE) as f32 / SIDE as f32 - 1.0);
    [along(packed / SIDE), along(packed % SIDE)]
}

/// A place of the drawing, from its left and top in shares of its size, packed.
pub fn pack(x: f64, y: f64) -> u32 {
    let number = |share: f64| ((share * f64::from(SIDE)).round().clamp(0.0, f64::from(SIDE) - 1.0)) as u32;
    number(x) * SIDE + number(1.0 - y)
}

/// Points of a curve drawn by hand, beside its beginning at 1: as many as lesson 4 has, its end among them.
pub const CURVE_POINTS: usize = 6;

/// The curve through ᾱ in thousandths at even places, as lesson 4 keeps it: each point at most as high as the one before.
pub fn drawn_curve(points: &[u32]) -> Vec<(f64, f64)> {
    let mut least = 1000;
    let falling = (0..CURVE_POINTS).map(|index| {
        least = points.get(index).copied().unwrap_or(least).min(least);
        ((index + 1) as f64 / CURVE_POINTS as f64, f64::from(least) / 1000.0)
    });
    std::iter::once((0.0, 1.0)).chain(falling).collect()
}

/// The same points of a curve given as ln SNR at even places, first and last timestep among them.
pub fn as_drawn(log_snr: &[f32]) -> Vec<u32> {
    let last = log_snr.len().saturating_sub(1);
    let point = |index: usize| {
        let at = f64::from(log_snr.get((index + 1) * last / CURVE_POINTS).copied().unwrap_or_default());
        (1000.0 / (1.0 + crate::diffusion::math::exp(-at))).round() as u32
    };
    (0..CURVE_POINTS).map(point).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diffusion::schedule::control_points::ControlPoints;

    proptest! {
        #[test]
        fn a_packed_place_is_where_it_was(x in 0.001..0.999f64, y in 0.001..0.999f64) {
            let [a, b] = place(pack(x, y));
            let extent = f64::from(crate::protocol::EXTENT);
            prop_assert!((f64::from(a) - extent * (2.0 * x - 1.0)).abs() < 0.004);
            prop_assert!((f64::from(b) - extent * (1.0 - 2.0 * y)).abs() < 0.004);
        }

        #[test]
        fn any_points_are_a_curve(points in prop::collection::vec(any::<u32>(), 0..9)) {
            prop_assert!(ControlPoints::new(drawn_curve(&points)).is_ok());
        }
    }

    #[test]
    fn a_learnt_curve_becomes_points() {
        // ln SNR from 6 to −6: half the picture's variance is left in the middle.
        let log_snr: Vec<f32> = (0..=60).map(|i| 6.0 - 0.2 * i as f32).collect();
        let points = as_drawn(&log_snr);
        assert_eq!((points.len(), points[2]), (CURVE_POINTS, 500));
        assert!(points.windows(2).all(|pair| pair[1] < pair[0]) && points[5] < 10);
    }
}
