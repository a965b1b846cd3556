//! The page's Content-Security-Policy: its own inline scripts by checksum, and nothing else inline.
//!
//! Trunk writes a short inline script that loads the wasm; a strict policy has to name it.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::step::Outcome;

/// Stands in `index.html` where the checksums belong.
const PLACEHOLDER: &str = "'inline-script-hashes'";

/// Fills in the checksums in `FOLDER/index.html`.
pub fn write(folder: &Path) -> Outcome {
    let path = folder.join("index.html");
    let text = |error: std::io::Error| format!("{} cannot be changed ({error})", path.display());
    let page = fs::read_to_string(&path).map_err(text)?;
    let hashes: Vec<String> = inline_scripts(&page)
        .map(|script| format!("'sha256-{}'", base64(&Sha256::digest(script.as_bytes()))))
        .collect();
    fs::write(&path, page.replace(PLACEHOLDER, &hashes.join(" "))).map_err(text)
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, body) = rest.split_once('>')?;
        let script = body.split_once("</script>")?.0;
        (!attributes.contains("src=") && !script.trim().is_empty()).then_some(script)
    })
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let is_padding = index > chunk.len();
            let sextet = (word >> (18 - 6 * index)) & 63;
            out.push(if is_padding { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_examples_of_rfc_4648() {
        for (text, want) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), want);
        }
    }

    #[test]
    fn only_inline_scripts_are_named() {
        let page = "<script src=\"a.js\"></script><script type=\"module\">let a = 1;</script><script> </script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["let a = 1;"]);
    }
}
