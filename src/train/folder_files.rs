//! Every file of a model folder, by its path inside it.

use std::path::Path;

use super::failure::{Context, Failure, Outcome};
use super::files;
use crate::model::bundle;
use crate::model::folder::Files;
use crate::model::manifest::{MANIFEST, Manifest};
use crate::model::torch_file::is_state_dict;

/// Folders inside each other that are followed, and no more.
const DEEPEST: usize = 4;

/// Reads every file but hidden ones, of a folder or of a zip of one.
///
/// # Errors
/// Where there is no such folder, or a file cannot be read.
pub fn read_all(folder: &Path) -> Outcome<Files> {
    if folder.is_file() {
        let bytes = files::read(folder)?;
        if is_state_dict(&bytes) {
            let what = "is a state dict of PyTorch and no model folder; `noisewalk convert` makes safetensors of it";
            return Err(Failure::new(format!("{} {what}", folder.display())));
        }
        return bundle::from_zip(&bytes).context(format_args!("{} cannot be opened", folder.display()));
    }
    if !folder.is_dir() {
        return Err(Failure::new(format!("{} is not there, or is neither a folder nor a zip", folder.display())));
    }
    let mut found = Files::new();
    let mut open = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((place, inner, depth)) = open.pop() {
        let context = format!("{} could not be read", place.display());
        for entry in std::fs::read_dir(&place).context(&context)? {
            let entry = entry.context(&context)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if !entry.path().is_dir() {
                found.insert(format!("{inner}{name}"), files::read(&entry.path())?);
            } else if depth < DEEPEST {
                open.push((entry.path(), format!("{inner}{name}/"), depth + 1));
            }
        }
    }
    Ok(found)
}

/// The manifest among the files of `folder`, where there is one.
///
/// # Errors
/// Where it cannot be read.
pub fn manifest_of(folder: &Path, files: &Files) -> Outcome<Option<Manifest>> {
    let manifest = files.get(MANIFEST).map(|text| Manifest::from_json(text)).transpose();
    manifest.context(format_args!("{} cannot be used", folder.display()))
}
