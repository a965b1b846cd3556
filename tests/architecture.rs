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

    /// Modules between this one and the crate.
    fn depth(&self) -> usize {
        let parts = self.path.strip_prefix("src").unwrap_or(&self.path).iter().count();
        if self.path.ends_with("mod.rs") { parts - 1 } else { parts }
    }

    fn code(&self) -> &str {
        // A file of tests is named so, and its parent declares it for tests only.
        if self.path.ends_with("tests.rs") { "" } else { self.text.split("#[cfg(test)]").next().unwrap_or_default() }
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

/// The layers that a file names: after `crate::`, or after as many `super::` as lead to the crate.
fn imported_layers(source: &Source) -> Vec<String> {
    let (code, depth) = (source.code(), source.depth());
    let mut layers = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        named_at_root(&code[at + "crate::".len()..], 0, &mut layers);
    }
    // A chain is read from its first link.
    for (at, _) in code.match_indices("super::").filter(|(at, _)| !code[..*at].ends_with("super::")) {
        named_at_root(&code[at..], depth, &mut layers);
    }
    layers
}

/// Adds the names that a path, or a tree of paths in braces, has in the crate's root, which is `above` modules up.
fn named_at_root(path: &str, above: usize, names: &mut Vec<String>) {
    if let Some(list) = path.strip_prefix('{') {
        branches(list).into_iter().for_each(|branch| named_at_root(branch, above, names));
    } else if let (Some(rest), 1..) = (path.strip_prefix("super::"), above) {
        named_at_root(rest, above - 1, names);
    } else if above == 0 {
        names.push(path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
    }
}

/// The branches of a braced list whose opening brace was taken off; commas inside of a branch's own braces do not part it.
fn branches(list: &str) -> Vec<&str> {
    let (mut found, mut open, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open > 0 => open -= 1,
            ',' | '}' if open == 0 => {
                found.push(list[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

fn forbidden_import(source: &Source) -> Option<String> {
    let (_, forbidden) = FORBIDDEN.iter().find(|(layer, _)| *layer == source.layer())?;
    let found = imported_layers(source).into_iter().find(|layer| forbidden.contains(&layer.as_str()))?;
    Some(format!("{} must not import {found}", source.layer()))
}

#[test]
fn layers_keep_their_order() {
    check(forbidden_import);
    let broken = |path: &str, text: &str| forbidden_import(&source(path, text)).is_some();
    assert!(broken("src/app/a.rs", "use crate::engine::x;"));
    assert!(broken("src/model/a.rs", "use crate::{diffusion::a, train};"));
    assert!(broken("src/model/a.rs", "use crate::{diffusion::{a, b}, train};"));
    assert!(broken("src/model/a.rs", "use crate::{\n    diffusion::{a, b::{c, d}},\n    train::x,\n};"));
    assert!(broken("src/model/a.rs", "use super::super::engine::x;"));
    assert!(broken("src/model/mod.rs", "use super::engine;"));
    assert!(broken("src/model/layers/a.rs", "use super::super::super::{metrics, engine::b};"));
    assert!(broken("src/model/a.rs", "use super::{b, super::train::c};"));
    assert!(broken("src/app/lessons/lab/mod.rs", "fn f() { super::super::super::engine::g(); }"));
    assert!(!broken("src/model/a.rs", "use crate::diffusion::engine;"));
    assert!(!broken("src/model/a.rs", "use super::engine::x; use crate::{diffusion::{train, engine}, metrics};"));
    assert!(!broken("src/model/layers/a.rs", "use super::super::engine::x;"));
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

/// Layers in which every line of a file counts, tests and comments too; in the others only code does.
const SHORT_FILES: [&str; 5] = ["diffusion", "data", "metrics", "model", "train"];

fn too_long(source: &Source) -> Option<String> {
    let lines = if SHORT_FILES.contains(&source.layer()) || source.path.starts_with("xtask") {
        source.text.lines().count()
    } else {
        source.code().lines().filter(|line| !line.trim_start().starts_with("//")).count()
    };
    (lines > LONGEST_FILE).then(|| format!("has {lines} lines, {LONGEST_FILE} are allowed"))
}

#[test]
fn files_hold_one_idea() {
    check(too_long);
    assert!(too_long(&source("src/a.rs", &"\n".repeat(LONGEST_FILE + 1))).is_some());
    assert!(too_long(&source("src/app/a.rs", &"// why\n".repeat(LONGEST_FILE + 1))).is_none());
    assert!(too_long(&source("src/train/a.rs", &"// why\n".repeat(LONGEST_FILE + 1))).is_some());
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
