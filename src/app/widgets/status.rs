//! What the engine is doing, and the choice of its device.

use leptos::prelude::*;

use crate::app::dom;
use crate::app::engine_client::{DEVICES, Status};
use crate::app::shell::{Shell, use_shell};
use crate::app::strings;
use crate::protocol::{DeviceChoice, DeviceKind, LoadStage};

/// Waiting shorter than this is not worth a word, in milliseconds.
const SHORT: f64 = 500.0;

/// A line with the engine's state; bytes, steps, seconds and a way out while something takes its time.
#[component]
pub fn EngineStatus() -> impl IntoView {
    let engine = use_shell().engine;
    let waited = waited(use_shell());
    let working = move || engine.run.get().filter(|_| waited.get().is_some() && engine.status.get() == Status::Ready);
    let line = move || {
        let line = match engine.status.get() {
            Status::Off => strings::ENGINE_OFF.to_string(),
            Status::Starting => strings::ENGINE_STARTING.to_string(),
            Status::Loading(stage, done, total) => strings::loading(stage, done, total),
            Status::Ready => match working() {
                Some(run) => strings::running(run.done, run.of),
                None => device_line(engine.device.get().map(|device| (device.kind, device.is_fallback))),
            },
            Status::Failed(what, hint) => format!("{what}. {hint}"),
        };
        match waited.get() {
            Some(seconds) => strings::with_seconds(&line, seconds),
            None => line,
        }
    };
    let share = move || match engine.status.get() {
        Status::Loading(LoadStage::Fetch, done, total) if total > 0 => Some(done as f64 / total as f64),
        Status::Loading(..) => Some(1.0),
        _ => working().map(|run| f64::from(run.done) / f64::from(run.of.max(1))),
    };
    let is_long = Memo::new(move |_| waited.get().is_some());
    view! {
        <div class="engine-status" data-control="status" class:failed=move || matches!(engine.status.get(), Status::Failed(..))>
            <span class="engine-line">{line}</span>
            {move || share().map(|share| view! { <progress max="1" value=share aria-label=strings::ENGINE_PROGRESS></progress> })}
            {move || is_long.get().then(|| view! {
                <button type="button" class="button small" data-control="cancel" on:click=move |_| engine.stop()>{strings::CANCEL}</button>
            })}
        </div>
    }
}

/// Whole seconds for which the engine has owed an answer; `None` while it owes none, or only since a moment.
fn waited(shell: Shell) -> RwSignal<Option<u32>> {
    let waited = RwSignal::new(None);
    let busy = shell.engine.busy;
    Effect::new(move || {
        let Some(since) = busy.get() else { return waited.set(None) };
        shell.clock.run(move |_| {
            let still = busy.try_get_untracked().flatten() == Some(since);
            let millis = dom::now() - since;
            let seconds = (still && millis > SHORT).then_some((millis / 1000.0) as u32);
            if still && waited.try_get_untracked().is_some_and(|shown| shown != seconds) {
                waited.try_set(seconds);
            }
            still && waited.try_get_untracked().is_some()
        });
    });
    waited
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
        dom::set_in_address("device", (choice != DeviceChoice::Auto).then_some(name.as_str()));
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
