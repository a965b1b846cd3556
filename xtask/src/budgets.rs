//! How large the page may be.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{output, project};
use crate::step::Outcome;

/// A file of the page (by the start and the end of its name) and the most it may weigh, compressed with brotli.
// The page was 0.38 MB before tours, glossary, experiments and languages, and the engine 1.8 MB before it could train; the aims are 0.4 and 2.2.
const WASM: [(&str, &str, u64); 2] = [("app", ".wasm", 490_000), ("engine", ".wasm", 2_400_000)];
/// The most a model folder may weigh as it is.
const MODEL_BYTES: u64 = 3_000_000;

/// Compares `dist/` with its budgets.
pub fn check() -> Outcome {
    let dist = project().join("dist");
    let mut over = Vec::new();
    for (start, end, most) in WASM {
        let path =
            find(&dist, start, end).ok_or_else(|| format!("dist/ holds no {start}*{end}; build the page first"))?;
        let raw = fs::metadata(&path).map_or(0, |file| file.len());
        let brotli = brotli_size(&path).ok_or("node could not compress the file")?;
        println!("{start:<7} {raw:>9} bytes, {brotli:>8} by brotli, {most} allowed");
        if brotli > most {
            over.push(format!("{start} weighs {brotli} bytes by brotli, {most} are allowed"));
        }
    }
    for model in fs::read_dir(dist.join("models")).map_err(|_| "dist/ holds no models")?.flatten() {
        let bytes = folder_size(&model.path());
        let name = model.file_name().to_string_lossy().into_owned();
        println!("{name:<7} {bytes:>9} bytes, {MODEL_BYTES} allowed");
        if bytes > MODEL_BYTES {
            over.push(format!("the model {name} weighs {bytes} bytes, {MODEL_BYTES} are allowed"));
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("; ")) }
}

fn find(folder: &Path, start: &str, end: &str) -> Option<PathBuf> {
    let matches = |path: &PathBuf| {
        path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        })
    };
    fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).find(matches)
}

fn folder_size(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return fs::metadata(path).map_or(0, |file| file.len()) };
    entries.flatten().map(|entry| folder_size(&entry.path())).sum()
}

fn brotli_size(path: &Path) -> Option<u64> {
    let script = "const f=require('fs').readFileSync(process.argv[1]);\
                  process.stdout.write(String(require('zlib').brotliCompressSync(f).length))";
    output("node", &["-e", script, path.to_str()?])?.parse().ok()
}
