//! A plane of the stage: its picture, and particles that are launched on it with a press or with keys.

use leptos::prelude::*;

use super::figure::Layer;
use super::options::{LAUNCHED, pack};
use super::stage::Stage;
use super::{figure, shader, text};
use crate::app::widgets::canvas::Picture;
use crate::app::widgets::scrub::Scrub;

/// How far an arrow key moves the cross, in shares of the width.
const STRIDE: f64 = 0.05;

/// The plane of a bench.
pub fn plane(stage: Stage, index: usize) -> AnyView {
    let bench = stage.benches[index];
    let rival = stage.store.part(|settings| settings.rival.is_some());
    let cursor = RwSignal::new((0.5, 0.5));
    let focused = RwSignal::new(false);
    let label = Signal::derive(move || {
        text::picture(stage.name(index).get(), stage.player.head.get(), stage.player.last.get(), bench.update.get())
    });
    let launch = move |x: f64, y: f64| {
        stage.store.edit(|settings| {
            settings.launched.push(pack(x, y));
            let over = settings.launched.len().saturating_sub(LAUNCHED);
            settings.launched.drain(..over);
        });
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (x, y) = cursor.get_untracked();
        let Some((x, y)) = moved(&event.key(), (x, y), STRIDE) else {
            if event.key() != "Enter" {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            return launch(x, y);
        };
        event.prevent_default();
        event.stop_propagation();
        cursor.set((x, y));
    };
    let layered = Memo::new(move |_| figure::is_layered(bench));
    let cross = Signal::derive(move || focused.get().then(|| cursor.get()));
    let shown = move || {
        // Under particles that the engine draws nothing moves with them, so nothing is drawn again.
        let (layer, cross) = if layered.get() { (Layer::Under, None) } else { (Layer::All, cross.get()) };
        Some(figure::figure(bench, stage.player, stage.data, layer, cross))
    };
    view! {
        <figure class="plane">
            <div class="plane-keys" tabindex="0" role="application" aria-label=text::LAUNCH on:keydown=key
                on:focus=move |event| focused.set(is_seen(&event)) on:blur=move |_| focused.set(false)>
                <Scrub player=stage.player on_pick=launch>
                    <Picture class="smooth" label picture=shown />
                    {move || bench.shader.get().then(|| shader::layers(stage, index, layered, cross))}
                </Scrub>
            </div>
            <figcaption>{move || rival.get().then(|| text::plane(stage.name(index).get(), bench.update.get()))}</figcaption>
        </figure>
    }
    .into_any()
}

/// Whether the focus came by key and is to be seen: a press needs no cross.
fn is_seen(event: &leptos::ev::FocusEvent) -> bool {
    event_target::<web_sys::Element>(event).matches(":focus-visible").unwrap_or(true)
}

/// Where an arrow key moves a cursor within the square; `None` for any other key.
pub fn moved(key: &str, (x, y): (f64, f64), stride: f64) -> Option<(f64, f64)> {
    let (x, y) = match key {
        "ArrowLeft" => (x - stride, y),
        "ArrowRight" => (x + stride, y),
        "ArrowUp" => (x, y - stride),
        "ArrowDown" => (x, y + stride),
        _ => return None,
    };
    Some((x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_within_the_square() {
        assert_eq!(moved("ArrowUp", (0.5, 0.02), 0.05), Some((0.5, 0.0)));
        assert_eq!(moved("ArrowRight", (0.5, 0.5), 0.25), Some((0.75, 0.5)));
        assert_eq!(moved("Enter", (0.5, 0.5), 0.25), None);
    }
}
