//! A sampler as a list of coefficients.
//!
//! Every sampler of the field is affine in the states it has visited, the network's answers and fresh noise:
//!
//! `x_{i+1} = Σ_j a_j · x_j + Σ_k b_k · D_k + Σ_m e_m · z_m`
//!
//! where `x_j` is the state at the start of stage `j`, `D_k` the denoised estimate (predicted x0) of stage `k` and `z_m` the `m`-th draw of N(0, 1).
//! So a sampler is a pure function from a schedule to a [`Plan`], and one short loop (`model::sample`, [`super::simulate`]) runs them all.
//!
//! Four things do not fit that sum and have their own field: a direction taken from the estimate *before* thresholding (`unclipped`),
//! a clean state taken for its own estimate, and thresholded as one (`clamped`), a noise whose size the network predicts (`learned`), and pixels of an inpainting that are known (`known`).

use std::fmt;

use super::math;
use super::vlb::learned_log_variance;

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

/// A noise draw whose size the network says (`variance_type` learned and learned_range).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearnedNoise {
    /// Index of the draw.
    pub index: usize,
    /// How the second half v of the network's output is read.
    pub reading: VarianceReading,
}

/// How a network's second half of output, v, gives the variance of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VarianceReading {
    /// v is the variance itself.
    Direct,
    /// v in [−1, 1] interpolates ln variance: `(1 + v)/2 · ln_max + (1 − v)/2 · ln_min` (Nichol and Dhariwal 2021, equation 15).
    Range {
        /// ln of the smallest variance, β̃_t.
        ln_min: f64,
        /// ln of the largest variance, β_t.
        ln_max: f64,
    },
}

impl VarianceReading {
    /// The standard deviation that the network's value `v` stands for.
    pub fn std_dev(self, v: f64) -> f64 {
        match self {
            Self::Direct => math::sqrt(v.max(0.0)),
            Self::Range { ln_min, ln_max } => math::exp(0.5 * learned_log_variance(v, ln_min, ln_max)),
        }
    }
}

/// What the known pixels of an inpainting are after a stage: `alpha · x0 + Σ e_m z_m`.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Factor of the known picture.
    pub alpha: f64,
    /// `e_m`: coefficients of the noise draws.
    pub noise: Vec<Term>,
}

/// One evaluation of the network and the update that follows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Which of the sampler's steps the stage belongs to, from 0; a Heun step has two stages.
    pub step: usize,
    /// The level of the state at the start of the stage, where the network is asked.
    pub level: Level,
    /// False where the stage only adds noise and asks no network (churn, RePaint's jumps back).
    pub evaluate: bool,
    /// `a_j`: coefficients of the states.
    pub states: Vec<Term>,
    /// `b_k`: coefficients of the denoised estimates, after thresholding.
    pub denoised: Vec<Term>,
    /// Coefficients of the denoised estimates before thresholding; empty where nothing is thresholded.
    pub unclipped: Vec<Term>,
    /// Coefficients of states after thresholding: a state without noise is its own estimate; empty where nothing is thresholded.
    pub clamped: Vec<Term>,
    /// `e_m`: coefficients of the noise draws.
    pub noise: Vec<Term>,
    /// A draw whose size the network predicts.
    pub learned: Option<LearnedNoise>,
    /// What replaces the known pixels of an inpainting.
    pub known: Option<Known>,
}

/// A whole sampler run: numbers only, no tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the starting noise N(0, 1) is multiplied by.
    pub init_noise_sigma: f64,
    /// The stages in order; stage `i` produces the state `x_{i+1}`.
    pub stages: Vec<Stage>,
    /// The level of the last state; a clean picture has `alpha` 1 and `sigma` 0.
    pub end: Level,
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
        /// The scale is raised to 1, then lowered to this; below 1 it therefore is this.
        max: f64,
    },
}

impl Level {
    /// λ = ln(α / σ), half the log-SNR; +∞ at `sigma` 0 and −∞ at `alpha` 0.
    pub fn lambda(&self) -> f64 {
        math::ln(self.alpha) - math::ln(self.sigma)
    }
}

impl Plan {
    /// How many steps a person sees.
    pub fn steps(&self) -> usize {
        self.stages.last().map_or(0, |stage| stage.step + 1)
    }

    /// How many times the network is asked.
    pub fn evaluations(&self) -> usize {
        self.stages.iter().filter(|stage| stage.evaluate).count()
    }

    /// How many noise draws the plan uses.
    pub fn draws(&self) -> usize {
        let last = self.stages.iter().flat_map(Stage::draws).max();
        last.map_or(0, |index| index + 1)
    }

    /// The level of the state that stage `index` produces.
    pub fn reached(&self, index: usize) -> Level {
        self.stages.get(index + 1).map_or(self.end, |stage| stage.level)
    }

    /// The last stage that still needs state `index`, so that memory can be given back.
    pub fn last_use_of_state(&self, index: usize) -> Option<usize> {
        let uses = |stage: &Stage| stage.states.iter().chain(&stage.clamped).any(|term| term.index == index);
        self.stages.iter().rposition(uses)
    }

    /// The last stage that still needs the denoised estimate `index`, thresholded or not.
    pub fn last_use_of_denoised(&self, index: usize) -> Option<usize> {
        let uses = |stage: &Stage| stage.denoised.iter().chain(&stage.unclipped).any(|term| term.index == index);
        self.stages.iter().rposition(uses)
    }
}

impl Stage {
    /// The indices of the noise draws the stage uses.
    fn draws(&self) -> impl Iterator<Item = usize> + '_ {
        let known = self.known.iter().flat_map(|known| &known.noise);
        let terms = self.noise.iter().chain(known).map(|term| term.index);
        terms.chain(self.learned.iter().map(|learned| learned.index))
    }
}

impl fmt::Display for Plan {
    /// A table, one stage a line: the level and the update as a sum.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "x0 = {} z", number(self.init_noise_sigma))?;
        writeln!(out, "{:>5} {:>5} {:>9} {:>10} {:>10}  update", "stage", "step", "timestep", "alpha", "sigma")?;
        for (i, stage) in self.stages.iter().enumerate() {
            let Level { timestep, alpha, sigma, .. } = stage.level;
            write!(out, "{i:>5} {:>5} {timestep:>9.3} {:>10} {:>10}", stage.step, number(alpha), number(sigma))?;
            writeln!(out, "  x{} ={}", i + 1, stage)?;
        }
        write!(out, "ends at alpha {}, sigma {}", number(self.end.alpha), number(self.end.sigma))
    }
}

impl fmt::Display for Stage {
    /// The update as a sum: states `x` (`[x]` after thresholding), estimates `D` (`D*` before it), noise `z`; then what the known pixels of an inpainting become.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            (&self.states, "x", ""),
            (&self.clamped, "[x", "]"),
            (&self.denoised, "D", ""),
            (&self.unclipped, "D*", ""),
            (&self.noise, "z", ""),
        ];
        for (terms, name, close) in named {
            for term in terms {
                let sign = if term.coefficient < 0.0 { '-' } else { '+' };
                write!(out, " {sign} {} {name}{}{close}", number(term.coefficient.abs()), term.index)?;
            }
        }
        if let Some(LearnedNoise { index, reading }) = self.learned {
            write!(out, " + {}..{} z{index}", number(reading.std_dev(-1.0)), number(reading.std_dev(1.0)))?;
        }
        if let Some(Known { alpha, noise }) = &self.known {
            write!(out, "; known = {} picture", number(*alpha))?;
            noise.iter().try_for_each(|term| write!(out, " + {} z{}", number(term.coefficient), term.index))?;
        }
        Ok(())
    }
}

/// Six significant digits, in whichever form is shorter to read.
fn number(x: f64) -> String {
    if x == 0.0 || (1e-3..1e5).contains(&x.abs()) { format!("{x:.6}") } else { format!("{x:.5e}") }
}
