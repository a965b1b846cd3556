//! Noise schedules of discrete-time diffusion: how much of the picture is left at each timestep.
//!
//! A curve comes from one of four places: a named β curve ([`BetaSchedule`]), a function ᾱ(u) of u = t/T ([`alpha_bar`]), points drawn by
//! hand ([`control_points`]) or, for models in continuous time, the log-SNR itself ([`continuous`]).
//!
//! One variable drives everything: `alphas_cumprod` (ᾱ_t, Ho et al. 2020). β, α, σ, SNR and log-SNR are derived from it here and nowhere else.

pub mod alpha_bar;
mod beta;
pub mod continuous;
pub mod control_points;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::beta::BetaSchedule;
use super::math;

/// Stands in for ᾱ = 0 where σ/α has to be finite: 2⁻²⁴, so σ/α is 4096.
///
/// EulerDiscrete, EulerAncestralDiscrete, DPMSolverMultistep and UniPCMultistep of diffusers put it in the last place of a schedule
/// rescaled to zero terminal SNR; DDPM and DDIM leave the 0.
pub const SMALLEST_ALPHA_CUMPROD: f64 = 1.0 / (1 << 24) as f64;

/// Above this SNR a last timestep counts as one that still shows the picture: √ᾱ is then above 1 %.
const VISIBLE_SNR: f64 = 1e-4;

/// What fixes a schedule; the fields and defaults of a diffusers `scheduler_config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// T, the number of training timesteps.
    pub num_train_timesteps: usize,
    /// β at the first timestep (unused by the cosine schedule).
    pub beta_start: f64,
    /// β at the last timestep (unused by the cosine schedule).
    pub beta_end: f64,
    /// The curve between them.
    pub beta_schedule: BetaSchedule,
    /// The whole table of β instead of a curve; its length is then T.
    pub trained_betas: Option<Vec<f64>>,
    /// Rescale √ᾱ so that nothing of the picture is left at the last timestep (Lin et al. 2024, algorithm 1).
    pub rescale_betas_zero_snr: bool,
}

impl ScheduleConfig {
    /// The same curve with both ends of β multiplied by 1000 / T, so that ᾱ_T hardly depends on T.
    ///
    /// improved-diffusion and denoising-diffusion-pytorch scale `linear` so; diffusers never does.
    #[must_use]
    pub fn with_scaled_betas(self) -> Self {
        let scale = 1000.0 / self.num_train_timesteps as f64;
        Self { beta_start: self.beta_start * scale, beta_end: self.beta_end * scale, ..self }
    }
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            num_train_timesteps: 1000,
            beta_start: 1e-4,
            beta_end: 0.02,
            beta_schedule: BetaSchedule::default(),
            trained_betas: None,
            rescale_betas_zero_snr: false,
        }
    }
}

/// Why a schedule cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// No timestep at all, or more than a table may hold.
    #[error("a schedule needs between 1 and 100000 training timesteps, not {0}")]
    Timesteps(usize),
    /// A β outside [0, 1), or 1 before the last timestep.
    #[error("beta at timestep {timestep} is {beta}; it has to be at least 0 and below 1, and only the last may be 1")]
    Beta {
        /// Where.
        timestep: usize,
        /// The value found.
        beta: f64,
    },
    /// Control points that are no falling curve from u = 0 to u = 1.
    #[error(
        "control point {index} does not fit: u has to rise from 0 to 1 and alpha bar to fall within 0 to 1, above 0 at the start"
    )]
    ControlPoint {
        /// Which.
        index: usize,
    },
}

/// A schedule whose last timestep still shows some of the picture, while sampling starts from noise alone (Lin et al. 2024).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TerminalSnrWarning {
    /// The SNR at the last timestep.
    pub snr: f64,
}

impl fmt::Display for TerminalSnrWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the last timestep keeps a signal-to-noise ratio of {:.1e}, but sampling starts from noise alone; set rescale_betas_zero_snr and \
             predict v",
            self.snr
        )
    }
}

/// A discrete schedule: the table of ᾱ_t for t in `0..T`.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSchedule {
    alphas_cumprod: Vec<f64>,
}

impl NoiseSchedule {
    /// Builds the table that `config` describes.
    ///
    /// # Errors
    /// [`ScheduleError`] where T is 0 or a β leaves its range.
    pub fn new(config: &ScheduleConfig) -> Result<Self, ScheduleError> {
        let total = config.trained_betas.as_ref().map_or(config.num_train_timesteps, Vec::len);
        if !(1..=100_000).contains(&total) {
            return Err(ScheduleError::Timesteps(total));
        }
        let schedule = match &config.trained_betas {
            Some(betas) => Self::from_betas(betas.iter().copied())?,
            None => Self::from_betas((0..total).map(|t| config.beta_schedule.beta(config, t)))?,
        };
        Ok(if config.rescale_betas_zero_snr { schedule.rescaled_to_zero_snr() } else { schedule })
    }

    /// Shifts and stretches √ᾱ so that it keeps its first value and ends at exactly 0 (Lin et al. 2024, algorithm 1).
    #[must_use]
    pub fn rescaled_to_zero_snr(mut self) -> Self {
        let (first, last) = (self.alpha(0), self.alpha(self.alphas_cumprod.len() as i64 - 1));
        if first > last {
            for alpha_cumprod in &mut self.alphas_cumprod {
                let alpha = (math::sqrt(*alpha_cumprod) - last) * first / (first - last);
                *alpha_cumprod = alpha * alpha;
            }
        }
        self
    }

    /// The schedule of given β_t: ᾱ_t = Π_{s ≤ t} (1 − β_s).
    ///
    /// # Errors
    /// [`ScheduleError`] where there is no β, or one leaves [0, 1); the last may be 1, which is zero terminal SNR.
    pub fn from_betas(betas: impl IntoIterator<Item = f64>) -> Result<Self, ScheduleError> {
        let mut product = 1.0;
        let mut alphas_cumprod = Vec::new();
        for (timestep, beta) in betas.into_iter().enumerate() {
            if product == 0.0 {
                return Err(ScheduleError::Beta { timestep: timestep - 1, beta: 1.0 });
            }
            if !(0.0..=1.0).contains(&beta) {
                return Err(ScheduleError::Beta { timestep, beta });
            }
            product *= 1.0 - beta;
            alphas_cumprod.push(product);
        }
        if alphas_cumprod.is_empty() { Err(ScheduleError::Timesteps(0)) } else { Ok(Self { alphas_cumprod }) }
    }

    /// The same table with no ᾱ below `smallest`, such as [`SMALLEST_ALPHA_CUMPROD`].
    #[must_use]
    pub fn floored(mut self, smallest: f64) -> Self {
        self.alphas_cumprod.iter_mut().for_each(|alpha_cumprod| *alpha_cumprod = alpha_cumprod.max(smallest));
        self
    }

    /// What is wrong with the last timestep: `None` where its SNR is about 0, as it should be (Lin et al. 2024, section 3.1).
    pub fn terminal_snr_warning(&self) -> Option<TerminalSnrWarning> {
        let snr = self.snr(i64::MAX);
        (snr > VISIBLE_SNR).then_some(TerminalSnrWarning { snr })
    }

    /// T, the number of timesteps.
    pub fn num_train_timesteps(&self) -> usize {
        self.alphas_cumprod.len()
    }

    /// The whole table of ᾱ.
    pub fn alphas_cumprod(&self) -> &[f64] {
        &self.alphas_cumprod
    }

    /// ᾱ_t; 1 before the first timestep (`t < 0`) and ᾱ_{T−1} past the last.
    pub fn alpha_cumprod(&self, t: i64) -> f64 {
        // Bounded as i64 first: a usize has 32 bits in a browser.
        let last = self.alphas_cumprod.len() as i64 - 1;
        if t < 0 { 1.0 } else { self.alphas_cumprod[t.min(last) as usize] }
    }

    /// Share of the picture in x_t: √ᾱ_t.
    pub fn alpha(&self, t: i64) -> f64 {
        math::sqrt(self.alpha_cumprod(t))
    }

    /// Share of the noise in x_t: √(1 − ᾱ_t).
    pub fn sigma(&self, t: i64) -> f64 {
        math::sqrt(1.0 - self.alpha_cumprod(t))
    }

    /// β_t = 1 − ᾱ_t / ᾱ_{t−1}; 0 outside the table, where nothing changes.
    pub fn beta(&self, t: i64) -> f64 {
        let before = self.alpha_cumprod(t.saturating_sub(1));
        if before > 0.0 { 1.0 - self.alpha_cumprod(t) / before } else { 0.0 }
    }

    /// Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t).
    pub fn snr(&self, t: i64) -> f64 {
        let alpha_cumprod = self.alpha_cumprod(t);
        alpha_cumprod / (1.0 - alpha_cumprod)
    }

    /// ln SNR = ln ᾱ_t − ln(1 − ᾱ_t); +∞ for the clean picture, −∞ at zero terminal SNR.
    pub fn log_snr(&self, t: i64) -> f64 {
        let alpha_cumprod = self.alpha_cumprod(t);
        math::ln(alpha_cumprod) - math::ln_1p(-alpha_cumprod)
    }
}

#[cfg(test)]
mod tests;
