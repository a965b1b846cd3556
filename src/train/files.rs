//! Files that are either whole or absent.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::{Context, Outcome};

/// Writes `bytes` under a temporary name in the same folder, flushes them to the disk, then renames.
///
/// A killed process or a full disk leaves the old file, or none, but never half of one.
///
/// # Errors
/// One sentence naming the file and what the system said.
pub fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let temporary = temporary_name(path);
    let result = write_and_sync(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        fs::remove_file(&temporary).ok();
    }
    result.context(format_args!("{} could not be written; is the disk full or the folder read-only?", path.display()))
}

/// Reads a whole file.
///
/// # Errors
/// One sentence naming the file and what the system said.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).context(format_args!("{} could not be read", path.display()))
}

/// Creates a folder and its parents.
///
/// # Errors
/// One sentence naming the folder and what the system said.
pub fn create_folder(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).context(format_args!("the folder {} could not be created", path.display()))
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy());
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}
