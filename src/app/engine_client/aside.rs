//! A GPU that takes long over its first run goes on with it aside, while the CPU computes; once it is ready it takes over.
//!
//! Compiling a network's kernels takes most drivers two to four seconds, and some much longer. Nobody should watch recorded runs for so long, nor
//! lose the GPU for it.

use leptos::prelude::*;
use web_sys::Worker;

use super::{EngineClient, Status, loading};
use crate::app::strings;
use crate::protocol::{DeviceChoice, DeviceReport, Event, LabRequest, ModelSummary, RequestId};

/// How long a GPU that nobody asked for by name may keep the CPU waiting. The CPU is ready after about as many seconds.
const LATE: std::time::Duration = std::time::Duration::from_secs(4);
/// How long it may go on aside.
const GIVEN_UP: std::time::Duration = std::time::Duration::from_secs(120);

/// A worker that gets its GPU ready.
pub(super) struct Aside {
    /// The worker's name.
    pub name: RequestId,
    worker: Worker,
    report: DeviceReport,
    /// The page's model it loads, and the request for it.
    folder: &'static str,
    load: RequestId,
    /// The model, once the GPU is ready for it.
    model: Option<ModelSummary>,
}

impl EngineClient {
    /// Sets such a GPU aside where it is still at the first run of this load after a while.
    pub(super) fn watch_warm_up(self, load: RequestId) {
        let check = move || {
            if self.is_current_load(load) && self.is_in_check() && self.may_fall_back() && self.runs_on_shipped() {
                self.set_aside(load);
            }
        };
        set_timeout(check, LATE);
    }

    fn set_aside(self, load: RequestId) {
        let (Some(report), folder) = (self.device.get_untracked(), self.shipped_folder()) else { return };
        // The lab may have asked it already; the CPU is asked again, and this one has enough to do.
        [0, 1].into_iter().for_each(|bench| self.lab(bench, LabRequest::Close));
        let moved = self.inner.try_update_value(|inner| {
            inner.aside =
                inner.worker.take().map(|worker| Aside { name: inner.name, worker, report, folder, load, model: None });
            inner.instead = Some((DeviceChoice::Cpu, strings::GPU_LATE));
            inner.name
        });
        self.restart(DeviceChoice::Cpu);
        let give_up = move || {
            // Unless it has taken over, or another is aside by now.
            if self.inner.try_with_value(|inner| inner.aside.as_ref().map(|aside| aside.name)) == Some(moved) {
                self.give_up_aside(strings::SILENT.get());
            }
        };
        set_timeout(give_up, GIVEN_UP);
    }

    /// Hears the worker that was set aside.
    pub(super) fn hear_aside(self, event: Event) {
        match event {
            Event::Loaded { id, model } => {
                self.inner.update_value(|inner| {
                    if let Some(aside) = inner.aside.as_mut().filter(|aside| aside.load == id) {
                        aside.model = Some(model);
                    }
                });
                self.take_over();
            }
            Event::Failed { what, .. } => self.give_up_aside(&super::reported(&what)),
            Event::Crashed { message } => self.give_up_aside(&message),
            _ => {}
        }
    }

    /// Lets the GPU compute from now on if it is ready for the model in use and nothing is under way on the CPU.
    pub(super) fn take_over(self) {
        let is_idle = self.inner.with_value(|inner| inner.listeners.is_empty() && !inner.lab_owes.contains(&true));
        let is_ready = self.inner.with_value(|inner| inner.aside.as_ref().is_some_and(|aside| aside.model.is_some()));
        if !is_ready || !is_idle || !self.runs_on_shipped() {
            return;
        }
        let wanted = self.shipped_folder();
        let Some(Some(aside)) = self.inner.try_update_value(|inner| inner.aside.take()) else { return };
        if aside.folder != wanted {
            let load = self.next_id();
            super::worker::post(&aside.worker, &loading::shipped(load, wanted));
            self.inner.update_value(|inner| inner.aside = Some(Aside { folder: wanted, load, model: None, ..aside }));
            return;
        }
        self.end_worker();
        self.inner.update_value(|inner| {
            inner.instead = None;
            inner.restarts = 0;
            (inner.name, inner.load, inner.load_is_given) = (aside.name, aside.load, false);
            inner.worker = Some(aside.worker);
        });
        self.status.set(Status::Starting);
        let (report, model) = (aside.report, aside.model);
        // Lessons see that the engine is another one only if the old one was gone for a moment.
        let begin = move || {
            if self.inner.try_with_value(|inner| inner.name) != Some(aside.name) {
                return;
            }
            self.device.set(Some(report));
            if !self.runs_on_shipped() || self.shipped_folder() != wanted {
                return self.load();
            }
            self.model.set(model);
            self.status.set(Status::Ready);
            self.note_busy();
        };
        set_timeout(begin, std::time::Duration::ZERO);
    }

    /// Ends the worker that was set aside.
    pub(super) fn drop_aside(self) {
        let aside = self.inner.try_update_value(|inner| inner.aside.take());
        aside.flatten().into_iter().for_each(|aside| aside.worker.terminate());
    }

    fn give_up_aside(self, why: &str) {
        self.drop_aside();
        self.inner.update_value(|inner| inner.instead = Some((DeviceChoice::Cpu, strings::GPU_FAILED)));
        self.device.update(|device| {
            if let Some(report) = device {
                report.reason = strings::GPU_FAILED.into();
            }
        });
        self.message.set(Some(strings::fell_back_to_cpu(why)));
    }
}
