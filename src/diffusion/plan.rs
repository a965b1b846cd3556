//! A sampler as a list of coefficients.
//!
//! Every sampler of the field is affine in the states it has visited, the network's answers and fresh noise:
//!
//! `x_{i+1} = Σ_j a_j · x_j + Σ_k b_k · D_k + Σ_m e_m · z_m`
//!
//! where `x_j` is the state at the start of stage `j`, `D_k` the denoised estimate (predicted x0) of stage `k` and `z_m` the `m`-th draw of N(0, 1).
//! So a sampler is a pure function from a schedule to a [`Plan`], and one short loop (`model::sample`) runs them all.

/// One coefficient of an update and the index of what it multiplies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Index of the stage (for states and denoised estimates) or of the draw (for noise).
    pub index: usize,
    /// The number it is multiplied by.
    pub coefficient: f64,
}

/// The level at which a stage asks the network: `x = alpha · x0 + sigma · ε`.
///
/// Variance preserving samplers have `alpha² + sigma² = 1`, variance exploding ones (k-diffusion, EDM) `alpha = 1`, flows `alpha = 1 − sigma`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The timestep told to the network; may fall between two training timesteps.
    pub timestep: f64,
    /// Share of the picture in the state.
    pub alpha: f64,
    /// Share of the noise in the state.
    pub sigma: f64,
    /// What the state is multiplied by before the network sees it (`c_in`; 1 for variance preserving samplers).
    pub input_scale: f64,
}

/// One evaluation of the network and the update that follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Which of the sampler's steps the stage belongs to, from 0; a Heun step has two stages.
    pub step: usize,
    /// Where the network is asked.
    pub level: Level,
    /// `a_j`: coefficients of the states.
    pub states: Vec<Term>,
    /// `b_k`: coefficients of the denoised estimates.
    pub denoised: Vec<Term>,
    /// `e_m`: coefficients of the noise draws.
    pub noise: Vec<Term>,
}

/// A whole sampler run: numbers only, no tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the starting noise N(0, 1) is multiplied by.
    pub init_noise_sigma: f64,
    /// The stages in order; stage `i` produces the state `x_{i+1}`.
    pub stages: Vec<Stage>,
    /// Limit applied to each denoised estimate.
    pub threshold: Threshold,
}

/// What is done to a denoised estimate before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Threshold {
    /// Nothing.
    #[default]
    None,
    /// Clamp to `[−range, range]` (`clip_sample` of diffusers).
    Static {
        /// The largest magnitude kept.
        range: f64,
    },
    /// Dynamic thresholding of Imagen (Saharia et al. 2022), per sample.
    Dynamic {
        /// Which quantile of |D| sets the scale, in (0, 1].
        ratio: f64,
        /// The scale is clamped to `[1, max]`.
        max: f64,
    },
}

impl Plan {
    /// How many steps a person sees.
    pub fn steps(&self) -> usize {
        self.stages.last().map_or(0, |stage| stage.step + 1)
    }

    /// How many noise draws the plan uses.
    pub fn draws(&self) -> usize {
        let last = self.stages.iter().flat_map(|stage| &stage.noise).map(|term| term.index + 1).max();
        last.unwrap_or(0)
    }

    /// The last stage that still needs state `index`, so that memory can be given back.
    pub fn last_use_of_state(&self, index: usize) -> Option<usize> {
        self.stages.iter().rposition(|stage| stage.states.iter().any(|term| term.index == index))
    }

    /// The last stage that still needs the denoised estimate `index`.
    pub fn last_use_of_denoised(&self, index: usize) -> Option<usize> {
        self.stages.iter().rposition(|stage| stage.denoised.iter().any(|term| term.index == index))
    }
}
