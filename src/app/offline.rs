//! The page's end of the service worker `sw.js`: what is kept in this browser, and how to be rid of it.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration};

use super::strings;

/// The browser's service workers; some browsers and addresses have none.
fn container() -> Option<ServiceWorkerContainer> {
    let found = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("serviceWorker"));
    found.ok()?.dyn_into().ok()
}

/// Sends words to the worker once it is there.
fn tell(words: String) {
    let Some(container) = container() else { return };
    spawn_local(async move {
        let Ok(ready) = container.ready() else { return };
        let registration =
            JsFuture::from(ready).await.ok().and_then(|it| it.dyn_into::<ServiceWorkerRegistration>().ok());
        if let Some(worker) = registration.and_then(|registration| registration.active()) {
            worker.post_message(&JsValue::from_str(&words)).ok();
        }
    });
}

/// Keeps the files whose paths start so for use without a network.
pub fn keep(start: &str) {
    tell(format!("keep {start}"));
}

/// How much is kept, and a button to clear it; nothing where nothing can be kept.
pub fn panel() -> AnyView {
    let kept = RwSignal::new(None::<u64>);
    if let Some(container) = container() {
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            kept.try_set(message.data().as_f64().map(|bytes| bytes as u64));
        });
        container.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        hear.forget();
        tell("size".into());
    }
    let said = move || {
        kept.get().map(|bytes| {
            let clear = (bytes > 0).then(|| {
                view! { <button type="button" class="button small" on:click=move |_| tell("clear".into())>{strings::CLEAR}</button> }
            });
            view! { <p class="small-print" role="status">{strings::kept_offline(bytes)}</p>{clear} }
        })
    };
    view! { <div class="offline">{said}</div> }.into_any()
}
