//! Recorded runs: what a lesson shows until the live engine is ready.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::dom;
use super::offline;
use crate::protocol::{RecordedRun, decode};

/// Fetches `runs/NAME.run` and hands it over; where it cannot be had, nothing happens and the live run comes alone.
pub fn fetch(name: &'static str, then: impl FnOnce(RecordedRun) + 'static) {
    spawn_local(async move {
        if let Some(run) = read(&format!("{}runs/{name}.run", dom::base())).await {
            then(run);
            offline::keep(&format!("runs/{name}.run"));
        }
    });
}

async fn read(url: &str) -> Option<RecordedRun> {
    let response: web_sys::Response = JsFuture::from(window().fetch_with_str(url)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    decode(&js_sys::Uint8Array::new(&buffer).to_vec()).ok()
}
