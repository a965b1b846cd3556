//! A program that runs beside the checks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::step::Outcome;

/// A program that was started and writes into a file until somebody waits for it.
pub struct Beside {
    child: Child,
    log: PathBuf,
}

impl Beside {
    /// Starts a prepared command; what it says goes into the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Outcome<Self> {
        let unwritten = |error: std::io::Error| format!("{} cannot be written ({error})", log.display());
        log.parent().map_or(Ok(()), fs::create_dir_all).map_err(unwritten)?;
        let out = File::create(log).map_err(unwritten)?;
        let err = out.try_clone().map_err(unwritten)?;
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.map_err(|error| format!("{name} could not be started ({error})"))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// Waits for its end and prints what it said.
    pub fn end(mut self) -> Outcome {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        match fs::read(&self.log) {
            Ok(said) => print!("{}", String::from_utf8_lossy(&said)),
            Err(error) => println!("{} cannot be read ({error})", self.log.display()),
        }
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
    }
}

impl Drop for Beside {
    /// Nobody waits for it any more. What it started itself may finish; cargo's lock makes a later build wait for that.
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Runs a script and says how it ended and what was kept of it.
    fn shell(name: &str, script: &str) -> (Outcome, String) {
        let log = std::env::temp_dir().join(format!("noisewalk-{name}-{}", std::process::id()));
        let outcome = Beside::start(Command::new("sh").args(["-c", script]), &log).and_then(Beside::end);
        let said = fs::read_to_string(&log).unwrap_or_default();
        fs::remove_file(log).ok();
        (outcome, said)
    }

    #[test]
    fn its_end_is_that_of_the_program_and_both_its_streams_are_kept() {
        assert_eq!(shell("good", "echo one; echo two >&2"), (Ok(()), "one\ntwo\n".into()));
        let (outcome, said) = shell("bad", "echo wrong; exit 3");
        assert_eq!((outcome, &*said), (Err("it ended with exit status: 3".into()), "wrong\n"));
    }

    #[test]
    fn what_cannot_be_started_is_named() {
        let log = std::env::temp_dir().join(format!("noisewalk-none-{}", std::process::id()));
        let refusal = Beside::start(&mut Command::new("there-is-no-such-program"), &log).err().unwrap_or_default();
        assert!(refusal.contains("there-is-no-such-program"), "{refusal}");
        fs::remove_file(log).ok();
        let refusal = Beside::start(&mut Command::new("sh"), Path::new("/dev/null/log")).err().unwrap_or_default();
        assert!(refusal.contains("/dev/null/log"), "{refusal}");
    }

    #[test]
    fn it_ends_when_nobody_waits_for_it() {
        let began = Instant::now();
        drop(Beside::start(Command::new("sleep").arg("60"), Path::new("/dev/null")));
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
