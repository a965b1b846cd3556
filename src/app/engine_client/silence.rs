//! An engine that dies, says nothing for too long, or computes wrong numbers.

use leptos::prelude::*;

use super::{EngineClient, Status};
use crate::app::strings;
use crate::protocol::{DeviceChoice, DeviceKind, DeviceReport, LoadStage};

/// How often the watcher looks, in seconds, and how often in a row it must find silence before a working engine counts as dead: two minutes,
/// since compiling shaders on a slow GPU takes many seconds. Looks are counted and not the time: a closed laptop looks once when it wakes.
const LOOK: u64 = 5;
const LOOKS: u32 = 24;

/// How often the engine is started again before the page gives up on a live device.
const MAX_RESTARTS: u32 = 3;

/// How often it is started again on a GPU that nobody asked for by name, before the CPU computes instead.
const MAX_GPU_RESTARTS: u32 = 1;

impl EngineClient {
    /// Starts the engine again, a few times.
    pub(super) fn crashed(self, message: &str) {
        let restarts = self.inner.try_update_value(|inner| {
            inner.restarts += 1;
            inner.restarts
        });
        let Some(restarts) = restarts else { return };
        // What kills the engine while it is opened would kill the next one too.
        if matches!(self.status.get_untracked(), Status::Loading(..)) {
            self.given.set(None);
        }
        if self.may_fall_back() && restarts > MAX_GPU_RESTARTS {
            self.fall_back(message);
        } else if restarts <= MAX_RESTARTS {
            self.message.set(Some(strings::engine_restarted(message)));
            self.restart(self.choice.get_untracked());
        } else {
            self.restart(DeviceChoice::None);
            self.fail(strings::engine_gave_up(message), strings::ENGINE_GAVE_UP_HINT.into());
        }
    }

    /// Takes the CPU where a GPU that nobody asked for by name failed the model's first run; whether it did.
    pub(super) fn fell_back(self, why: &str) -> bool {
        let falls = self.is_in_check() && self.may_fall_back();
        if falls {
            self.fall_back(why);
        }
        falls
    }

    /// Whether the device is at its model's first run.
    pub(super) fn is_in_check(self) -> bool {
        matches!(self.status.get_untracked(), Status::Loading(LoadStage::WarmUp, ..))
    }

    /// The report of the device, which says so where the device stands in for one that failed or is late.
    pub(super) fn with_reason(self, report: DeviceReport) -> DeviceReport {
        match self.inner.with_value(|inner| inner.instead) {
            Some((_, reason)) => DeviceReport { reason: reason.into(), ..report },
            None => report,
        }
    }

    /// Whether it computes on a GPU that nobody asked for by name.
    pub(super) fn may_fall_back(self) -> bool {
        let on_gpu =
            self.device.with_untracked(|device| matches!(device, Some(report) if report.kind == DeviceKind::Webgpu));
        on_gpu && self.choice.get_untracked() == DeviceChoice::Auto
    }

    fn fall_back(self, why: &str) {
        self.inner.update_value(|inner| {
            inner.restarts = 0;
            inner.instead = Some((DeviceChoice::Cpu, strings::GPU_FAILED));
        });
        self.message.set(Some(strings::fell_back_to_cpu(why)));
        self.restart(DeviceChoice::Cpu);
    }

    /// A worker that owes an answer and says nothing for long is dead.
    pub(super) fn watch_silence(self) {
        let check = move || {
            let owes = self.owes();
            let dead = self.inner.try_update_value(|inner| {
                inner.quiet = counted(inner.quiet, owes || inner.lab_owes.contains(&true), inner.last_word);
                inner.quiet.0 >= LOOKS
            });
            if dead == Some(true) {
                self.inner.update_value(|inner| inner.quiet.0 = 0);
                self.crashed(strings::SILENT.get());
            }
        };
        set_interval(check, std::time::Duration::from_secs(LOOK));
    }
}

/// How many looks in a row found the engine owing and as silent as before; and when its last word was.
fn counted((looks, heard): (u32, f64), owes: bool, last_word: f64) -> (u32, f64) {
    (if owes && heard == last_word { looks + 1 } else { 0 }, last_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_that_is_owed_counts() {
        let mut quiet = (0, 0.0);
        (0..5).for_each(|_| quiet = counted(quiet, true, 7.0));
        assert_eq!(quiet, (4, 7.0));
        assert_eq!(counted(quiet, false, 7.0), (0, 7.0), "nothing is owed");
        assert_eq!(counted(quiet, true, 9.0), (0, 9.0), "it has spoken");
    }
}
