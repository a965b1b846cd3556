//! The beats of lesson 4: each puts the bench into one state.

use leptos::prelude::*;

use super::settings::{CUSTOM, Quantity, Schedules};
use super::{editor, text};
use crate::app::player::Player;
use crate::app::store::Store;
use crate::app::widgets::controls::chips;
use crate::app::widgets::frame::Beat;
use crate::app::widgets::predict::predict;

/// A change of the settings.
type Change = fn(&mut Schedules);

/// Shows a share of the steps with the plain settings, changed; the visitor's face and curve stay.
fn show(store: Store<Schedules>, player: Player, share: f64, change: Change) {
    store.edit(|settings| {
        *settings = Schedules { seed: settings.seed, points: settings.points.clone(), ..Schedules::default() };
        change(settings);
    });
    player.seek((f64::from(store.peek().total) * share) as usize);
}

/// All beats.
pub fn beats(store: Store<Schedules>, player: Player) -> Vec<Beat> {
    let states: [(f64, Change); 6] = [
        (0.3, |settings| settings.shown = vec![0]),
        (0.2, |_| {}),
        (0.3, |settings| settings.quantity = Quantity::LogSnr),
        (0.1, |settings| settings.quantity = Quantity::Information),
        (1.0, |settings| settings.quantity = Quantity::Snr),
        (0.3, |settings| settings.shown = vec![2, CUSTOM]),
    ];
    let mut extras: [Option<AnyView>; 6] = [const { None }; 6];
    extras[1] = Some(predict(text::PREDICT, &text::PREDICTIONS));
    extras[5] = Some(editor::editor(store));
    let taught = text::BEATS.iter().zip(states).zip(extras.iter_mut());
    let mut beats: Vec<Beat> = taught
        .map(|(((title, text), (share, change)), extra)| Beat {
            title,
            text,
            enter: Box::new(move || show(store, player, share, change)),
            extra: extra.take(),
        })
        .collect();
    beats.push(Beat {
        title: text::BREAK_IT.0,
        text: text::BREAK_IT.1,
        enter: Box::new(move || show(store, player, 1.0, BREAKS[0])),
        extra: Some(chips(&text::BREAKS, move |index| show(store, player, 0.5, BREAKS[index]))),
    });
    beats.push(Beat {
        title: text::LAB.0,
        text: text::LAB.1,
        enter: Box::new(|| {}),
        extra: Some(chips(&text::TRY, move |index| show(store, player, 0.5, TRY[index]))),
    });
    beats
}

/// What each chip of "break it" does.
const BREAKS: [Change; 2] = [
    |settings| settings.total = 10,
    |settings| {
        settings.shown = vec![2, CUSTOM];
        settings.points = vec![1000, 1000, 1000, 0, 0, 0];
    },
];

/// What each chip of the lab does.
const TRY: [Change; 3] = [
    |settings| settings.shown = (0..=CUSTOM).collect(),
    |settings| {
        settings.shown = vec![6, CUSTOM];
        settings.points = vec![970, 850, 500, 150, 30, 0];
    },
    |settings| {
        settings.shown = vec![0, 2];
        settings.quantity = Quantity::Beta;
    },
];
