//! The runs on the stage: the main one, the one it is compared with; recorded first, live as soon as possible.

use leptos::prelude::*;

use super::settings::Reverse;
use crate::app::engine_client::Status;
use crate::app::frames::{Origin, Slot, follow_address};
use crate::app::player::Player;
use crate::app::recorded;
use crate::app::shell::Shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::protocol::{Event, Frame, GenerateSpec, ModelSummary};

/// Which of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one the settings describe.
    Main,
    /// The one it is compared with.
    Other,
}

/// Both runs; copy it freely.
#[derive(Clone, Copy)]
pub struct Runs {
    shell: Shell,
    store: Store<Reverse>,
    slots: [StoredValue<Slot, LocalStorage>; 2],
    /// Changes whenever a frame changes.
    pub version: RwSignal<u32>,
    /// Where the main run's frames come from.
    pub origin: RwSignal<Origin>,
    /// The model that made them.
    pub model: RwSignal<Option<ModelSummary>>,
    last: RwSignal<usize>,
}

impl Runs {
    /// Fetches the recorded run, and runs live whenever the settings or the engine change.
    pub fn new(shell: Shell, store: Store<Reverse>) -> Self {
        let slots = [StoredValue::new_local(Slot::default()), StoredValue::new_local(Slot::default())];
        let runs = Self {
            shell,
            store,
            slots,
            version: RwSignal::new(0),
            origin: RwSignal::new(Origin::Nothing),
            model: RwSignal::new(None),
            last: RwSignal::new(0),
        };
        recorded::fetch("reverse", move |run| runs.show_recorded(run.model, run.spec, run.frames));
        let wanted = store.part(|settings| (settings.spec(), settings.compare.then(|| settings.other_spec())));
        Effect::new(move || {
            let (spec, other) = wanted.get();
            if shell.engine.status.get() == Status::Ready {
                runs.run(Which::Main, spec, other);
            }
        });
        on_cleanup(move || shell.engine.cancel());
        runs
    }

    /// Index of the last state.
    pub fn last_state(self) -> Signal<usize> {
        self.last.into()
    }

    /// A frame of a run, read without copying.
    pub fn with<T>(self, which: Which, state: usize, read: impl FnOnce(&Frame) -> T) -> Option<T> {
        self.slots[which as usize].try_with_value(|slot| slot.frames.get(state).map(read)).flatten()
    }

    /// A frame as [`Runs::with`], but asked for again whenever it may have changed.
    pub fn watch<T>(self, which: Which, state: usize, read: impl FnOnce(&Frame) -> T) -> Option<T> {
        self.version.track();
        self.with(which, state, read)
    }

    /// The settings of the run on the stage, which may still be the recorded one.
    pub fn shown_spec(self) -> Option<GenerateSpec> {
        self.version.track();
        self.slots[0].try_with_value(|slot| slot.spec.clone()).flatten()
    }

    /// Keeps the head in the address, and puts it where the address says once the states are there.
    pub fn follow(self, player: Player) {
        let store = self.store;
        follow_address(player, self.last, store.peek().head, move |head| {
            store.follow(|settings| settings.head = head);
        });
    }

    fn show_recorded(self, model: ModelSummary, spec: GenerateSpec, frames: Vec<Frame>) {
        if self.origin.try_get_untracked() != Some(Origin::Nothing) {
            return;
        }
        let last = frames.len().saturating_sub(1);
        self.slots[0].try_update_value(|slot| *slot = Slot::recorded(spec, frames));
        self.model.set(Some(model));
        self.origin.set(Origin::Recorded);
        self.last.set(last);
        self.version.update(|version| *version += 1);
    }

    /// Runs `spec`, then the one it is compared with; frames replace the old ones as they come, so nothing flashes.
    fn run(self, which: Which, spec: GenerateSpec, then: Option<GenerateSpec>) {
        let slot = self.slots[which as usize];
        if slot.with_value(|slot| slot.spec.as_ref() == Some(&spec) && slot.frames.len() == spec.steps as usize + 1)
            && (which == Which::Other || matches!(self.origin.get_untracked(), Origin::Live(Some(_))))
            && self.model.get_untracked() == self.shell.engine.model.get_untracked()
        {
            // Only the other run changed.
            if let Some(other) = then {
                self.run(Which::Other, other, None);
            }
            return;
        }
        slot.update_value(|slot| slot.arrived = 0);
        let pending = spec.clone();
        let mut then = then;
        self.shell.engine.generate(spec, move |event| match event {
            Event::Frame { frame, .. } => self.arrive(which, frame, &pending),
            Event::Finished { millis_per_step, .. } => {
                if which == Which::Main {
                    self.origin.try_set(Origin::Live(Some(*millis_per_step)));
                    self.shell.announce(strings::run_finished(pending.steps, *millis_per_step));
                }
                if let Some(other) = then.take() {
                    self.run(Which::Other, other, None);
                }
            }
            Event::Failed { what, hint, .. } => self.shell.notify(format!("{what}. {hint}")),
            _ => {}
        });
    }

    fn arrive(self, which: Which, frame: &Frame, spec: &GenerateSpec) {
        let stored = self.slots[which as usize].try_update_value(|slot| slot.arrive(frame, spec));
        if stored.is_none() {
            return;
        }
        if which == Which::Main {
            self.origin.try_set(Origin::Live(None));
            self.model.try_set(self.shell.engine.model.get_untracked());
            // All states count from the first on: the head can wait for one that is still to come.
            self.last.try_set(frame.of as usize);
        }
        self.version.try_update(|version| *version += 1);
    }
}
