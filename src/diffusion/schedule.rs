//! Noise schedules of discrete-time diffusion: how much of the picture is left at each timestep.
//!
//! One variable drives everything: `alphas_cumprod` (ᾱ_t, Ho et al. 2020). β, α, σ, SNR and log-SNR are derived from it here and nowhere else.

use serde::{Deserialize, Serialize};

use super::math;

/// How β_t runs with t, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// β linear in t (Ho et al. 2020).
    Linear,
    /// √β linear in t (Rombach et al. 2022); also called quadratic.
    ScaledLinear,
    /// ᾱ a squared cosine of t, β at most 0.999 (Nichol and Dhariwal 2021).
    #[default]
    #[serde(rename = "squaredcos_cap_v2")]
    SquaredcosCapV2,
    /// β a sigmoid of t (GeoDiff, Xu et al. 2022; the convention of diffusers).
    Sigmoid,
    /// ᾱ = e^(−12 t), β at most 0.999 (diffusers' `exp`).
    Exp,
    /// The log-SNR a Laplace quantile of t, β at most 0.999 (Hang et al. 2024; the convention of diffusers).
    Laplace,
}

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
    /// A β outside (0, 1).
    #[error("beta at timestep {timestep} is {beta}, outside the open interval from 0 to 1")]
    Beta {
        /// Where.
        timestep: usize,
        /// The value found.
        beta: f64,
    },
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
    /// [`ScheduleError`] where T is 0 or a β leaves (0, 1).
    pub fn new(config: &ScheduleConfig) -> Result<Self, ScheduleError> {
        let total = config.trained_betas.as_ref().map_or(config.num_train_timesteps, Vec::len);
        if !(1..=100_000).contains(&total) {
            return Err(ScheduleError::Timesteps(total));
        }
        let schedule = match &config.trained_betas {
            Some(betas) => Self::from_betas(betas.iter().copied())?,
            None => Self::from_betas((0..total).map(|t| beta(config, t)))?,
        };
        Ok(if config.rescale_betas_zero_snr { schedule.rescaled_to_zero_snr() } else { schedule })
    }

    /// Shifts and stretches √ᾱ so that it keeps its first value and ends at exactly 0 (Lin et al. 2024, algorithm 1).
    fn rescaled_to_zero_snr(mut self) -> Self {
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
    /// [`ScheduleError::Beta`] where a β leaves (0, 1).
    pub fn from_betas(betas: impl IntoIterator<Item = f64>) -> Result<Self, ScheduleError> {
        let mut product = 1.0;
        let mut alphas_cumprod = Vec::new();
        for (timestep, beta) in betas.into_iter().enumerate() {
            if !(beta > 0.0 && beta < 1.0) {
                return Err(ScheduleError::Beta { timestep, beta });
            }
            product *= 1.0 - beta;
            alphas_cumprod.push(product);
        }
        Ok(Self { alphas_cumprod })
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
        match usize::try_from(t) {
            Ok(t) => self.alphas_cumprod[t.min(self.alphas_cumprod.len() - 1)],
            Err(_) => 1.0,
        }
    }

    /// Share of the picture in x_t: √ᾱ_t.
    pub fn alpha(&self, t: i64) -> f64 {
        math::sqrt(self.alpha_cumprod(t))
    }

    /// Share of the noise in x_t: √(1 − ᾱ_t).
    pub fn sigma(&self, t: i64) -> f64 {
        math::sqrt(1.0 - self.alpha_cumprod(t))
    }

    /// β_t = 1 − ᾱ_t / ᾱ_{t−1}.
    pub fn beta(&self, t: i64) -> f64 {
        1.0 - self.alpha_cumprod(t) / self.alpha_cumprod(t - 1)
    }

    /// Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t).
    pub fn snr(&self, t: i64) -> f64 {
        let alpha_cumprod = self.alpha_cumprod(t);
        alpha_cumprod / (1.0 - alpha_cumprod)
    }
}

fn beta(config: &ScheduleConfig, t: usize) -> f64 {
    let total = config.num_train_timesteps;
    let (start, end) = (config.beta_start, config.beta_end);
    let ramp = if total > 1 { t as f64 / (total - 1) as f64 } else { 0.0 };
    match config.beta_schedule {
        BetaSchedule::Linear => start + (end - start) * ramp,
        BetaSchedule::ScaledLinear => {
            let root = math::sqrt(start) + (math::sqrt(end) - math::sqrt(start)) * ramp;
            root * root
        }
        BetaSchedule::SquaredcosCapV2 => capped(t, total, |u| {
            let c = math::cos((u + 0.008) / 1.008 * core::f64::consts::FRAC_PI_2);
            c * c
        }),
        BetaSchedule::Exp => capped(t, total, |u| math::exp(-12.0 * u)),
        BetaSchedule::Laplace => capped(t, total, |u| {
            let away = 0.5 - u;
            let lambda = -0.5 * 1f64.copysign(away) * math::ln(1.0 - 2.0 * away.abs() + 1e-6);
            let snr = math::exp(lambda);
            math::sqrt(snr / (1.0 + snr))
        }),
        BetaSchedule::Sigmoid => start + (end - start) / (1.0 + math::exp(6.0 - 12.0 * ramp)),
    }
}

/// `1 − ᾱ(t+1)/ᾱ(t)` of a curve ᾱ over [0, 1], at most 0.999.
fn capped(t: usize, total: usize, alpha_bar: impl Fn(f64) -> f64) -> f64 {
    let (here, next) = (t as f64 / total as f64, (t + 1) as f64 / total as f64);
    (1.0 - alpha_bar(next) / alpha_bar(here)).min(0.999)
}
