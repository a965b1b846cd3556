//! Which model the engine holds: each lesson asks for its own.

use leptos::prelude::*;

use super::{EngineClient, MODEL, Status};
use crate::app::dom;
use crate::protocol::{LoadStage, Request, RequestId};

/// Asks for a model of the page's own.
pub(super) fn shipped(id: RequestId, folder: &str) -> Request {
    Request::Load { id, url: format!("{}{folder}", dom::base()) }
}

impl EngineClient {
    /// Has another model loaded, unless it is the one there; runs wait until it is ready.
    pub fn use_model(self, folder: &'static str) {
        let before = self.inner.try_update_value(|inner| inner.wanted.replace(folder).unwrap_or(MODEL));
        let loads = matches!(self.status.get_untracked(), Status::Ready | Status::Loading(..));
        if before != Some(folder) && loads {
            self.load();
        }
    }

    pub(super) fn load(self) {
        let id = self.next_id();
        let wanted = self.inner.try_update_value(|inner| {
            inner.load = id;
            inner.wanted.unwrap_or(MODEL)
        });
        self.model.set(None);
        self.status.set(Status::Loading(LoadStage::Fetch, 0, 0));
        self.note_busy();
        let shipped = || shipped(id, wanted.unwrap_or(MODEL));
        let given = self.given_request(id);
        self.inner.update_value(|inner| inner.load_is_given = given.is_some());
        self.send(&given.unwrap_or_else(shipped));
    }

    pub(super) fn is_current_load(self, id: RequestId) -> bool {
        self.inner.with_value(|inner| inner.load == id)
    }
}
