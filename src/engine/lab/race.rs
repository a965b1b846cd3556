//! Which device trains a small network faster: measured, not guessed.

use burn::tensor::Device;

use super::learner::Learner;
use crate::engine::device::{Opened, cpu};
use crate::engine::platform::{Platform, Trouble};
use crate::protocol::{DeviceChoice, DeviceKind, LabSpec};

/// Updates before the clock starts, in which kernels are compiled.
const WARM_UP: u32 = 2;
/// Updates that are timed.
const TIMED: u32 = 8;

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
        spec: &LabSpec,
    ) -> Result<(DeviceKind, [Option<f64>; 2]), Trouble> {
        match (&self.cpu, &self.gpu) {
            (Some(cpu), Some(gpu)) => {
                let on_cpu = measure(platform, spec, cpu).await?;
                // A GPU that fails at this is simply not chosen.
                let on_gpu = measure(platform, spec, gpu).await.unwrap_or(f64::INFINITY);
                let kind = if on_gpu < on_cpu { DeviceKind::Webgpu } else { DeviceKind::Cpu };
                Ok((kind, [Some(on_cpu), Some(on_gpu)]))
            }
            (Some(_), None) => Ok((DeviceKind::Cpu, [None; 2])),
            (None, _) => self.of(DeviceKind::Webgpu).map(|_| (DeviceKind::Webgpu, [None; 2])),
        }
    }
}

/// Milliseconds an update on a device.
async fn measure<P: Platform>(platform: &P, spec: &LabSpec, device: &Device) -> Result<f64, Trouble> {
    let trouble = |error| Trouble::new(error, "Choose another schedule.");
    let mut learner = Learner::new(spec, device).map_err(trouble)?;
    let mut began = platform.now_millis();
    for round in [WARM_UP, TIMED] {
        began = platform.now_millis();
        let mut last = None;
        for _ in 0..round {
            last = Some(learner.step().values);
        }
        // Reading waits for all that was submitted.
        if let Some(values) = last {
            platform.numbers(values).await?;
        }
        platform.breathe().await;
    }
    Ok((platform.now_millis() - began) / f64::from(TIMED))
}
