//! The beats of lesson 3: each puts the stage into one state.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::{Layer, Mode, Words};
use super::{guidance, stage, text, word};
use crate::app::dom;
use crate::app::player::Player;
use crate::app::store::Store;
use crate::app::widgets::controls::chips;
use crate::app::widgets::frame::Beat;
use crate::app::widgets::predict::predict;
use crate::data::tokenizer::Tokenizer;
use crate::protocol::GenerateSpec;

/// A change of the settings.
type Change = fn(&mut Words, &Tokenizer);

/// What a beat may change.
#[derive(Clone, Copy)]
pub struct Context {
    /// The settings.
    pub store: Store<Words>,
    /// The head.
    pub player: Player,
    /// The run on the stage.
    pub runs: Runs,
    /// The run that a beat waits for, and the share of it where its key frame is.
    key: StoredValue<Option<(GenerateSpec, f64)>>,
    /// A prompt that a chip has set, and the visitor's own before it.
    lent: StoredValue<Option<(String, String)>>,
}

impl Context {
    /// Plays a beat's run to its key frame once the run is there.
    pub fn new(store: Store<Words>, player: Player, runs: Runs) -> Self {
        let context = Self { store, player, runs, key: StoredValue::new(None), lent: StoredValue::new(None) };
        Effect::new(move || {
            runs.begun.track();
            let shown = untrack(|| runs.shown_spec());
            match context.key.try_update_value(Option::take).flatten() {
                Some((spec, share)) if Some(&spec) == shown.as_ref() => context.play(share),
                _ => {}
            }
        });
        context
    }

    /// Plays the run of the plain settings, changed, up to a share of it; the visitor's prompt and seed stay.
    fn show(self, share: f64, change: Change) {
        let tokenizer = self.runs.tokenizer.get_untracked();
        let lent = self.lent.try_update_value(Option::take).flatten();
        self.store.edit(|settings| {
            let own = match lent {
                Some((lent, own)) if lent == settings.prompt => own,
                _ => settings.prompt.clone(),
            };
            *settings = Words { prompt: own.clone(), seed: settings.seed, ..Words::default() };
            change(settings, &tokenizer);
            if settings.prompt != own {
                self.lent.set_value(Some((settings.prompt.clone(), own)));
            }
        });
        match self.runs.awaited() {
            Some(spec) => self.key.set_value(Some((spec, share))),
            None => self.play(share),
        }
    }

    /// Plays from the start to a share of the run on the stage.
    fn play(self, share: f64) {
        let last = self.player.last.get_untracked();
        self.player.play_to((last as f64 * share) as usize);
    }

    fn enter(self, share: f64, change: Change) -> Box<dyn Fn()> {
        Box::new(move || self.show(share, change))
    }
}

/// All beats.
pub fn beats(context: Context) -> Vec<Beat> {
    let states: [(f64, Change); 6] = [
        (1.0, |_, _| {}),
        (0.5, look),
        (1.0, |settings, tokenizer| {
            settings.mode = Mode::Weigh;
            look(settings, tokenizer);
        }),
        (0.3, |settings, _| settings.shown = Layer::Denoised),
        (1.0, |settings, _| settings.mode = Mode::Grid),
        (1.0, VECTORS[0]),
    ];
    let asked = view! { {guidance::figure(context)}{predict(text::PREDICT, &text::PREDICTIONS)} };
    let vectors = chips(&text::VECTORS, move |index| context.show(1.0, VECTORS[index]));
    let extras = [None, None, None, Some(asked.into_any()), None, Some(vectors)];
    let mut beats: Vec<Beat> = text::BEATS
        .iter()
        .zip(states)
        .zip(extras)
        .map(|(((title, text), (share, change)), extra)| Beat {
            title: *title,
            text,
            enter: context.enter(share, change),
            extra,
        })
        .collect();
    beats.push(Beat {
        title: text::BREAK_IT.0,
        text: text::BREAK_IT.1,
        enter: context.enter(1.0, BREAKS[0]),
        extra: Some(chips(&text::BREAKS, move |index| context.show(1.0, BREAKS[index]))),
    });
    beats.push(Beat {
        title: text::LAB.0,
        text: text::LAB.1,
        enter: Box::new(move || {
            context.show(1.0, |_, _| {});
            dom::open("details.drawer");
        }),
        extra: Some(chips(&text::TRY, move |index| context.show(1.0, TRY[index]))),
    });
    beats
}

/// Looks at the first word that shows something.
fn look(settings: &mut Words, tokenizer: &Tokenizer) {
    settings.word = word::first(&tokenizer.encode(&settings.prompt));
}

/// What each chip of the beat on vectors does.
const VECTORS: [Change; 3] = [
    |settings, _| settings.mode = Mode::Versus,
    |settings, _| settings.mode = Mode::Walk,
    |settings, _| settings.mode = Mode::Sum,
];

/// What each chip of "break it" does.
const BREAKS: [Change; 3] = [
    |settings, _| settings.guidance = 15.0,
    |settings, _| settings.prompt = "a person with purpel hair and a monocle".into(),
    |settings, _| settings.prompt = "red hair, green hair, blue shirt, yellow shirt".into(),
];

/// What each chip of the lab does.
const TRY: [Change; 3] = [
    |settings, _| settings.negative = "glasses".into(),
    |settings, _| settings.prompt = "blue hair, yellow shirt".into(),
    |settings, _| settings.prompt = stage::random_caption(),
];
