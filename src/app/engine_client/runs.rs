//! Sampling runs: one at a time, each with who hears of it.

use leptos::prelude::*;

use super::EngineClient;
use crate::protocol::{Event, GenerateSpec, Request, RequestId};

/// How far the run under way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Steps that are done.
    pub done: u32,
    /// Steps in all.
    pub of: u32,
}

impl EngineClient {
    /// Asks for a run; `listener` hears its events until it ends. A later run replaces it.
    pub fn generate(self, spec: GenerateSpec, listener: impl FnMut(&Event) + 'static) -> RequestId {
        let id = self.next_id();
        // Frames of the run before may still be on their way; nobody wants them any more.
        self.drop_runs();
        self.inner.update_value(|inner| {
            inner.listeners.insert(id, Box::new(listener));
        });
        self.run.set(Some(Run { done: 0, of: spec.steps }));
        self.note_busy();
        self.send(&Request::Generate { id, spec });
        id
    }

    /// Stops the run under way; none of its frames is heard from now on.
    pub fn cancel(self) {
        self.drop_runs();
        self.note_busy();
        self.send(&Request::Cancel);
    }

    /// Tells every run that it is over.
    pub(super) fn drop_runs(self) {
        let dropped = self.inner.try_update_value(|inner| std::mem::take(&mut inner.listeners));
        self.run.try_set(None);
        for (id, mut listener) in dropped.into_iter().flatten() {
            listener(&Event::Cancelled { id });
        }
    }

    pub(super) fn is_run(self, id: RequestId) -> bool {
        self.inner.with_value(|inner| inner.listeners.contains_key(&id))
    }

    /// Hands an event to the request's listener; the last event of a request ends it.
    pub(super) fn tell(self, id: RequestId, event: &Event) {
        let listener = self.inner.try_update_value(|inner| inner.listeners.remove(&id));
        let Some(Some(mut listener)) = listener else { return };
        listener(event);
        match event {
            Event::Frame { frame, .. } => {
                self.run.set(Some(Run { done: frame.step, of: frame.of }));
                self.inner.update_value(|inner| {
                    inner.listeners.insert(id, listener);
                });
            }
            // Whoever finishes a run works: what happened before does not count any more.
            Event::Finished { .. } => self.inner.update_value(|inner| inner.restarts = 0),
            _ => {}
        }
        if self.inner.with_value(|inner| inner.listeners.is_empty()) {
            self.run.set(None);
        }
    }
}
