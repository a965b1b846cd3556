//! What is kept of a bench on the page: clouds within bounds of memory, losses, edits, weights for the day the engine is lost.

use std::rc::Rc;

use super::cloud::Cloud;
use super::field::Field;
use crate::protocol::{BINS, LabField, LabLook, LabSpec, LabStart};

/// How much of the errors by timestep is kept at each report.
const MEMORY: f32 = 0.9;
/// Reports kept; then every second one is dropped.
const MOST_LOSSES: usize = 4000;
/// Bytes of clouds a bench keeps; beyond, those farthest from the one looked at go first and are asked for again.
const MOST_BYTES: usize = 32 << 20;
/// Changes of the settings within this time of one another are one mark on the curve: a slider that is dragged, in milliseconds.
const ONE_EDIT: f64 = 1500.0;

/// What was learnt of a bench.
#[derive(Default)]
pub struct Records {
    /// Clouds of the present look: of stored weights by update, the present ones at the end.
    pub clouds: Vec<Rc<Cloud>>,
    /// The optimum's particles under the present look.
    pub optimum: Option<Rc<Cloud>>,
    /// The newest field.
    pub field: Option<Rc<Field>>,
    /// Updates whose weights the engine keeps, in order.
    pub stored: Vec<u64>,
    /// The schedule that is learnt: ln SNR at even places, and how much the loss varies under it and under the linear one.
    pub learned: Option<(Vec<f32>, [f32; 2])>,
    /// Weights to go on from.
    pub kept: Option<LabStart>,
    /// What the engine was last asked, so that it is not asked twice.
    pub asked: Asked,
    losses: Vec<(u64, f32)>,
    by_timestep: Vec<[f32; 2]>,
    /// Updates at which settings changed.
    edits: Vec<u64>,
    last_edit: f64,
}

/// The last requests of each kind.
#[derive(Default)]
pub struct Asked {
    /// The settings.
    pub spec: Option<LabSpec>,
    /// The particles.
    pub look: Option<LabLook>,
    /// The field.
    pub field: Option<Option<LabField>>,
}

impl Records {
    /// Other settings are learnt from now on: what was seen under the old ones is asked for again, and the newest stays until then.
    pub fn change(&mut self, spec: LabSpec) {
        self.asked = Asked { spec: Some(spec), ..Asked::default() };
        self.clouds.drain(..self.clouds.len().saturating_sub(1));
        (self.optimum, self.field) = (None, None);
    }

    /// Notes a report.
    pub fn note(&mut self, update: u64, loss: f32, by_timestep: &[[f32; 2]]) {
        self.losses.push((update, loss));
        if self.losses.len() > MOST_LOSSES {
            let mut index = 0;
            self.losses.retain(|_| {
                index += 1;
                index % 2 == 0
            });
        }
        self.by_timestep.resize(BINS, [0.0; 2]);
        for (kept, new) in self.by_timestep.iter_mut().zip(by_timestep) {
            *kept = [MEMORY * kept[0] + new[0], MEMORY * kept[1] + new[1]];
        }
    }

    /// Notes that settings changed at an update, at a time in milliseconds.
    pub fn mark(&mut self, update: u64, now: f64) {
        if now - self.last_edit < ONE_EDIT {
            self.edits.pop();
        }
        self.last_edit = now;
        self.edits.push(update);
    }

    /// Notes that the engine keeps the weights of an update.
    pub fn store(&mut self, update: u64) {
        if let Err(at) = self.stored.binary_search(&update) {
            self.stored.insert(at, update);
        }
    }

    /// Keeps a cloud in order; one of weights that are not stored gives way to the next.
    pub fn keep(&mut self, cloud: Cloud, stored: bool, looked_at: Option<u64>) {
        let update = cloud.update;
        if stored {
            self.store(update);
        }
        self.clouds.retain(|old| old.update != update && self.stored.binary_search(&old.update).is_ok());
        let at = self.clouds.partition_point(|old| old.update < update);
        self.clouds.insert(at, Rc::new(cloud));
        let near = looked_at.unwrap_or(u64::MAX);
        while self.clouds.len() > 1 && self.clouds.iter().map(|cloud| cloud.bytes()).sum::<usize>() > MOST_BYTES {
            let [first, last] = [0, self.clouds.len() - 1];
            let away = |index: usize| self.clouds[index].update.abs_diff(near);
            // The newest stays while the present is looked at, and the one looked at always.
            self.clouds.remove(if away(first) >= away(last) { first } else { last });
        }
    }

    /// Forgets particles that the engine has let go; whoever looks at them again asks for them again.
    pub fn let_go(&mut self, name: u32) {
        let known = |records: &Self| records.clouds.len() + usize::from(records.optimum.is_some());
        let before = known(self);
        self.clouds.retain(|cloud| cloud.held != Some(name));
        self.optimum = self.optimum.take().filter(|cloud| cloud.held != Some(name));
        if known(self) < before {
            self.asked.look = None;
        }
    }

    /// Forgets what came after an update.
    pub fn cut(&mut self, update: u64) {
        self.stored.retain(|stored| *stored <= update);
        self.clouds.retain(|cloud| cloud.update <= update);
        self.losses.retain(|(at, _)| *at <= update);
        self.edits.retain(|at| *at <= update);
        self.kept = self.kept.take().filter(|kept| kept.update <= update);
        self.field = None;
    }

    /// The newest stored update at or before one.
    pub fn stored_before(&self, update: u64) -> Option<u64> {
        self.stored[..self.stored.partition_point(|stored| *stored <= update)].last().copied()
    }

    /// The mean loss in each of `points` equal parts of the updates up to `end`; a part without a report has the one before.
    pub fn losses(&self, points: usize, end: u64) -> Vec<f64> {
        let mut next = self.losses.iter().peekable();
        let mut last = self.losses.first().map_or(1.0, |(_, loss)| f64::from(*loss));
        let mut at = |point: usize| {
            let until = end as f64 * (point + 1) as f64 / points as f64;
            let (mut sum, mut count) = (0.0, 0);
            while let Some((_, loss)) = next.next_if(|(update, _)| *update as f64 <= until) {
                sum += f64::from(*loss);
                count += 1;
            }
            if count > 0 {
                last = sum / f64::from(count);
            }
            last
        };
        (0..points).map(&mut at).collect()
    }

    /// The updates at which settings changed, as shares of `end`.
    pub fn marks(&self, end: u64) -> Vec<f64> {
        self.edits.iter().map(|update| *update as f64 / end.max(1) as f64).collect()
    }

    /// The mean error of each part of the schedule, lately.
    pub fn by_timestep(&self) -> Vec<f64> {
        let mean = |[sum, count]: &[f32; 2]| f64::from(sum / count.max(1e-6));
        self.by_timestep.iter().map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Lab;
    use super::*;

    fn cloud(update: u64) -> Cloud {
        Cloud { update, alphas_cumprod: vec![0.1, 1.0], places: vec![0.0, 1.0, 2.0, 3.0], ..Cloud::default() }
    }

    fn updates(records: &Records) -> Vec<u64> {
        records.clouds.iter().map(|cloud| cloud.update).collect()
    }

    #[test]
    fn clouds_are_kept_in_order_and_only_the_newest_of_the_unstored() {
        let mut records = Records::default();
        records.keep(cloud(0), true, None);
        records.keep(cloud(50), false, None);
        records.keep(cloud(60), true, None);
        records.keep(cloud(30), true, None);
        records.keep(cloud(70), false, None);
        assert_eq!((updates(&records), &records.stored[..]), (vec![0, 30, 60, 70], &[0, 30, 60][..]));
        assert_eq!((records.stored_before(59), records.stored_before(60)), (Some(30), Some(60)));
        records.mark(20, 0.0);
        records.mark(65, 1e6);
        records.cut(40);
        assert_eq!((updates(&records), records.marks(40)), (vec![0, 30], vec![0.5]));
    }

    #[test]
    fn what_the_engine_lets_go_is_asked_for_again() {
        let held = |update: u64, name: u32| Cloud { held: Some(name), ..cloud(update) };
        let mut records = Records { optimum: Some(Rc::new(held(0, 3))), ..Records::default() };
        records.keep(held(0, 1), true, None);
        records.keep(held(30, 2), true, None);
        records.asked.look = Some(Lab::default().look(None, true));
        records.let_go(7);
        assert!(records.asked.look.is_some(), "another bench's");
        records.let_go(1);
        assert_eq!((updates(&records), records.optimum.is_some()), (vec![30], true));
        assert!(records.asked.look.is_none());
        records.let_go(3);
        assert!(records.optimum.is_none());
    }

    #[test]
    fn clouds_take_only_so_much_memory() {
        let large = |update: u64| Cloud { places: vec![0.0; MOST_BYTES / 16], ..cloud(update) };
        let mut records = Records::default();
        (0..8).for_each(|update| records.keep(large(update), true, Some(2)));
        // Each is a quarter of what there may be: those around the one that is looked at stay.
        assert_eq!(updates(&records).len(), 4);
        assert!(updates(&records).contains(&2) && !updates(&records).contains(&7));
        records.keep(large(9), false, None);
        assert!(updates(&records).contains(&9), "the present, where it is looked at");
    }

    #[test]
    fn a_drag_is_one_mark() {
        let mut records = Records::default();
        (0..20).for_each(|tick| records.mark(100 + tick, 5000.0 + 30.0 * tick as f64));
        records.mark(400, 60_000.0);
        assert_eq!(records.marks(1000), [0.119, 0.4]);
    }

    #[test]
    fn losses_are_means_over_even_parts_of_the_training() {
        let mut records = Records::default();
        [(10, 1.0), (20, 3.0), (60, 0.1)].iter().for_each(|(update, loss)| records.note(*update, *loss, &[]));
        let curve = records.losses(4, 100);
        // 1 and 3 in the first quarter, nothing in the second, 0.1 in the third, nothing after it.
        let wanted = [2.0, 2.0, 0.1, 0.1];
        assert!(curve.iter().zip(wanted).all(|(got, want)| (got - want).abs() < 1e-6), "{curve:?}");
    }

    #[test]
    fn old_losses_are_thinned() {
        let mut records = Records::default();
        (0..=MOST_LOSSES as u64).for_each(|update| records.note(update, 1.0, &[[1.0, 2.0]; BINS]));
        assert_eq!(records.losses.len(), MOST_LOSSES / 2);
        assert!((records.by_timestep()[0] - 0.5).abs() < 1e-5);
    }
}
