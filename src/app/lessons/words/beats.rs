//! The beats of lesson 3: each puts the stage into one state.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::{Layer, Mode, Words};
use super::{guidance, stage, text};
use crate::app::player::Player;
use crate::app::store::Store;
use crate::app::widgets::controls::chips;
use crate::app::widgets::frame::Beat;
use crate::app::widgets::predict::predict;

/// A change of the settings.
type Change = fn(&mut Words);

/// What a beat may change.
#[derive(Clone, Copy)]
pub struct Context {
    /// The settings.
    pub store: Store<Words>,
    /// The head.
    pub player: Player,
}

impl Context {
    /// Shows a share of the run with the plain settings, changed; the visitor's prompt and seed stay.
    fn show(self, share: f64, change: Change) {
        self.store.edit(|settings| {
            *settings = Words { prompt: settings.prompt.clone(), seed: settings.seed, ..Words::default() };
            change(settings);
        });
        let last = self.player.last.get_untracked();
        self.player.seek((last as f64 * share) as usize);
    }
}

/// All beats.
pub fn beats(context: Context, runs: Runs) -> Vec<Beat> {
    let states: [(f64, Change); 8] = [
        (1.0, |_| {}),
        (0.5, |settings| settings.word = 2),
        (1.0, |settings| {
            settings.mode = Mode::Weigh;
            settings.word = 2;
        }),
        (0.3, |settings| settings.shown = Layer::Denoised),
        (1.0, |settings| settings.mode = Mode::Grid),
        (1.0, |settings| settings.mode = Mode::Versus),
        (1.0, |settings| settings.mode = Mode::Walk),
        (1.0, |settings| settings.mode = Mode::Sum),
    ];
    let mut extras: [Option<AnyView>; 8] = [const { None }; 8];
    extras[3] = Some(guidance::figure(context, runs));
    extras[4] = Some(predict(text::PREDICT, &text::PREDICTIONS));
    let taught = text::BEATS.iter().zip(states).zip(extras.iter_mut());
    let mut beats: Vec<Beat> = taught
        .map(|(((title, text), (share, change)), extra)| Beat {
            title,
            text,
            enter: Box::new(move || context.show(share, change)),
            extra: extra.take(),
        })
        .collect();
    beats.push(Beat {
        title: text::BREAK_IT.0,
        text: text::BREAK_IT.1,
        enter: Box::new(move || context.show(1.0, |settings| settings.guidance = 15.0)),
        extra: Some(chips(&text::BREAKS, move |index| context.show(1.0, BREAKS[index]))),
    });
    beats.push(Beat {
        title: text::LAB.0,
        text: text::LAB.1,
        enter: Box::new(|| {}),
        extra: Some(chips(&text::TRY, move |index| context.show(1.0, TRY[index]))),
    });
    beats
}

/// What each chip of "break it" does.
const BREAKS: [Change; 3] = [
    |settings| settings.guidance = 15.0,
    |settings| settings.prompt = "a person with purpel hair and a monocle".into(),
    |settings| settings.prompt = "red hair, green hair, blue shirt, yellow shirt".into(),
];

/// What each chip of the lab does.
const TRY: [Change; 3] = [
    |settings| settings.negative = "glasses".into(),
    |settings| settings.prompt = "blue hair, yellow shirt".into(),
    |settings| settings.prompt = stage::random_caption(),
];
