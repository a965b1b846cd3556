//! The stage of lesson 2: the large picture, the strip, the timeline, the controls.

use leptos::prelude::*;

use super::runs::{Runs, Which};
use super::settings::{LAYERS, Layer, MAX_STEPS, Reverse, SAMPLERS};
use super::text;
use crate::app::dom;
use crate::app::keys::Command;
use crate::app::player::Player;
use crate::app::prose::indexed;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Moving, Picture, save, save_animation, save_captioned};
use crate::app::widgets::chip::Chip;
use crate::app::widgets::controls::{Button, Choice, Drawer, Seed, Slider, Switch};
use crate::app::widgets::keep::{Kept, keep_buttons};
use crate::app::widgets::own_model::OwnModel;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::status::{DeviceControl, EngineStatus};
use crate::app::widgets::timeline::Timeline;
use crate::protocol::Frame;

mod maps;
mod pictures;
mod provenance;

/// The picture area.
pub fn stage(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    view! {
        <EngineStatus />
        {pictures::pictures(store, runs, player)}
    }
    .into_any()
}

/// Timeline, controls, provenance.
pub fn sheet(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    let shell = use_shell();
    let locked = RwSignal::new(false);
    listen(store, runs, player, locked);
    let part = move |of: fn(&Reverse) -> f64| Signal::derive(move || of(&store.get()));
    let timestep = move || runs.watch(Which::Main, player.head.get(), |frame| frame.timestep).unwrap_or(-1.0);
    let head_text = Signal::derive(move || match runs.has_arrived(player.head.get()) {
        true => text::state(player.head.get(), player.last.get(), timestep()),
        false => text::on_its_way(player.head.get(), player.last.get()),
    });
    let layers: Vec<_> = text::LAYERS.into_iter().zip(LAYERS.map(|(_, layer)| layer)).collect();
    let samplers: Vec<_> = text::SAMPLERS.into_iter().zip(SAMPLERS.map(|(_, sampler)| sampler)).collect();
    let others = samplers.clone();
    let steps_text = Signal::derive(move || store.get().steps.to_string());
    let eta_text = Signal::derive(move || strings::short_number(store.get().eta));
    let controls = view! {
        <Choice label=text::LAYER options=layers value=store.part(|s| s.layer)
            on_change=move |layer| store.edit(|s| s.layer = layer) />
        <Slider label=text::STEPS range=(1.0, f64::from(MAX_STEPS), 1.0) value=part(|s| f64::from(s.steps)) text=steps_text
            on_change=move |steps| store.edit(|s| { s.steps = steps as u32; s.branches.clear(); }) />
        <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) />
        <Drawer>
            <Choice label=text::SAMPLER options=samplers value=store.part(|s| s.sampler)
                on_change=move |sampler| store.edit(|s| s.sampler = sampler) />
            <Slider label=text::ETA range=(0.0, 1.0, 0.05) value=part(|s| s.eta) text=eta_text link="eta"
                on_change=move |eta| store.edit(|s| s.eta = eta) />
            <Switch label=text::MANY value=store.part(|s| s.many) on_change=move |many| store.edit(|s| s.many = many) />
            <Switch label=text::COMPARE value=store.part(|s| s.compare) on_change=move |on| store.edit(|s| s.compare = on) />
            <Choice label=text::OTHER options=others value=store.part(|s| s.other)
                on_change=move |other| store.edit(|s| { s.other = other; s.compare = true; }) />
            <Switch label=text::FORGET value=store.part(|s| s.forget_noise)
                on_change=move |forget| store.edit(|s| s.forget_noise = forget) />
            <div class="choice-row">
                <Button label=text::BRANCH on_press=move || branch(store, player) />
                <Button label=text::NO_BRANCHES on_press=move || store.edit(|s| s.branches.clear()) />
                {keep_buttons(store, text::SAVE, true, move |kept| save_run(store, runs, player, kept))}
            </div>
            <DeviceControl />
            <OwnModel />
        </Drawer>
    };
    view! {
        <Timeline player text=head_text label=text::TIMELINE />
        <Picture class="strip" label=text::STRIP picture=move || pictures::strip(runs) />
        {shell.shows("controls").then_some(controls)}
        <Chip provenance=Signal::derive(move || provenance::provenance(store, runs))>{provenance::again(runs)}</Chip>
    }
    .into_any()
}

/// Keys of this lesson.
fn listen(store: Store<Reverse>, runs: Runs, player: Player, locked: RwSignal<bool>) {
    use_shell().commands.listen(move |command| {
        match command {
            Command::NewSeed if !locked.get_untracked() => store.edit(|s| {
                s.seed = dom::random_seed();
                s.branches.clear();
            }),
            Command::LockSeed => locked.update(|on| *on = !*on),
            Command::Compare => store.edit(|s| s.compare = !s.compare),
            Command::Branch => branch(store, player),
            Command::Snapshot => snapshot(store, runs, player),
            _ => return false,
        }
        true
    });
}

/// Other noise from the state on the stage; from the last state that a step follows where the picture is finished.
fn branch(store: Store<Reverse>, player: Player) {
    let step = player.head.get_untracked().min(player.last.get_untracked().saturating_sub(1)) as u32;
    store.edit(|settings| settings.branch(step, dom::random_seed()));
}

fn snapshot(store: Store<Reverse>, runs: Runs, player: Player) {
    let settings = store.peek();
    if settings.compare
        && let Some(parts) = untrack(|| pictures::compared(runs, player.head.get(), &settings))
    {
        return save_captioned(&parts, &format!("noisewalk-{}-compared.png", settings.seed));
    }
    let bitmap = pictures::bitmap(runs, Which::Main, player.head.get_untracked(), settings.layer);
    if let Some(bitmap) = bitmap {
        save(&bitmap, &format!("noisewalk-{}-{}.png", settings.seed, player.head.get_untracked()));
    }
}

fn save_run(store: Store<Reverse>, runs: Runs, player: Player, kept: Kept) {
    match kept {
        Kept::Picture => snapshot(store, runs, player),
        Kept::Strip => save_strip(store, runs),
        Kept::Animation(format) => animate(store, runs, format),
    }
}

fn save_strip(store: Store<Reverse>, runs: Runs) {
    if let Some(strip) = untrack(|| pictures::strip(runs)) {
        save(&strip, &format!("noisewalk-{}-strip.png", store.peek().seed));
    }
}

fn animate(store: Store<Reverse>, runs: Runs, format: Moving) {
    let settings = store.peek();
    let picture = |state| pictures::bitmap(runs, Which::Main, state, settings.layer);
    save_animation(0..=runs.last_state().get_untracked(), picture, format!("noisewalk-{}", settings.seed), format);
}
