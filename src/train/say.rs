//! Answers of commands on standard output.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Writes a text; a reader that has seen enough, as `head` has, ends the command without a complaint.
pub fn say(text: Arguments<'_>) {
    if let Err(error) = std::io::stdout().write_fmt(text) {
        let is_failure = error.kind() != ErrorKind::BrokenPipe;
        if is_failure {
            eprintln!("error: the answer could not be written ({error}); check the disk or the pipe it goes to");
        }
        std::process::exit(i32::from(is_failure));
    }
}
