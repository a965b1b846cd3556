//! Files dropped anywhere on the page.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Hands over what is dropped, as long as the part of the page that asks for it is there.
pub fn listen(take: impl Fn(Option<web_sys::FileList>) + 'static) {
    let has_files = |data: &web_sys::DataTransfer| data.types().includes(&JsValue::from_str("Files"), 0);
    // Without this the browser would leave the page and show the file instead.
    let over = window_event_listener(ev::dragover, move |event| {
        if event.data_transfer().as_ref().is_some_and(has_files) {
            event.prevent_default();
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        let Some(data) = event.data_transfer().filter(has_files) else { return };
        event.prevent_default();
        take(data.files());
    });
    on_cleanup(move || {
        over.remove();
        dropped.remove();
    });
}
