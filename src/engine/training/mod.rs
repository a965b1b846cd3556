//! Training in the tab: updates in bursts short enough that every message is heard between two, with reports, pauses, stored weights and the
//! way back from a loss that leaves all bounds. What learns is a [`Trainee`]; the loop knows nothing of its network or data.

pub mod adam;
pub mod report;

use burn::tensor::Tensor;

use super::platform::{Platform, Trouble};
use crate::protocol::LabRun;
use report::{Progress, Report, is_bounded};

/// How long updates go on before the browser is let in, in milliseconds.
const BURST: f64 = 12.0;
/// Most updates of a burst.
const LONGEST: f64 = 256.0;

/// What an update was wrong by.
pub struct Errors {
    /// Squared error of each example of the batch, in units of the network's target, `[B]`; it stays on the device.
    pub values: Tensor<1>,
    /// The part of the schedule each example was noised to, of [`report::BINS`].
    pub bins: Vec<usize>,
}

/// A network that learns by updates.
pub trait Trainee {
    /// Its weights, cheap to keep.
    type Weights: Clone;

    /// Updates so far.
    fn update(&self) -> u64;

    /// One update; nothing is read back.
    fn step(&mut self) -> Errors;

    /// The weights as they are now.
    fn weights(&self) -> Self::Weights;

    /// Goes on from other weights, which `update` updates had made; what the optimiser remembered is forgotten.
    fn load(&mut self, update: u64, weights: &Self::Weights);

    /// Hears the errors of the last update, once a burst, when they have been read.
    fn hear(&mut self, errors: &[f32]) {
        let _ = errors;
    }
}

/// What a course tells.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Updates were made.
    Progress(Progress),
    /// The weights of this update are kept.
    Stored(u64),
    /// The loss left all bounds.
    Diverged {
        /// Where.
        update: u64,
        /// Whose weights are back.
        back_to: u64,
    },
    /// A run has ended.
    Rested {
        /// Which.
        ask: u32,
        /// Updates so far.
        update: u64,
    },
}

/// A trainee on its way.
pub struct Course<T: Trainee> {
    /// What learns.
    pub trainee: T,
    /// Updates left; `None` while it runs without end.
    left: Option<u64>,
    /// Which request it runs for.
    ask: u32,
    /// Updates that fit into a burst.
    pace: f64,
    stored: Vec<(u64, T::Weights)>,
    report: Report,
}

impl<T: Trainee> Course<T> {
    /// A course that waits.
    pub fn new(trainee: T) -> Self {
        let stored = vec![(trainee.update(), trainee.weights())];
        Self { trainee, left: Some(0), ask: 0, pace: 1.0, stored, report: Report::default() }
    }

    /// Whether it learns on.
    pub fn is_running(&self) -> bool {
        self.left != Some(0)
    }

    /// Learns on, or waits; the last report before a rest comes with it.
    pub fn run(&mut self, ask: u32, run: LabRun, now: f64) -> Vec<News> {
        let update = self.trainee.update();
        self.ask = ask;
        self.left = match run {
            LabRun::On => None,
            LabRun::Updates(updates) => Some(u64::from(updates)),
            LabRun::Until(end) => Some(end.saturating_sub(update)),
            LabRun::Wait => Some(0),
        };
        let mut news = Vec::new();
        news.extend(self.report.take_due(update, now, true).map(News::Progress));
        if !self.is_running() {
            news.push(News::Rested { ask, update });
        }
        news
    }

    /// Does what another course was at: a new network in the place of an old one.
    pub fn inherit(&mut self, before: &Self) {
        (self.left, self.ask) = (before.left, before.ask);
    }

    /// Forgets how long an update takes: settings have changed.
    pub fn change_pace(&mut self) {
        self.pace = 1.0;
    }

    /// The stored weights of an update.
    pub fn stored(&self, update: u64) -> Option<&T::Weights> {
        self.stored.iter().find(|(stored, _)| *stored == update).map(|(_, weights)| weights)
    }

    /// All stored weights, oldest first.
    pub fn all_stored(&mut self) -> &mut Vec<(u64, T::Weights)> {
        &mut self.stored
    }

    /// Back to the newest stored weights at or before `update`; those after them are forgotten. Waits; returns whose weights are back.
    pub fn rewind(&mut self, update: u64) -> u64 {
        let first = self.stored.first().map_or(0, |(stored, _)| *stored);
        self.stored.retain(|(stored, _)| *stored <= update.max(first));
        if let Some((stored, weights)) = self.stored.last() {
            self.trainee.load(*stored, weights);
        }
        self.left = Some(0);
        self.report = Report::default();
        self.trainee.update()
    }

    /// A burst of updates, at most `most`.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    pub async fn burst<P: Platform>(&mut self, platform: &P, most: u64) -> Result<Vec<News>, Trouble> {
        let (began, first) = (platform.now_millis(), self.trainee.update());
        let store = next_store(first);
        // A burst ends where weights are stored.
        let wanted = (self.pace as u64).min(most).min(store - first).min(self.left.unwrap_or(u64::MAX));
        let mut sum: Option<Tensor<1>> = None;
        let mut last = None;
        for _ in 0..wanted {
            let errors = self.trainee.step();
            let mean = errors.values.clone().mean();
            sum = Some(match sum.take() {
                Some(sum) => sum + mean,
                None => mean,
            });
            last = Some(errors);
        }
        let (Some(sum), Some(Errors { values, bins })) = (sum, last) else { return Ok(Vec::new()) };
        let numbers = platform.numbers(Tensor::cat(vec![sum, values], 0)).await?;
        let now = platform.now_millis();
        // Towards as many updates as fill a burst, by at most a factor of two.
        let fitting = wanted as f64 * BURST / (now - began).max(0.1);
        self.pace = fitting.clamp(0.5 * self.pace, 2.0 * self.pace).clamp(1.0, LONGEST);
        if let Some(left) = &mut self.left {
            *left -= wanted;
        }
        let (sum, errors) = numbers.split_first().map_or((f32::NAN, [].as_slice()), |(sum, rest)| (*sum, rest));
        let update = self.trainee.update();
        if !is_bounded(sum / wanted as f32) {
            // The weights that this burst began with may be the broken ones.
            let back_to = self.rewind(first.saturating_sub(1));
            return Ok(vec![News::Diverged { update, back_to }]);
        }
        self.trainee.hear(errors);
        let mut news = Vec::new();
        if update == store {
            self.stored.push((update, self.trainee.weights()));
            news.push(News::Stored(update));
        }
        self.report.add(wanted, sum, errors.iter().copied().zip(bins), began);
        news.extend(self.report.take_due(update, now, !self.is_running()).map(News::Progress));
        if !self.is_running() {
            news.push(News::Rested { ask: self.ask, update });
        }
        Ok(news)
    }
}

/// The first update after this one whose weights are stored: each about an eighth further on than the one before, the same for every course.
fn next_store(update: u64) -> u64 {
    let mut store = 0;
    while store <= update {
        store += 4 + store / 8;
    }
    store
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::engine::device::Opened;
    use crate::protocol::{DeviceChoice, Event};

    /// A clock that an update moves by a millisecond.
    struct World(Cell<f64>);

    impl Platform for World {
        fn send(&self, _event: Event) {}
        async fn breathe(&self) {}
        async fn fetch(&self, url: &str, _on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, Trouble> {
            Err(Trouble::new(url, ""))
        }
        async fn open_device(&self, _choice: DeviceChoice) -> Opened {
            Opened {
                device: None,
                report: crate::engine::device::report(
                    crate::protocol::DeviceKind::Cpu,
                    String::new(),
                    Default::default(),
                ),
            }
        }
        fn now_millis(&self) -> f64 {
            self.0.set(self.0.get() + 1.0);
            self.0.get()
        }
    }

    /// Learns to count; its loss is a NaN from update `breaks` on.
    struct Counter {
        update: u64,
        breaks: u64,
    }

    impl Trainee for Counter {
        type Weights = u64;
        fn update(&self) -> u64 {
            self.update
        }
        fn step(&mut self) -> Errors {
            let value = if self.update >= self.breaks { f32::NAN } else { 0.5 };
            self.update += 1;
            Errors { values: Tensor::from_data(TensorData::new(vec![value], [1]), &Device::flex()), bins: vec![0] }
        }
        fn weights(&self) -> u64 {
            self.update
        }
        fn load(&mut self, update: u64, weights: &u64) {
            assert_eq!(update, *weights);
            self.update = update;
        }
    }

    fn all(course: &mut Course<Counter>) -> Vec<News> {
        let world = World(Cell::new(0.0));
        let mut news = Vec::new();
        while course.is_running() {
            news.extend(futures::executor::block_on(course.burst(&world, 1000)).unwrap());
        }
        news
    }

    #[test]
    fn every_course_stores_the_same_updates() {
        let stored = |pieces: &[u32]| {
            let mut course = Course::new(Counter { update: 0, breaks: u64::MAX });
            for (ask, piece) in pieces.iter().enumerate() {
                course.run(ask as u32, LabRun::Updates(*piece), 0.0);
                let news = all(&mut course);
                assert_eq!(news.last(), Some(&News::Rested { ask: ask as u32, update: course.trainee.update }));
            }
            course.all_stored().iter().map(|(update, _)| *update).collect::<Vec<_>>()
        };
        let whole = stored(&[200]);
        assert_eq!(whole, stored(&[1, 50, 3, 146]));
        assert_eq!(whole[..5], [0, 4, 8, 13, 18]);
        assert!(whole.len() < 25, "{whole:?}");
    }

    #[test]
    fn a_run_ends_where_it_was_told_to() {
        let mut course = Course::new(Counter { update: 0, breaks: u64::MAX });
        assert!(course.run(1, LabRun::On, 0.0).is_empty() && course.is_running());
        course.run(2, LabRun::Until(30), 0.0);
        all(&mut course);
        assert_eq!(course.trainee.update, 30);
        let rested = News::Rested { ask: 3, update: 30 };
        assert_eq!(course.run(3, LabRun::Until(10), 0.0), [rested]);
        assert_eq!(course.rewind(29), 24);
        assert_eq!((course.trainee.update, course.stored(24), course.stored(31)), (24, Some(&24), None));
    }

    #[test]
    fn a_broken_loss_goes_back_before_the_burst_that_showed_it() {
        let mut course = Course::new(Counter { update: 0, breaks: 18 });
        course.run(1, LabRun::On, 0.0);
        let news = all(&mut course);
        let Some(News::Diverged { update, back_to }) = news.last() else { panic!("{news:?}") };
        // Update 18's own weights are stored, and they are the broken ones.
        assert!(*update > 18 && *back_to == 13, "{update} {back_to}");
        assert!(!course.is_running() && course.trainee.update == 13);
    }
}
