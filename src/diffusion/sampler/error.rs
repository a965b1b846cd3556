//! Why a plan may not exist.

/// Why a plan cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// No step, or more steps than the schedule has timesteps.
    #[error("{steps} steps asked for, but this schedule allows 1 to {most}")]
    Steps {
        /// Asked for.
        steps: usize,
        /// The schedule's number of timesteps.
        most: usize,
    },
    /// Timesteps of one's own that no run can follow.
    #[error(
        "timesteps have to fall, lie from 0 to {last} and, on the discrete chain, be whole numbers; these are {found:?}"
    )]
    Timesteps {
        /// The last timestep of the schedule.
        last: i64,
        /// What was asked for.
        found: Vec<f64>,
    },
    /// A coefficient is infinite or not a number, as happens where the signal or the noise is exactly 0.
    #[error(
        "{sampler} has no finite coefficients at step {step} with these settings; choose another spacing, final sigma or solver type"
    )]
    NotFinite {
        /// The sampler's name.
        sampler: &'static str,
        /// The first step concerned, from 0.
        step: usize,
    },
    /// Options that exclude one another or lie outside their range.
    #[error("{option} is {value}, but {must}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What it was.
        value: String,
        /// What it has to be.
        must: &'static str,
    },
}
