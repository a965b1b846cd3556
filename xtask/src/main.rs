//! Project chores: set-up, build, serve, test.
//!
//! `cargo xtask serve` and `cargo xtask test` are all a newcomer needs; both install what is missing first.

mod beside;
mod budgets;
mod checks;
mod offline;
mod page;
mod process;
mod python;
mod security_policy;
mod step;
mod summary;
mod system;
mod tools;
mod wasm_target;

use std::path::PathBuf;
use std::process::ExitCode;

use step::Outcome;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--release] [--port N]   set up what is missing, build the page and serve it
  build                          leave a static page in dist/
  test [CHECK …]                 set up what is missing and run every check, or the named ones
  setup                          only install what is missing
  pictures                       make the pictures of the README (after build)
  seal FOLDER                    allow the page's own scripts in its Content-Security-Policy, and list the files
                                 that are kept for use without a network (trunk calls this)
";

/// Finishes a built page in `folder`, or in trunk's staging folder where none is named.
fn seal(folder: Option<&str>) -> Outcome {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let folder = folder.map(PathBuf::from).or(staging).unwrap_or_else(|| process::project().join("dist"));
    security_policy::write(&folder)?;
    // While developing, a page that keeps itself would show yesterday's code.
    if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "debug") { Ok(()) } else { offline::seal(&folder) }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["serve", rest @ ..] => page::serve(rest),
        ["build"] => step::run_all(&page::steps()).and_then(|()| page::build()),
        ["test", rest @ ..] => checks::test(rest),
        ["setup"] => step::run_all(&page::steps()).and_then(|()| step::run_all(&checks::steps())),
        ["pictures"] => step::run_all(&checks::steps()).and_then(|()| checks::pictures()),
        ["seal", rest @ ..] => seal(rest.first().copied()),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            Ok(())
        }
        [other, ..] => Err(format!("there is no command {other}; cargo xtask help lists them")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
