//! What a sampler run needs beside the schedule.

use super::choices::{
    BhVariant, Churn, FinalSigmas, SigmaFamily, SolverType, Space, TimeShift, TimestepRounding, TimestepSpacing,
    VarianceType,
};
use super::error::PlanError;
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

    /// Exactly these timesteps, from high to low, instead of spaced ones; `steps` is then ignored. A flow takes them as σ T before its shift.
    /// Samplers of the discrete chain need whole ones.
    pub timesteps: Option<Vec<f64>>,
    /// Over how many timesteps the steps of a σ-space sampler are spread, where that is not the schedule's T
    /// (the argument `num_train_timesteps` of `set_timesteps` in diffusers' Heun, KDPM2 and DPMSolverSDE).
    pub num_train_timesteps: Option<usize>,
    /// How the timesteps are spread over the schedule; each sampler's own custom where `None`.
    pub timestep_spacing: Option<TimestepSpacing>,
    /// Added to every timestep of `leading` spacing; 1 in Stable Diffusion.
    pub steps_offset: i64,
    /// Which timestep the network is told where it falls between two.
    pub timestep_rounding: TimestepRounding,
    /// Tell the network `ln(σ)/4` instead of a timestep, as continuously trained v-prediction networks expect (Euler's `timestep_type`).
    pub continuous_timesteps: bool,
    /// Leaves out the noisiest timesteps, whose λ = ln(α/σ) lies below this (DPM-Solver's `lambda_min_clipped`; −5.1 for cosine schedules).
    pub lambda_min_clipped: f64,
    /// Where the levels of σ-space samplers come from.
    pub sigmas: SigmaFamily,
    /// A sigma family spans the whole schedule, not only the listed timesteps (Euler's `interpolation_type` log_linear).
    pub whole_range: bool,
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
    /// Flow matching: these σ in (0, 1], from high to low, instead of even ones, before shift and stretch (the `sigmas` argument of diffusers' flow
    /// schedulers); the run has as many steps, and ends at 0.
    pub base_sigmas: Option<Vec<f64>>,
    /// Flow matching: how timesteps are shifted towards noise.
    pub shift: TimeShift,
    /// Flow matching: stretch the grid so that its last σ is this.
    pub shift_terminal: Option<f64>,
    /// Flow matching: count σ from the picture, `1 − σ`, so that the run goes from it to noise: inversion of a flow (diffusers' flow Euler).
    pub invert_sigmas: bool,
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
    /// DPM-Solver++ SDE: where in λ the inner evaluation lies, in (0, 1].
    pub midpoint_ratio: f64,
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

impl SamplerOptions {
    /// Refuses numbers that are none; only `s_tmax` and `lambda_min_clipped` may be infinite.
    pub(super) fn check(&self) -> Result<(), PlanError> {
        let churn = &self.churn;
        let numbers = [
            ("eta", self.eta),
            ("rho", self.rho),
            ("strength", self.strength),
            ("s_churn", churn.s_churn),
            ("s_tmin", churn.s_tmin),
            ("s_noise", churn.s_noise),
            ("sde_eta", self.sde_eta),
            ("midpoint_ratio", self.midpoint_ratio),
            ("timestep_scaling", self.timestep_scaling),
            ("gam", self.gam),
            ("mu", self.mu),
        ];
        let wrong = numbers.into_iter().find(|(_, number)| !number.is_finite());
        wrong.map_or(Ok(()), |(option, number)| {
            Err(PlanError::Option { option, value: number.to_string(), must: "it has to be a finite number" })
        })
    }
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self {
            steps: 50,
            eta: 0.0,
            threshold: Threshold::Static { range: 1.0 },
            prediction_type: PredictionType::default(),
            timesteps: None,
            num_train_timesteps: None,
            timestep_spacing: None,
            steps_offset: 0,
            timestep_rounding: TimestepRounding::default(),
            continuous_timesteps: false,
            lambda_min_clipped: f64::NEG_INFINITY,
            sigmas: SigmaFamily::default(),
            whole_range: false,
            sigma_min: None,
            sigma_max: None,
            rho: 7.0,
            final_sigmas: FinalSigmas::default(),
            space: None,
            base_sigmas: None,
            shift: TimeShift::default(),
            shift_terminal: None,
            invert_sigmas: false,
            strength: 1.0,
            variance_type: VarianceType::default(),
            set_alpha_to_one: true,
            use_clipped_model_output: false,
            churn: Churn::default(),
            sde_eta: 1.0,
            midpoint_ratio: 0.5,
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
