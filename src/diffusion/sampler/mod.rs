//! The registry of samplers: each makes a [`Plan`] from a schedule.
//!
//! A sampler lives in the file of its family as one function from a schedule and [`SamplerOptions`] to a plan;
//! adding one means a variant of [`Sampler`], a line in its name table and a line in [`Sampler::plan`].

mod ancestral;
mod ddim;
mod expression;
mod grid;
mod options;
mod recorder;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use options::{PlanError, SamplerOptions, TimestepSpacing, VarianceType};

use super::plan::Plan;
use super::schedule::NoiseSchedule;

/// The samplers, by the names the command line, the page and links use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Ancestral sampling (Ho et al. 2020, algorithm 2).
    Ddpm,
    /// Denoising diffusion implicit models (Song et al. 2021).
    #[default]
    Ddim,
    /// DDIM run backwards, from a picture to its noise (Song et al. 2021, section 4.3).
    DdimInverse,
}

impl Sampler {
    /// Every sampler, in the order they are listed to people.
    pub const ALL: [Self; 3] = [Self::Ddpm, Self::Ddim, Self::DdimInverse];

    /// The name used on the command line and in links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddpm => "ddpm",
            Self::Ddim => "ddim",
            Self::DdimInverse => "ddim-inverse",
        }
    }

    /// The plan of this sampler on `schedule`.
    ///
    /// # Errors
    /// [`PlanError`] where the number of steps does not fit the schedule, options contradict one another or a coefficient is not finite.
    pub fn plan(self, schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Plan, PlanError> {
        let name = self.name();
        match self {
            Self::Ddpm => ancestral::plan(name, schedule, options),
            Self::Ddim => ddim::plan(name, schedule, options),
            Self::DdimInverse => ddim::inverse_plan(name, schedule, options),
        }
    }
}

/// A name that no sampler has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no sampler called {name}; the samplers are {}", Sampler::ALL.map(Sampler::name).join(", "))]
pub struct UnknownSampler {
    /// What was asked for.
    pub name: String,
}

impl FromStr for Sampler {
    type Err = UnknownSampler;

    /// Reads a [`Sampler::name`]; upper case and `_` for `-` are accepted.
    fn from_str(name: &str) -> Result<Self, UnknownSampler> {
        let wanted = name.trim().to_ascii_lowercase().replace('_', "-");
        let found = Self::ALL.into_iter().find(|sampler| sampler.name() == wanted);
        found.ok_or_else(|| UnknownSampler { name: name.to_owned() })
    }
}
