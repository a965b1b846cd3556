//! What a sampler run needs beside the schedule, and why a plan may not exist.

use serde::{Deserialize, Serialize};

use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Threshold;

/// Options of every sampler; each reads those that concern it and ignores the rest.
///
/// The names are those of diffusers and k-diffusion, and so are the meanings unless a field says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplerOptions {
    /// Number of steps a person sees.
    pub steps: usize,
    /// DDIM's and RePaint's η: 0 is deterministic, 1 has the variance of DDPM. TCD reads its γ here.
    pub eta: f64,
    /// Limit applied to each denoised estimate.
    pub threshold: Threshold,
    /// What the network predicts; matters where a sampler averages or re-reads raw outputs (PNDM, Euler with late churn, inversion).
    pub prediction_type: PredictionType,

    /// Exactly these timesteps, from high to low, instead of spaced ones; `steps` is then ignored.
    pub timesteps: Option<Vec<i64>>,
    /// How the timesteps are spread over the schedule; each sampler's own custom where `None`.
    pub timestep_spacing: Option<TimestepSpacing>,
    /// Added to every timestep of `leading` spacing; 1 in Stable Diffusion.
    pub steps_offset: i64,
    /// Which timestep the network is told where it falls between two.
    pub timestep_rounding: TimestepRounding,
    /// Leaves out the noisiest timesteps, whose λ = ln(α/σ) lies below this (DPM-Solver's `lambda_min_clipped`; −5.1 for cosine schedules).
    pub lambda_min_clipped: f64,
    /// Where the levels of σ-space samplers come from.
    pub sigmas: SigmaFamily,
    /// Smallest σ of a sigma family; from the schedule where `None`.
    pub sigma_min: Option<f64>,
    /// Largest σ of a sigma family; from the schedule where `None`.
    pub sigma_max: Option<f64>,
    /// Karras' ρ, or the power of a polyexponential grid.
    pub rho: f64,
    /// Where the last step of a σ-space sampler ends.
    pub final_sigmas: FinalSigmas,
    /// In which variables the state lives; each sampler's own custom where `None`.
    pub space: Option<Space>,
    /// Flow matching: how timesteps are shifted towards noise.
    pub shift: TimeShift,
    /// Flow matching: stretch the grid so that its last σ is this.
    pub shift_terminal: Option<f64>,
    /// Share of the steps that run, from the last backwards, in (0, 1]: below 1 for image to image and SDEdit (Meng et al. 2022).
    pub strength: f64,

    /// DDPM: which variance a step adds.
    pub variance_type: VarianceType,
    /// DDIM and PNDM: what comes before timestep 0, the clean picture (true) or the level of timestep 0 (false).
    pub set_alpha_to_one: bool,
    /// DDIM: take the direction from the thresholded estimate too, not from the network's raw answer.
    pub use_clipped_model_output: bool,
    /// Noise raised before a step, and its scale.
    pub churn: Churn,
    /// Share of the noise that ancestral and SDE samplers add back: 0 is deterministic, 1 the full SDE. SA-Solver's τ.
    pub sde_eta: f64,
    /// Order of a multistep, single-step or Adams solver; the sampler's own where `None`.
    pub solver_order: Option<usize>,
    /// Order of SA-Solver's corrector.
    pub corrector_order: usize,
    /// How DPM-Solver weighs the first difference.
    pub solver_type: SolverType,
    /// UniPC's B(h).
    pub bh_variant: BhVariant,
    /// UniPC and SA-Solver: hold the estimate D constant (true) or the noise (false).
    pub predict_x0: bool,
    /// UniPC: steps after which the corrector is left out.
    pub disable_corrector: Vec<usize>,
    /// Lower orders for the last steps, which steadies runs of few steps.
    pub lower_order_final: bool,
    /// DPM-Solver: always take the last step of order 1.
    pub euler_at_final: bool,
    /// DPM-Solver++ 3M SDE: keep diffusers' sign in the second difference (k-diffusion and the derivation have the other).
    pub diffusers_third_order_sde: bool,
    /// PNDM: replace the Runge–Kutta start by a doubled first step.
    pub skip_prk_steps: bool,
    /// LCM and TCD: steps of the solver that was distilled; timesteps are taken from its grid.
    pub original_inference_steps: usize,
    /// LCM: scale of the timestep in the boundary condition.
    pub timestep_scaling: f64,
    /// Accelerated DDIM: weight of the newest noise (1 none, 2 plain extrapolation).
    pub gam: f64,
    /// Accelerated DDIM: share of stochasticity, in [0, 1).
    pub mu: f64,
    /// RePaint: how many steps a jump goes back.
    pub jump_length: usize,
    /// RePaint: how often each stretch is done.
    pub jump_n_sample: usize,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self {
            steps: 50,
            eta: 0.0,
            threshold: Threshold::Static { range: 1.0 },
            prediction_type: PredictionType::default(),
            timesteps: None,
            timestep_spacing: None,
            steps_offset: 0,
            timestep_rounding: TimestepRounding::default(),
            lambda_min_clipped: f64::NEG_INFINITY,
            sigmas: SigmaFamily::default(),
            sigma_min: None,
            sigma_max: None,
            rho: 7.0,
            final_sigmas: FinalSigmas::default(),
            space: None,
            shift: TimeShift::default(),
            shift_terminal: None,
            strength: 1.0,
            variance_type: VarianceType::default(),
            set_alpha_to_one: true,
            use_clipped_model_output: false,
            churn: Churn::default(),
            sde_eta: 1.0,
            solver_order: None,
            corrector_order: 2,
            solver_type: SolverType::default(),
            bh_variant: BhVariant::default(),
            predict_x0: true,
            disable_corrector: Vec::new(),
            lower_order_final: true,
            euler_at_final: false,
            diffusers_third_order_sde: false,
            skip_prk_steps: false,
            original_inference_steps: 50,
            timestep_scaling: 10.0,
            gam: 2.0,
            mu: 0.0,
            jump_length: 10,
            jump_n_sample: 10,
        }
    }
}

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

/// Churn of Karras et al. (2022), algorithm 2.
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

/// How DPM-Solver weighs the first difference of its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SolverType {
    /// Half the weight of the answer itself.
    #[default]
    Midpoint,
    /// The exact integral.
    Heun,
}

/// UniPC's B(h).
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
    #[error("timesteps have to fall, and lie from 0 to {last}; these are {found:?}")]
    Timesteps {
        /// The last timestep of the schedule.
        last: i64,
        /// What was asked for.
        found: Vec<i64>,
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
