//! Reads a diffusers `scheduler/scheduler_config.json`: a class name and its settings become a sampler, its options and a schedule.
//!
//! Only the meaning is here, on serde types; who has the file parses the JSON.
//! A setting that is absent gets the default of its class in diffusers 0.42.

use serde::{Deserialize, Serialize};

use super::parameterization::PredictionType;
use super::plan::Threshold;
use super::sampler::{
    BhVariant, FinalSigmas, Sampler, SamplerOptions, SigmaFamily, SolverType, Space, TimeShift, TimestepRounding,
    TimestepSpacing, VarianceType,
};
use super::schedule::{BetaSchedule, ScheduleConfig};

/// The settings of a diffusers scheduler; every field has the name and meaning it has there, and a class ignores those it does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
#[allow(missing_docs)]
pub struct SchedulerConfig {
    /// Which scheduler, such as `DDIMScheduler`.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    pub num_train_timesteps: Option<usize>,
    pub beta_start: Option<f64>,
    pub beta_end: Option<f64>,
    pub beta_schedule: Option<BetaSchedule>,
    pub prediction_type: Option<PredictionType>,
    pub timestep_spacing: Option<TimestepSpacing>,
    pub steps_offset: i64,
    pub clip_sample: Option<bool>,
    pub clip_sample_range: Option<f64>,
    pub thresholding: bool,
    pub dynamic_thresholding_ratio: Option<f64>,
    pub sample_max_value: Option<f64>,
    pub variance_type: Option<VarianceType>,
    pub set_alpha_to_one: Option<bool>,
    pub eta: f64,
    pub skip_prk_steps: bool,
    pub use_karras_sigmas: Option<bool>,
    pub use_exponential_sigmas: Option<bool>,
    pub use_beta_sigmas: Option<bool>,
    pub use_lu_lambdas: Option<bool>,
    pub use_flow_sigmas: Option<bool>,
    pub flow_shift: Option<f64>,
    pub interpolation_type: Option<String>,
    pub timestep_type: Option<String>,
    pub sigma_min: Option<f64>,
    pub sigma_max: Option<f64>,
    pub sigma_data: Option<f64>,
    pub sigma_schedule: Option<String>,
    pub rho: Option<f64>,
    pub final_sigmas_type: Option<String>,
    pub lambda_min_clipped: Option<Number>,
    pub solver_order: Option<usize>,
    pub predictor_order: Option<usize>,
    pub corrector_order: Option<usize>,
    pub algorithm_type: Option<String>,
    pub solver_type: Option<String>,
    pub lower_order_final: Option<bool>,
    pub euler_at_final: bool,
    pub predict_x0: Option<bool>,
    pub disable_corrector: Vec<usize>,
    pub original_inference_steps: Option<usize>,
    pub timestep_scaling: Option<f64>,
    pub shift: Option<f64>,
    pub shift_terminal: Option<f64>,
    pub use_dynamic_shifting: bool,
    pub time_shift_type: Option<String>,
    pub invert_sigmas: bool,
    pub stochastic_sampling: bool,
}

/// A number that JSON cannot hold, such as −∞, is written as text by diffusers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// A plain number.
    Plain(f64),
    /// `"-inf"` or `"-Infinity"`.
    Text(String),
}

impl Number {
    fn value(&self) -> f64 {
        match self {
            Self::Plain(number) => *number,
            Self::Text(text) => text.parse().unwrap_or(f64::NEG_INFINITY),
        }
    }
}

/// What a [`SchedulerConfig`] means here; `options.steps` is the caller's to set.
#[derive(Debug, Clone, PartialEq)]
pub struct SchedulerReading {
    /// The sampler.
    pub sampler: Sampler,
    /// Its options.
    pub options: SamplerOptions,
    /// The schedule it runs on.
    pub schedule: ScheduleConfig,
}

/// Why a scheduler's settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SchedulerConfigError {
    /// A class that has no sampler here.
    #[error(
        "the scheduler {0} has no counterpart here; use one of diffusers' common schedulers, such as DDIMScheduler"
    )]
    Class(String),
    /// A setting whose value is not known.
    #[error("{setting} is {value}, which is not known here; use a value that diffusers 0.42 lists")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Its value.
        value: String,
    },
}

/// What the classes of one kind have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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
        let beta_schedule = if kind == Kind::Distilled { BetaSchedule::ScaledLinear } else { BetaSchedule::Linear };
        let schedule = ScheduleConfig {
            num_train_timesteps: self.num_train_timesteps.unwrap_or(1000),
            beta_start: self.beta_start.unwrap_or(if old_betas { 0.00085 } else { 1e-4 }),
            beta_end: self.beta_end.unwrap_or(if old_betas { 0.012 } else { 0.02 }),
            beta_schedule: self.beta_schedule.unwrap_or(beta_schedule),
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
            timestep_spacing: self.timestep_spacing,
            steps_offset: self.steps_offset,
            lambda_min_clipped: self.lambda_min_clipped.as_ref().map_or(f64::NEG_INFINITY, Number::value),
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
        options.timestep_rounding = self.rounding(kind, sampler, schedule.beta_schedule);
        Ok(SchedulerReading { sampler, options, schedule })
    }

    fn sampler(&self) -> Result<(Sampler, Kind), SchedulerConfigError> {
        let algorithm = self.algorithm_type.as_deref().unwrap_or("dpmsolver++");
        Ok(match self.class_name.as_str() {
            "DDPMScheduler" | "DDPMParallelScheduler" => (Sampler::Ddpm, Kind::Chain),
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

    fn final_sigmas(&self, sampler: Sampler) -> Result<FinalSigmas, SchedulerConfigError> {
        let family = [self.use_karras_sigmas, self.use_exponential_sigmas, self.use_beta_sigmas, self.use_flow_sigmas];
        let plain = !family.contains(&Some(true));
        Ok(match (sampler, self.final_sigmas_type.as_deref().unwrap_or("zero")) {
            (Sampler::Deis | Sampler::SaSolver, _) if plain => FinalSigmas::SigmaMin,
            (Sampler::Deis | Sampler::SaSolver, _) => FinalSigmas::Repeat,
            (_, "zero") => FinalSigmas::Zero,
            (Sampler::Unipc, "sigma_min") if !plain => FinalSigmas::Repeat,
            (_, "sigma_min") => FinalSigmas::SigmaMin,
            (_, other) => return Err(unknown("final_sigmas_type", other)),
        })
    }

    fn family(&self, kind: Kind) -> Result<SigmaFamily, SchedulerConfigError> {
        if kind == Kind::Edm {
            return match self.sigma_schedule.as_deref().unwrap_or("karras") {
                "karras" => Ok(SigmaFamily::Karras),
                "exponential" => Ok(SigmaFamily::Exponential),
                other => Err(unknown("sigma_schedule", other)),
            };
        }
        let set = |flag: Option<bool>| flag == Some(true);
        Ok(if set(self.use_karras_sigmas) {
            SigmaFamily::Karras
        } else if set(self.use_lu_lambdas) {
            SigmaFamily::LuLambdas
        } else if set(self.use_exponential_sigmas) {
            SigmaFamily::Exponential
        } else if set(self.use_beta_sigmas) {
            SigmaFamily::Beta
        } else if set(self.use_flow_sigmas) && self.class_name != "UniPCMultistepScheduler" {
            SigmaFamily::FlowBelowOne
        } else if set(self.use_flow_sigmas) || kind == Kind::Flow {
            SigmaFamily::Flow
        } else {
            match self.interpolation_type.as_deref().unwrap_or("linear") {
                "linear" => SigmaFamily::Training,
                "log_linear" => SigmaFamily::LogLinear,
                other => return Err(unknown("interpolation_type", other)),
            }
        })
    }

    fn solver_type(&self, options: &mut SamplerOptions) -> Result<(), SchedulerConfigError> {
        match self.solver_type.as_deref() {
            None | Some("midpoint" | "logrho" | "bh2") => {}
            Some("heun") => options.solver_type = SolverType::Heun,
            Some("bh1") => options.bh_variant = BhVariant::Bh1,
            Some(other) => return Err(unknown("solver_type", other)),
        }
        Ok(())
    }

    /// The space, and what belongs to it: the range of σ for preconditioned networks, the shift for flows.
    fn space(&self, kind: Kind, options: &mut SamplerOptions) -> Result<(), SchedulerConfigError> {
        match kind {
            Kind::Edm => {
                options.space = Some(Space::Edm { sigma_data: self.sigma_data.unwrap_or(0.5) });
                options.sigma_min = Some(self.sigma_min.unwrap_or(0.002));
                options.sigma_max = Some(self.sigma_max.unwrap_or(80.0));
            }
            Kind::Flow if self.invert_sigmas => return Err(unknown("invert_sigmas", "true")),
            Kind::Flow => options.shift = self.time_shift(self.shift)?,
            Kind::Preserving if self.use_flow_sigmas == Some(true) => {
                options.space = Some(Space::Flow);
                options.shift = self.time_shift(self.flow_shift)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The shift; a dynamic one waits for its μ, which [`SchedulerReading::set_mu`] gives.
    fn time_shift(&self, shift: Option<f64>) -> Result<TimeShift, SchedulerConfigError> {
        Ok(match (self.use_dynamic_shifting, self.time_shift_type.as_deref().unwrap_or("exponential")) {
            (false, _) => TimeShift::Shift(shift.unwrap_or(1.0)),
            (true, "exponential") => TimeShift::Exponential(0.0),
            (true, "linear") => TimeShift::Linear(1.0),
            (true, other) => return Err(unknown("time_shift_type", other)),
        })
    }

    /// Whole timesteps where the class casts to integers; Karras and Lu grids are rounded first, except with the cosine schedule.
    fn rounding(&self, kind: Kind, sampler: Sampler, beta_schedule: BetaSchedule) -> TimestepRounding {
        let karras = self.use_karras_sigmas == Some(true);
        let spaced = karras || self.use_lu_lambdas == Some(true);
        let multistep = self.class_name == "DPMSolverMultistepScheduler";
        match (kind, sampler) {
            (Kind::Exploding, Sampler::Dpm2 | Sampler::Dpm2Ancestral) if karras => TimestepRounding::Nearest,
            (Kind::Preserving, _) if spaced && !(multistep && beta_schedule == BetaSchedule::SquaredcosCapV2) => {
                TimestepRounding::Nearest
            }
            (Kind::Preserving, _) => TimestepRounding::Truncate,
            _ => TimestepRounding::Exact,
        }
    }

    fn threshold(&self, clip_sample: bool) -> Threshold {
        if self.thresholding {
            let ratio = self.dynamic_thresholding_ratio.unwrap_or(0.995);
            Threshold::Dynamic { ratio, max: self.sample_max_value.unwrap_or(1.0) }
        } else if self.clip_sample.unwrap_or(clip_sample) {
            Threshold::Static { range: self.clip_sample_range.unwrap_or(1.0) }
        } else {
            Threshold::None
        }
    }
}

impl SchedulerReading {
    /// Sets μ of a dynamic time shift, which depends on the picture's size; no effect on a fixed shift.
    pub fn set_mu(&mut self, mu: f64) {
        match &mut self.options.shift {
            TimeShift::Exponential(known) | TimeShift::Linear(known) => *known = mu,
            TimeShift::Shift(_) => {}
        }
    }
}

fn unknown(setting: &'static str, value: &str) -> SchedulerConfigError {
    SchedulerConfigError::Setting { setting, value: value.to_owned() }
}
