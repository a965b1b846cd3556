//! Which sampler a scheduler class is, and the options that all classes share.

use super::{Number, SchedulerConfig, SchedulerConfigError, SchedulerReading};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{Sampler, SamplerOptions, TimestepSpacing};
use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

/// What the classes of one kind have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Timesteps of the discrete chain: DDPM, DDIM, PNDM, RePaint.
    Chain,
    /// σ-space with `x = x0 + σ ε`: Euler, Heun, LMS and relatives.
    Exploding,
    /// σ-space with the variance preserved: DPM-Solver, DEIS, UniPC, SA-Solver.
    Preserving,
    /// Preconditioned networks.
    Edm,
    /// Flow matching.
    Flow,
    /// LCM and TCD.
    Distilled,
}

/// DDPM with unCLIP's settings (Ramesh et al. 2022).
const UNCLIP: &str = "UnCLIPScheduler";

/// The classes that can rescale to zero terminal SNR; the others do not have the setting and so ignore it.
const ZERO_SNR: [&str; 11] = [
    "DDPMScheduler",
    "DDPMParallelScheduler",
    "DDIMScheduler",
    "DDIMParallelScheduler",
    "DDIMInverseScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "UniPCMultistepScheduler",
    "LCMScheduler",
    "TCDScheduler",
];

impl SchedulerConfig {
    /// The sampler, options and schedule that these settings describe.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] for a class or a combination that has no sampler here.
    pub fn read(&self) -> Result<SchedulerReading, SchedulerConfigError> {
        let (sampler, kind) = self.sampler()?;
        let class = self.class_name.as_str();
        let old_betas = matches!(
            class,
            "HeunDiscreteScheduler"
                | "KDPM2DiscreteScheduler"
                | "KDPM2AncestralDiscreteScheduler"
                | "DPMSolverSDEScheduler"
        ) || kind == Kind::Distilled;
        let beta_schedule = match (kind, class) {
            (Kind::Distilled, _) => BetaSchedule::ScaledLinear,
            (_, UNCLIP) => BetaSchedule::SquaredcosCapV2,
            _ => BetaSchedule::Linear,
        };
        let schedule = ScheduleConfig {
            num_train_timesteps: self.num_train_timesteps.unwrap_or(1000),
            beta_start: self.beta_start.unwrap_or(if old_betas { 0.00085 } else { 1e-4 }),
            beta_end: self.beta_end.unwrap_or(if old_betas { 0.012 } else { 0.02 }),
            beta_schedule: self.beta_schedule.unwrap_or(beta_schedule),
            trained_betas: self.trained_betas.clone(),
            rescale_betas_zero_snr: self.rescale_betas_zero_snr && ZERO_SNR.contains(&class),
        };
        let clips = matches!(kind, Kind::Chain) && sampler != Sampler::Pndm;
        let mut options = SamplerOptions {
            eta: if sampler == Sampler::Tcd { 0.3 } else { self.eta },
            threshold: if sampler == Sampler::Pndm || sampler == Sampler::Tcd {
                Threshold::None
            } else {
                self.threshold(clips)
            },
            prediction_type: self.prediction_type.unwrap_or_default(),
            // unCLIP always spreads its timesteps over the whole schedule.
            timestep_spacing: if class == UNCLIP { Some(TimestepSpacing::Linspace) } else { self.timestep_spacing },
            steps_offset: self.steps_offset,
            lambda_min_clipped: self.lambda_min_clipped.as_ref().map_or(f64::NEG_INFINITY, Number::value),
            whole_range: self.interpolation_type.as_deref() == Some("log_linear"),
            sigma_min: self.sigma_min,
            sigma_max: self.sigma_max,
            rho: self.rho.unwrap_or(7.0),
            variance_type: self.variance_type.unwrap_or_default(),
            set_alpha_to_one: self.set_alpha_to_one.unwrap_or(sampler != Sampler::Pndm),
            skip_prk_steps: self.skip_prk_steps,
            solver_order: self.predictor_order.or(self.solver_order),
            corrector_order: self.corrector_order.unwrap_or(2),
            predict_x0: self.predict_x0.unwrap_or(self.algorithm_type.as_deref() != Some("noise_prediction")),
            disable_corrector: self.disable_corrector.clone(),
            lower_order_final: self.lower_order_final.unwrap_or(class != "DPMSolverSinglestepScheduler"),
            euler_at_final: self.euler_at_final,
            diffusers_third_order_sde: true,
            original_inference_steps: self.original_inference_steps.unwrap_or(50),
            timestep_scaling: self.timestep_scaling.unwrap_or(10.0),
            shift_terminal: self.shift_terminal,
            ..SamplerOptions::default()
        };
        options.churn.after_network = true;
        options.final_sigmas = self.final_sigmas(sampler)?;
        options.sigmas = self.family(kind)?;
        self.solver_type(&mut options)?;
        self.space(kind, &mut options)?;
        options.continuous_timesteps = self.timestep_type.as_deref() == Some("continuous")
            && options.prediction_type == PredictionType::VPrediction;
        options.timestep_rounding = self.rounding(kind, sampler, schedule.beta_schedule);
        Ok(SchedulerReading { sampler, options, schedule })
    }

    fn sampler(&self) -> Result<(Sampler, Kind), SchedulerConfigError> {
        let algorithm = self.algorithm_type.as_deref().unwrap_or("dpmsolver++");
        Ok(match self.class_name.as_str() {
            "DDPMScheduler" | "DDPMParallelScheduler" | UNCLIP => (Sampler::Ddpm, Kind::Chain),
            "DDIMScheduler" | "DDIMParallelScheduler" => (Sampler::Ddim, Kind::Chain),
            "DDIMInverseScheduler" => (Sampler::DdimInverse, Kind::Chain),
            "PNDMScheduler" => (Sampler::Pndm, Kind::Chain),
            "RePaintScheduler" => (Sampler::Repaint, Kind::Chain),
            "EulerDiscreteScheduler" => (Sampler::Euler, Kind::Exploding),
            "EulerAncestralDiscreteScheduler" => (Sampler::EulerAncestral, Kind::Exploding),
            "HeunDiscreteScheduler" => (Sampler::Heun, Kind::Exploding),
            "KDPM2DiscreteScheduler" => (Sampler::Dpm2, Kind::Exploding),
            "KDPM2AncestralDiscreteScheduler" => (Sampler::Dpm2Ancestral, Kind::Exploding),
            "DPMSolverSDEScheduler" => (Sampler::DpmppSde, Kind::Exploding),
            "LMSDiscreteScheduler" => (Sampler::Lms, Kind::Exploding),
            "DPMSolverMultistepScheduler" => match algorithm {
                "dpmsolver" => (Sampler::Dpm2m, Kind::Preserving),
                "sde-dpmsolver" => (Sampler::Dpm2mSde, Kind::Preserving),
                "dpmsolver++" | "deis" => (Sampler::Dpmpp2m, Kind::Preserving),
                "sde-dpmsolver++" => (Sampler::Dpmpp2mSde, Kind::Preserving),
                other => return Err(unknown("algorithm_type", other)),
            },
            "DPMSolverSinglestepScheduler" => match algorithm {
                "dpmsolver" => (Sampler::Dpm2s, Kind::Preserving),
                "dpmsolver++" | "deis" => (Sampler::Dpmpp2s, Kind::Preserving),
                "sde-dpmsolver++" => (Sampler::Dpmpp2sSde, Kind::Preserving),
                other => return Err(unknown("algorithm_type", other)),
            },
            "DEISMultistepScheduler" => (Sampler::Deis, Kind::Preserving),
            "UniPCMultistepScheduler" => (Sampler::Unipc, Kind::Preserving),
            "SASolverScheduler" => (Sampler::SaSolver, Kind::Preserving),
            "EDMEulerScheduler" => (Sampler::Euler, Kind::Edm),
            "EDMDPMSolverMultistepScheduler" => match algorithm {
                "dpmsolver++" | "deis" => (Sampler::Dpmpp2m, Kind::Edm),
                "sde-dpmsolver++" => (Sampler::Dpmpp2mSde, Kind::Edm),
                other => return Err(unknown("algorithm_type", other)),
            },
            "FlowMatchEulerDiscreteScheduler" if self.stochastic_sampling => (Sampler::FlowStochastic, Kind::Flow),
            "FlowMatchEulerDiscreteScheduler" => (Sampler::FlowEuler, Kind::Flow),
            "FlowMatchHeunDiscreteScheduler" => (Sampler::FlowHeun, Kind::Flow),
            "LCMScheduler" => (Sampler::Lcm, Kind::Distilled),
            "TCDScheduler" => (Sampler::Tcd, Kind::Distilled),
            other => return Err(SchedulerConfigError::Class(other.to_owned())),
        })
    }
}

pub(super) fn unknown(setting: &'static str, value: &str) -> SchedulerConfigError {
    SchedulerConfigError::Setting { setting, value: value.to_owned() }
}
