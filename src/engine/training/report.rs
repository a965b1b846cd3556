//! What was learnt since the last report of the loss.

/// Parts of the schedule in which errors are counted.
pub use crate::protocol::BINS;

/// Milliseconds between two reports.
const EVERY: f64 = 100.0;
/// A loss above this has left all bounds: targets have unit variance.
const LARGEST_LOSS: f32 = 100.0;

/// Whether a mean loss is one that training can go on from; a NaN is not.
pub fn is_bounded(mean: f32) -> bool {
    mean < LARGEST_LOSS
}

/// What is told of updates.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Updates so far.
    pub update: u64,
    /// Mean loss since the last report.
    pub loss: f32,
    /// Sums and counts of errors in [`BINS`] equal parts of the schedule.
    pub by_timestep: Vec<[f32; 2]>,
    /// Updates a second.
    pub updates_per_second: f64,
}

/// A report in the making.
#[derive(Default)]
pub struct Report {
    began: f64,
    updates: u64,
    loss: f32,
    bins: Vec<[f32; 2]>,
}

impl Report {
    /// Adds updates that began at `now`: how many, their summed losses, and the last one's errors with their parts of the schedule.
    pub fn add(&mut self, updates: u64, sum: f32, errors: impl Iterator<Item = (f32, usize)>, now: f64) {
        if self.updates == 0 {
            *self = Self { began: now, bins: vec![[0.0; 2]; BINS], ..Self::default() };
        }
        self.updates += updates;
        self.loss += sum;
        for (error, bin) in errors {
            if let Some([sum, count]) = self.bins.get_mut(bin) {
                *sum += error;
                *count += 1.0;
            }
        }
    }

    /// The report, if it is time for one or this is the `last`; a new one begins.
    pub fn take_due(&mut self, update: u64, now: f64, last: bool) -> Option<Progress> {
        let millis = now - self.began;
        if self.updates == 0 || (millis < EVERY && !last) {
            return None;
        }
        let Self { updates, loss, bins, .. } = std::mem::take(self);
        let updates_per_second = 1000.0 * updates as f64 / millis.max(1e-3);
        Some(Progress { update, loss: loss / updates as f32, by_timestep: bins, updates_per_second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_means_and_come_when_they_are_due() {
        let mut report = Report::default();
        assert_eq!(report.take_due(0, 1e9, true), None);
        report.add(2, 3.0, [(1.0, 0), (2.0, 0), (4.0, 19)].into_iter(), 1000.0);
        assert_eq!(report.take_due(2, 1050.0, false), None);
        report.add(2, 1.0, std::iter::empty(), 1090.0);
        let Some(Progress { update: 4, loss, by_timestep, updates_per_second }) = report.take_due(4, 1200.0, false)
        else {
            panic!("it was due")
        };
        assert_eq!((loss, by_timestep[0], by_timestep[19], updates_per_second), (1.0, [3.0, 2.0], [4.0, 1.0], 20.0));
        assert_eq!(report.take_due(4, 1e9, true), None);
        assert!(is_bounded(2.0) && !is_bounded(1e3) && !is_bounded(f32::NAN));
    }
}
