//! Single settings whose meaning depends on the class.

use super::reading::{Kind, unknown};
use super::{SchedulerConfig, SchedulerConfigError};
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{
    BhVariant, FinalSigmas, Sampler, SamplerOptions, SigmaFamily, SolverType, Space, TimeShift, TimestepRounding,
};
use crate::diffusion::schedule::BetaSchedule;

impl SchedulerConfig {
    pub(super) fn final_sigmas(&self, sampler: Sampler) -> Result<FinalSigmas, SchedulerConfigError> {
        let family = [self.use_karras_sigmas, self.use_exponential_sigmas, self.use_beta_sigmas, self.use_flow_sigmas];
        let plain = !family.contains(&Some(true));
        Ok(match (sampler, self.final_sigmas_type.as_deref().unwrap_or("zero")) {
            (Sampler::Deis | Sampler::SaSolver, _) if plain => FinalSigmas::SigmaMin,
            (Sampler::Deis | Sampler::SaSolver, _) => FinalSigmas::Repeat,
            (_, "zero") => FinalSigmas::Zero,
            (Sampler::Unipc, "sigma_min") if !plain => FinalSigmas::Repeat,
            (_, "sigma_min") if self.class_name == "EDMEulerScheduler" => FinalSigmas::Repeat,
            (_, "sigma_min") => FinalSigmas::SigmaMin,
            (_, other) => return Err(unknown("final_sigmas_type", other)),
        })
    }

    pub(super) fn family(&self, kind: Kind) -> Result<SigmaFamily, SchedulerConfigError> {
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

    pub(super) fn solver_type(&self, options: &mut SamplerOptions) -> Result<(), SchedulerConfigError> {
        match self.solver_type.as_deref() {
            None | Some("midpoint" | "logrho" | "bh2") => {}
            Some("heun") => options.solver_type = SolverType::Heun,
            Some("bh1") => options.bh_variant = BhVariant::Bh1,
            Some(other) => return Err(unknown("solver_type", other)),
        }
        Ok(())
    }

    /// The space, and what belongs to it: the range of σ for preconditioned networks, the shift for flows.
    pub(super) fn space(&self, kind: Kind, options: &mut SamplerOptions) -> Result<(), SchedulerConfigError> {
        match kind {
            Kind::Edm => {
                options.space = Some(Space::Edm { sigma_data: self.sigma_data.unwrap_or(0.5) });
                options.sigma_min = Some(self.sigma_min.unwrap_or(0.002));
                options.sigma_max = Some(self.sigma_max.unwrap_or(80.0));
            }
            Kind::Flow => {
                options.shift = self.time_shift(self.shift)?;
                options.invert_sigmas = self.invert_sigmas;
            }
            Kind::Preserving if self.use_flow_sigmas == Some(true) => {
                options.space = Some(Space::Flow);
                options.shift = self.time_shift(self.flow_shift)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The shift; a dynamic one waits for its μ, which [`SchedulerReading::set_mu`] gives.
    pub(super) fn time_shift(&self, shift: Option<f64>) -> Result<TimeShift, SchedulerConfigError> {
        Ok(match (self.use_dynamic_shifting, self.time_shift_type.as_deref().unwrap_or("exponential")) {
            (false, _) => TimeShift::Shift(shift.unwrap_or(1.0)),
            (true, "exponential") => TimeShift::Exponential(0.0),
            (true, "linear") => TimeShift::Linear(1.0),
            (true, other) => return Err(unknown("time_shift_type", other)),
        })
    }

    /// Whole timesteps where the class casts to integers; Karras and Lu grids are rounded first, except with the cosine schedule.
    pub(super) fn rounding(&self, kind: Kind, sampler: Sampler, beta_schedule: BetaSchedule) -> TimestepRounding {
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

    pub(super) fn threshold(&self, clip_sample: bool) -> Threshold {
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
