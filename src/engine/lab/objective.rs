//! What a bench learns, from the names the page has for it: its schedule and the weights of its errors.

use super::learned::Learned;
use crate::diffusion::schedule::alpha_bar::AlphaBar;
use crate::diffusion::schedule::control_points::ControlPoints;
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig, ScheduleError};
use crate::diffusion::weighting::LossWeighting;
use crate::protocol::{LabSchedule, LabSpec, LabWeighting};

/// T.
pub const TIMESTEPS: usize = 1000;
/// Largest β of a curve that is given as ᾱ, as diffusers caps it.
const MAX_BETA: f64 = 0.999;

/// The schedule of a bench; a learnt one before it has learnt.
///
/// # Errors
/// Where points drawn by hand are no curve.
pub fn schedule(spec: &LabSpec) -> Result<NoiseSchedule, ScheduleError> {
    match &spec.schedule {
        LabSchedule::Named(named) => {
            NoiseSchedule::new(&ScheduleConfig { beta_schedule: *named, ..ScheduleConfig::default() })
        }
        LabSchedule::Points(points) => {
            AlphaBar::Points(ControlPoints::new(points.clone())?).schedule(TIMESTEPS, MAX_BETA)
        }
        LabSchedule::Learned => Learned::new()?.schedule(),
    }
}

/// The weights of squared errors.
pub fn weighting(named: LabWeighting) -> LossWeighting {
    match named {
        LabWeighting::Uniform => LossWeighting::Uniform,
        LabWeighting::MinSnr => LossWeighting::MinSnr { gamma: 5.0 },
        LabWeighting::TruncatedSnr => LossWeighting::TruncatedSnr,
    }
}
