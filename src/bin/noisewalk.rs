//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    noisewalk::train::cli::main()
}
