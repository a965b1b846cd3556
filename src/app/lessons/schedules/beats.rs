//! The beats of lesson 4: each puts the bench into one state.

use leptos::prelude::*;

use super::bench::Bench;
use super::settings::{CUSTOM, Quantity, Schedules};
use super::variants::Variants;
use super::{editor, measured, sampling, text};
use crate::app::language::Text;
use crate::app::player::Player;
use crate::app::query::Query;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::controls::chips;
use crate::app::widgets::equation::{Part, equation};
use crate::app::widgets::frame::Beat;
use crate::app::widgets::later::later;
use crate::app::widgets::link::settings_link;
use crate::app::widgets::predict::predict;

/// A change of the settings.
type Change = fn(&mut Schedules);

/// Shows a share of the steps with the plain settings, changed; the visitor's face, curve and steps stay.
fn show(store: Store<Schedules>, player: Player, share: f64, change: Change) {
    store.edit(|settings| {
        let Schedules { seed, steps, points, .. } = settings.clone();
        *settings = Schedules { seed, steps, points, ..Schedules::default() };
        change(settings);
    });
    player.seek((f64::from(store.peek().total) * share) as usize);
}

/// All beats.
pub fn beats(bench: Bench, player: Player, variants: Variants) -> Vec<Beat> {
    let store = bench.store;
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
    extras[2] = Some(ratio(bench, player));
    extras[5] = Some(editor::editor(store));
    let taught = text::BEATS.iter().zip(states).zip(extras.iter_mut());
    let mut beats: Vec<Beat> = taught
        .map(|(((title, text), (share, change)), extra)| Beat {
            title: *title,
            text,
            enter: Box::new(move || show(store, player, share, change)),
            extra: extra.take(),
        })
        .collect();
    beats.extend(measured_beats(store, player, variants));
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

/// What schedules and spacings do to training and to sampling: recorded where it takes long, live where it does not.
fn measured_beats(store: Store<Schedules>, player: Player, variants: Variants) -> Vec<Beat> {
    let plain = move || show(store, player, 0.2, |_| {});
    let beat = |(title, text): (Text, &'static [Text]), enter: Box<dyn Fn()>, extra: AnyView| Beat {
        title,
        text,
        enter,
        extra: Some(extra),
    };
    let side_by_side = Query::parse("schedule=linear&rival=cosine");
    let linear = settings_link("lab", &side_by_side, "button", text::OPEN_LAB.get().into_any());
    let points = store.part(|settings| settings.points.clone());
    let own = move || {
        let mut query = Query::parse("schedule=drawn&rival=cosine");
        query.push("points", points.get().iter().map(u32::to_string).collect::<Vec<_>>().join("."));
        settings_link("lab", &query, "button", text::OPEN_LAB_DRAWN.get().into_any())
    };
    let lab = view! { <div class="choice-row">{linear}{own}</div> }.into_any();
    let start = move || {
        plain();
        variants.ask();
    };
    let panels: [fn() -> AnyView; 2] = [measured::schedules, measured::samplers];
    let experiments = ["schedules", "samplers"].into_iter().zip([text::TRAINING, text::SAMPLERS]).zip(panels);
    let recorded = experiments.filter(|((kind, _), _)| measured::RECORDED.contains(kind));
    let mut beats: Vec<Beat> = recorded.map(|((_, said), panel)| beat(said, Box::new(plain), later(panel))).collect();
    beats.push(beat(text::SPACING, Box::new(start), later(move || sampling::panel(store, variants))));
    beats.push(beat(text::SIDE_BY_SIDE, Box::new(plain), lab));
    beats
}

/// `SNR = (√ᾱ_t)² / (√(1 − ᾱ_t))²` with the numbers of the first curve where the timeline is.
fn ratio(bench: Bench, player: Player) -> AnyView {
    let of_first = move |number: fn(f64, f64) -> f64| {
        Signal::derive(move || {
            let t = player.head.get() as i64 - 1;
            let first = bench
                .entries
                .with(|entries| entries.first().map(|entry| (entry.schedule.alpha(t), entry.schedule.sigma(t))));
            first.map_or_else(|| strings::NO_NUMBER.into(), |(alpha, sigma)| strings::ratio(number(alpha, sigma)))
        })
    };
    let name = move || bench.entries.with(|entries| entries.first().map_or("", |entry| entry.name().get()));
    let terms = equation(
        text::RATIO,
        vec![
            Part::Term("snr", of_first(|alpha, sigma| alpha * alpha / (sigma * sigma))),
            Part::Operator("="),
            Part::Term("alpha", of_first(|alpha, _| alpha)),
            Part::Operator("² /"),
            Part::Term("sigma", of_first(|_, sigma| sigma)),
            Part::Operator("²"),
        ],
    );
    view! { <div id="equation" class="equations">{terms}<p class="check">{move || text::ratio_of(name(), player.head.get())}</p></div> }
        .into_any()
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
