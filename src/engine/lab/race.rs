//! Which device trains a small network faster: measured, not guessed.

use burn::tensor::Device;

use super::learner::Learner;
use crate::engine::device::{Opened, cpu};
use crate::engine::mailbox::Mailbox;
use crate::engine::platform::{Platform, Trouble};
use crate::engine::training::Trainee;
use crate::protocol::{DeviceChoice, DeviceKind, LabSpec};

/// Updates before the clock starts, in which kernels are compiled.
const WARM_UP: u32 = 2;
/// Updates that are timed.
const TIMED: u32 = 8;

/// A device that has taken this many times as long as the other has lost, however much of the race is left.
const LOST: f64 = 4.0;

/// Where a bench could compute.
pub struct Devices {
    gpu: Option<Device>,
    cpu: Option<Device>,
}

impl Devices {
    /// The devices of what a person asked for: both to choose from only where no device was named.
    pub fn of_choice(choice: DeviceChoice, opened: Option<&Opened>) -> Self {
        let Some((device, kind)) = opened.and_then(|opened| Some((opened.device.clone()?, opened.report.kind))) else {
            return Self { gpu: None, cpu: None };
        };
        let is_gpu = kind == DeviceKind::Webgpu;
        let cpu = (!is_gpu || choice == DeviceChoice::Auto).then(cpu);
        Self { gpu: is_gpu.then_some(device), cpu }
    }

    /// Two devices to choose from.
    pub fn both(cpu: Device, gpu: Device) -> Self {
        Self { gpu: Some(gpu), cpu: Some(cpu) }
    }

    /// Whether there is a choice.
    pub fn is_choice(&self) -> bool {
        self.gpu.is_some() && self.cpu.is_some()
    }

    /// The device of a kind.
    ///
    /// # Errors
    /// Where there is none.
    pub fn of(&self, kind: DeviceKind) -> Result<&Device, Trouble> {
        let device = match kind {
            DeviceKind::Webgpu => &self.gpu,
            DeviceKind::Cpu => &self.cpu,
        };
        device
            .as_ref()
            .ok_or_else(|| Trouble::new("no live device is in use", "Choose a device in the line above the chip."))
    }

    /// The faster one for a network of this size, and the milliseconds an update that were measured, CPU first.
    ///
    /// # Errors
    /// Where there is no device, or one stops answering.
    pub async fn fastest<P: Platform>(
        &self,
        platform: &P,
        mailbox: &Mailbox,
        spec: &LabSpec,
    ) -> Result<(DeviceKind, [Option<f64>; 2]), Trouble> {
        match (&self.cpu, &self.gpu) {
            (Some(cpu), Some(gpu)) => {
                let Some(on_cpu) = measure(platform, mailbox, spec, cpu, f64::INFINITY).await? else {
                    return Ok((DeviceKind::Cpu, [None; 2]));
                };
                // A GPU that fails at this is simply not chosen.
                let limit = LOST * on_cpu * f64::from(TIMED);
                let on_gpu = match measure(platform, mailbox, spec, gpu, limit).await {
                    Ok(Some(on_gpu)) => on_gpu,
                    Ok(None) => return Ok((DeviceKind::Cpu, [Some(on_cpu), None])),
                    Err(_) => f64::INFINITY,
                };
                let kind = if on_gpu < on_cpu { DeviceKind::Webgpu } else { DeviceKind::Cpu };
                Ok((kind, [Some(on_cpu), Some(on_gpu)]))
            }
            (Some(_), None) => Ok((DeviceKind::Cpu, [None; 2])),
            (None, _) => self.of(DeviceKind::Webgpu).map(|_| (DeviceKind::Webgpu, [None; 2])),
        }
    }
}

/// Milliseconds an update on a device, over as many as fit into `limit` milliseconds; `None` where the race was called off in between.
async fn measure<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    spec: &LabSpec,
    device: &Device,
    limit: f64,
) -> Result<Option<f64>, Trouble> {
    let trouble = |error| Trouble::new(error, "Choose another schedule.");
    let mut learner = Learner::new(spec, None, device).map_err(trouble)?;
    let mut began = platform.now_millis();
    for update in 0..WARM_UP + TIMED {
        if update == WARM_UP {
            began = platform.now_millis();
        }
        // Reading waits for all that was submitted, as every burst does.
        let values = learner.step().values;
        platform.numbers(values).await?;
        platform.breathe().await;
        if mailbox.ends_lab() {
            return Ok(None);
        }
        let timed = (update + 1).saturating_sub(WARM_UP);
        if timed > 0 && (platform.now_millis() - began > limit || timed == TIMED) {
            return Ok(Some((platform.now_millis() - began) / f64::from(timed)));
        }
    }
    Ok(None)
}
