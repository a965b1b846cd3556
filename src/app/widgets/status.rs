//! What the engine is doing, and the choice of its device.

use leptos::prelude::*;

use crate::app::engine_client::{DEVICES, Status};
use crate::app::shell::use_shell;
use crate::app::strings;
use crate::protocol::{DeviceChoice, DeviceKind, LoadStage};

/// A line with the engine's state; progress with bytes while something loads.
#[component]
pub fn EngineStatus() -> impl IntoView {
    let engine = use_shell().engine;
    let line = move || match engine.status.get() {
        Status::Off => strings::ENGINE_OFF.to_owned(),
        Status::Starting => strings::ENGINE_STARTING.to_owned(),
        Status::Loading(stage, done, total) => strings::loading(stage, done, total),
        Status::Ready => device_line(engine.device.get().map(|device| (device.kind, device.is_fallback))),
        Status::Failed(what, hint) => format!("{what}. {hint}"),
    };
    let share = move || match engine.status.get() {
        Status::Loading(LoadStage::Fetch, done, total) if total > 0 => Some(done as f64 / total as f64),
        Status::Loading(..) => Some(1.0),
        _ => None,
    };
    view! {
        <div class="engine-status" data-control="status" class:failed=move || matches!(engine.status.get(), Status::Failed(..))>
            <span class="engine-line">{line}</span>
            {move || share().map(|share| view! { <progress max="1" value=share aria-label=strings::ENGINE_PROGRESS></progress> })}
        </div>
    }
}

fn device_line(device: Option<(DeviceKind, bool)>) -> String {
    match device {
        Some((DeviceKind::Webgpu, false)) => strings::ON_GPU.into(),
        Some((DeviceKind::Webgpu, true)) => strings::ON_SOFTWARE_GPU.into(),
        _ => strings::ON_CPU.into(),
    }
}

/// The control that forces a device, with the reason for the present one.
#[component]
pub fn DeviceControl() -> impl IntoView {
    let shell = use_shell();
    let engine = shell.engine;
    let options: Vec<_> = DEVICES
        .iter()
        .map(|(name, choice)| {
            view! { <option value=*name selected=move || engine.choice.get() == *choice>{strings::device_name(*choice)}</option> }
        })
        .collect();
    let choose = move |event| {
        let name = event_target_value(&event);
        let choice = DEVICES.iter().find(|(known, _)| *known == name).map_or(DeviceChoice::Auto, |(_, choice)| *choice);
        engine.choose(choice);
    };
    let reason = move || engine.device.get().map(|device| strings::device_reason(&device));
    view! {
        <label class="control device" data-control="device">
            <span class="control-label">{strings::DEVICE}</span>
            <select on:change=choose>{options}</select>
        </label>
        <p class="small-print">{reason}</p>
    }
}
