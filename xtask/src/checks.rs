//! Every check of the project.

use std::env;
use std::path::PathBuf;

use crate::beside::Beside;
use crate::budgets;
use crate::page;
use crate::process::{command, finish, output, project, run, target_directory};
use crate::step::{self, Checked, Outcome, Step};
use crate::summary::Summary;
use crate::{python, system, tools};

/// Layers that native tests and the command line use; one set, so that burn is built once.
const NATIVE: &str = "train,engine";
const WASM: &str = "wasm32-unknown-unknown";
/// Flags under which headless Chromium has WebGPU on a software adapter are in this file.
const WEBDRIVER: &str = "tests/webdriver.json";

const PAGE: &str = "page";

/// A check by name.
type Check = (&'static str, fn() -> Checked);

/// In the order of how soon they tell.
const CHECKS: [Check; 10] = [
    ("fmt", || whole(run("cargo", &["fmt", "--all", "--check"]))),
    ("clippy", || whole(clippy())),
    ("native", || whole(native())),
    ("docs", || whole(docs())),
    ("deny", deny),
    ("python", python::check),
    ("wasm", || whole(wasm())),
    (PAGE, || whole(page::build())),
    ("budgets", || whole(budgets::check())),
    ("e2e", || whole(end_to_end())),
];

/// A check of which nothing is ever skipped.
fn whole(outcome: Outcome) -> Checked {
    outcome.map(|()| None)
}

/// What the checks need beside what building the page needs.
pub fn steps() -> Vec<Step> {
    let mut steps = page::steps();
    steps.extend(system::test_steps());
    steps.push(tools::cargo_deny());
    steps
}

/// Runs every check, or the named ones.
pub fn test(names: &[&str]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| CHECKS.iter().all(|(known, _)| known != *name)) {
        let known: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no check {unknown}; the checks are {}", known.join(", ")));
    }
    step::run_all(&steps())?;
    let asked: Vec<Check> = CHECKS.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name)).collect();
    // Linking the page keeps one core busy for minutes; the checks that stand before it have the others. Its row then tells how long was waited.
    let is_ahead = asked.iter().skip(1).any(|(name, _)| *name == PAGE);
    let mut page = is_ahead.then(page::begin);
    let mut summary = Summary::default();
    for (name, check) in asked {
        match page.take_if(|_| name == PAGE) {
            Some(begun) => summary.run(name, || whole(begun.and_then(Beside::end))),
            None => summary.run(name, check),
        }
    }
    summary.finish()
}

/// Makes the pictures of the README from the built page and the shipped model.
pub fn pictures() -> Outcome {
    finish(command("node", &["pictures.mjs"]).current_dir(project().join("tests/e2e")))
}

/// Each layer above the pure one, with the features of burn that [`NATIVE`] adds up to: so burn is built once and only this crate anew.
const ALONE: [&str; 3] = ["model,burn/autodiff,burn/optim,burn/rayon", "engine,burn/rayon", "train"];

/// Each layer on its own, so that one which leans on another's dependencies does not compile.
///
/// Tests may unwrap; clippy itself knows that of test functions but not of the helpers beside them.
fn clippy() -> Outcome {
    const STRICT: [&str; 2] = ["-D", "warnings"];
    const TESTS: [&str; 8] =
        ["-D", "warnings", "-A", "clippy::unwrap_used", "-A", "clippy::expect_used", "-A", "clippy::panic"];
    let lint = |arguments: &[&str], lints: &[&str]| {
        let all: Vec<&str> =
            ["clippy", "--quiet"].iter().chain(arguments).chain(&["--"]).chain(lints).copied().collect();
        run("cargo", &all)
    };
    let noisewalk = ["--package", "noisewalk", "--lib"];
    let layer = |options: &[&str]| lint(&[&noisewalk, options].concat(), &STRICT);
    lint(&["--package", "xtask", "--all-targets"], &STRICT)?;
    layer(&[])?;
    for alone in ALONE {
        layer(&["--features", alone])?;
    }
    layer(&["--bins", "--features", NATIVE])?;
    lint(&["--package", "noisewalk", "--tests", "--features", NATIVE], &TESTS)?;
    layer(&["--bin", "app", "--features", "app", "--target", WASM])?;
    layer(&["--bin", "engine", "--features", "engine", "--target", WASM])
}

fn native() -> Outcome {
    run("cargo", &["test", "--quiet", "--package", "xtask"])?;
    run("cargo", &["test", "--package", "noisewalk", "--features", NATIVE])?;
    // What the page computes needs no browser: settings, plots, texts.
    run("cargo", &["test", "--quiet", "--package", "noisewalk", "--features", "app", "--lib", "app::"])
}

fn docs() -> Outcome {
    let features = ["doc", "--quiet", "--no-deps", "--package", "noisewalk", "--lib", "--features", NATIVE];
    finish(command("cargo", &features).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Licences, sources and known weaknesses of the dependencies; the list of weaknesses lies on a server.
fn deny() -> Checked {
    run("cargo-deny", &["check", "bans", "licenses", "sources"])?;
    if output("cargo-deny", &["fetch", "db"]).is_none() {
        return Ok(Some("advisories skipped: their database could not be reached".into()));
    }
    // Fetched just now; without this a slow server would be asked again.
    whole(run("cargo-deny", &["check", "--disable-fetch", "advisories"]))
}

/// The pure layer in a browser, bit for bit what it is natively; without features, which makes it a small build.
fn wasm() -> Outcome {
    let arguments = ["test", "--package", "noisewalk", "--target", WASM, "--test", "web"];
    let mut command = command("cargo", &arguments);
    command
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", project().join(WEBDRIVER));
    if env::var_os("CHROMEDRIVER").is_none() {
        command.env("CHROMEDRIVER", "/usr/bin/chromedriver");
    }
    finish(&mut command)
}

/// The command line as its own tests have it: a plain build would resolve features without those tests' libraries, and build burn anew.
pub fn command_line() -> Outcome<PathBuf> {
    let tests = ["test", "--quiet", "--no-run", "--package", "noisewalk", "--features", NATIVE, "--test", "commands"];
    run("cargo", &tests)?;
    Ok(target_directory().join("debug/noisewalk"))
}

/// The built page in a real browser, with WebGPU and without; the command line judges the pictures that it saves.
fn end_to_end() -> Outcome {
    let mut tests = command("npm", &["test", "--silent"]);
    finish(tests.current_dir(project().join("tests/e2e")).env("NOISEWALK", command_line()?))
}
