//! The 2-D lab: what is trained and what is looked at.

use serde::{Deserialize, Serialize};

use super::LabDraw;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::BetaSchedule;

/// A point of the plane.
pub type Point = [f32; 2];

/// How squared errors are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum LabWeighting {
    /// 1 in units of the network's own target.
    #[default]
    Uniform,
    /// min-SNR-γ with γ = 5 (Hang et al. 2023).
    MinSnr,
    /// `max(SNR, 1)` in units of x0 (Salimans and Ho 2022).
    TruncatedSnr,
}

/// Which noise schedule a bench learns under, of 1000 timesteps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabSchedule {
    /// One of the registry.
    Named(BetaSchedule),
    /// A falling curve through points drawn by hand: u in [0, 1] and ᾱ there.
    Points(Vec<(f64, f64)>),
    /// One that is learnt beside the network (Kingma et al. 2021); its ends are those of [`BetaSchedule::Linear`].
    Learned,
}

/// Weights to go on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabStart {
    /// Updates that made them.
    pub update: u64,
    /// The network's, layer after layer.
    pub weights: Vec<f32>,
    /// The learnt schedule's; empty where none is learnt.
    pub schedule: Vec<f64>,
}

/// What is trained, and how; everything but the network's shape may change while it learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabSpec {
    /// The data, as it is.
    pub points: Vec<Point>,
    /// More of the same, which training never sees; empty where there is none.
    pub held_out: Vec<Point>,
    /// Seed of weights, batches and noise.
    pub seed: u64,
    /// Units of a hidden layer, 4 to 256.
    pub width: u32,
    /// Hidden layers, 1 to 6.
    pub depth: u32,
    /// Sinusoids that tell the timestep, 2 to 64.
    pub embedding: u32,
    /// The noise schedule.
    pub schedule: LabSchedule,
    /// What the network predicts.
    pub prediction_type: PredictionType,
    /// How errors are weighted.
    pub weighting: LabWeighting,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Points of a batch, 1 to 2048.
    pub batch_size: u32,
}

impl LabSpec {
    /// Whether a network made for `other` cannot go on under these settings.
    pub fn needs_new_network(&self, other: &Self) -> bool {
        (self.width, self.depth, self.embedding, self.seed) != (other.width, other.depth, other.embedding, other.seed)
    }
}

/// Whose particles are followed, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabLook {
    /// Weights of this update; the present ones where `None` or no longer stored.
    pub update: Option<u64>,
    /// Particles that start as noise, always the same, at most 20 000.
    pub particles: u32,
    /// Starting points of more particles.
    pub launched: Vec<Point>,
    /// The sampler.
    pub sampler: Sampler,
    /// Its steps.
    pub steps: u32,
    /// DDIM's η.
    pub eta: f64,
    /// Whether the engine is to hold the particles' places and draw them when it is asked to: the page is told of the launched ones only.
    pub hold: bool,
    /// Whether the same particles are followed under the optimal denoiser of the data too: at most [`EXACT_WORK`] divided by the number of points.
    pub exact: bool,
}

/// Particles times points that the optimal denoiser is asked for in one step.
pub const EXACT_WORK: usize = 2_000_000;

/// A grid over the plane on which the network is asked, at a level of the look's sampler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabField {
    /// Weights of this update; the present ones where `None` or no longer stored.
    pub update: Option<u64>,
    /// Index of the state, 0 for pure noise.
    pub state: u32,
    /// Points a side, 2 to 64, evenly from −[`EXTENT`] to [`EXTENT`].
    pub grid: u32,
    /// Whether the exact optimal denoiser of the data is computed beside it.
    pub exact: bool,
}

/// How long a bench learns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabRun {
    /// Without end.
    On,
    /// So many updates more.
    Updates(u32),
    /// Until so many updates are made in all; not at all where they are.
    Until(u64),
    /// Not now.
    Wait,
}

/// Half the width of the part of the plane that is drawn.
pub const EXTENT: f32 = 2.6;

/// From page to lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabRequest {
    /// Train under these settings, on the network there is if it fits.
    Train {
        /// The settings.
        spec: LabSpec,
        /// Weights to begin with; fresh ones where `None`, or where they do not fit the network.
        start: Option<LabStart>,
    },
    /// Throw the weights away and begin anew under the same settings.
    Restart,
    /// Learn on, or wait.
    Run {
        /// Counts these requests; [`super::LabEvent::Rested`] says which one it ends.
        ask: u32,
        /// How long.
        run: LabRun,
    },
    /// Back to the newest stored weights at or before this update, and wait.
    Rewind(u64),
    /// Show these particles from now on.
    Look(LabLook),
    /// Show this field from now on, or none.
    Field(Option<LabField>),
    /// The canvas that comes along is the plane's; what is held is drawn on it.
    Canvas,
    /// Draw this from now on.
    Draw(LabDraw),
    /// Draw this and send the pixels.
    Photograph(LabDraw),
    /// Forget everything.
    Close,
}
