//! The run on the stage: recorded first, live as soon as possible, again with every change.

use leptos::prelude::*;

use super::settings::Words;
use super::word;
use crate::app::engine_client::Status;
use crate::app::frames::{Maker, Origin, Slot, follow_address};
use crate::app::player::Player;
use crate::app::recorded;
use crate::app::shell::Shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::data::tokenizer::{Encoding, Tokenizer};
use crate::protocol::{Event, Frame, GenerateSpec, ModelSummary, RecordedRun};

/// The run; copy it freely.
#[derive(Clone, Copy)]
pub struct Runs {
    shell: Shell,
    store: Store<Words>,
    slot: StoredValue<Slot, LocalStorage>,
    /// Changes whenever a frame changes.
    pub version: RwSignal<u32>,
    /// Where the frames come from.
    pub origin: RwSignal<Origin>,
    /// The model that made them.
    pub model: RwSignal<Option<ModelSummary>>,
    /// Counts runs whose first state has come.
    pub begun: RwSignal<u32>,
    /// The tokenizer of the model; the captions' own before one is there.
    pub tokenizer: Memo<Tokenizer>,
    /// The prompt that is typed, as tokens.
    pub encoding: Memo<Encoding>,
    /// Place of the word looked at in it; 0 for none.
    pub word: Memo<u32>,
    /// The settings of the run on the stage.
    pub shown: RwSignal<Words>,
    /// Place of the word looked at in the prompt on the stage; 0 where that has none.
    pub heard: Memo<u32>,
    /// The run that is asked for.
    wanted: Memo<GenerateSpec>,
    /// The command that made the recorded run.
    pub recorded_by: RwSignal<String>,
    last: RwSignal<usize>,
    /// Counts the runs asked for, so that the end of one that was replaced is told apart.
    asked: StoredValue<u32>,
}

impl Runs {
    /// Fetches the recorded run, and runs live whenever the settings or the engine change.
    pub fn new(shell: Shell, store: Store<Words>) -> Self {
        let model = RwSignal::new(None::<ModelSummary>);
        let tokenizer = Memo::new(move |_| {
            let words = model.get().and_then(|model| model.words);
            words.and_then(|words| words.tokenizer().ok()).unwrap_or_else(Tokenizer::of_captions)
        });
        let encode = move |text: &str| tokenizer.with(|tokenizer| tokenizer.encode(text));
        let prompt = store.part(|settings| settings.prompt.clone());
        let encoding = Memo::new(move |_| prompt.with(|prompt| encode(prompt)));
        let chosen = store.part(|settings| (settings.mode, settings.word));
        let word = Memo::new(move |_| {
            let (mode, chosen) = chosen.get();
            encoding.with(|encoding| word::looked_at(mode, chosen, encoding))
        });
        let shown = RwSignal::new(Words::default());
        let heard = Memo::new(move |_| {
            let on_stage = shown.with(|shown| encode(&shown.prompt));
            encoding.with(|encoding| word::follow(encoding, word.get(), &on_stage))
        });
        let runs = Self {
            shell,
            store,
            slot: StoredValue::new_local(Slot::default()),
            version: RwSignal::new(0),
            origin: RwSignal::new(Origin::Nothing),
            model,
            begun: RwSignal::new(0),
            tokenizer,
            encoding,
            word,
            shown,
            heard,
            wanted: Memo::new(move |_| tokenizer.with(|tokenizer| store.get().spec(tokenizer))),
            recorded_by: RwSignal::new(String::new()),
            last: RwSignal::new(0),
            asked: StoredValue::new(0),
        };
        recorded::fetch("words", move |run| runs.show_recorded(run));
        Effect::new(move || {
            let spec = runs.wanted.get();
            if shell.engine.status.get() == Status::Ready {
                runs.run(spec);
            }
        });
        on_cleanup(move || shell.engine.cancel());
        runs
    }

    /// Index of the last state.
    pub fn last_state(self) -> Signal<usize> {
        self.last.into()
    }

    /// A frame, read without copying, and asked for again whenever it may have changed.
    pub fn watch<T>(self, state: usize, read: impl FnOnce(&Frame) -> T) -> Option<T> {
        self.version.track();
        self.slot.try_with_value(|slot| slot.frames.get(state).map(read)).flatten()
    }

    /// The settings of the run on the stage, which may still be the recorded one.
    pub fn shown_spec(self) -> Option<GenerateSpec> {
        self.version.track();
        self.slot.try_with_value(|slot| slot.spec.clone()).flatten()
    }

    /// The run that the settings ask for, where its states are still to come.
    pub fn awaited(self) -> Option<GenerateSpec> {
        let comes = self.shell.engine.status.get_untracked() == Status::Ready && self.is_other();
        comes.then(|| self.wanted.get_untracked())
    }

    /// Whether the run on the stage is not the one that the settings ask for, and no other will come.
    pub fn is_left_over(self) -> bool {
        let (origin, status) = (self.origin.get(), self.shell.engine.status.get());
        self.begun.track();
        self.wanted.track();
        let waits = status == Status::Ready && matches!(origin, Origin::Live(..));
        origin != Origin::Nothing && !waits && self.is_other()
    }

    fn is_other(self) -> bool {
        let shown = self.slot.try_with_value(|slot| slot.spec.clone()).flatten();
        shown.as_ref() != Some(&self.wanted.get_untracked())
    }

    /// The last state of this very run: while one is under way, those after it may still be of the run before.
    pub fn reached(self) -> usize {
        self.version.track();
        let arrived = self.slot.try_with_value(Slot::arrived).unwrap_or_default();
        arrived.checked_sub(1).unwrap_or(usize::MAX)
    }

    /// Keeps the head in the address, and puts it where the address says once the states are there.
    pub fn follow(self, player: Player) {
        let store = self.store;
        follow_address(player, self.last, store, |settings| &mut settings.at);
    }

    fn show_recorded(self, run: RecordedRun) {
        if self.origin.try_get_untracked() != Some(Origin::Nothing) {
            return;
        }
        let last = run.frames.len().saturating_sub(1);
        self.shown.set(Words::of(&run.spec));
        self.slot.try_update_value(|slot| *slot = Slot::recorded(run.spec, run.frames));
        self.model.set(Some(run.model));
        self.recorded_by.set(run.command);
        self.origin.set(Origin::Recorded);
        self.last.set(last);
        self.version.update(|version| *version += 1);
    }

    /// Frames replace the old ones as they come, so nothing flashes; a later run replaces one under way.
    fn run(self, spec: GenerateSpec) {
        let Some(maker) = self.shell.engine.maker() else { return };
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        let pending = spec.clone();
        self.shell.engine.generate(spec, move |event| match event {
            Event::Frame { frame, .. } => self.arrive(frame, &pending, &maker),
            Event::Finished { millis_per_step, .. } => {
                self.origin.try_set(Origin::Live(maker.device, Some(*millis_per_step)));
                self.shell.announce(strings::run_finished(pending.steps, *millis_per_step));
            }
            Event::Failed { what, hint, .. } => {
                self.shell.notify(format!("{what}. {hint}"));
                self.break_off(asked);
            }
            Event::Cancelled { .. } => self.break_off(asked),
            _ => {}
        });
    }

    /// A run that ended early and that no other has replaced ends with the states that are there.
    fn break_off(self, asked: u32) {
        if self.asked.try_get_value() != Some(asked) {
            return;
        }
        let count = self.slot.try_update_value(|slot| {
            slot.break_off();
            slot.arrived()
        });
        if let Some(count) = count {
            self.last.try_set(count.saturating_sub(1));
        }
        self.version.try_update(|version| *version += 1);
    }

    fn arrive(self, frame: &Frame, spec: &GenerateSpec, maker: &Maker) {
        let Some(()) = self.slot.try_update_value(|slot| slot.arrive(frame, spec, maker)) else { return };
        let is_first = frame.step == 0;
        self.origin.try_set(Origin::Live(maker.device, None));
        self.model.try_set(Some(maker.model.clone()));
        // All states count from the first on: the head can wait for one that is still to come.
        self.last.try_set(frame.of as usize);
        self.version.try_update(|version| *version += 1);
        if is_first {
            self.shown.try_set(Words::of(spec));
            self.begun.try_update(|begun| *begun += 1);
        }
    }
}
