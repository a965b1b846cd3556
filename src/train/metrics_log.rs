//! Rows of metrics, once as JSON lines and once as CSV.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::failure::{Context, Outcome};
use super::files;

/// The rows as JSON lines.
const JSON_LINES: &str = "metrics.jsonl";
/// The rows as CSV.
const TABLE: &str = "metrics.csv";

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
    /// Kept rows are never out of the files: each is rewritten whole or not at all.
    ///
    /// # Errors
    /// Where the files cannot be read or written.
    pub fn open(folder: &Path, step: u64) -> Outcome<Self> {
        let kept = if step == 0 { Vec::new() } else { rows(folder, step) };
        let context = format!("the metrics in {} could not be written", folder.display());
        let (mut lines, mut table) = (String::new(), csv::Writer::from_writer(Vec::new()));
        for row in &kept {
            lines += &serde_json::to_string(row).context(&context)?;
            lines.push('\n');
            table.serialize(row).context(&context)?;
        }
        let table = table.into_inner().context(&context)?;
        let append = |name: &str, kept: &[u8]| -> Outcome<File> {
            let path = folder.join(name);
            files::write(&path, kept)?;
            OpenOptions::new().append(true).open(path).context(&context)
        };
        let jsonl = append(JSON_LINES, lines.as_bytes())?;
        // The writer puts the header before its first row, and a table that goes on has one.
        let csv = csv::WriterBuilder::new().has_headers(kept.is_empty()).from_writer(append(TABLE, &table)?);
        Ok(Self { jsonl, csv })
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

/// The loss of a run's last row up to `step`; `None` where there is none.
pub fn last_loss(folder: &Path, step: u64) -> Option<f64> {
    rows(folder, step).last().map(|row| row.loss)
}

/// The rows of a run up to `step`; a line that a killed run left half is none.
fn rows(folder: &Path, step: u64) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join(JSON_LINES)).unwrap_or_default();
    let rows = text.lines().filter_map(|line| serde_json::from_str::<Row>(line).ok());
    rows.filter(|row| row.step <= step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: u64) -> Row {
        Row { step, images: 4, loss: 0.5, grad_norm: 1.0, learning_rate: 0.1, images_per_second: 9.0, seconds: 2.0 }
    }

    #[test]
    fn a_resumed_log_keeps_its_rows_and_one_header() {
        let folder = tempfile::tempdir().unwrap();
        let lines = |name: &str| -> Vec<String> {
            std::fs::read_to_string(folder.path().join(name)).unwrap().lines().map(str::to_owned).collect()
        };
        let mut log = MetricsLog::open(folder.path(), 0).unwrap();
        (1..=3).for_each(|step| log.write(&row(step)).unwrap());
        drop(log);
        // What a kill in the middle of a line leaves.
        let mut file = OpenOptions::new().append(true).open(folder.path().join(JSON_LINES)).unwrap();
        write!(file, "{{\"step\": 4, \"ima").unwrap();
        let mut log = MetricsLog::open(folder.path(), 2).unwrap();
        // Nothing is lost between opening and the first new row.
        assert_eq!((lines(JSON_LINES).len(), lines(TABLE).len()), (2, 3));
        log.write(&row(3)).unwrap();
        let table = lines(TABLE);
        assert_eq!((lines(JSON_LINES).len(), table.len()), (3, 4));
        assert_eq!(table.iter().filter(|line| line.starts_with("step")).count(), 1);
        assert_eq!((last_loss(folder.path(), 9), last_loss(folder.path(), 0)), (Some(0.5), None));
    }
}
