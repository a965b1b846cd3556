//! Whether the engine owes an answer, since when, and how to stop it.

use leptos::prelude::*;

use super::{EngineClient, Status};
use crate::app::dom;
use crate::protocol::DeviceChoice;

impl EngineClient {
    /// Whether a run, a model or the start of the worker is awaited.
    pub(super) fn owes(self) -> bool {
        let owes = self
            .inner
            .try_with_value(|inner| !inner.listeners.is_empty() || inner.worker.is_some() && !self.is_settled());
        owes.unwrap_or(false)
    }

    /// Notes since when an answer is owed. An engine that owed nothing was right to be silent, so its silence counts from here.
    pub(super) fn note_busy(self) {
        match (self.owes(), self.busy.try_get_untracked().flatten()) {
            (true, None) => {
                self.inner.update_value(|inner| inner.last_word = dom::now());
                self.busy.set(Some(dom::now()));
            }
            (false, Some(_)) => {
                self.busy.try_set(None);
            }
            _ => {}
        }
    }

    /// Stops what is under way: a run, the visitor's model on its way, or the start of the engine itself.
    pub fn stop(self) {
        match self.status.get_untracked() {
            Status::Loading(..) if self.given.with_untracked(Option::is_some) => self.use_own(),
            Status::Loading(..) | Status::Starting => self.choose(DeviceChoice::None),
            _ => self.cancel(),
        }
    }

    fn is_settled(self) -> bool {
        matches!(self.status.get_untracked(), Status::Ready | Status::Off | Status::Failed(..))
    }
}
