//! A bench as the page knows it: what the engine told of it. Places stay outside the signals, which hold only a version.

use std::rc::Rc;

use leptos::prelude::*;

use super::cloud::Cloud;
use super::scene::Field;
use super::settings::Lab;
use super::text;
use crate::app::shell::{Shell, use_shell};
use crate::app::store::Store;
use crate::diffusion::math;
use crate::protocol::{BINS, DeviceKind, LabEvent, LabField, LabLook, LabRequest};

/// Updates that are made by themselves when the lab opens.
pub const FIRST_UPDATES: u32 = 400;
/// How much of the errors by timestep is kept at each report.
const MEMORY: f32 = 0.9;
/// Reports kept; then every second one is dropped.
const MOST_LOSSES: usize = 4000;

/// What was learnt of a bench.
#[derive(Default)]
struct Inner {
    /// Clouds of the present look: of stored weights by update, the present ones at the end.
    clouds: Vec<Rc<Cloud>>,
    field: Option<(u64, u32, Field)>,
    losses: Vec<(u64, f32)>,
    by_timestep: Vec<[f32; 2]>,
    /// Updates at which settings changed.
    edits: Vec<u64>,
    /// Updates whose weights the engine keeps.
    stored: Vec<u64>,
}

/// Where a bench computes, the measured milliseconds an update (CPU first), and the network's parameters.
pub type Place = (DeviceKind, [Option<f64>; 2], u64);

/// A bench; copy it freely.
#[derive(Clone, Copy)]
pub struct Bench {
    /// Which of the two.
    pub number: u8,
    /// The settings.
    pub store: Store<Lab>,
    /// Counts news.
    pub version: RwSignal<u32>,
    /// Updates made.
    pub update: RwSignal<u64>,
    /// Whether it learns.
    pub running: RwSignal<bool>,
    /// Updates a second.
    pub speed: RwSignal<f64>,
    /// Where it computes, the measured milliseconds an update, and the parameters.
    pub device: RwSignal<Option<Place>>,
    /// Index of the weights looked at, among the stored; the present ones beyond.
    pub moment: RwSignal<usize>,
    /// How many weights are stored.
    pub moments: RwSignal<usize>,
    inner: StoredValue<Inner, LocalStorage>,
    shell: Shell,
}

impl Bench {
    /// A bench that nothing is known of.
    pub fn new(number: u8, store: Store<Lab>) -> Self {
        Self {
            number,
            store,
            version: RwSignal::new(0),
            update: RwSignal::new(0),
            running: RwSignal::new(false),
            speed: RwSignal::new(0.0),
            device: RwSignal::new(None),
            moment: RwSignal::new(usize::MAX),
            moments: RwSignal::new(0),
            inner: StoredValue::new_local(Inner::default()),
            shell: use_shell(),
        }
    }

    fn ask(self, request: LabRequest) {
        self.shell.engine.lab(self.number, request);
    }

    /// Sends the settings; what was learnt stays if the network's shape does.
    pub fn train(self) {
        let update = self.update.get_untracked();
        if update > 0 {
            self.inner.update_value(|inner| inner.edits.push(update));
        }
        self.ask(LabRequest::Train(self.store.peek().spec(self.number == 1)));
    }

    /// Learns on, for so many updates or without end.
    pub fn run(self, updates: Option<u32>) {
        self.running.set(updates.is_none_or(|updates| updates > 1));
        self.moment.set(usize::MAX);
        self.ask(updates.map_or(LabRequest::Resume, LabRequest::Advance));
    }

    /// Waits.
    pub fn pause(self) {
        self.running.set(false);
        self.ask(LabRequest::Pause);
    }

    /// Begins anew.
    pub fn restart(self) {
        self.ask(LabRequest::Restart);
    }

    /// Forgets all.
    pub fn close(self) {
        self.running.set(false);
        self.ask(LabRequest::Close);
        self.forget();
    }

    fn forget(self) {
        self.inner.update_value(|inner| *inner = Inner::default());
        self.update.set(0);
        self.moment.set(usize::MAX);
        self.moments.set(0);
        self.version.update(|version| *version += 1);
    }

    /// Whose weights are looked at: an update's, or the present ones.
    pub fn looked_at(self) -> Option<u64> {
        let moment = self.moment.get();
        self.inner.with_value(|inner| inner.stored.get(moment).copied())
    }

    /// Asks for what the settings show, at a state of the run and a moment of training.
    ///
    /// Clouds of another look are forgotten if `changed`.
    pub fn look(self, settings: &Lab, state: u32, changed: bool) {
        if changed {
            self.inner.update_value(|inner| inner.clouds.clear());
        }
        let launched = settings.launched.iter().map(|packed| super::settings::place(*packed)).collect();
        let field = settings.field().map(|(grid, exact)| LabField { state, grid, exact });
        let look = LabLook {
            update: untrack(|| self.looked_at()),
            particles: settings.particles,
            launched,
            sampler: settings.sampler,
            steps: settings.steps,
            eta: if settings.sde { 1.0 } else { 0.0 },
            field,
        };
        self.ask(LabRequest::Look(look));
    }

    /// The cloud of the weights looked at, or the newest there is.
    pub fn cloud(self) -> Option<Rc<Cloud>> {
        self.version.track();
        let wanted = self.looked_at();
        self.inner.with_value(|inner| {
            let found = wanted.and_then(|update| inner.clouds.iter().find(|cloud| cloud.update == update));
            found.or(inner.clouds.last()).cloned()
        })
    }

    /// Whether the cloud of the weights looked at is there.
    pub fn has_cloud(self) -> bool {
        let wanted = untrack(|| self.looked_at());
        self.inner
            .with_value(|inner| wanted.is_none_or(|update| inner.clouds.iter().any(|cloud| cloud.update == update)))
    }

    /// Reads the field, if one has come.
    pub fn with_field<T>(self, read: impl FnOnce(&Field) -> T) -> Option<T> {
        self.version.track();
        self.inner.with_value(|inner| inner.field.as_ref().map(|(_, _, field)| read(field)))
    }

    /// The logarithm of the loss over training, `points` evenly spaced updates; and the updates at which settings changed, as shares.
    pub fn losses(self, points: usize) -> (Vec<f64>, Vec<f64>) {
        self.version.track();
        self.inner.with_value(|inner| {
            let end = inner.losses.last().map_or(1, |(update, _)| *update).max(1) as f64;
            let mut next = inner.losses.iter().peekable();
            let mut last = f64::from(inner.losses.first().map_or(1.0, |(_, loss)| *loss));
            let at = |point: usize| {
                let until = end * (point + 1) as f64 / points as f64;
                while let Some((_, loss)) = next.next_if(|(update, _)| *update as f64 <= until) {
                    last = 0.7 * last + 0.3 * f64::from(*loss);
                }
                math::ln(last.max(1e-9)) / core::f64::consts::LN_10
            };
            ((0..points).map(at).collect(), inner.edits.iter().map(|update| *update as f64 / end).collect())
        })
    }

    /// The mean error of each part of the schedule, lately.
    pub fn by_timestep(self) -> Vec<f64> {
        self.version.track();
        let mean = |[sum, count]: &[f32; 2]| f64::from(sum / count.max(1e-6));
        self.inner.with_value(|inner| inner.by_timestep.iter().map(mean).collect())
    }

    /// Takes in what the engine says.
    pub fn hear(self, event: &LabEvent) {
        match event {
            LabEvent::Began { device, millis, parameters, .. } => {
                self.forget();
                self.inner.update_value(|inner| inner.stored.push(0));
                self.moments.set(1);
                self.device.set(Some((*device, *millis, *parameters)));
            }
            LabEvent::Progress { update, loss, by_timestep, updates_per_second } => {
                self.update.set(*update);
                self.speed.set(*updates_per_second);
                self.inner.update_value(|inner| inner.note(*update, *loss, by_timestep));
            }
            LabEvent::Cloud { update, stored, alphas_cumprod, places, distance } => {
                let cloud = Cloud {
                    update: *update,
                    alphas_cumprod: alphas_cumprod.clone(),
                    places: places.clone(),
                    distance: *distance,
                };
                let count = self.inner.try_update_value(|inner| inner.keep(cloud, *stored));
                count.into_iter().for_each(|count| self.moments.set(count));
            }
            LabEvent::Field { update, state, alpha, sigma, denoised, exact } => {
                let side = math::sqrt((denoised.len() / 2) as f64).round() as usize;
                let field =
                    Field { side, alpha: *alpha, sigma: *sigma, denoised: denoised.clone(), exact: exact.clone() };
                self.inner.update_value(|inner| inner.field = Some((*update, *state, field)));
            }
            LabEvent::Diverged { update, back_to } => {
                self.running.set(false);
                self.update.set(*back_to);
                self.shell.notify(text::diverged(*update, *back_to));
                self.inner.update_value(|inner| inner.cut(*back_to));
            }
            LabEvent::Rested => self.running.set(false),
            LabEvent::Refused { what, hint } => self.shell.notify(format!("{what}. {hint}")),
        }
        self.version.update(|version| *version += 1);
    }
}

impl Inner {
    fn note(&mut self, update: u64, loss: f32, by_timestep: &[[f32; 2]]) {
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

    /// Keeps a cloud in order; one of weights that are not stored gives way to the next. Returns how many weights are stored.
    fn keep(&mut self, cloud: Cloud, stored: bool) -> usize {
        if stored && !self.stored.contains(&cloud.update) {
            self.stored.push(cloud.update);
            self.stored.sort_unstable();
        }
        let update = cloud.update;
        self.clouds.retain(|old| old.update != update && self.stored.contains(&old.update));
        let at = self.clouds.partition_point(|old| old.update < update);
        self.clouds.insert(at, Rc::new(cloud));
        self.stored.len()
    }

    /// Forgets what came after an update.
    fn cut(&mut self, update: u64) {
        self.stored.retain(|stored| *stored <= update);
        self.clouds.retain(|cloud| cloud.update <= update);
        self.losses.retain(|(at, _)| *at <= update);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(update: u64) -> Cloud {
        Cloud { update, alphas_cumprod: vec![0.1, 1.0], places: vec![0.0, 1.0, 2.0, 3.0], distance: None }
    }

    #[test]
    fn clouds_are_kept_in_order_and_only_the_newest_of_the_unstored() {
        let mut inner = Inner::default();
        inner.keep(cloud(0), true);
        inner.keep(cloud(50), false);
        inner.keep(cloud(60), true);
        inner.keep(cloud(30), true);
        assert_eq!(inner.keep(cloud(70), false), 3);
        let updates: Vec<u64> = inner.clouds.iter().map(|cloud| cloud.update).collect();
        assert_eq!(updates, [0, 30, 60, 70]);
        inner.cut(40);
        assert_eq!(inner.stored, [0, 30]);
    }

    #[test]
    fn a_cloud_knows_its_places() {
        let cloud = cloud(0);
        assert_eq!((cloud.count(), cloud.last(), cloud.place(1, 0)), (1, 1, [2.0, 3.0]));
        assert!(cloud.place(2, 0)[0].is_nan());
    }

    #[test]
    fn old_losses_are_thinned() {
        let mut inner = Inner::default();
        (0..=MOST_LOSSES as u64).for_each(|update| inner.note(update, 1.0, &[[1.0, 2.0]; BINS]));
        assert_eq!(inner.losses.len(), MOST_LOSSES / 2);
        assert!((inner.by_timestep[0][0] / inner.by_timestep[0][1] - 0.5).abs() < 1e-5);
    }
}
