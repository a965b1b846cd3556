//! A worker that says nothing for too long.

use leptos::prelude::*;

use super::{EngineClient, Status};
use crate::app::{dom, strings};
use crate::protocol::DeviceChoice;

/// Silence of a working engine after which it counts as dead, in milliseconds; compiling shaders on a slow GPU takes many seconds.
const SILENCE: f64 = 120_000.0;

/// How often the engine is started again before the page gives up on a live device.
const MAX_RESTARTS: u32 = 3;

impl EngineClient {
    /// Starts the engine again, a few times.
    pub(super) fn crashed(self, message: &str) {
        let restarts = self.inner.try_update_value(|inner| {
            inner.restarts += 1;
            inner.restarts
        });
        let choice = self.choice.get_untracked();
        // What kills the engine while it is opened would kill the next one too.
        if matches!(self.status.get_untracked(), Status::Loading(..)) {
            self.given.set(None);
        }
        if restarts.is_some_and(|restarts| restarts <= MAX_RESTARTS) {
            self.message.set(Some(strings::engine_restarted(message)));
            self.restart(choice);
        } else {
            self.restart(DeviceChoice::None);
            self.fail(strings::engine_gave_up(message), strings::ENGINE_GAVE_UP_HINT.into());
        }
    }

    /// A worker that owes an answer and says nothing for long is dead.
    pub(super) fn watch_silence(self) {
        let check = move || {
            let owes = self.inner.try_with_value(|inner| {
                let waits = !inner.listeners.is_empty() || inner.worker.is_some() && !self.is_settled();
                waits && dom::now() - inner.last_word > SILENCE
            });
            if owes == Some(true) {
                self.crashed(strings::SILENT);
            }
        };
        set_interval(check, std::time::Duration::from_secs(5));
    }

    pub(super) fn is_settled(self) -> bool {
        matches!(self.status.get_untracked(), Status::Ready | Status::Off | Status::Failed(..))
    }
}
