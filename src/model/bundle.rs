//! A model folder handed over as one zip, or as files with paths.

use serde::Deserialize;

use super::folder::{Files, MODEL_INDEX, UNET_CONFIG};
use super::manifest::MANIFEST;
use super::zip::{self, ZipError};

/// The files of a zipped model folder, by their paths inside that folder.
///
/// # Errors
/// [`ZipError`] with what is wrong with the archive.
pub fn from_zip(bytes: &[u8]) -> Result<Files, ZipError> {
    let entries =
        zip::entries(bytes)?.into_iter().filter(|entry| !entry.name.ends_with('/') && !is_hidden(&entry.name));
    let files = entries.map(|entry| Ok((entry.name.clone(), entry.contents()?.into_owned())));
    Ok(rooted(files.collect::<Result<_, ZipError>>()?))
}

/// What was handed over: a single zip is opened, files are taken as they are.
///
/// # Errors
/// As [`from_zip`].
pub fn from_given(files: Vec<(String, Vec<u8>)>) -> Result<Files, ZipError> {
    match files.as_slice() {
        [(_, bytes)] if zip::is_zip(bytes) => return from_zip(bytes),
        _ => {}
    }
    let is_loose = files.iter().all(|(path, _)| !path.contains('/'));
    let placed = |(path, bytes): (String, Vec<u8>)| (if is_loose { place(&path, &bytes) } else { path }, bytes);
    Ok(rooted(files.into_iter().filter(|(path, _)| !is_hidden(path)).map(placed).collect()))
}

/// Where a file that came without its folder belongs: by its name, and a `config.json` by the class it names.
fn place(name: &str, bytes: &[u8]) -> String {
    let folder = match name {
        "diffusion_pytorch_model.safetensors" => "unet/",
        "scheduler_config.json" => "scheduler/",
        "model.safetensors" => "text_encoder/",
        "tokenizer.json" | "tokenizer_config.json" => "tokenizer/",
        "config.json" => match serde_json::from_slice::<ClassOfConfig>(bytes).unwrap_or_default() {
            ClassOfConfig { class: Some(class) } if class.starts_with("UNet") => "unet/",
            ClassOfConfig { class: Some(class) } if class.starts_with("Autoencoder") => "vae/",
            // Configurations of transformers name no such class.
            ClassOfConfig { class: None } => "text_encoder/",
            ClassOfConfig { .. } => "",
        },
        _ => "",
    };
    format!("{folder}{name}")
}

/// The part of a `config.json` that says whose it is.
#[derive(Default, Deserialize)]
struct ClassOfConfig {
    #[serde(rename = "_class_name")]
    class: Option<String>,
}

/// The files of the folder that is a model, which may lie inside other folders; paths then begin there.
fn rooted(files: Files) -> Files {
    let root_by = |known: &str| {
        let roots = files.keys().filter_map(|path| path.strip_suffix(known));
        roots.filter(|root| root.is_empty() || root.ends_with('/')).min_by_key(|root| root.len()).map(str::to_owned)
    };
    let root = [MODEL_INDEX, UNET_CONFIG, MANIFEST, "config.json"].into_iter().find_map(root_by).unwrap_or_default();
    files.into_iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&root)?.to_owned(), bytes))).collect()
}

/// What macOS and file managers add, and version control keeps.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(given: &[&str]) -> Vec<String> {
        let files = given.iter().map(|path| ((*path).to_owned(), Vec::new())).collect();
        from_given(files).unwrap().into_keys().collect()
    }

    #[test]
    fn the_model_is_found_inside_other_folders() {
        let nested =
            ["a/b/model_index.json", "a/b/unet/config.json", "a/readme.md", "__MACOSX/a/b/._unet", "a/b/.git/x"];
        assert_eq!(paths(&nested), ["model_index.json", "unet/config.json"]);
        assert_eq!(paths(&["m/unet/config.json", "m/x"]), ["unet/config.json", "x"]);
        assert_eq!(paths(&["net/config.json", "net/model.safetensors"]), ["config.json", "model.safetensors"]);
        assert_eq!(paths(&["x", "y/z"]), ["x", "y/z"]);
        // A file whose name merely ends so marks no folder.
        assert_eq!(paths(&["my_model_index.json"]), ["my_model_index.json"]);
    }

    #[test]
    fn a_zip_is_opened() {
        let zip = include_bytes!("../../tests/zip/deflated.zip").to_vec();
        let files = from_given(vec![("model.zip".to_owned(), zip)]).unwrap();
        assert_eq!(files["m/a.txt"], b"noise".repeat(8));
    }

    #[test]
    fn loose_files_find_their_folders() {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files = vec![
            file("config.json", r#"{"_class_name": "UNet2DConditionModel"}"#),
            file("config.json", r#"{"architectures": ["CLIPTextModel"]}"#),
            file("diffusion_pytorch_model.safetensors", ""),
            file("model.safetensors", ""),
            file("model_index.json", "{}"),
            file("scheduler_config.json", "{}"),
            file("tokenizer.json", "{}"),
        ];
        let found: Vec<String> = from_given(files).unwrap().into_keys().collect();
        let wanted = [
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "tokenizer/tokenizer.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
        ];
        assert_eq!(found, wanted);
    }
}
