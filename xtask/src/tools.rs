//! The programs that make the page: trunk, wasm-bindgen, wasm-opt.

use std::fs;
use std::process::Command;

use crate::process::{command, finish, output, project, tools_folder};
use crate::step::{Outcome, Step};
use crate::system;

/// Later versions need a newer compiler than the project's.
const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132.0.0";
const CARGO_DENY: &str = "0.20.2";

/// What building the page needs, in order.
pub fn steps() -> Vec<Step> {
    vec![
        Step {
            name: "wasm-bindgen",
            does: "installs the command of the lock file's version with cargo",
            takes: "about 2 minutes",
            is_done: || version_is("wasm-bindgen", &wasm_bindgen_version()),
            run: || cargo_install("wasm-bindgen-cli", &wasm_bindgen_version(), "1", &[]),
            remedy: "run `cargo install wasm-bindgen-cli --version` with the version of wasm-bindgen in Cargo.lock",
        },
        Step {
            name: "trunk",
            does: "installs trunk with cargo",
            takes: "about 3 minutes",
            is_done: || version_is("trunk", TRUNK),
            run: || cargo_install("trunk", TRUNK, "0", &["--locked", "--no-default-features"]),
            remedy: "run `cargo install trunk --version 0.21.14 --locked --no-default-features`",
        },
        system::node(),
        Step {
            name: "wasm-opt",
            does: "installs binaryen with npm",
            takes: "some seconds",
            is_done: || version_is_at_least("wasm-opt", BINARYEN),
            run: || npm_install(&format!("binaryen@{BINARYEN}")),
            remedy: "run `npm install --prefix ~/.cache/noisewalk/tools/node binaryen@132.0.0`, or put a wasm-opt of version 132 or newer on the PATH",
        },
    ]
}

/// The dependency audit.
pub fn cargo_deny() -> Step {
    Step {
        name: "cargo-deny",
        does: "installs cargo-deny with cargo",
        takes: "about a minute",
        is_done: || version_is_at_least("cargo-deny", CARGO_DENY),
        run: || cargo_install("cargo-deny", CARGO_DENY, "0", &["--locked", "--no-default-features"]),
        remedy: "run `cargo install cargo-deny --locked`",
    }
}

/// The version of wasm-bindgen in the lock file; the command and the library must not drift apart.
fn wasm_bindgen_version() -> String {
    let lock = fs::read_to_string(project().join("Cargo.lock")).unwrap_or_default();
    let after = lock.split_once("name = \"wasm-bindgen\"\nversion = \"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default().to_owned()
}

fn version_is(program: &str, version: &str) -> bool {
    output(program, &["--version"]).is_some_and(|text| text.split_whitespace().any(|word| word == version))
}

/// Older ones refuse newer files: the binaryen of Debian 12 does not know the features of today's WebAssembly.
fn version_is_at_least(program: &str, version: &str) -> bool {
    output(program, &["--version"]).is_some_and(|text| is_at_least(&text, version))
}

/// Whether the first number in a program's answer ("wasm-opt version 132 (version_132)") is that of `version` or above, part by part.
fn is_at_least(answer: &str, version: &str) -> bool {
    let parts = |text: &str| text.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let number = answer.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let (mut found, mut wanted) = (parts(number.unwrap_or_default()), parts(version));
    // 132 is 132.0.0.
    [&mut found, &mut wanted].into_iter().for_each(|parts| parts.resize(3, 0));
    found >= wanted
}

/// Installs quickly rather than optimally, at an optimisation `level`: 0, but 1 for wasm-bindgen, which itself works on megabytes.
fn cargo_install(package: &str, version: &str, level: &str, options: &[&str]) -> Outcome {
    let root = tools_folder();
    let profile = |key: &str| format!("CARGO_PROFILE_RELEASE_{key}");
    finish(
        Command::new("cargo")
            .args(["install", "--quiet", package, "--version", version, "--root"])
            .arg(&root)
            .args(options)
            .env(profile("LTO"), "off")
            .env(profile("OPT_LEVEL"), level)
            .env(profile("CODEGEN_UNITS"), "16")
            .env(profile("DEBUG"), "false")
            .env("CARGO_TARGET_DIR", root.join("target"))
            .env_remove("RUSTFLAGS"),
    )
}

fn npm_install(package: &str) -> Outcome {
    let folder = tools_folder().join("node");
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made ({error})", folder.display()))?;
    finish(command("npm", &["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_part_by_part() {
        assert!(is_at_least("wasm-opt version 132 (version_132)", BINARYEN));
        assert!(is_at_least("wasm-opt version 133.1", BINARYEN));
        assert!(!is_at_least("wasm-opt version 108", BINARYEN));
        assert!(is_at_least("cargo-deny 0.20.10", CARGO_DENY) && !is_at_least("cargo-deny 0.19.9", CARGO_DENY));
        assert!(!is_at_least("no number", CARGO_DENY));
    }
}
