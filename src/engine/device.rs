//! Which device the engine computes on, and why; the only place that names a backend.

use burn::tensor::Device;

use crate::protocol::{DeviceChoice, DeviceKind, DeviceReport};

/// A device and what people are told of it; `None` where the page shows recorded runs only.
#[derive(Debug)]
pub struct Opened {
    /// Where tensors live.
    pub device: Option<Device>,
    /// What the probe found.
    pub report: DeviceReport,
}

/// What a look at the browser's GPU found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Probe {
    /// Whether there is an adapter at all.
    pub has_adapter: bool,
    /// The adapter's name.
    pub adapter: String,
    /// Whether it is software.
    pub is_fallback: bool,
    /// Whether it has `timestamp-query`.
    pub timestamp_query: bool,
    /// The largest storage buffer binding in bytes.
    pub max_storage_buffer_binding_size: u64,
}

/// Decides from a probe; the reason is one sentence for people.
///
/// burn's runtime measures itself with timestamps and, in a browser, cannot start without them.
pub fn choose(choice: DeviceChoice, probe: &Probe) -> (DeviceKind, String) {
    let cpu = |reason: &str| (DeviceKind::Cpu, reason.to_owned());
    match choice {
        DeviceChoice::Cpu | DeviceChoice::None => cpu("the CPU was asked for"),
        _ if !probe.has_adapter => cpu("this browser offers no WebGPU adapter, so the CPU computes"),
        _ if !probe.timestamp_query => {
            cpu("the GPU lacks timestamp queries, which the engine needs, so the CPU computes")
        }
        DeviceChoice::Auto if probe.is_fallback => {
            cpu("the only WebGPU adapter is software, and the CPU is faster than that")
        }
        DeviceChoice::Auto => (DeviceKind::Webgpu, "a hardware WebGPU adapter passed the probe".into()),
        DeviceChoice::Webgpu => (DeviceKind::Webgpu, "WebGPU was asked for".into()),
    }
}

/// The report of a decision.
pub fn report(kind: DeviceKind, reason: String, probe: Probe) -> DeviceReport {
    DeviceReport {
        kind,
        adapter: probe.adapter,
        is_fallback: probe.is_fallback,
        timestamp_query: probe.timestamp_query,
        max_storage_buffer_binding_size: probe.max_storage_buffer_binding_size,
        reason,
    }
}

/// The CPU.
pub fn cpu() -> Device {
    Device::flex()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardware() -> Probe {
        Probe { has_adapter: true, timestamp_query: true, ..Probe::default() }
    }

    #[test]
    fn hardware_is_used_and_software_only_on_request() {
        let software = Probe { is_fallback: true, ..hardware() };
        assert_eq!(choose(DeviceChoice::Auto, &hardware()).0, DeviceKind::Webgpu);
        assert_eq!(choose(DeviceChoice::Auto, &software).0, DeviceKind::Cpu);
        assert_eq!(choose(DeviceChoice::Webgpu, &software).0, DeviceKind::Webgpu);
        assert_eq!(choose(DeviceChoice::Cpu, &hardware()).0, DeviceKind::Cpu);
    }

    #[test]
    fn webgpu_needs_an_adapter_with_timestamps() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Webgpu] {
            assert_eq!(choose(choice, &Probe::default()).0, DeviceKind::Cpu);
            assert_eq!(choose(choice, &Probe { timestamp_query: false, ..hardware() }).0, DeviceKind::Cpu);
        }
    }
}
