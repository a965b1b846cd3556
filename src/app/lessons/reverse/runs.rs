//! The runs on the stage: the main one, the one it is compared with; recorded first, live as soon as possible.

use leptos::prelude::*;

use super::settings::Reverse;
use crate::app::dom;
use crate::app::engine_client::Status;
use crate::app::frames::{Maker, Origin, Slot, follow_address};
use crate::app::player::Player;
use crate::app::recorded;
use crate::app::shell::Shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::protocol::{DeviceChoice, Event, Frame, GenerateSpec, ModelSummary, RecordedRun};

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
    /// The recorded run, kept to be compared with its live twin.
    recorded: StoredValue<Option<RecordedRun>, LocalStorage>,
    /// Changes whenever a frame changes.
    pub version: RwSignal<u32>,
    /// Where the main run's frames come from.
    pub origin: RwSignal<Origin>,
    /// The model that made them.
    pub model: RwSignal<Option<ModelSummary>>,
    /// Whether the pixel whose numbers are shown is marked on the picture.
    pub marked: RwSignal<bool>,
    last: RwSignal<usize>,
    /// Counts the runs asked for, so that the end of one that was replaced is told apart.
    asked: StoredValue<u32>,
}

impl Runs {
    /// Fetches the recorded run, and runs live whenever the settings or the engine change.
    pub fn new(shell: Shell, store: Store<Reverse>) -> Self {
        let slots = [StoredValue::new_local(Slot::default()), StoredValue::new_local(Slot::default())];
        let runs = Self {
            shell,
            store,
            slots,
            recorded: StoredValue::new_local(None),
            version: RwSignal::new(0),
            origin: RwSignal::new(Origin::Nothing),
            model: RwSignal::new(None),
            marked: RwSignal::new(false),
            last: RwSignal::new(0),
            asked: StoredValue::new(0),
        };
        recorded::fetch("reverse", move |run| runs.show_recorded(run));
        let wanted = store.part(|settings| (settings.spec(), settings.compare.then(|| settings.other_spec())));
        Effect::new(move || {
            let (spec, other) = wanted.get();
            if shell.engine.status.get() == Status::Ready {
                runs.update(spec, other);
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

    /// Whether a state of the main run is there; before, its place holds a state of the run before, so that nothing flashes.
    pub fn has_arrived(self, state: usize) -> bool {
        self.version.track();
        self.slots[0].try_with_value(|slot| slot.has_arrived(state)).unwrap_or(false)
    }

    /// The settings of the run on the stage, which may still be the recorded one.
    pub fn shown_spec(self) -> Option<GenerateSpec> {
        self.version.track();
        self.slots[0].try_with_value(|slot| slot.spec.clone()).flatten()
    }

    /// Keeps the head in the address, and puts it where the address says once the states are there.
    pub fn follow(self, player: Player) {
        follow_address(player, self.last, self.store, |settings| &mut settings.head);
    }

    /// The settings of the recorded run, where there is one.
    pub fn recorded_spec(self) -> Option<GenerateSpec> {
        self.version.track();
        self.recorded.try_with_value(|run| run.as_ref().map(|run| run.spec.clone())).flatten()
    }

    /// The command that made the recorded run, where there is one.
    pub fn recorded_by(self) -> Option<String> {
        self.version.track();
        self.recorded.try_with_value(|run| run.as_ref().map(|run| run.command.clone())).flatten()
    }

    /// Largest difference between the live run on the stage and the recorded one, in levels of 255 over all states; `None` where they are not of the same settings and model.
    pub fn against_recorded(self) -> Option<u8> {
        self.version.track();
        let Origin::Live(_, Some(_)) = self.origin.get() else { return None };
        let model = self.model.get()?;
        self.recorded.try_with_value(|run| {
            let run = run.as_ref().filter(|run| run.model.short_hash == model.short_hash)?;
            self.slots[0].try_with_value(|slot| {
                let same = slot.spec.as_ref() == Some(&run.spec) && slot.frames.len() == run.frames.len();
                let pairs = slot.frames.iter().zip(&run.frames);
                same.then(|| {
                    pairs.flat_map(|(live, then)| live.x.iter().zip(&then.x)).map(|(a, b)| a.abs_diff(*b)).max()
                })?
            })?
        })?
    }

    /// Has the recorded run computed again, on a live device in any case.
    pub fn run_again(self) {
        let Some(spec) = untrack(|| self.recorded_spec()) else { return };
        self.store.edit(|settings| settings.take(&spec));
        let engine = self.shell.engine;
        if matches!(engine.status.get_untracked(), Status::Off | Status::Failed(..)) {
            engine.choose(DeviceChoice::Auto);
            dom::set_in_address("device", None);
        } else if let Some(maker) = engine.maker().filter(|_| engine.status.get_untracked() == Status::Ready) {
            self.run(Which::Main, spec, None, maker);
        }
    }

    fn show_recorded(self, run: RecordedRun) {
        self.recorded.try_set_value(Some(run.clone()));
        if self.origin.try_get_untracked() != Some(Origin::Nothing) {
            return;
        }
        let last = run.frames.len().saturating_sub(1);
        self.slots[0].try_update_value(|slot| *slot = Slot::recorded(run.spec, run.frames));
        self.model.set(Some(run.model));
        self.origin.set(Origin::Recorded);
        self.last.set(last);
        self.version.update(|version| *version += 1);
    }

    /// Asks for what is wanted and not there, and stops what is under way and not wanted any more.
    fn update(self, spec: GenerateSpec, other: Option<GenerateSpec>) {
        let Some(maker) = self.shell.engine.maker() else { return };
        let is_missing =
            |which: Which, spec: &GenerateSpec| !self.slots[which as usize].with_value(|slot| slot.holds(spec, &maker));
        let main = is_missing(Which::Main, &spec);
        match other.filter(|other| is_missing(Which::Other, other)) {
            other if main => self.run(Which::Main, spec, other, maker),
            Some(other) => self.run(Which::Other, other, None, maker),
            None => self.shell.engine.cancel(),
        }
    }

    /// Runs `spec`, then the one it is compared with; frames replace the old ones as they come, so nothing flashes.
    fn run(self, which: Which, spec: GenerateSpec, then: Option<GenerateSpec>, maker: Maker) {
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let pending = spec.clone();
        let mut then = then;
        self.shell.engine.generate(spec, move |event| match event {
            Event::Frame { frame, .. } => self.arrive(which, frame, &pending, &maker),
            Event::Finished { millis_per_step, .. } => {
                if which == Which::Main {
                    self.origin.try_set(Origin::Live(maker.device, Some(*millis_per_step)));
                    self.shell.announce(strings::run_finished(pending.steps, *millis_per_step));
                }
                if let Some(other) = then.take() {
                    self.run(Which::Other, other, None, maker.clone());
                }
            }
            Event::Failed { what, hint, .. } => {
                self.shell.notify(format!("{what}. {hint}"));
                self.break_off(which, asked);
            }
            Event::Cancelled { .. } => self.break_off(which, asked),
            _ => {}
        });
    }

    /// A run that ended early and that no other has replaced ends with the states that are there.
    fn break_off(self, which: Which, asked: u32) {
        if self.asked.try_get_value() != Some(asked) {
            return;
        }
        let count = self.slots[which as usize].try_update_value(|slot| {
            slot.break_off();
            slot.frames.len()
        });
        if let (Which::Main, Some(count)) = (which, count) {
            self.last.try_set(count.saturating_sub(1));
        }
        self.version.try_update(|version| *version += 1);
    }

    fn arrive(self, which: Which, frame: &Frame, spec: &GenerateSpec, maker: &Maker) {
        let stored = self.slots[which as usize].try_update_value(|slot| slot.arrive(frame, spec, maker));
        if stored.is_none() {
            return;
        }
        if which == Which::Main {
            self.origin.try_set(Origin::Live(maker.device, None));
            self.model.try_set(Some(maker.model.clone()));
            // All states count from the first on: the head can wait for one that is still to come.
            self.last.try_set(frame.of as usize);
        }
        self.version.try_update(|version| *version += 1);
    }
}
