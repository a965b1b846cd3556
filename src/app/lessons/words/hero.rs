//! The figure of the first page: lesson 3's prompt and picture, recorded at once and live as soon as the engine is there.

use leptos::prelude::*;

use super::runs::Runs;
use super::settings::Words;
use super::stage::{pictures, prompt, provenance};
use crate::app::dom;
use crate::app::engine_client::WORDS_MODEL;
use crate::app::player::{Pace, Player};
use crate::app::settings::Settings;
use crate::app::shell::use_shell;
use crate::app::store::{Store, use_store};
use crate::app::strings;
use crate::app::widgets::canvas::Picture;
use crate::app::widgets::chip::Chip;
use crate::app::widgets::controls::Button;
use crate::app::widgets::later::later;
use crate::app::widgets::status::EngineStatus;

/// A picture that plays once, a prompt, another face, and where all of it comes from.
pub fn hero() -> AnyView {
    let shell = use_shell();
    shell.engine.use_model(WORDS_MODEL);
    let store = use_store::<Words>("");
    let runs = Runs::new(shell, store);
    let player = Player::new(shell.clock, runs.last_state(), Pace::default());
    let fresh = play_new_runs(runs, player);
    let picture = move || {
        // A new run is shown as far as it has come; otherwise the old picture stays until there is a new one.
        let most = if fresh.get() { runs.reached() } else { usize::MAX };
        pictures::bitmap(runs, player.head.get().min(most), &store.get())
    };
    let another = move || store.edit(|settings| settings.seed = dom::random_seed());
    view! {
        <div class="hero">
            <button type="button" class="hero-button" aria-label=strings::HERO on:click=move |_| player.play()>
                <Picture label=strings::HERO picture />
            </button>
            {later(move || view! {
                {prompt::bar(store, runs)}
                <div class="choice-row">
                    <Button label=strings::NEW_SEED on_press=another />
                    {go_on(store)}
                </div>
                <EngineStatus />
                <Chip provenance=Signal::derive(move || provenance::provenance(runs)) />
            }.into_any())}
        </div>
    }
    .into_any()
}

/// Plays each run that was asked for as a whole; while somebody types, the picture changes in place instead of starting over with each letter.
///
/// Answers whether such a run is on its way.
fn play_new_runs(runs: Runs, player: Player) -> RwSignal<bool> {
    let fresh = RwSignal::new(false);
    let spec = Memo::new(move |_| runs.shown_spec());
    Effect::new(move || {
        let is_typing = document().active_element().is_some_and(|element| element.tag_name() == "INPUT");
        if spec.with(Option::is_none) {
            return;
        }
        let plays = !dom::reduced_motion() && !is_typing;
        fresh.set(plays);
        if plays {
            player.seek(0);
            player.play();
        } else {
            player.seek(usize::MAX);
        }
    });
    Effect::new(move || {
        if runs.reached() >= player.last.get() {
            fresh.set(false);
        }
    });
    fresh
}

/// The link to lesson 3 in the state that is shown.
fn go_on(store: Store<Words>) -> AnyView {
    let shell = use_shell();
    let settings = move || store.get().write();
    let follow = move |event: leptos::ev::MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            shell.go_with("words", &untrack(settings));
        }
    };
    view! { <a class="hero-link" href=move || shell.address("words", &settings()) on:click=follow>{strings::HERO_GO_ON}</a> }
        .into_any()
}
