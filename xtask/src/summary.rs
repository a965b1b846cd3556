//! What ran, how long it took, how it ended.

use std::time::{Duration, Instant};

use crate::step::Outcome;

/// The checks run so far.
#[derive(Default)]
pub struct Summary {
    rows: Vec<(&'static str, Duration, Option<String>)>,
}

impl Summary {
    /// Runs a check and remembers how it went; a failure does not stop the others.
    pub fn run(&mut self, name: &'static str, check: impl FnOnce() -> Outcome) {
        println!("\n=== {name}");
        let began = Instant::now();
        let failure = check().err();
        if let Some(failure) = &failure {
            println!("{name} failed: {failure}");
        }
        self.rows.push((name, began.elapsed(), failure));
    }

    /// Prints the table; an error where a check failed.
    pub fn finish(self) -> Outcome {
        println!("\n=== summary");
        for (name, took, failure) in &self.rows {
            let result = failure.as_deref().unwrap_or("ok");
            println!("{name:<12} {:>6.0} s  {result}", took.as_secs_f64());
        }
        let total: Duration = self.rows.iter().map(|(_, took, _)| *took).sum();
        println!("{:<12} {:>6.0} s", "all", total.as_secs_f64());
        let failed = self.rows.iter().filter(|(.., failure)| failure.is_some()).count();
        println!("{} passed, {failed} failed", self.rows.len() - failed);
        if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} checks failed", self.rows.len())) }
    }
}
