//! The controls of the lab: data, view, sampling, network.

use leptos::prelude::*;

use super::options::{PREDICTIONS, SAMPLERS, SCHEDULES, SOURCES, Source, VIEWS, WEIGHTINGS, WHOSE};
use super::settings::Lab;
use super::stage::{Stage, snapshot};
use super::{drawing, text};
use crate::app::language::Text;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::controls::{Button, Choice, Drawer, Seed, Slider, Switch};
use crate::diffusion::sampler::Sampler;
use crate::protocol::LabWeighting;

fn named<T: Copy>(names: &[Text], values: &[(&'static str, T)]) -> Vec<(Text, T)> {
    names.iter().copied().zip(values.iter().map(|(_, value)| *value)).collect()
}

/// All controls of the second rank.
pub fn controls(stage: Stage, locked: RwSignal<bool>) -> AnyView {
    let store = stage.store;
    let source = store.part(|settings| settings.source);
    let own = move || match source.get() {
        Source::Drawing => Some(drawing::drawing(store)),
        Source::Word => Some(word(store)),
        Source::Set(_) => None,
    };
    view! {
        <Choice label=text::DATA options=named(&text::SETS, &SOURCES) value=source on_change=move |source| store.edit(|s| s.source = source) />
        {own}
        <Choice label=text::VIEW options=named(&text::VIEWS, &VIEWS) value=store.part(|s| s.view) on_change=move |view| store.edit(|s| s.view = view) />
        <Choice label=text::WHO options=named(&text::WHOSE, &WHOSE) value=store.part(|s| s.who) on_change=move |who| store.edit(|s| s.who = who) />
        <Drawer>{sampling(store)}{network(store)}
            <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) />
            <div class="choice-row">
                <Button label=text::SWEEP on_press=move || store.edit(|s| s.launched.clear()) />
                <Button label=text::SAVE on_press=move || snapshot(stage) />
                <Button label=strings::UNDO on_press=move || store.undo() />
                <Button label=strings::REDO on_press=move || store.redo() />
            </div>
        </Drawer>
    }
    .into_any()
}

fn word(store: Store<Lab>) -> AnyView {
    let value = store.part(|settings| settings.word.clone());
    view! {
        <label class="control">
            <span class="control-label">{text::WORD}</span>
            <input type="text" maxlength="8" prop:value=move || value.get()
                on:input=move |event| store.edit(|s| s.word = event_target_value(&event).chars().take(8).collect()) />
        </label>
    }
    .into_any()
}

/// A slider over a whole number of the settings.
fn number(store: Store<Lab>, label: Text, range: (f64, f64, f64), of: fn(&mut Lab) -> &mut u32) -> AnyView {
    let value = Signal::derive(move || f64::from(*of(&mut store.get())));
    let text = Signal::derive(move || of(&mut store.get()).to_string());
    view! { <Slider label range value text on_change=move |value| store.edit(|settings| *of(settings) = value as u32) /> }
        .into_any()
}

fn sampling(store: Store<Lab>) -> AnyView {
    let has_twin = store.part(|s| s.sampler != Sampler::Heun);
    let dice = move || match has_twin.get() {
        true => view! {
            <Switch label=text::SDE value=store.part(|s| s.sde) on_change=move |on| store.edit(|s| s.sde = on) />
        }
        .into_any(),
        false => view! { <p class="remark">{text::NO_SDE}</p> }.into_any(),
    };
    view! {
        <Choice label=text::SAMPLER options=named(&text::SAMPLERS, &SAMPLERS) value=store.part(|s| s.sampler) on_change=move |sampler| store.edit(|s| s.sampler = sampler) />
        {number(store, text::STEPS, (2.0, 100.0, 1.0), |s| &mut s.steps)}
        {number(store, text::PARTICLES, (100.0, 20_000.0, 100.0), |s| &mut s.particles)}
        {dice}
        <Switch label=text::FORWARD value=store.part(|s| s.forward) on_change=move |on| store.edit(|s| s.forward = on) />
        <Switch label=text::CURVATURE value=store.part(|s| s.curvature) on_change=move |on| store.edit(|s| s.curvature = on) />
    }
    .into_any()
}

fn network(store: Store<Lab>) -> AnyView {
    let rate = store.part(|settings| settings.rate);
    let rate_text = Signal::derive(move || format!("{:.1e}", crate::diffusion::math::powf(10.0, rate.get())));
    let rivals: Vec<_> = [(text::NO_RIVAL, None)]
        .into_iter()
        .chain(named(&text::SCHEDULES, &SCHEDULES).into_iter().map(|(name, schedule)| (name, Some(schedule))))
        .collect();
    let weighting: Memo<LabWeighting> = store.part(|s| s.weighting);
    view! {
        <Choice label=text::SCHEDULE options=named(&text::SCHEDULES, &SCHEDULES) value=store.part(|s| s.schedule) on_change=move |schedule| store.edit(|s| s.schedule = schedule) />
        <Choice label=text::RIVAL options=rivals value=store.part(|s| s.rival) on_change=move |rival| store.edit(|s| s.rival = rival) />
        <Choice label=text::PREDICTION options=named(&text::PREDICTIONS, &PREDICTIONS) value=store.part(|s| s.prediction) on_change=move |kind| store.edit(|s| s.prediction = kind) />
        <Choice label=text::WEIGHTING options=named(&text::WEIGHTINGS, &WEIGHTINGS) value=weighting on_change=move |kind| store.edit(|s| s.weighting = kind) />
        <Slider label=text::RATE range=(-5.0, 1.0, 0.1) value=rate text=rate_text on_change=move |rate| store.edit(|s| s.rate = rate) />
        {number(store, text::BATCH, (8.0, 1024.0, 8.0), |s| &mut s.batch)}
        {number(store, text::POINTS, (1.0, 20_000.0, 1.0), |s| &mut s.points)}
        {number(store, text::WIDTH, (8.0, 256.0, 8.0), |s| &mut s.width)}
        {number(store, text::DEPTH, (1.0, 6.0, 1.0), |s| &mut s.depth)}
        {number(store, text::EMBEDDING, (1.0, 32.0, 1.0), |s| &mut s.pairs)}
    }
    .into_any()
}
