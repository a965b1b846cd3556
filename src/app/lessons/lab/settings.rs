//! What the lab's address carries.

use super::options::{
    CURVE_POINTS, Curve, DRAWN, LAUNCHED, PREDICTIONS, SAMPLERS, SCHEDULES, SOURCES, Source, VIEWS, View, WEIGHTINGS,
    WHOSE, Who, drawn_curve, place,
};
use crate::app::settings::{Codec, Settings};
use crate::data::points::{LETTERS, PointSet, written};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::BetaSchedule;
use crate::protocol::{EXACT_WORK, LabLook, LabSchedule, LabSpec, LabWeighting, Point};

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
    pub schedule: Curve,
    /// The schedule of a second network beside it.
    pub rival: Option<Curve>,
    /// ᾱ of the visitor's own curve, in thousandths, as lesson 4 keeps it.
    pub curve: Vec<u32>,
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
            schedule: Curve::Named(BetaSchedule::SquaredcosCapV2),
            rival: None,
            curve: vec![950, 800, 500, 200, 50, 0],
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
        codec.integers("points", &mut self.curve, CURVE_POINTS);
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
    /// The points training sees, and as many again that it never does; of a drawing there are no others.
    pub fn data(&self) -> [Vec<Point>; 2] {
        let (seed, count) = (u64::from(self.seed), self.points as usize);
        // Held out is what another seed draws.
        match self.source {
            Source::Set(set) => [seed, !seed].map(|seed| set.points(seed, count)),
            Source::Word => [seed, !seed].map(|seed| written(&self.word, seed, count)),
            Source::Drawing => [self.drawn.iter().map(|packed| place(*packed)).collect(), Vec::new()],
        }
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
            schedule: match self.curve_of(rival) {
                Curve::Named(named) => LabSchedule::Named(named),
                Curve::Drawn => LabSchedule::Points(drawn_curve(&self.curve)),
                Curve::Learned => LabSchedule::Learned,
            },
            prediction_type: self.prediction,
            weighting: self.weighting,
            learning_rate: crate::diffusion::math::powf(10.0, self.rate),
            batch_size: self.batch,
        }
    }

    /// The schedule of a bench.
    pub fn curve_of(&self, rival: bool) -> Curve {
        self.rival.filter(|_| rival).unwrap_or(self.schedule)
    }

    /// The sampler that runs, and its η: with fresh noise each has a twin, but for Heun's method, which has none.
    pub fn sampling(&self) -> (Sampler, f64) {
        match (self.sampler, self.sde) {
            (Sampler::Ddim, true) => (Sampler::Ddim, 1.0),
            (Sampler::Euler, true) => (Sampler::EulerAncestral, 0.0),
            (Sampler::Dpmpp2m, true) => (Sampler::Dpmpp2mSde, 0.0),
            (sampler, _) => (sampler, 0.0),
        }
    }

    /// The particles that are followed under weights of an update, or the present ones; `hold` where the engine draws them.
    pub fn look(&self, update: Option<u64>, hold: bool) -> LabLook {
        let (sampler, eta) = self.sampling();
        LabLook {
            update,
            particles: self.particles,
            launched: self.launched.iter().map(|packed| place(*packed)).collect(),
            sampler,
            steps: self.steps,
            eta,
            hold,
            exact: self.follows_optimum(),
        }
    }

    /// Whether the optimum's particles are drawn.
    pub fn follows_optimum(&self) -> bool {
        self.who != Who::Network && self.field().is_none()
    }

    /// The most particles of the optimum there is time for, where fewer are followed than of the network.
    pub fn fewer_exact(&self, points: usize) -> Option<usize> {
        let most = (EXACT_WORK / points.max(1)).max(1);
        (self.follows_optimum() && most < self.particles as usize).then_some(most)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::options::pack;
    use super::*;
    use crate::app::query::Query;

    proptest! {
        #[test]
        fn a_link_restores_the_lab(points in 1u32..=20_000, rate in -50i32..=10, rival in 0usize..8, drawn in prop::collection::vec(any::<u32>(), 0..9)) {
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

    #[test]
    fn a_drawing_has_no_points_that_training_never_saw() {
        let settings = Lab { source: Source::Drawing, drawn: vec![pack(0.2, 0.2), pack(0.8, 0.3)], ..Lab::default() };
        let [points, held_out] = settings.data();
        assert_eq!((points.len(), held_out.len()), (2, 0));
    }

    #[test]
    fn fresh_noise_changes_every_sampler_that_can_have_it() {
        for (_, sampler) in SAMPLERS {
            let [without, with] = [false, true].map(|sde| Lab { sampler, sde, ..Lab::default() }.sampling());
            assert_eq!(without != with, sampler != Sampler::Heun, "{sampler:?}");
        }
    }

    #[test]
    fn the_optimum_is_followed_only_as_far_as_there_is_time() {
        let settings = Lab { who: Who::Exact, points: 20_000, ..Lab::default() };
        assert_eq!(settings.fewer_exact(20_000), Some(100));
        assert_eq!(settings.fewer_exact(2000), None);
        assert_eq!(Lab { view: View::Flow, ..settings }.fewer_exact(20_000), None);
    }
}
