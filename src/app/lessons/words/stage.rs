//! The stage of lesson 3: the prompt, the picture, the strip, the timeline, the controls.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::{LAYERS, MAX_FACTOR, MAX_GUIDANCE, MAX_STEPS, MODES, Mode, Words};
use super::{attention, text};
use crate::app::dom;
use crate::app::keys::Command;
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Picture, save, save_animation};
use crate::app::widgets::chip::Chip;
use crate::app::widgets::controls::{Button, Choice, Drawer, Seed, Slider};
use crate::app::widgets::own_model::OwnModel;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::status::{DeviceControl, EngineStatus};
use crate::app::widgets::timeline::Timeline;
use crate::protocol::Frame;

mod pictures;
mod prompt;
mod provenance;

pub use prompt::random_caption;

/// The prompt and the picture area.
pub fn stage(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    view! {
        <EngineStatus />
        {prompt::bar(store, runs)}
        {pictures::pictures(store, runs, player)}
    }
    .into_any()
}

/// Timeline, controls, provenance.
pub fn sheet(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    let shell = use_shell();
    let locked = RwSignal::new(false);
    listen(store, runs, player, locked);
    let timestep = move || runs.watch(player.head.get(), |frame| frame.timestep).unwrap_or(-1.0);
    let head_text = Signal::derive(move || text::state(player.head.get(), player.last.get(), timestep()));
    let modes: Vec<_> = text::MODES.into_iter().zip(MODES.map(|(_, mode)| mode)).collect();
    let dial_text = Signal::derive(move || strings::short_number(store.get().guidance));
    let controls = view! {
        <Slider label=text::GUIDANCE range=(0.0, MAX_GUIDANCE, 0.05) value=Signal::derive(move || store.get().guidance)
            text=dial_text link="w" on_change=move |w| store.edit(|s| s.guidance = w) />
        <Choice label=text::MODE options=modes value=store.part(|s| s.mode) on_change=move |mode| set_mode(store, mode) />
        {mode_controls(store)}
        <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) />
        {drawer(store, runs, player)}
    };
    view! {
        <Timeline player text=head_text label=text::TIMELINE />
        <Picture class="strip" label=text::STRIP picture=move || pictures::strip(store, runs) />
        {shell.shows("controls").then_some(controls)}
        <Chip provenance=Signal::derive(move || provenance::provenance(runs)) />
    }
    .into_any()
}

/// Weighing needs a word: the first one where none is chosen.
fn set_mode(store: Store<Words>, mode: Mode) {
    store.edit(|settings| {
        settings.mode = mode;
        if mode == Mode::Weigh {
            settings.word = settings.word.max(1);
        }
    });
}

/// What only one mode needs.
fn mode_controls(store: Store<Words>) -> AnyView {
    let mode = store.part(|settings| settings.mode);
    let factor_text = Signal::derive(move || strings::short_number(store.get().factor));
    let controls = move || match mode.get() {
        Mode::One | Mode::Grid => ().into_any(),
        Mode::Weigh => view! {
            <Slider label=text::FACTOR range=(0.0, MAX_FACTOR, 0.05) value=Signal::derive(move || store.get().factor)
                text=factor_text on_change=move |factor| store.edit(|s| s.factor = factor) />
        }
        .into_any(),
        Mode::Versus | Mode::Walk => {
            prompt::field(text::OTHER, store.part(|s| s.other.clone()), move |text| store.edit(|s| s.other = text))
        }
        Mode::Sum => view! {
            {prompt::field(text::MINUS, store.part(|s| s.minus.clone()), move |text| store.edit(|s| s.minus = text))}
            {prompt::field(text::PLUS, store.part(|s| s.plus.clone()), move |text| store.edit(|s| s.plus = text))}
        }
        .into_any(),
    };
    view! { <div class="mode-controls">{controls}</div> }.into_any()
}

/// Controls of the second rank.
fn drawer(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    let layers: Vec<_> = text::LAYERS.into_iter().zip(LAYERS.map(|(_, layer)| layer)).collect();
    let part = move |of: fn(&Words) -> f64| Signal::derive(move || of(&store.get()));
    let steps_text = Signal::derive(move || store.get().steps.to_string());
    let rescale_text = Signal::derive(move || strings::short_number(store.get().rescale));
    view! {
        <Drawer>
            {prompt::field(text::NEGATIVE, store.part(|s| s.negative.clone()), move |text| store.edit(|s| s.negative = text))}
            <Slider label=text::STEPS range=(1.0, f64::from(MAX_STEPS), 1.0) value=part(|s| f64::from(s.steps)) text=steps_text
                on_change=move |steps| store.edit(|s| s.steps = steps as u32) />
            <Slider label=text::RESCALE range=(0.0, 1.0, 0.05) value=part(|s| s.rescale) text=rescale_text
                on_change=move |rescale| store.edit(|s| s.rescale = rescale) />
            <Choice label=text::LAYER options=layers value=store.part(|s| s.shown)
                on_change=move |shown| store.edit(|s| s.shown = shown) />
            {prompt::attention_controls(store, runs)}
            <div class="choice-row">
                <Button label=text::SAVE on_press=move || snapshot(store, runs, player) />
                <Button label=strings::SAVE_STRIP on_press=move || save_strip(store, runs) />
                <Button label=strings::SAVE_ANIMATION on_press=move || animate(store, runs) />
                <Button label=strings::UNDO on_press=move || store.undo() />
                <Button label=strings::REDO on_press=move || store.redo() />
            </div>
            <DeviceControl />
            <OwnModel />
        </Drawer>
    }
    .into_any()
}

/// Keys of this lesson.
fn listen(store: Store<Words>, runs: Runs, player: Player, locked: RwSignal<bool>) {
    use_shell().commands.listen(move |command| {
        match command {
            Command::NewSeed if !locked.get_untracked() => store.edit(|s| s.seed = dom::random_seed()),
            Command::LockSeed => locked.update(|on| *on = !*on),
            Command::Compare => {
                let mode = if store.peek().mode == Mode::Versus { Mode::One } else { Mode::Versus };
                set_mode(store, mode);
            }
            Command::Snapshot => snapshot(store, runs, player),
            Command::Equation => return dom::scroll_to("equation"),
            _ => return false,
        }
        true
    });
}

fn snapshot(store: Store<Words>, runs: Runs, player: Player) {
    let settings = store.peek();
    let head = player.head.get_untracked();
    if let Some(bitmap) = untrack(|| pictures::bitmap(runs, head, &Words { word: 0, ..settings.clone() })) {
        save(&bitmap, &format!("noisewalk-words-{}-{head}.png", settings.seed));
    }
}

fn save_strip(store: Store<Words>, runs: Runs) {
    if let Some(strip) = untrack(|| pictures::strip(store, runs)) {
        save(&strip, &format!("noisewalk-words-{}-strip.png", store.peek().seed));
    }
}

fn animate(store: Store<Words>, runs: Runs) {
    let settings = store.peek();
    let picture = |state| untrack(|| pictures::bitmap(runs, state, &settings));
    save_animation(runs.last_state().get_untracked(), picture, &format!("noisewalk-words-{}.png", settings.seed));
}
