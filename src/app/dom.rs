//! The few things the page asks the browser itself, each with a harmless answer where the browser has none.

use leptos::prelude::window;
use leptos::web_sys;
use wasm_bindgen::JsCast;

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Brings an element into view; whether there is one.
pub fn scroll_to(id: &str) -> bool {
    let element = leptos::prelude::document().get_element_by_id(id);
    element.map(|element| element.scroll_into_view()).is_some()
}

/// Opens the `details` that a selector names, where there are any.
pub fn open(selector: &str) {
    if let Ok(Some(details)) = leptos::prelude::document().query_selector(selector) {
        let _ = details.set_attribute("open", "");
    }
}

/// A colour token of the style sheet as it is now, for what is drawn and not styled; `None` where it is no `#rrggbb`.
pub fn colour(token: &str) -> Option<[u8; 3]> {
    let root = leptos::prelude::document().document_element()?;
    let style = window().get_computed_style(&root).ok().flatten()?;
    let text = style.get_property_value(token).ok()?;
    let number = u32::from_str_radix(text.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// Whether a media query holds.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the visitor asked for less motion.
pub fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// The query part of the address.
pub fn search() -> String {
    window().location().search().unwrap_or_default()
}

/// The folder of the page, ending in `/`: the worker resolves nothing on its own.
pub fn base() -> String {
    let href = window().location().href().unwrap_or_default();
    let path = href.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('/').map_or_else(String::new, |(folder, _)| format!("{folder}/"))
}

/// Shows `query` in the address; `entry` makes it a step of the browser's own history.
pub fn show_address(query: &str, entry: bool) {
    let location = window().location();
    let address = format!("{}{query}", location.pathname().unwrap_or_default());
    if let Ok(history) = window().history() {
        let null = wasm_bindgen::JsValue::NULL;
        // A browser may refuse (too many changes a second); the next change catches up.
        let _ = match entry {
            true => history.push_state_with_url(&null, "", Some(&address)),
            false => history.replace_state_with_url(&null, "", Some(&address)),
        };
    }
}

/// A value of the local storage.
pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a value in the local storage; without one (private windows) nothing is kept.
pub fn store(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The names of the controls on the page, each once, as `hide=` takes them.
pub fn control_names() -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(list) = leptos::prelude::document().query_selector_all("[data-control]") {
        for element in (0..list.length()).filter_map(|index| list.item(index)) {
            let name = element.dyn_into::<web_sys::Element>().ok().and_then(|e| e.get_attribute("data-control"));
            names.extend(name.filter(|name| !name.is_empty()));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Offers what an address of this page's own making holds as a file.
pub fn offer(name: &str, url: &str) {
    let element = leptos::prelude::document().create_element("a").ok();
    if let Some(anchor) = element.and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
        anchor.set_href(url);
        anchor.set_download(name);
        anchor.click();
    }
}

/// Copies text; whether it worked is not known until later, and nothing depends on it.
pub fn copy(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

/// A fresh seed, short enough to read aloud.
pub fn random_seed() -> u32 {
    (js_sys::Math::random() * 100_000.0) as u32
}
