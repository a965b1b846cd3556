//! The progress bar: loss, pictures a second, time left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::metrics_log::Row;

/// A bar over the updates of a run; where there is no terminal, a line for each row instead.
pub struct Progress {
    bar: ProgressBar,
    to_terminal: bool,
    quiet: bool,
    total: u64,
}

impl Progress {
    /// A bar at `done` of `total`.
    pub fn new(done: u64, total: u64, quiet: bool) -> Self {
        let to_terminal = !quiet && console_is_terminal();
        let target = if to_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target).with_position(done);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta} left") {
            bar.set_style(style);
        }
        bar.reset_eta();
        Self { bar, to_terminal, quiet, total }
    }

    /// Shows a row of metrics.
    pub fn row(&self, row: &Row) {
        self.bar.set_position(row.step);
        self.bar.set_message(format!("loss {:.4} · {:.0} images/s ·", row.loss, row.images_per_second));
        if !self.to_terminal && !self.quiet {
            let left = row.seconds / row.step.max(1) as f64 * self.total.saturating_sub(row.step) as f64;
            eprintln!(
                "{}/{} loss {:.4} · {:.0} images/s · {:.0} min left",
                row.step,
                self.total,
                row.loss,
                row.images_per_second,
                left / 60.0
            );
        }
    }

    /// A sentence above the bar.
    pub fn say(&self, sentence: &str) {
        if self.to_terminal {
            self.bar.println(sentence);
        } else if !self.quiet {
            eprintln!("{sentence}");
        }
    }
}

fn console_is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
