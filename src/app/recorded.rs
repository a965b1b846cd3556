//! What was recorded before: runs, shown until the live engine is ready, and experiments, which are too long for a visit.

use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;

use super::{dom, fetched, offline};
use crate::protocol::{RecordedRun, decode};

/// Fetches `runs/NAME.run` and hands it over; where it cannot be had, nothing happens and the live run comes alone.
pub fn fetch(name: &'static str, then: impl FnOnce(RecordedRun) + 'static) {
    fetch_file(format!("runs/{name}.run"), then);
}

/// Fetches a recorded file of the page by its path and hands over what is in it.
pub fn fetch_file<T: DeserializeOwned + 'static>(path: String, then: impl FnOnce(T) + 'static) {
    spawn_local(async move {
        let bytes = fetched::bytes(&format!("{}{path}", dom::base())).await;
        if let Some(recorded) = bytes.and_then(|bytes| decode(&bytes).ok()) {
            then(recorded);
            offline::keep(&path);
        }
    });
}
