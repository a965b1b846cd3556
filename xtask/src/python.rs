//! The shipped folders in Python's own libraries.
//!
//! `tokenizers` and `safetensors` are small and are installed: 145 MB in 22 s on two cores.
//! `torch`, `diffusers` and `transformers` are used where the machine has them and never installed: PyPI's `torch` for x86-64 is a wheel of
//! 0.9 GB whose `libtorch_cuda.so` needs thirteen more libraries from NVIDIA's packages before `import torch` works, about 3 GB to fetch in all.

use std::path::PathBuf;

use crate::checks;
use crate::process::{command, finish, output, project, run, tools_folder};
use crate::step::Checked;

/// What is installed, in versions that agree with `tests/words`.
const PACKAGES: [&str; 3] = ["tokenizers>=0.22,<1", "safetensors>=0.5", "numpy>=1.26"];

/// Runs `tests/python`; where Python or its packages cannot be had, says so and fails nothing.
pub fn check() -> Checked {
    let Some(python) = environment() else {
        return Ok(Some("skipped: Python with tokenizers and safetensors could not be had".into()));
    };
    let program = python.to_string_lossy().into_owned();
    let mut tests = command(&program, &["-m", "unittest", "discover", "--verbose", "tests/python"]);
    finish(tests.env("NOISEWALK", checks::command_line()?).current_dir(project()))?;
    let has_torch = output(&program, &["-c", "import torch, diffusers, transformers"]).is_some();
    Ok((!has_torch).then(|| "networks skipped: Python lacks torch, diffusers or transformers".into()))
}

/// The interpreter of an environment of the project's own, which sees the machine's packages too.
fn environment() -> Option<PathBuf> {
    let folder = tools_folder().join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let program = python.to_str()?;
    let has_packages = || output(program, &["-c", "import tokenizers, safetensors, numpy"]).is_some();
    if has_packages() {
        return Some(python.clone());
    }
    let name = if output("python3", &["--version"]).is_some() { "python3" } else { "python" };
    run(name, &["-m", "venv", "--system-site-packages", folder.to_str()?]).ok()?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "20"];
    run(program, &[&install[..], &PACKAGES].concat()).ok()?;
    has_packages().then(|| python.clone())
}
