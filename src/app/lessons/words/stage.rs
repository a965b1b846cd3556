//! The stage of lesson 3: the prompt, the picture, the strip, the timeline, the controls.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::{LAYERS, Mode, Words};
use super::{attention, text};
use crate::app::dom;
use crate::app::keys::Command;
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Moving, Picture, save, save_animation};
use crate::app::widgets::chip::Chip;
use crate::app::widgets::controls::Slider;
use crate::app::widgets::keep::Kept;
use crate::app::widgets::scrub::Scrub;
use crate::app::widgets::status::EngineStatus;
use crate::app::widgets::timeline::Timeline;
use crate::protocol::Frame;

mod controls;
mod heard;
pub mod pictures;
pub mod prompt;
pub mod provenance;
mod tokens;

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
    let strip_label = Signal::derive(move || pictures::strip_label(store, runs));
    let head_text = Signal::derive(move || text::state(player.head.get(), player.last.get(), timestep()));
    view! {
        <Timeline player text=head_text label=text::TIMELINE />
        <Picture class="strip" label=strip_label picture=move || pictures::strip(store, runs) />
        <p class="remark strip-label">{move || (runs.heard.get() > 0).then(|| strip_label.get())}</p>
        {shell.shows("controls").then(|| controls::controls(store, runs, player, locked))}
        <Chip provenance=Signal::derive(move || provenance::provenance(runs)) />
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
                store.edit(|settings| settings.mode = mode);
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
    // The picture alone, without the map of a word.
    if let Some(bitmap) = untrack(|| pictures::plain(runs, head, settings.shown, |_, _| {})) {
        save(&bitmap, &format!("noisewalk-words-{}-{head}.png", settings.seed));
    }
}

fn save_run(store: Store<Words>, runs: Runs, player: Player, kept: Kept) {
    match kept {
        Kept::Picture => snapshot(store, runs, player),
        Kept::Strip => save_strip(store, runs),
        Kept::Animation(format) => animate(store, runs, format),
    }
}

fn save_strip(store: Store<Words>, runs: Runs) {
    if let Some(strip) = untrack(|| pictures::strip(store, runs)) {
        save(&strip, &format!("noisewalk-words-{}-strip.png", store.peek().seed));
    }
}

fn animate(store: Store<Words>, runs: Runs, format: Moving) {
    let settings = store.peek();
    let picture = |state| untrack(|| pictures::bitmap(runs, state, &settings));
    let name = format!("noisewalk-words-{}", settings.seed);
    save_animation(0..=runs.last_state().get_untracked(), picture, name, format);
}
