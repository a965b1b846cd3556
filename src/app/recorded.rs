//! What was recorded before: runs, shown until the live engine is ready, and experiments, which are too long for a visit.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::dom;
use super::offline;
use crate::protocol::{RecordedRun, decode};

/// Fetches `runs/NAME.run` and hands it over; where it cannot be had, nothing happens and the live run comes alone.
pub fn fetch(name: &'static str, then: impl FnOnce(RecordedRun) + 'static) {
    fetch_file(format!("runs/{name}.run"), then);
}

/// Fetches a recorded file of the page by its path and hands over what is in it.
pub fn fetch_file<T: DeserializeOwned + 'static>(path: String, then: impl FnOnce(T) + 'static) {
    spawn_local(async move {
        if let Some(recorded) = read(&format!("{}{path}", dom::base())).await {
            then(recorded);
            offline::keep(&path);
        }
    });
}

async fn read<T: DeserializeOwned>(url: &str) -> Option<T> {
    let response: web_sys::Response = JsFuture::from(window().fetch_with_str(url)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    decode(&js_sys::Uint8Array::new(&buffer).to_vec()).ok()
}
