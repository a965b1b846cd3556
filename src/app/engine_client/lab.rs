//! The benches of the 2-D lab: requests, and who hears of them.

use super::EngineClient;
use crate::protocol::{LabEvent, LabRequest, Request};
use leptos::prelude::*;

/// Called with news of the benches.
pub type Listener = Box<dyn FnMut(u8, LabEvent)>;

impl EngineClient {
    /// Asks a bench of the 2-D lab.
    pub fn lab(self, bench: u8, request: LabRequest) {
        self.send(&Request::Lab { bench, request });
    }

    /// Hears the benches from now on, instead of who did before.
    pub fn listen_lab(self, listener: impl FnMut(u8, LabEvent) + 'static) {
        self.inner.update_value(|inner| inner.lab = Some(Box::new(listener)));
    }

    /// Says whether a bench owes news: one that learns and says nothing for long is dead.
    pub fn lab_owes(self, bench: u8, owes: bool) {
        self.inner.update_value(|inner| {
            if let Some(known) = inner.lab_owes.get_mut(usize::from(bench)) {
                *known = owes;
            }
        });
    }

    /// Hands news to the lab's listener, which may ask the engine in turn.
    pub(super) fn tell_lab(self, bench: u8, event: LabEvent) {
        let listener = self.inner.try_update_value(|inner| inner.lab.take());
        let Some(Some(mut listener)) = listener else { return };
        listener(bench, event);
        self.inner.update_value(|inner| {
            inner.lab.get_or_insert(listener);
        });
    }
}
