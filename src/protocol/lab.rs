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
        /// Counts these requests; [`LabEvent::Rested`] says which one it ends.
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
    /// Forget everything.
    Close,
}

/// From lab to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LabEvent {
    /// Training can go on with a new network.
    Began {
        /// Where it computes.
        device: DeviceKind,
        /// Measured milliseconds an update on the CPU and on the GPU, where they were measured.
        millis: [Option<f64>; 2],
        /// Number of parameters.
        parameters: u64,
        /// Updates its weights have seen: 0 for fresh ones.
        update: u64,
    },
    /// The devices were timed again, for another batch size.
    Measured {
        /// Where it computes now.
        device: DeviceKind,
        /// Milliseconds an update on the CPU and on the GPU.
        millis: [Option<f64>; 2],
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
    /// The weights of this update are kept in the engine and can be looked at again.
    Stored(u64),
    /// A copy of the weights for the page, in case the engine is lost.
    Kept(LabStart),
    /// The learnt schedule has moved.
    Schedule {
        /// ln SNR at [`CURVE`] evenly spaced timesteps, the first and the last among them.
        log_snr: Vec<f32>,
        /// Standard deviation of the bound's loss as a share of its mean, lately: under this schedule, and under the linear one with the same ends.
        spread: [f32; 2],
    },
    /// Where the particles go.
    Cloud {
        /// Of which update's weights.
        update: u64,
        /// Whether these weights are kept and can be looked at again.
        stored: bool,
        /// Whether the optimal denoiser answered instead of the network.
        exact: bool,
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
    /// The weights are those of an earlier update, as asked; training waits.
    Rewound(u64),
    /// What was asked for is done; training waits.
    Rested {
        /// Which [`LabRequest::Run`] has ended.
        ask: u32,
        /// Updates so far.
        update: u64,
    },
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
/// Points of a curve that [`LabEvent::Schedule`] tells.
pub const CURVE: usize = 101;
