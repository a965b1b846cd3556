//! Rows of metrics, once as JSON lines and once as CSV.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::failure::{Context, Outcome};

/// What is measured at one update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Number of updates done.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
    /// Mean loss since the row before.
    pub loss: f64,
    /// Norm of the gradient at this update, before the limit.
    pub grad_norm: f64,
    /// Learning rate of this update.
    pub learning_rate: f64,
    /// Pictures a second since the row before.
    pub images_per_second: f64,
    /// Seconds of training so far, earlier runs included.
    pub seconds: f64,
}

/// `metrics.jsonl` and `metrics.csv` of a run.
pub struct MetricsLog {
    jsonl: File,
    csv: csv::Writer<File>,
}

impl MetricsLog {
    /// Opens both files and keeps the rows up to `step`, dropping those a killed run wrote after its last checkpoint.
    ///
    /// # Errors
    /// Where the files cannot be read or written.
    pub fn open(folder: &Path, step: u64) -> Outcome<Self> {
        let (jsonl, table) = (folder.join("metrics.jsonl"), folder.join("metrics.csv"));
        let text = if step == 0 { String::new() } else { std::fs::read_to_string(&jsonl).unwrap_or_default() };
        let kept: Vec<Row> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let context = format!("the metrics in {} could not be written", folder.display());
        let create = |path| OpenOptions::new().create(true).write(true).truncate(true).open(path);
        let jsonl = create(jsonl).context(&context)?;
        let csv = csv::Writer::from_writer(create(table).context(&context)?);
        let mut log = Self { jsonl, csv };
        for row in kept.iter().filter(|row| row.step <= step) {
            log.write(row)?;
        }
        Ok(log)
    }

    /// Appends a row to both files.
    ///
    /// # Errors
    /// Where the disk is full or gone.
    pub fn write(&mut self, row: &Row) -> Outcome<()> {
        let context = "the metrics could not be written; is the disk full?";
        let line = serde_json::to_string(row).context(context)?;
        writeln!(self.jsonl, "{line}").context(context)?;
        self.csv.serialize(row).context(context)?;
        self.csv.flush().context(context)
    }
}
