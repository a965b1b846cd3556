//! Play, pause and scrub over the states of a run.

use leptos::prelude::*;

use crate::app::language::Text;
use crate::app::player::Player;
use crate::app::strings;

/// The timeline of a player; `text` says in words where the head is.
#[component]
pub fn Timeline(
    /// Head, length, playback.
    player: Player,
    /// The state shown, in words.
    #[prop(into)]
    text: Signal<String>,
    /// Name of the slider.
    label: Text,
) -> impl IntoView {
    let seek = move |event| {
        if let Ok(state) = event_target_value(&event).parse::<usize>() {
            player.seek(state);
        }
    };
    let name = move || if player.playing.get() { strings::PAUSE } else { strings::PLAY }.get();
    view! {
        <div class="timeline" data-control="timeline">
            <button type="button" class="icon-button play" aria-label=name title=name on:click=move |_| player.toggle()>
                {move || if player.playing.get() { "❚❚" } else { "▶" }}
            </button>
            <input type="range" aria-label=label min="0" step="1" max=move || player.last.get().to_string()
                prop:value=move || player.head.get().to_string() aria-valuetext=move || text.get() on:input=seek />
            <output class="readout">{move || text.get()}</output>
        </div>
    }
}
