//! What comes from the system's packages.

use std::process::Command;

use crate::process::{command, exists, finish, project};
use crate::step::{Outcome, Step};

/// Node.js and npm, which fetch wasm-opt and drive the browser in tests.
pub fn node() -> Step {
    Step {
        name: "node",
        does: "installs Node.js and npm with apt",
        takes: "about a minute",
        is_done: || exists("node") && exists("npm"),
        run: || apt_install(&["nodejs", "npm"]),
        remedy: "install Node.js 18.14 or newer with npm",
    }
}

/// What the tests need beside it.
pub fn test_steps() -> Vec<Step> {
    vec![
        Step {
            name: "browser",
            does: "installs Chromium and its driver with apt",
            takes: "about a minute",
            is_done: || exists("chromium") && exists("chromedriver"),
            run: || apt_install(&["chromium", "chromium-driver"]),
            remedy: "install Chromium and ChromeDriver of one version and put both on the PATH",
        },
        Step {
            name: "browser tests",
            does: "installs playwright-core with npm",
            takes: "some seconds",
            is_done: || project().join("tests/e2e/node_modules/playwright-core").exists(),
            run: || {
                let folder = project().join("tests/e2e");
                finish(command("npm", &["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(folder))
            },
            remedy: "run `npm ci` in tests/e2e",
        },
    ]
}

/// Installs Debian packages as root or with sudo; elsewhere the step's remedy says what to do.
fn apt_install(packages: &[&str]) -> Outcome {
    if !exists("apt-get") {
        return Err("this system has no apt".into());
    }
    let is_root = crate::process::output("id", &["-u"]).is_some_and(|id| id == "0");
    let apt = |arguments: &[&str]| {
        let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root {
            command.arg("apt-get");
        }
        finish(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["-qq", "update"])?;
    let mut arguments = vec!["-qq", "install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}
