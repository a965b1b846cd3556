//! A worker that says nothing for too long.

use leptos::prelude::*;

use super::{EngineClient, Status};
use crate::app::{dom, strings};

/// Silence of a working engine after which it counts as dead, in milliseconds; compiling shaders on a slow GPU takes many seconds.
const SILENCE: f64 = 120_000.0;

impl EngineClient {
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
