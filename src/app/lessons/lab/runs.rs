//! A bench as the page knows it: what it was asked and what the engine told of it. Places stay outside the signals, which hold only a version.

mod hear;

use std::rc::Rc;

use leptos::prelude::*;

use super::cloud::Cloud;
use super::field::Field;
use super::records::Records;
use super::settings::Lab;
use super::shader::Unfinished;
use crate::app::dom;
use crate::app::shell::{Shell, use_shell};
use crate::app::store::Store;
use crate::protocol::{DeviceKind, LabField, LabLook, LabRequest, LabRun};

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
    /// Whose weights both benches show: those stored at or before this update; the present ones where `None`.
    pub moment: RwSignal<Option<u64>>,
    /// What it is to do while the page is seen; nothing once it has done it.
    goal: StoredValue<Option<LabRun>>,
    /// How many runs were asked for; the end of an older one says nothing.
    ask: StoredValue<u32>,
    /// Whether the engine draws the particles.
    pub shader: Memo<bool>,
    /// The picture to be saved once the engine has sent its part.
    awaited: StoredValue<Option<Unfinished>, LocalStorage>,
    records: StoredValue<Records, LocalStorage>,
    shell: Shell,
}

impl Bench {
    /// A bench that nothing is known of.
    pub fn new(number: u8, store: Store<Lab>, moment: RwSignal<Option<u64>>, shader: Memo<bool>) -> Self {
        Self {
            number,
            store,
            version: RwSignal::new(0),
            update: RwSignal::new(0),
            running: RwSignal::new(false),
            speed: RwSignal::new(0.0),
            device: RwSignal::new(None),
            moment,
            goal: StoredValue::new(None),
            ask: StoredValue::new(0),
            shader,
            awaited: StoredValue::new_local(None),
            records: StoredValue::new_local(Records::default()),
            shell: use_shell(),
        }
    }

    fn ask(self, request: LabRequest) {
        self.shell.engine.lab(self.number, request);
    }

    /// Reads what is kept of it.
    pub fn with<T>(self, read: impl FnOnce(&Records) -> T) -> T {
        self.version.track();
        self.records.with_value(read)
    }

    /// Sends the settings where they have changed; what was learnt stays if the network's shape does.
    pub fn train(self) {
        let spec = self.store.peek().spec(self.number == 1);
        let update = self.update.get_untracked();
        let is_news = self.records.try_update_value(|records| {
            if records.asked.spec.as_ref() == Some(&spec) {
                return false;
            }
            if records.asked.spec.is_some() && update > 0 {
                records.mark(update, dom::now());
            }
            records.change(spec.clone());
            true
        });
        if is_news == Some(true) {
            self.ask(LabRequest::Train { spec, start: None });
        }
    }

    /// Sends everything to an engine that knows nothing: the settings, and the newest weights the page has of such a network.
    pub fn train_anew(self) {
        let spec = self.store.peek().spec(self.number == 1);
        let start = self.records.try_update_value(|records| {
            let fits = records.asked.spec.as_ref().is_some_and(|before| !spec.needs_new_network(before));
            records.change(spec.clone());
            records.kept.clone().filter(|_| fits)
        });
        self.ask(LabRequest::Train { spec, start: start.flatten() });
    }

    /// Learns on; in a tab that nobody sees, once it is seen.
    pub fn run(self, run: LabRun) {
        // A number of updates is an end, which a pause on the way does not move.
        let run = match run {
            LabRun::Updates(updates) => LabRun::Until(self.update.get_untracked() + u64::from(updates)),
            run => run,
        };
        self.goal.set_value(Some(run));
        if !document().hidden() {
            self.moment.set(None);
            self.send_run(run);
        }
    }

    fn send_run(self, run: LabRun) {
        let is_long = match run {
            LabRun::On => true,
            LabRun::Until(end) => end > self.update.get_untracked() + 1,
            LabRun::Updates(_) | LabRun::Wait => false,
        };
        self.running.set(is_long);
        self.shell.engine.lab_owes(self.number, run != LabRun::Wait);
        self.ask.update_value(|ask| *ask += 1);
        self.ask(LabRequest::Run { ask: self.ask.get_value(), run });
    }

    /// Waits.
    pub fn pause(self) {
        self.goal.set_value(None);
        self.send_run(LabRun::Wait);
    }

    /// Waits until the page is seen again.
    pub fn hide(self) {
        if self.goal.get_value().is_some() {
            self.send_run(LabRun::Wait);
        }
    }

    /// Goes on with what it was at.
    pub fn unhide(self) {
        self.goal.get_value().into_iter().for_each(|run| self.send_run(run));
    }

    /// What it is at.
    pub fn goal(self) -> Option<LabRun> {
        self.goal.get_value()
    }

    /// Begins anew.
    pub fn restart(self) {
        self.ask(LabRequest::Restart);
    }

    /// Goes back to the weights that are looked at; those after them are forgotten.
    pub fn rewind(self) {
        if let Some(update) = untrack(|| self.looked_at()) {
            self.goal.set_value(None);
            self.ask(LabRequest::Rewind(update));
        }
    }

    /// Forgets all.
    pub fn close(self) {
        self.lose();
        self.goal.set_value(None);
        self.ask(LabRequest::Close);
        self.forget();
    }

    /// There is no engine any more; what was learnt waits for the next one.
    pub fn lose(self) {
        self.running.set(false);
        self.device.set(None);
        self.shell.engine.lab_owes(self.number, false);
    }

    fn forget(self) {
        self.records.update_value(|records| {
            let asked = std::mem::take(&mut records.asked);
            *records = Records::default();
            records.asked = asked;
        });
        self.update.set(0);
        self.version.update(|version| *version += 1);
    }

    /// Whose weights are looked at: an update's, or the present ones.
    pub fn looked_at(self) -> Option<u64> {
        let moment = self.moment.get()?;
        self.with(|records| records.stored_before(moment))
    }

    /// Asks for what the settings show, at a state of the run and a moment of training; what is there or on its way is not asked for again.
    ///
    /// Clouds of another look are forgotten.
    pub fn look(self, settings: &Lab, state: u32) {
        let update = untrack(|| self.looked_at());
        let look = settings.look(update, self.shader.get_untracked());
        let field = settings.field().map(|(grid, exact)| LabField { update, state, grid, exact });
        let requests = self.records.try_update_value(|records| {
            let mut requests = Vec::new();
            let before = records.asked.look.clone();
            let is_other = |before: &LabLook| LabLook { update, ..before.clone() } != look;
            if before.as_ref().is_some_and(is_other) {
                (records.clouds, records.optimum) = (Vec::new(), None);
            }
            let is_there = update.is_some_and(|update| records.clouds.iter().any(|cloud| cloud.update == update));
            let has_optimum = !look.exact || records.optimum.is_some();
            if before.as_ref() != Some(&look) && !(is_there && has_optimum) {
                records.asked.look = Some(look.clone());
                requests.push(LabRequest::Look(look));
            }
            if records.asked.field != Some(field) {
                records.asked.field = Some(field);
                requests.push(LabRequest::Field(field));
            }
            requests
        });
        requests.into_iter().flatten().for_each(|request| self.ask(request));
    }

    /// The cloud of the weights looked at, or the newest there is.
    pub fn cloud(self) -> Option<Rc<Cloud>> {
        let wanted = self.looked_at();
        self.with(|records| {
            let found = wanted.and_then(|update| records.clouds.iter().find(|cloud| cloud.update == update));
            found.or(records.clouds.last()).cloned()
        })
    }

    /// The field of this kind, once it has come.
    pub fn field(self, grid: u32, exact: bool) -> Option<Rc<Field>> {
        let update = self.looked_at();
        self.with(|records| records.field.clone().filter(|field| field.answers(update, grid as usize, exact)))
    }
}
