//! What ran, how long it took, how it ended.

use std::time::{Duration, Instant};

use crate::step::{Checked, Outcome};

/// The checks run so far.
#[derive(Default)]
pub struct Summary {
    rows: Vec<(&'static str, Duration, Checked)>,
}

impl Summary {
    /// Runs a check and remembers how it went; a failure does not stop the others.
    pub fn run(&mut self, name: &'static str, check: impl FnOnce() -> Checked) {
        println!("\n=== {name}");
        let began = Instant::now();
        let outcome = check();
        match &outcome {
            Ok(None) => {}
            Ok(Some(skipped)) => println!("{skipped}"),
            Err(failure) => println!("{name} failed: {failure}"),
        }
        self.rows.push((name, began.elapsed(), outcome));
    }

    /// Prints the table; an error where a check failed.
    pub fn finish(self) -> Outcome {
        println!("\n=== summary");
        for (name, took, outcome) in &self.rows {
            let result = match outcome {
                Ok(None) => "ok".to_owned(),
                Ok(Some(skipped)) => format!("ok; {skipped}"),
                Err(failure) => failure.clone(),
            };
            println!("{name:<12} {:>6.0} s  {result}", took.as_secs_f64());
        }
        let total: Duration = self.rows.iter().map(|(_, took, _)| *took).sum();
        println!("{:<12} {:>6.0} s", "all", total.as_secs_f64());
        let failed = self.rows.iter().filter(|(.., outcome)| outcome.is_err()).count();
        println!("{} passed, {failed} failed", self.rows.len() - failed);
        if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} checks failed", self.rows.len())) }
    }
}
