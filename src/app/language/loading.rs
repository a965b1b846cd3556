//! Languages that come as a file: one JSON object, English texts as its keys and translations as its values. Their list has the same form.

use js_sys::{Array, Object};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::app::{dom, fetched, offline};

/// Pairs of an English text and its translation; they stay as long as the page.
type Pairs = Vec<(&'static str, &'static str)>;

/// Fetches a file of the page, such as `languages/TAG.json`, and hands its pairs over; `None` where there is no such file.
pub fn fetch(path: String, then: impl FnOnce(Option<Pairs>) + 'static) {
    spawn_local(async move {
        let pairs = read(&format!("{}{path}", dom::base())).await;
        if pairs.is_some() {
            offline::keep(&path);
        }
        then(pairs);
    });
}

async fn read(url: &str) -> Option<Pairs> {
    let object = JsFuture::from(fetched::response(url).await?.json().ok()?).await.ok()?.dyn_into::<Object>().ok()?;
    let pair = |entry: wasm_bindgen::JsValue| {
        let entry: Array = entry.dyn_into().ok()?;
        let text = |place: u32| entry.get(place).as_string().map(|text| &*text.leak());
        Some((text(0)?, text(1)?))
    };
    Some(Object::entries(&object).iter().filter_map(pair).collect())
}
