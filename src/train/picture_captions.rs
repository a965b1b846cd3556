//! Captions of a folder of pictures: `metadata.jsonl`, as Hugging Face's imagefolder reads it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::failure::{Context, Outcome};
use super::files;

/// Name of the file, beside the pictures it tells of.
pub const METADATA: &str = "metadata.jsonl";

/// A line of the file; other fields are left alone.
#[derive(Deserialize)]
struct Row {
    /// The picture, by its path from the file.
    file_name: PathBuf,
    /// What it shows.
    text: Option<String>,
    /// The same in several wordings; `noisewalk data export` writes them.
    #[serde(default)]
    texts: Vec<String>,
}

/// The captions of each picture that the `metadata.jsonl` of `folder` names; blank ones do not count.
///
/// # Errors
/// Where a line is no JSON object with a `file_name`.
pub fn read(folder: &Path) -> Outcome<HashMap<PathBuf, Vec<String>>> {
    let path = folder.join(METADATA);
    if !path.exists() {
        return Ok(HashMap::new());
    }
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let row: Row = serde_json::from_str(line).context(format_args!(
                "line {} of {} is not as imagefolder has it",
                index + 1,
                path.display()
            ))?;
            let texts = if row.texts.is_empty() { row.text.into_iter().collect() } else { row.texts };
            let told = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
            Ok((folder.join(row.file_name), told))
        })
        .collect()
}
