//! Stopping at a person's wish: Ctrl-C asks, the loop saves and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::{Context, Outcome};

/// A flag that Ctrl-C sets.
///
/// # Errors
/// Where the system refuses to tell of Ctrl-C.
pub fn stop_on_ctrl_c() -> Outcome<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).context("Ctrl-C could not be caught")?;
    Ok(stop)
}
