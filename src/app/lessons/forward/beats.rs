//! The beats of lesson 1: each puts the stage into one state.

use leptos::prelude::*;

use super::figure::Figure;
use super::settings::{Curve, Forward, Subject};
use super::source::value_index;
use super::text;
use crate::app::dom;
use crate::app::player::Player;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::controls::{Slider, chips};
use crate::app::widgets::equation::{Part, equation};
use crate::app::widgets::frame::Beat;
use crate::app::widgets::predict::predict;
use crate::diffusion::schedule::BetaSchedule;

/// Plays once to a state of the plain settings, changed a little; under reduced motion it is there at once.
fn show(store: Store<Forward>, figure: Figure, player: Player, share: f64, change: fn(&mut Forward)) {
    figure.marked.set(false);
    store.edit(|settings| {
        let painting = std::mem::take(&mut settings.painting);
        *settings = Forward { seed: settings.seed, pixel: settings.pixel, painting, ..Forward::default() };
        change(settings);
    });
    player.play_to((f64::from(store.peek().total) * share) as usize);
}

/// All beats.
pub fn beats(store: Store<Forward>, figure: Figure, player: Player) -> Vec<Beat> {
    let enter = move |share: f64, change: fn(&mut Forward)| -> Box<dyn Fn()> {
        Box::new(move || show(store, figure, player, share, change))
    };
    let enters: [Box<dyn Fn()>; 6] = [
        enter(0.02, |_| {}),
        enter(0.5, |settings| {
            settings.total = 100;
            settings.walk = true;
        }),
        enter(0.5, |_| {}),
        enter(1.0, |_| {}),
        enter(0.5, |settings| settings.schedule = Curve::Named(BetaSchedule::Linear)),
        Box::new(move || {
            show(store, figure, player, 0.6, |_| {});
            figure.marked.set(true);
        }),
    ];
    let mut extras: [Option<AnyView>; 6] = [
        Some(predict(text::PREDICT, &text::PREDICTIONS)),
        None,
        None,
        None,
        None,
        Some(numbers(store, figure, player)),
    ];
    let mut beats: Vec<Beat> = text::BEATS
        .iter()
        .zip(enters)
        .enumerate()
        .map(|(index, ((title, text), enter))| Beat { title: *title, text, enter, extra: extras[index].take() })
        .collect();
    beats.push(Beat {
        title: text::BREAK_IT.0,
        text: text::BREAK_IT.1,
        enter: enter(1.0, |settings| {
            settings.total = 10;
            settings.schedule = Curve::Named(BetaSchedule::Linear);
        }),
        extra: None,
    });
    beats.push(Beat {
        title: text::LAB.0,
        text: text::LAB.1,
        enter: Box::new(dom::open_panel),
        extra: Some(tries(store, figure, player)),
    });
    beats
}

/// The three chips of the lab.
fn tries(store: Store<Forward>, figure: Figure, player: Player) -> AnyView {
    let press = move |index: usize| match index {
        0 => show(store, figure, player, 0.0, |settings| settings.subject = Subject::Painting),
        1 => show(store, figure, player, 0.5, |settings| settings.subject = Subject::Batch),
        _ => show(store, figure, player, 1.0, |settings| {
            settings.total = 50;
            settings.walk = true;
        }),
    };
    chips(&text::TRY, press)
}

/// The closed form with the numbers of one value.
fn numbers(store: Store<Forward>, figure: Figure, player: Player) -> AnyView {
    let value = Memo::new(move |_| {
        let (head, settings) = (player.head.get(), store.get());
        let (pixel, channel) = (settings.pixel as usize, settings.channel.saturating_sub(1) as usize);
        let schedule = figure.schedule.get()?;
        let t = head as i64 - 1;
        let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
        let index = figure.source.with(|source| value_index(source, pixel)) + channel;
        let (x0, x) = figure.value(head, index)?;
        // The noise that the state holds, walked or jumped to.
        let noise = if sigma > 0.0 { (x - alpha * x0) / sigma } else { 0.0 };
        Some([x, alpha, x0, sigma, noise])
    });
    let part = move |index: usize| {
        Signal::derive(move || {
            value.get().map_or_else(|| strings::NO_NUMBER.into(), |values| strings::number(values[index]))
        })
    };
    let line = equation(
        text::EQUATION,
        vec![
            Part::Term("xt", part(0)),
            Part::Operator("="),
            Part::Term("alpha", part(1)),
            Part::Operator("·"),
            Part::Term("x0", part(2)),
            Part::Operator("+"),
            Part::Term("sigma", part(3)),
            Part::Operator("·"),
            Part::Term("eps", part(4)),
        ],
    );
    let pixel = store.part(|settings| settings.pixel);
    let choose = move |pixel: f64| {
        figure.marked.set(true);
        store.edit(|settings| settings.pixel = pixel as u32);
    };
    view! {
        <div id="equation" class="equations">{line}</div>
        <Slider label=text::PIXEL range=(0.0, 255.0, 1.0) value=Signal::derive(move || f64::from(pixel.get()))
            text=Signal::derive(move || text::pixel(pixel.get())) on_change=choose />
    }
    .into_any()
}
