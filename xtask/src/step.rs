//! A step of the set-up: what it is for, how long it takes, and what to do when it fails.

use std::time::Instant;

/// What a step, a check or a command returns: nothing, or one sentence.
pub type Outcome<T = ()> = Result<T, String>;

/// What a check returns: nothing where it ran whole, or what of it was skipped and why.
pub type Checked = Outcome<Option<String>>;

/// Something to be installed.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// How long it takes on two cores.
    pub takes: &'static str,
    /// Whether there is nothing to do.
    pub is_done: fn() -> bool,
    /// Does it.
    pub run: fn() -> Outcome,
    /// What a person does where it fails.
    pub remedy: &'static str,
}

/// Runs the steps that are not done yet.
pub fn run_all(steps: &[Step]) -> Outcome {
    for step in steps {
        if (step.is_done)() {
            println!("· {}: there", step.name);
            continue;
        }
        println!("· {}: {} ({})", step.name, step.does, step.takes);
        let began = Instant::now();
        (step.run)().map_err(|error| format!("the step “{}” failed: {error}\n  remedy: {}", step.name, step.remedy))?;
        println!("  done in {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}
