//! What is said of the engine: its device, how far it is, and how it fails.

use super::bytes;
use crate::protocol::{DeviceChoice, DeviceKind, DeviceReport, LoadStage};

/// No live device is in use.
pub const ENGINE_OFF: &str = "Recorded runs only, as asked for";
/// The worker starts.
pub const ENGINE_STARTING: &str = "The engine starts";
/// Label of the progress bar.
pub const ENGINE_PROGRESS: &str = "Progress";
/// The engine computes on a GPU.
pub const ON_GPU: &str = "Live on your GPU";
/// The engine computes on a software GPU.
pub const ON_SOFTWARE_GPU: &str = "Live on a software GPU, slowly";
/// The engine computes on the CPU.
pub const ON_CPU: &str = "Live on your CPU";

/// A device by name.
pub fn device_name(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "the best",
        DeviceChoice::Webgpu => "WebGPU",
        DeviceChoice::Cpu => "CPU",
        DeviceChoice::None => "none: recorded runs",
    }
}

/// A device as the chips name it.
pub fn device_kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Webgpu => "WebGPU",
        DeviceKind::Cpu => "CPU",
    }
}

/// Why the engine computes where it does.
pub fn device_reason(device: &DeviceReport) -> String {
    let mut reason = device.reason.clone();
    if let Some(first) = reason.get(..1) {
        reason.replace_range(..1, &first.to_uppercase());
    }
    if device.adapter.is_empty() { format!("{reason}.") } else { format!("{reason} (adapter: {}).", device.adapter) }
}

/// How far loading is.
pub fn loading(stage: LoadStage, done: u64, total: u64) -> String {
    match stage {
        LoadStage::Fetch if total > 0 => format!("Loading the model: {} of {}", bytes(done), bytes(total)),
        LoadStage::Fetch => "Loading the model".into(),
        LoadStage::Verify => "Checking the model's files".into(),
        LoadStage::Upload => "Moving the model to the device".into(),
        LoadStage::WarmUp => "Warming up: the first run compiles the kernels".into(),
    }
}

/// How far a run is.
pub fn running(done: u32, of: u32) -> String {
    format!("Step {done} of {of}")
}

/// How long something has taken so far.
pub fn with_seconds(line: &str, seconds: u32) -> String {
    format!("{line} · {seconds} s")
}

/// The browser refuses workers.
pub const NO_WORKER: &str = "This browser does not start the worker that computes";
/// What to do then.
pub const NO_WORKER_HINT: &str = "Recorded runs are shown. Open the page from a web server rather than as a file.";
/// The worker says nothing.
pub const SILENT: &str = "it did not answer for two minutes";
/// What to do when the engine keeps dying.
pub const ENGINE_GAVE_UP_HINT: &str = "Recorded runs are shown. Choose the CPU as the device to try again.";

/// The engine was started again.
pub fn engine_restarted(why: &str) -> String {
    format!("The engine stopped ({}) and was started again.", first_line(why))
}

/// The engine will not be started again.
pub fn engine_gave_up(why: &str) -> String {
    format!("The engine keeps stopping ({})", first_line(why))
}

/// The GPU does not serve, and another device does not have to be asked for.
pub fn fell_back_to_cpu(why: &str) -> String {
    format!("The GPU does not work for this ({}), so the CPU computes now.", first_line(why))
}

/// Why the CPU computes after the GPU failed.
pub const GPU_FAILED: &str = "the GPU failed, so the CPU computes";

/// The shader failed.
pub fn drawn_on_cpu(why: &str) -> String {
    format!("The GPU could not draw the picture ({}), so the CPU draws it now.", first_line(why))
}

/// The browser keeps the canvas to itself.
pub const NO_OFFSCREEN_CANVAS: &str = "this browser does not hand a canvas to a worker";

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}
