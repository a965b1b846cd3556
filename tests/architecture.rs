//! The rules of the code, checked on its text.
//!
//! Each rule is also shown to fail on a line that breaks it.

use std::fs;
use std::path::{Path, PathBuf};

/// Layers that a layer must not import.
const FORBIDDEN: [(&str, &[&str]); 8] = [
    ("diffusion", &["model", "engine", "train", "app", "data", "metrics", "protocol"]),
    ("data", &["model", "engine", "train", "app", "protocol"]),
    ("metrics", &["model", "engine", "train", "app", "protocol"]),
    ("protocol", &["model", "engine", "train", "app"]),
    ("model", &["engine", "train", "app"]),
    ("engine", &["train", "app"]),
    ("train", &["engine", "app"]),
    ("app", &["model", "engine", "train"]),
];

/// Layers whose numbers must be the same on every platform.
const PURE: [&str; 4] = ["diffusion", "data", "metrics", "protocol"];

/// Methods that call the platform's own maths library.
const PLATFORM_MATHS: [&str; 16] = [
    ".exp()",
    ".exp_m1()",
    ".ln()",
    ".ln_1p()",
    ".log10()",
    ".log2()",
    ".powf(",
    ".sin()",
    ".cos()",
    ".tan()",
    ".tanh()",
    ".sinh()",
    ".cosh()",
    ".atan()",
    ".atan2(",
    ".cbrt()",
];

const LONGEST_FILE: usize = 250;

/// A file and its code without the tests at its foot.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn layer(&self) -> &str {
        let inner = self.path.strip_prefix("src").unwrap_or(&self.path);
        let first = inner.iter().next().and_then(|name| name.to_str()).unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from("src"), PathBuf::from("xtask/src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source { text: fs::read_to_string(&path).unwrap(), path });
            }
        }
    }
    found
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

fn check(rule: fn(&Source) -> Option<String>) {
    let broken: Vec<String> = sources()
        .iter()
        .filter_map(|source| rule(source).map(|what| format!("{}: {what}", source.path.display())))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The layers named after `crate::` in a file, single or in a braced list.
fn imported_layers(code: &str) -> Vec<String> {
    let mut layers = Vec::new();
    for after in code.split("crate::").skip(1) {
        let names = after.strip_prefix('{').map_or(after, |list| list.split('}').next().unwrap_or_default());
        let count = if after.starts_with('{') { usize::MAX } else { 1 };
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        layers
            .extend(names.split(',').take(count).map(|name| name.trim().chars().take_while(|c| is_name(*c)).collect()));
    }
    layers
}

fn forbidden_import(source: &Source) -> Option<String> {
    let (_, forbidden) = FORBIDDEN.iter().find(|(layer, _)| *layer == source.layer())?;
    let found = imported_layers(source.code()).into_iter().find(|layer| forbidden.contains(&layer.as_str()))?;
    Some(format!("{} must not import {found}", source.layer()))
}

#[test]
fn layers_keep_their_order() {
    check(forbidden_import);
    assert!(forbidden_import(&source("src/app/a.rs", "use crate::engine::x;")).is_some());
    assert!(forbidden_import(&source("src/model/a.rs", "use crate::{diffusion::a, train};")).is_some());
    assert!(forbidden_import(&source("src/model/a.rs", "use crate::diffusion::engine;")).is_none());
}

#[test]
fn each_binary_is_one_layer() {
    for (name, layer) in [("app", "app"), ("engine", "engine"), ("noisewalk", "train")] {
        let text = fs::read_to_string(Path::new("src/bin").join(name).with_extension("rs")).unwrap();
        let used: Vec<&str> = text.split("noisewalk::").skip(1).map(|rest| rest.split("::").next().unwrap()).collect();
        assert!(!used.is_empty() && used.iter().all(|used| *used == layer), "{name} uses {used:?}");
    }
}

fn platform_maths(source: &Source) -> Option<String> {
    let is_pure = PURE.contains(&source.layer()) && !source.path.ends_with("diffusion/math.rs");
    let found = PLATFORM_MATHS.iter().find(|method| source.code().contains(**method)).filter(|_| is_pure)?;
    Some(format!("{found} differs between platforms; use diffusion::math"))
}

#[test]
fn pure_numbers_do_not_depend_on_the_platform() {
    check(platform_maths);
    assert!(platform_maths(&source("src/metrics/a.rs", "x.ln()")).is_some());
    assert!(platform_maths(&source("src/train/a.rs", "x.ln()")).is_none());
}

fn panicking_call(source: &Source) -> Option<String> {
    [".unwrap()", ".expect("].into_iter().find(|call| source.code().contains(call)).map(|call| format!("calls {call}"))
}

#[test]
fn nothing_unwraps_outside_tests() {
    check(panicking_call);
    assert!(panicking_call(&source("src/a.rs", "a.unwrap()")).is_some());
    assert!(panicking_call(&source("src/a.rs", "#[cfg(test)]\na.unwrap()")).is_none());
}

fn too_long(source: &Source) -> Option<String> {
    // Comments are not counted: nobody should save on explanation.
    let lines = source.code().lines().filter(|line| !line.trim_start().starts_with("//")).count();
    (lines > LONGEST_FILE).then(|| format!("has {lines} lines, {LONGEST_FILE} are allowed"))
}

#[test]
fn files_hold_one_idea() {
    check(too_long);
    assert!(too_long(&source("src/a.rs", &"\n".repeat(LONGEST_FILE + 1))).is_some());
}

fn unowned_promise(source: &Source) -> Option<String> {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    marks.into_iter().find(|mark| source.text.contains(mark.as_str()))
}

#[test]
fn nothing_is_left_for_later() {
    check(unowned_promise);
    assert!(unowned_promise(&source("src/a.rs", &["// TO", "DO later"].concat())).is_some());
}

/// The page talks to its own origin only.
#[test]
fn the_page_fetches_nothing_from_elsewhere() {
    let page = fs::read_to_string("index.html").unwrap();
    let outside = ["src=\"http", "src=\"//", "rel=\"stylesheet\" href=\"http", "rel=\"preload\" href=\"http"];
    assert!(outside.iter().all(|mark| !page.contains(mark)));
    assert!(page.contains("Content-Security-Policy"));
}
