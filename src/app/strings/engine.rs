//! What is said of the engine: its device, how far it is, and how it fails.

use super::bytes;
use crate::app::language::{Text, say, t};
use crate::protocol::{DeviceChoice, DeviceKind, DeviceReport, LoadStage};

/// No live device is in use.
pub const ENGINE_OFF: Text = t("Recorded runs only, as asked for");
/// The worker starts.
pub const ENGINE_STARTING: Text = t("The engine starts");
/// Label of the progress bar.
pub const ENGINE_PROGRESS: Text = t("Progress");
/// The engine computes on a GPU.
pub const ON_GPU: Text = t("Live on your GPU");
/// The engine computes on a software GPU.
pub const ON_SOFTWARE_GPU: Text = t("Live on a software GPU, slowly");
/// The engine computes on the CPU.
pub const ON_CPU: Text = t("Live on your CPU");

/// A device by name.
pub fn device_name(choice: DeviceChoice) -> Text {
    match choice {
        DeviceChoice::Auto => t("the best"),
        DeviceChoice::Webgpu => t("WebGPU"),
        DeviceChoice::Cpu => t("CPU"),
        DeviceChoice::None => t("none: recorded runs"),
    }
}

/// A device as the chips name it.
pub fn device_kind(kind: DeviceKind) -> Text {
    match kind {
        DeviceKind::Webgpu => t("WebGPU"),
        DeviceKind::Cpu => t("CPU"),
    }
}

/// Why the engine computes where it does.
pub fn device_reason(device: &DeviceReport) -> String {
    let mut reason = device.reason.clone();
    if let Some(first) = reason.get(..1) {
        reason.replace_range(..1, &first.to_uppercase());
    }
    if device.adapter.is_empty() {
        format!("{reason}.")
    } else {
        say!("{reason} (adapter: {adapter}).", reason, adapter = device.adapter)
    }
}

/// How far loading is.
pub fn loading(stage: LoadStage, done: u64, total: u64) -> String {
    match stage {
        LoadStage::Fetch if total > 0 => {
            say!("Loading the model: {done} of {total}", done = bytes(done), total = bytes(total))
        }
        LoadStage::Fetch => t("Loading the model").into(),
        LoadStage::Verify => t("Checking the model's files").into(),
        LoadStage::Upload => t("Moving the model to the device").into(),
        LoadStage::WarmUp => t("Warming up: the first run compiles the kernels").into(),
    }
}

/// How far a run is.
pub fn running(done: u32, of: u32) -> String {
    say!("Step {done} of {of}", done, of)
}

/// How long something has taken so far.
pub fn with_seconds(line: &str, seconds: u32) -> String {
    format!("{line} · {seconds} s")
}

/// The browser refuses workers.
pub const NO_WORKER: Text = t("This browser does not start the worker that computes");
/// What to do then.
pub const NO_WORKER_HINT: Text = t("Recorded runs are shown. Open the page from a web server rather than as a file.");
/// The worker says nothing.
pub const SILENT: Text = t("it did not answer for two minutes");
/// What to do when the engine keeps dying.
pub const ENGINE_GAVE_UP_HINT: Text = t("Recorded runs are shown. Choose the CPU as the device to try again.");

/// Why an engine stopped whose file did not come.
pub const ENGINE_NOT_LOADED: Text = t("its file could not be loaded");

/// The engine was started again.
pub fn engine_restarted(why: &str) -> String {
    say!("The engine stopped ({why}) and was started again.", why = first_line(why))
}

/// The engine will not be started again.
pub fn engine_gave_up(why: &str) -> String {
    say!("The engine keeps stopping ({why})", why = first_line(why))
}

/// The GPU does not serve, and another device does not have to be asked for.
pub fn fell_back_to_cpu(why: &str) -> String {
    say!("The GPU does not work for this ({why}), so the CPU computes now.", why = first_line(why))
}

/// Why the CPU computes after the GPU failed.
pub const GPU_FAILED: Text = t("the GPU failed, so the CPU computes");
/// Why the CPU computes while the GPU's first run lasts.
pub const GPU_LATE: Text = t("the CPU computes until the GPU has compiled what it needs");

/// The shader failed.
pub fn drawn_on_cpu(why: &str) -> String {
    say!("The GPU could not draw the picture ({why}), so the CPU draws it now.", why = first_line(why))
}

/// The browser keeps the canvas to itself.
pub const NO_OFFSCREEN_CANVAS: Text = t("this browser does not hand a canvas to a worker");

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}
