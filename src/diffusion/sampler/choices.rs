//! The choices that options hold, by the names of diffusers and k-diffusion.

use serde::{Deserialize, Serialize};

/// In which variables a sampler keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// `x = x0 + σ ε` of a network trained on the schedule (k-diffusion, diffusers' Euler family); it sees `x / √(1 + σ²)`.
    VarianceExploding,
    /// `x = α x0 + σ ε` with `α² + σ² = 1` (DPM-Solver and relatives); the grid is still given in σ/α.
    VariancePreserving,
    /// `x = (1 − σ) x0 + σ ε` (flow matching); the timestep is σ T.
    Flow,
    /// `x = x0 + σ ε` of a network preconditioned for data of this standard deviation (Karras et al. 2022); the timestep is `ln(σ)/4`.
    Edm {
        /// σ_data.
        sigma_data: f64,
    },
}

/// Where the levels of a σ-space sampler come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SigmaFamily {
    /// The schedule at the listed timesteps, interpolated between two.
    #[default]
    Training,
    /// Karras et al. (2022), equation 5.
    Karras,
    /// Log-linear.
    Exponential,
    /// Log-linear with its ramp raised to ρ (k-diffusion).
    Polyexponential,
    /// Quantiles of Beta(0.6, 0.6) (Lee et al. 2024).
    Beta,
    /// Log-linear over the schedule with both ends (DPM-Solver's uniform λ, `use_lu_lambdas`).
    LuLambdas,
    /// Log-linear with one point more, dropping the final σ (Euler's `interpolation_type` log_linear).
    LogLinear,
    /// Flow matching: evenly spaced σ from 1, shifted.
    Flow,
    /// Flow matching as diffusers' DPM-Solver, DEIS and SA-Solver space it: from 1 − 1/T, shifted.
    FlowBelowOne,
    /// The continuous variance preserving SDE, `σ(t)² = exp(β_d t²/2 + β_min t) − 1` for t from 1 down to ε_s (Song et al. 2021b; k-diffusion).
    ContinuousVp {
        /// β_max − β_min.
        beta_d: f64,
        /// β_min.
        beta_min: f64,
        /// The smallest time.
        eps_s: f64,
    },
    /// Exactly these, from high to low; the last is where the run ends.
    Custom(Vec<f64>),
}

/// Where the last step of a σ-space sampler ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FinalSigmas {
    /// At the clean picture.
    #[default]
    Zero,
    /// At the schedule's smallest σ.
    SigmaMin,
    /// At the grid's last σ again, so that the last step only replaces nothing.
    Repeat,
}

/// Which timestep the network is told where a level falls between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TimestepRounding {
    /// The fraction as it is.
    #[default]
    Exact,
    /// The nearest, ties to even.
    Nearest,
    /// The whole number below.
    Truncate,
}

/// How flow matching shifts its timesteps towards noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeShift {
    /// `s σ / (1 + (s − 1) σ)` (Esser et al. 2024, equation 23); 1 leaves them alone.
    Shift(f64),
    /// `e^μ / (e^μ + 1/σ − 1)`, μ from the picture's size.
    Exponential(f64),
    /// `μ / (μ + 1/σ − 1)`.
    Linear(f64),
}

impl Default for TimeShift {
    fn default() -> Self {
        Self::Shift(1.0)
    }
}

/// Churn: noise raised before a step (Karras et al. 2022, algorithm 2, lines 4 to 6).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Churn {
    /// Overall amount, spread over the steps; 0 is off.
    pub s_churn: f64,
    /// Smallest σ at which noise is raised.
    pub s_tmin: f64,
    /// Largest σ at which noise is raised.
    pub s_tmax: f64,
    /// Scale of all noise that a σ-space sampler adds.
    pub s_noise: f64,
    /// Ask the network before the noise is raised and re-read its answer after (diffusers), instead of asking after (k-diffusion, EDM).
    pub after_network: bool,
}

impl Default for Churn {
    fn default() -> Self {
        Self { s_churn: 0.0, s_tmin: 0.0, s_tmax: f64::INFINITY, s_noise: 1.0, after_network: false }
    }
}

/// DPM-Solver's two forms of order 2 (Lu et al. 2022b, algorithms 1 and 2; `solver_type` of diffusers): how the first difference of its answers is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SolverType {
    /// Half the weight of the answer itself.
    #[default]
    Midpoint,
    /// The exact integral.
    Heun,
}

/// UniPC's B(h), any function that is h up to O(h²) (Zhao et al. 2023, section 3.1; `solver_type` of diffusers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BhVariant {
    /// B(h) = h.
    Bh1,
    /// B(h) = eʰ − 1.
    #[default]
    Bh2,
}

/// The variance that ancestral sampling adds at each step (`variance_type` of diffusers' DDPMScheduler).
///
/// β is that of the strided chain, `1 − ᾱ_t / ᾱ_s` for a step from t to s, and β̃ = (1 − ᾱ_s)/(1 − ᾱ_t) · β.
/// The `_log` names of diffusers mean the same numbers and are read as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum VarianceType {
    /// β̃, the lower bound, exact for data at one point (Ho et al. 2020).
    #[default]
    #[serde(alias = "fixed_small_log")]
    FixedSmall,
    /// β, the upper bound, exact for Gaussian data (Ho et al. 2020).
    #[serde(alias = "fixed_large_log")]
    FixedLarge,
    /// The network's second output is the variance.
    Learned,
    /// The network's second output interpolates between both bounds (Nichol and Dhariwal 2021, equation 15).
    LearnedRange,
}

/// How timesteps are spread over the schedule, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// Every ⌊T / steps⌋-th, from 0: never reaches the noisiest.
    #[default]
    Leading,
    /// Every (T / steps)-th, back from T − 1: always starts at the noisiest.
    Trailing,
    /// Evenly from 0 to T − 1, both included.
    Linspace,
}
