//! Files and folders dropped anywhere on the page.

use js_sys::{Array, Promise};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DataTransfer, File};

use super::dom;

/// A file with its path inside the folder that was dropped; its name where it came by itself.
pub type Dropped = (String, File);

/// Most files of one drop that are looked at.
const MOST_FILES: usize = 2000;

/// What a part of the page takes of what is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Everything.
    All,
    /// Only what is a model, or a part of one.
    Models,
    /// Only what is none.
    Others,
}

impl Wanted {
    fn takes(self, files: &[Dropped]) -> bool {
        let is_model = files.iter().any(|(path, _)| is_of_model(path));
        match self {
            Self::All => true,
            Self::Models => is_model,
            Self::Others => !is_model,
        }
    }
}

/// Whether a model may need a file of this path.
pub fn is_of_model(path: &str) -> bool {
    [".zip", ".json", ".safetensors"].iter().any(|end| path.ends_with(end))
}

/// Hands over what is dropped and wanted, as long as the part of the page that asks for it is there.
pub fn listen(wanted: Wanted, take: impl Fn(Vec<Dropped>) + Clone + 'static) {
    let has_files = |data: &DataTransfer| data.types().includes(&JsValue::from_str("Files"), 0);
    // Without this the browser would leave the page and show the file instead.
    let over = window_event_listener(ev::dragover, move |event| {
        if event.data_transfer().as_ref().is_some_and(has_files) {
            event.prevent_default();
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        let Some(data) = event.data_transfer().filter(has_files) else { return };
        event.prevent_default();
        let take = take.clone();
        // Entries are there only while the event is; what they hold may be read later.
        let (entries, files) = (entries(&data), files(&data));
        spawn_local(async move {
            let found = if entries.is_empty() { files } else { walk(entries).await };
            if wanted.takes(&found) {
                take(found);
            }
        });
    });
    on_cleanup(move || {
        over.remove();
        dropped.remove();
    });
}

/// The dropped files and folders as entries of the File and Directory Entries API, which every browser has; none where the browser
/// makes none, as for files that a program put there.
fn entries(data: &DataTransfer) -> Vec<JsValue> {
    let items = dom::get(data, "items");
    let count = dom::get(&items, "length").as_f64().unwrap_or(0.0) as u32;
    let items = (0..count).map(|index| dom::get(&items, &index.to_string()));
    items.filter_map(|item| dom::call(&item, "webkitGetAsEntry", &Array::new())).filter(JsValue::is_object).collect()
}

fn files(data: &DataTransfer) -> Vec<Dropped> {
    let list = data.files();
    let list = list.iter().flat_map(|list| (0..list.length()).filter_map(|index| list.get(index)));
    list.map(|file| (file.name(), file)).collect()
}

/// Every file of these entries, folders opened.
async fn walk(mut open: Vec<JsValue>) -> Vec<Dropped> {
    let mut found = Vec::new();
    open.reverse();
    while let Some(entry) = open.pop().filter(|_| found.len() < MOST_FILES) {
        if dom::get(&entry, "isDirectory").is_truthy() {
            open.extend(contents(&entry).await);
        } else if let Some(file) = answer(&entry, "file").await {
            let path = dom::get(&entry, "fullPath").as_string().unwrap_or_default();
            found.push((path.trim_start_matches('/').to_owned(), file.unchecked_into()));
        }
    }
    found
}

/// What a folder holds; a browser hands it over in parts, the last of which is empty.
async fn contents(folder: &JsValue) -> Vec<JsValue> {
    let Some(reader) = dom::call(folder, "createReader", &Array::new()) else { return Vec::new() };
    let mut found = Vec::new();
    while let Some(part) = answer(&reader, "readEntries").await {
        let part: Array = part.unchecked_into();
        if part.length() == 0 || found.len() > MOST_FILES {
            break;
        }
        found.extend(part.iter());
    }
    found
}

/// The answer of a method that takes two callbacks; `None` where it fails.
async fn answer(of: &JsValue, method: &str) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        dom::call(of, method, &Array::of2(&resolve, &reject));
    });
    JsFuture::from(promise).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_no_part_of_a_model() {
        assert!(["m.zip", "unet/config.json", "a.safetensors"].into_iter().all(is_of_model));
        assert!(!["face.png", "zip", "photo.jpeg"].into_iter().any(is_of_model));
    }
}
