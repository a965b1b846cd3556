//! The list of files that the service worker keeps: every file of the built page with its checksum and size.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::step::Outcome;

/// Stand in `sw.js` where list and name of the build belong.
const FILES: &str = "const FILES = {};";
const BUILD: &str = "const BUILD = '';";

/// Writes list and name into `FOLDER/sw.js`.
pub fn seal(folder: &Path) -> Outcome {
    let said = |error: std::io::Error| format!("{} cannot be listed ({error})", folder.display());
    let mut files = Vec::new();
    collect(folder, "", &mut files).map_err(said)?;
    files.sort();
    let (mut list, mut all) = (String::new(), Sha256::new());
    for (path, hash, bytes) in &files {
        let _ = write!(list, "\n    {path:?}: ['{hash}', {bytes}],");
        all.update(format!("{path} {hash}\n"));
    }
    let worker = folder.join("sw.js");
    let text = fs::read_to_string(&worker).map_err(said)?;
    let text = text
        .replace(FILES, &format!("const FILES = {{{list}\n}};"))
        .replace(BUILD, &format!("const BUILD = '{}';", &hex(&all.finalize())[..16]));
    fs::write(&worker, text).map_err(said)
}

/// Path below the page, checksum and size of every file but the worker itself.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String, u64)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else if path != "sw.js" {
            let content = fs::read(entry.path())?;
            files.push((path, hex(&Sha256::digest(&content)), content.len() as u64));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholders_stand_in_the_worker() {
        let worker = fs::read_to_string(crate::process::project().join("public/sw.js")).unwrap_or_default();
        assert!(worker.contains(FILES) && worker.contains(BUILD));
    }

    #[test]
    fn a_sealed_worker_lists_every_file_with_its_checksum() {
        let folder = std::env::temp_dir().join(format!("noisewalk-seal-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            fs::create_dir_all(folder.join(path).parent().unwrap_or(&folder)).ok();
            fs::write(folder.join(path), text).ok();
        };
        let sealed = || {
            write("sw.js", &format!("{FILES}\n{BUILD}\n"));
            seal(&folder).ok();
            fs::read_to_string(folder.join("sw.js")).unwrap_or_default()
        };
        write("models/a/b.json", "abc");
        let first = sealed();
        // The checksum of "abc" is the first example of FIPS 180-2.
        let line = "\"models/a/b.json\": ['ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 3],";
        assert!(first.contains(line), "{first}");
        assert_eq!(sealed(), first, "the same files are the same build");
        write("models/a/b.json", "abd");
        assert_ne!(sealed().lines().last(), first.lines().last(), "another file is another build");
        fs::remove_dir_all(folder).ok();
    }
}
