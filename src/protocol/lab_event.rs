//! What comes back from the 2-D lab.

use serde::{Deserialize, Serialize};

use super::{DeviceKind, LabStart};

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
        /// `[states, particles + launched, 2]`; of held particles only the launched ones.
        places: Vec<f32>,
        /// The name under which the particles are held, where they are.
        held: Option<u32>,
        /// Sliced Wasserstein distance of the last state to the held-out points, and of the data itself to them.
        distance: Option<[f64; 2]>,
    },
    /// These particles are not held any more.
    LetGo(u32),
    /// What was photographed: `side · side · 4` bytes, colours multiplied by their opacity.
    Photograph {
        /// Width and height in pixels.
        side: u32,
        /// The pixels, row by row from the top.
        rgba: Vec<u8>,
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
        /// Which [`super::LabRequest::Run`] has ended.
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
