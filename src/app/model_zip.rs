//! The folder of the model in use as one zip.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use super::shell::Shell;
use super::{dom, fetched, strings};
use crate::app::zip_file::zip;
use crate::protocol::GivenModel;

/// Offers the files of the model in use: the visitor's as they came, the page's own as its manifest lists them.
pub fn save(shell: Shell) {
    spawn_local(async move {
        match collect(shell).await {
            Some((name, bytes)) => dom::offer_bytes(&format!("{name}.zip"), &bytes, "application/zip"),
            None => shell.notify(strings::MODEL_NOT_SAVED.into()),
        }
    });
}

async fn collect(shell: Shell) -> Option<(String, Vec<u8>)> {
    let (name, folder) = match shell.engine.given_here() {
        Some(GivenModel::Files { name, files }) => return Some(packed(&name, files)),
        Some(GivenModel::Url(url)) if url.ends_with(".zip") => return Some((title(&url), fetched::bytes(&url).await?)),
        Some(GivenModel::Url(url)) => (title(&url), format!("{}/", url.trim_end_matches('/'))),
        None => {
            let folder = shell.engine.shipped_folder();
            (title(folder), format!("{}{folder}", dom::base()))
        }
    };
    let manifest = fetched::bytes(&format!("{folder}manifest.json")).await?;
    let mut files = vec![("manifest.json".to_owned(), manifest.clone())];
    for path in listed(&manifest)? {
        files.push((path.clone(), fetched::bytes(&format!("{folder}{path}")).await?));
    }
    Some((name, zip(&files)))
}

/// The visitor's own zip stays what it is.
fn packed(name: &str, files: Vec<(String, Vec<u8>)>) -> (String, Vec<u8>) {
    let name = title(name);
    match <[_; 1]>::try_from(files) {
        Ok([(path, bytes)]) if path.ends_with(".zip") => (name, bytes),
        Ok(single) => (name, zip(&single)),
        Err(files) => (name, zip(&files)),
    }
}

/// The last part of a path, without `.zip`.
fn title(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.strip_suffix(".zip").unwrap_or(last).to_owned()
}

/// The paths that a manifest lists.
fn listed(manifest: &[u8]) -> Option<Vec<String>> {
    let manifest = JSON::parse(std::str::from_utf8(manifest).ok()?).ok()?;
    let files: Object = Reflect::get(&manifest, &JsValue::from_str("files")).ok()?.dyn_into().ok()?;
    Some(Object::keys(&files).iter().filter_map(|path| path.as_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_named_after_its_folder() {
        assert_eq!([title("models/words/"), title("a/mine.zip"), title("mine")], ["words", "mine", "mine"]);
        let files = vec![("mine.zip".to_owned(), vec![1, 2])];
        assert_eq!(packed("mine.zip", files), ("mine".into(), vec![1, 2]));
        assert!(packed("m", vec![("a".into(), Vec::new()), ("b".into(), Vec::new())]).1.starts_with(b"PK"));
    }
}
