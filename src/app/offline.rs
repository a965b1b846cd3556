//! The page's end of the service worker `sw.js`: what is kept in this browser, and how to be rid of it.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration};

use super::shell::use_shell;
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

/// What is kept: the start of its paths, empty for the page itself, and bytes.
pub type Kept = Vec<(String, u64)>;

/// Hears the worker as long as the page lives: what is kept, and `on_update` where the site has another build than the page.
pub fn listen(kept: RwSignal<Option<Kept>>, on_update: impl Fn() + 'static) {
    let Some(container) = container() else { return };
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| match message.data() {
        data if data == "update" => on_update(),
        data => kept.set(data.dyn_ref::<Array>().map(read)),
    });
    container.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
}

fn read(list: &Array) -> Kept {
    let pair = |pair: JsValue| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_f64()? as u64))
    };
    list.iter().filter_map(pair).collect()
}

/// How much is kept of what, and buttons to clear it; nothing where nothing can be kept.
pub fn panel() -> AnyView {
    let kept = use_shell().kept;
    tell("size".into());
    let said = move || {
        kept.get().map(|kept| {
            let sum = kept.iter().map(|(_, bytes)| bytes).sum();
            let clear = (sum > 0).then(|| {
                view! { <button type="button" class="button small" on:click=move |_| tell("clear".into())>{strings::CLEAR}</button> }
            });
            let parts: Vec<_> = kept.into_iter().map(part).collect();
            view! {
                <p class="small-print" role="status">{strings::kept_offline(sum)}</p>{clear}
                <ul class="kept small-print">{parts}</ul>
            }
        })
    };
    view! { <div class="offline">{said}</div> }.into_any()
}

/// One kept part with its size; whatever is not the page itself can be cleared alone.
fn part((start, bytes): (String, u64)) -> AnyView {
    let name = strings::kept_part(&start, bytes);
    let label = strings::clear_part(&start);
    let clear = (!start.is_empty()).then(|| {
        let press = move |_| tell(format!("clear {start}"));
        view! { " "<button type="button" class="button small" aria-label=label on:click=press>{strings::CLEAR_ONE}</button> }
    });
    view! { <li>{name}{clear}</li> }.into_any()
}
