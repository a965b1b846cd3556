//! What the lab's address carries.

use crate::app::settings::{Codec, Settings};
use crate::data::points::{LETTERS, PointSet, written};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::BetaSchedule;
use crate::protocol::{LabSpec, LabWeighting, Point};

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

/// Schedules of the lab with their names in links.
pub const SCHEDULES: [(&str, BetaSchedule); 5] = [
    ("linear", BetaSchedule::Linear),
    ("quadratic", BetaSchedule::ScaledLinear),
    ("cosine", BetaSchedule::SquaredcosCapV2),
    ("sigmoid", BetaSchedule::Sigmoid),
    ("laplace", BetaSchedule::Laplace),
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

/// Settings of the lab.
#[derive(Debug, Clone, PartialEq)]
pub struct Lab {
    /// Where the points come from.
    pub source: Source,
    /// The word, for [`Source::Word`].
    pub word: String,
    /// The drawing, packed.
    pub drawn: Vec<u32>,
    /// Number of points.
    pub points: u32,
    /// Seed of everything.
    pub seed: u32,
    /// Units of a layer.
    pub width: u32,
    /// Layers.
    pub depth: u32,
    /// Sinusoids of the timestep, in pairs.
    pub pairs: u32,
    /// The schedule.
    pub schedule: BetaSchedule,
    /// The schedule of a second network beside it.
    pub rival: Option<BetaSchedule>,
    /// What is predicted.
    pub prediction: PredictionType,
    /// How errors are weighted.
    pub weighting: LabWeighting,
    /// The learning rate's power of ten.
    pub rate: f64,
    /// Points of a batch.
    pub batch: u32,
    /// Particles.
    pub particles: u32,
    /// The sampler.
    pub sampler: Sampler,
    /// Its steps.
    pub steps: u32,
    /// Whether DDIM adds noise on the way.
    pub sde: bool,
    /// Whether time runs from data to noise.
    pub forward: bool,
    /// What is drawn.
    pub view: View,
    /// Whose field.
    pub who: Who,
    /// Whether particles are coloured by how much their way bends.
    pub curvature: bool,
    /// Particles launched by hand, packed.
    pub launched: Vec<u32>,
    /// The state shown; the largest number means: the last.
    pub head: u32,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            source: Source::Set(PointSet::Moons),
            word: "noise".into(),
            drawn: Vec::new(),
            points: 2000,
            seed: 0,
            width: 64,
            depth: 3,
            pairs: 8,
            schedule: BetaSchedule::SquaredcosCapV2,
            rival: None,
            prediction: PredictionType::VPrediction,
            weighting: LabWeighting::Uniform,
            rate: -2.5,
            batch: 128,
            particles: 1000,
            sampler: Sampler::Ddim,
            steps: 20,
            sde: false,
            forward: false,
            view: View::Particles,
            who: Who::Network,
            curvature: false,
            launched: Vec::new(),
            head: u32::MAX,
        }
    }
}

impl Settings for Lab {
    fn fields(&mut self, codec: &mut Codec) {
        codec.choice("data", &mut self.source, &SOURCES);
        codec.text("word", &mut self.word, LETTERS);
        codec.integers("drawn", &mut self.drawn, DRAWN);
        codec.integer("n", &mut self.points, 1..=20_000);
        codec.seed("seed", &mut self.seed);
        codec.integer("width", &mut self.width, 8..=256);
        codec.integer("depth", &mut self.depth, 1..=6);
        codec.integer("pairs", &mut self.pairs, 1..=32);
        codec.choice("schedule", &mut self.schedule, &SCHEDULES);
        let rivals: Vec<_> =
            [("none", None)].into_iter().chain(SCHEDULES.map(|(name, schedule)| (name, Some(schedule)))).collect();
        codec.choice("rival", &mut self.rival, &rivals);
        codec.choice("predict", &mut self.prediction, &PREDICTIONS);
        codec.choice("weight", &mut self.weighting, &WEIGHTINGS);
        codec.number("rate", &mut self.rate, -5.0..=1.0);
        codec.integer("batch", &mut self.batch, 1..=1024);
        codec.integer("particles", &mut self.particles, 1..=20_000);
        codec.choice("sampler", &mut self.sampler, &SAMPLERS);
        codec.integer("steps", &mut self.steps, 2..=100);
        codec.flag("sde", &mut self.sde);
        codec.flag("forward", &mut self.forward);
        codec.choice("view", &mut self.view, &VIEWS);
        codec.choice("who", &mut self.who, &WHOSE);
        codec.flag("curvature", &mut self.curvature);
        codec.integers("launched", &mut self.launched, LAUNCHED);
        codec.integer("at", &mut self.head, 0..=u32::MAX);
    }
}

impl Lab {
    /// The points training sees, and as many again that it never does.
    pub fn data(&self) -> [Vec<Point>; 2] {
        let (seed, count) = (u64::from(self.seed), self.points as usize);
        // Held out is what another seed draws.
        [seed, !seed].map(|seed| match self.source {
            Source::Set(set) => set.points(seed, count),
            Source::Word => written(&self.word, seed, count),
            Source::Drawing => self.drawn.iter().map(|packed| place(*packed)).collect(),
        })
    }

    /// What a bench trains; `rival` says for which of the two.
    pub fn spec(&self, rival: bool) -> LabSpec {
        let [points, held_out] = self.data();
        LabSpec {
            points,
            held_out,
            seed: u64::from(self.seed),
            width: self.width,
            depth: self.depth,
            embedding: 2 * self.pairs,
            schedule: self.rival.filter(|_| rival).unwrap_or(self.schedule),
            prediction_type: self.prediction,
            weighting: self.weighting,
            learning_rate: crate::diffusion::math::powf(10.0, self.rate),
            batch_size: self.batch,
        }
    }

    /// The field that the view needs: points a side, and whether the exact one is needed.
    pub fn field(&self) -> Option<(u32, bool)> {
        let side = match self.view {
            View::Particles | View::Density => return None,
            View::Score | View::Velocity => 20,
            View::Flow => 40,
        };
        Some((side, self.who != Who::Network))
    }
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::query::Query;

    proptest! {
        #[test]
        fn a_packed_place_is_where_it_was(x in 0.001..0.999f64, y in 0.001..0.999f64) {
            let [a, b] = place(pack(x, y));
            let extent = f64::from(crate::protocol::EXTENT);
            prop_assert!((f64::from(a) - extent * (2.0 * x - 1.0)).abs() < 0.004);
            prop_assert!((f64::from(b) - extent * (1.0 - 2.0 * y)).abs() < 0.004);
        }

        #[test]
        fn a_link_restores_the_lab(points in 1u32..=20_000, rate in -50i32..=10, rival in 0usize..6, drawn in prop::collection::vec(any::<u32>(), 0..9)) {
            let rival = rival.checked_sub(1).map(|index| SCHEDULES[index].1);
            let settings = Lab { points, rate: f64::from(rate) / 10.0, rival, drawn, source: Source::Drawing, ..Lab::default() };
            prop_assert_eq!(Lab::read(&settings.write()), (settings, Vec::new()));
        }
    }

    #[test]
    fn a_million_points_are_clamped_and_said() {
        let (settings, notices) = Lab::read(&Query::parse("?n=1000000"));
        assert_eq!((settings.points, notices.len()), (20_000, 1));
    }

    #[test]
    fn held_out_points_are_others_of_the_same_kind() {
        let [points, held_out] = Lab::default().data();
        assert_eq!((points.len(), held_out.len()), (2000, 2000));
        assert_ne!(points, held_out);
    }
}
