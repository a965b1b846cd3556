//! The few things the page asks the browser itself, each with a harmless answer where the browser has none.

use leptos::prelude::window;
use leptos::web_sys;
use wasm_bindgen::{JsCast, JsValue};

use super::query::Query;

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Brings an element into view; whether there is one.
pub fn scroll_to(id: &str) -> bool {
    let element = leptos::prelude::document().get_element_by_id(id);
    element.map(|element| element.scroll_into_view()).is_some()
}

/// Waits until the page's typefaces are there, on which all widths depend.
pub async fn fonts_ready() {
    breathe().await;
    if let Ok(ready) = get(&get(&leptos::prelude::document(), "fonts"), "ready").dyn_into::<js_sys::Promise>() {
        wasm_bindgen_futures::JsFuture::from(ready).await.ok();
    }
}

/// Scrolls a list sideways, on a screen too narrow for it, until its current link is in view; the page itself stays.
pub fn show_current(list: Option<web_sys::HtmlOListElement>) {
    let Some(list) = list else { return };
    if let Ok(Some(link)) = list.query_selector("[aria-current]") {
        let (link, frame) = (link.get_bounding_client_rect(), list.get_bounding_client_rect());
        list.set_scroll_left(list.scroll_left() + (link.left() - frame.left()) as i32);
    }
}

/// Pixels of the screen in a pixel of the style sheet.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio()
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

/// Opens the full panel of controls under the stage.
pub fn open_panel() {
    open(".stage .drawer");
}

/// Whether a dialog is open; it closes itself, and before all else.
pub fn has_dialog() -> bool {
    leptos::prelude::document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Closes the innermost thing on the stage that is folded open, the one with the focus first; whether there was one.
pub fn close_last_open() -> bool {
    let document = leptos::prelude::document();
    let focused = document.active_element().and_then(|element| element.closest(".stage details[open]").ok().flatten());
    let last = || {
        let open = document.query_selector_all(".stage details[open]").ok()?;
        open.item(open.length().checked_sub(1)?)?.dyn_into::<web_sys::Element>().ok()
    };
    focused.or_else(last).map(|element| element.remove_attribute("open")).is_some()
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
        let null = JsValue::NULL;
        // A browser may refuse (too many changes a second); the next change catches up.
        let _ = match entry {
            true => history.push_state_with_url(&null, "", Some(&address)),
            false => history.replace_state_with_url(&null, "", Some(&address)),
        };
    }
}

/// Sets a key of the address, or takes it away; everything else in it stays.
pub fn set_in_address(key: &str, value: Option<&str>) {
    let mut query = Query::parse(&search()).without(key);
    if let Some(value) = value {
        query.push(key, value.to_owned());
    }
    let text = query.format();
    show_address(if text.is_empty() { "?" } else { &text }, false);
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

/// The languages that the browser asks for, the best first, as tags.
pub fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// The names of the controls on the page, each once, as `hide=` takes them.
pub fn control_names() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Ok(list) = leptos::prelude::document().query_selector_all("[data-control]") {
        for element in (0..list.length()).filter_map(|index| list.item(index)) {
            let name = element.dyn_into::<web_sys::Element>().ok().and_then(|e| e.get_attribute("data-control"));
            let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
            if let Err(place) = names.binary_search(&name) {
                names.insert(place, name);
            }
        }
    }
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

/// Offers bytes as a file of a kind.
pub fn offer_bytes(name: &str, bytes: &[u8], kind: &str) {
    let file = js_sys::Uint8Array::from(bytes);
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&js_sys::Array::of1(&file), &options);
    if let Some(url) = blob.ok().and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok()) {
        offer(name, &url);
        // The browser has taken the file by then; the memory is given back.
        let revoke = move || drop(web_sys::Url::revoke_object_url(&url));
        leptos::prelude::set_timeout(revoke, std::time::Duration::from_secs(60));
    }
}

/// A property, for what the bindings do not know; undefined where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Calls a method; `None` where there is none or it fails.
pub fn call(object: &JsValue, method: &str, arguments: &js_sys::Array) -> Option<JsValue> {
    get(object, method).dyn_into::<js_sys::Function>().ok()?.apply(object, arguments).ok()
}

/// Lets the browser draw and answer before going on.
pub async fn breathe() {
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0).ok();
    });
    wasm_bindgen_futures::JsFuture::from(waited).await.ok();
}

/// Copies text, and tells `then` whether it worked.
///
/// A page that did not come over HTTPS has no clipboard; there the older command copies from a field made for it.
pub fn copy(text: &str, then: impl FnOnce(bool) + 'static) {
    let Ok(clipboard) = get(&window().navigator(), "clipboard").dyn_into::<web_sys::Clipboard>() else {
        return then(copy_from_field(text).unwrap_or(false));
    };
    let text = text.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        let copied = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await.is_ok();
        then(copied || copy_from_field(&text).unwrap_or(false));
    });
}

fn copy_from_field(text: &str) -> Option<bool> {
    let document = leptos::prelude::document();
    let field = document.create_element("textarea").ok()?.dyn_into::<web_sys::HtmlElement>().ok()?;
    js_sys::Reflect::set(&field, &JsValue::from_str("value"), &JsValue::from_str(text)).ok()?;
    // Inside an open dialog nothing outside of it can be selected.
    let place = document.query_selector("dialog[open]").ok().flatten();
    let place = place.or_else(|| document.body().map(Into::into))?;
    place.append_child(&field).ok()?;
    call(&field, "select", &js_sys::Array::new());
    let copied = call(&document, "execCommand", &js_sys::Array::of1(&JsValue::from_str("copy")));
    field.remove();
    copied?.as_bool()
}

/// A fresh seed, short enough to read aloud.
pub fn random_seed() -> u32 {
    (js_sys::Math::random() * 100_000.0) as u32
}
