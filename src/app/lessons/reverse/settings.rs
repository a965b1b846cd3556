//! What the lesson's address carries.

use crate::app::settings::{Codec, Settings};
use crate::diffusion::sampler::Sampler;
use crate::protocol::{Branch, GenerateSpec};

/// The samplers of this lesson with their names in links.
pub const SAMPLERS: [(&str, Sampler); 2] = [("ddim", Sampler::Ddim), ("ddpm", Sampler::Ddpm)];

/// Which quantity the large picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// The state x_t.
    #[default]
    State,
    /// The predicted picture.
    Denoised,
    /// The predicted noise.
    Noise,
    /// What the step changes.
    Update,
    /// All four side by side.
    All,
}

/// Every layer with its name in links.
pub const LAYERS: [(&str, Layer); 5] = [
    ("x", Layer::State),
    ("x0", Layer::Denoised),
    ("eps", Layer::Noise),
    ("update", Layer::Update),
    ("all", Layer::All),
];

/// Settings of lesson 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Reverse {
    /// Sampler.
    pub sampler: Sampler,
    /// Number of steps.
    pub steps: u32,
    /// DDIM's η.
    pub eta: f64,
    /// Seed of the starting noise.
    pub seed: u32,
    /// Whether 16 samples are drawn instead of one.
    pub many: bool,
    /// Whether the classic mistake is made: no noise is added back.
    pub forget_noise: bool,
    /// Quantity of the large picture.
    pub layer: Layer,
    /// Whether a second sampler runs from the same noise.
    pub compare: bool,
    /// The second sampler.
    pub other: Sampler,
    /// Where the split is, in percent from the left.
    pub split: u32,
    /// Index of the pixel whose numbers are shown.
    pub pixel: u32,
    /// Step and seed of each branch, in turn.
    pub branches: Vec<u32>,
    /// The state shown, from 0; one past the last means the finished picture.
    pub head: u32,
}

/// Most steps the page offers; every state is kept in memory.
pub const MAX_STEPS: u32 = 200;
/// Most branches in one link.
const MAX_BRANCHES: usize = 6;
/// Most pixels of a picture, of a model of the visitor's too.
const MOST_PIXELS: u32 = 256 * 256;

impl Default for Reverse {
    fn default() -> Self {
        Self {
            sampler: Sampler::Ddim,
            steps: 20,
            eta: 0.0,
            seed: 7,
            many: false,
            forget_noise: false,
            layer: Layer::State,
            compare: false,
            other: Sampler::Ddpm,
            split: 50,
            pixel: 120,
            branches: Vec::new(),
            head: u32::MAX,
        }
    }
}

impl Settings for Reverse {
    fn fields(&mut self, codec: &mut Codec) {
        codec.choice("sampler", &mut self.sampler, &SAMPLERS);
        codec.integer("n", &mut self.steps, 1..=MAX_STEPS);
        codec.number("eta", &mut self.eta, 0.0..=1.0);
        codec.seed("seed", &mut self.seed);
        codec.flag("many", &mut self.many);
        codec.flag("forget", &mut self.forget_noise);
        codec.choice("layer", &mut self.layer, &LAYERS);
        codec.flag("compare", &mut self.compare);
        codec.choice("other", &mut self.other, &SAMPLERS);
        codec.integer("split", &mut self.split, 0..=100);
        codec.integer("pixel", &mut self.pixel, 0..=MOST_PIXELS - 1);
        codec.integers("branch", &mut self.branches, 2 * MAX_BRANCHES);
        codec.integer("at", &mut self.head, 0..=u32::MAX);
    }
}

impl Reverse {
    /// The run these settings ask for.
    pub fn spec(&self) -> GenerateSpec {
        let branches = self.branches.chunks_exact(2).map(|pair| Branch { step: pair[0], seed: u64::from(pair[1]) });
        GenerateSpec {
            sampler: self.sampler,
            steps: self.steps,
            eta: self.eta,
            seed: u64::from(self.seed),
            count: if self.many { 16 } else { 1 },
            add_noise: !self.forget_noise,
            branches: branches.collect(),
            ..GenerateSpec::default()
        }
    }

    /// Asks for the plain run of `spec` and nothing beside it.
    pub fn take(&mut self, spec: &GenerateSpec) {
        *self = Self {
            sampler: spec.sampler,
            steps: spec.steps,
            eta: spec.eta,
            seed: spec.seed as u32,
            many: spec.count > 1,
            forget_noise: !spec.add_noise,
            layer: self.layer,
            pixel: self.pixel,
            head: self.head,
            ..Self::default()
        };
    }

    /// The run it is compared with: the other sampler from the same noise, without branches.
    pub fn other_spec(&self) -> GenerateSpec {
        GenerateSpec { sampler: self.other, add_noise: true, branches: Vec::new(), ..self.spec() }
    }

    /// Adds a branch at a step; those after it belong to a past that no longer happens.
    pub fn branch(&mut self, step: u32, seed: u32) {
        let kept: Vec<u32> = self.branches.chunks_exact(2).filter(|pair| pair[0] < step).flatten().copied().collect();
        self.branches = kept;
        if self.branches.len() < 2 * MAX_BRANCHES {
            self.branches.extend([step, seed]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_forgets_the_future_it_replaces() {
        let mut settings = Reverse::default();
        settings.branch(3, 1);
        settings.branch(9, 2);
        settings.branch(5, 3);
        assert_eq!(settings.branches, [3, 1, 5, 3]);
        assert_eq!(settings.spec().branches[1], Branch { step: 5, seed: 3 });
        assert!(settings.other_spec().branches.is_empty());
    }

    #[test]
    fn a_run_is_asked_for_by_its_own_settings() {
        let spec = Reverse { steps: 7, eta: 0.5, seed: 9, many: true, ..Reverse::default() }.spec();
        let mut settings = Reverse { compare: true, branches: vec![1, 2], layer: Layer::Noise, ..Reverse::default() };
        settings.take(&spec);
        assert_eq!((settings.spec(), settings.compare, settings.layer), (spec, false, Layer::Noise));
    }

    #[test]
    fn a_pixel_of_a_larger_picture_survives_a_link() {
        let settings = Reverse { pixel: 64 * 64 - 1, ..Reverse::default() };
        assert_eq!(Reverse::read(&settings.write()), (settings, Vec::new()));
    }

    #[test]
    fn a_link_restores_the_run() {
        let settings = Reverse { steps: 50, eta: 0.25, branches: vec![3, 1], many: true, ..Reverse::default() };
        assert_eq!(Reverse::read(&settings.write()), (settings, Vec::new()));
    }
}
