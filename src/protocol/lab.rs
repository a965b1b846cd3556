//! The 2-D lab: what is trained, what is looked at, what comes back.

use serde::{Deserialize, Serialize};

use super::DeviceKind;
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
    /// The noise schedule, of 1000 timesteps.
    pub schedule: BetaSchedule,
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

/// What of the network is looked at.
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
    /// The field at the level of this state, where one is drawn.
    pub field: Option<LabField>,
}

/// A grid over the plane on which the network is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabField {
    /// Index of the state, 0 for pure noise.
    pub state: u32,
    /// Points a side, 2 to 64, evenly from −[`EXTENT`] to [`EXTENT`].
    pub grid: u32,
    /// Whether the exact optimal denoiser of the data is computed beside it.
    pub exact: bool,
}

/// Half the width of the part of the plane that is drawn.
pub const EXTENT: f32 = 2.6;

/// From page to lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabRequest {
    /// Train under these settings, on the network there is if it fits.
    Train(LabSpec),
    /// Throw the weights away and begin anew under the same settings.
    Restart,
    /// Go on.
    Resume,
    /// Wait.
    Pause,
    /// So many updates, then wait.
    Advance(u32),
    /// Back to the newest stored weights at or before this update, and wait.
    Rewind(u64),
    /// Look at this from now on.
    Look(LabLook),
    /// Forget everything.
    Close,
}

/// From lab to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabEvent {
    /// Training can go on.
    Began {
        /// Where it computes.
        device: DeviceKind,
        /// Measured milliseconds an update on the CPU and on the GPU, where they were measured.
        millis: [Option<f64>; 2],
        /// Number of parameters.
        parameters: u64,
        /// Whether the weights are new.
        fresh: bool,
    },
    /// Updates were made.
    Progress {
        /// Updates so far.
        update: u64,
        /// Mean loss since the last report.
        loss: f32,
        /// Errors of the last batch by timestep: their sums and counts in [`BINS`] equal parts of the schedule.
        by_timestep: Vec<[f32; 2]>,
        /// Updates a second.
        updates_per_second: f64,
    },
    /// Where the particles go.
    Cloud {
        /// Of which update's weights.
        update: u64,
        /// Whether these weights are kept and can be looked at again.
        stored: bool,
        /// ᾱ of each state; 1 for the last.
        alphas_cumprod: Vec<f64>,
        /// `[states, particles + launched, 2]`.
        places: Vec<f32>,
        /// Sliced Wasserstein distance of the last state to the held-out points, and of the data itself to them.
        distance: Option<[f64; 2]>,
    },
    /// What the network says on the grid.
    Field {
        /// Of which update's weights.
        update: u64,
        /// Which state's level.
        state: u32,
        /// Share of the data at that level.
        alpha: f64,
        /// Share of the noise.
        sigma: f64,
        /// Denoised points `[grid, grid, 2]`, rows from the bottom.
        denoised: Vec<f32>,
        /// The same of the optimal denoiser; empty where it was not asked for.
        exact: Vec<f32>,
    },
    /// The loss stopped being a number or left all bounds; the weights are those of an earlier update, and training waits.
    Diverged {
        /// Where it happened.
        update: u64,
        /// Whose weights are back.
        back_to: u64,
    },
    /// The updates that were asked for are made; training waits.
    Rested,
    /// Something was asked for that cannot be; everything else goes on.
    Refused {
        /// What happened, one sentence.
        what: String,
        /// What to do, one sentence.
        hint: String,
    },
}

/// Parts of the schedule in which errors are counted.
pub const BINS: usize = 20;
