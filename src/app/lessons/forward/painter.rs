//! A painter of 16 × 16 pixels, for mouse, finger and keyboard.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::painting::{PALETTE, Painting};
use super::settings::Forward;
use super::text;
use crate::app::store::Store;
use crate::app::widgets::canvas::{Bitmap, Picture};
use crate::data::avatar::SIZE;

/// The canvas and the palette.
pub fn painter(store: Store<Forward>) -> AnyView {
    let color = RwSignal::new(0usize);
    let cursor = RwSignal::new((SIZE / 2, SIZE / 2));
    let focused = RwSignal::new(false);
    let painting = store.part(|settings| settings.painting.clone());
    let paint = move |x: usize, y: usize| {
        store.edit(|settings| settings.painting.paint(x, y, color.get_untracked()));
    };
    let pointer = move |event: leptos::ev::PointerEvent| {
        let target = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(place) = target.map(|target| target.get_bounding_client_rect()) else { return };
        let at = |offset: f64, length: f64| ((offset / length.max(1.0) * SIZE as f64).max(0.0) as usize).min(SIZE - 1);
        if event.buttons() & 1 == 1 {
            event.prevent_default();
            let x = at(f64::from(event.client_x()) - place.left(), place.width());
            let y = at(f64::from(event.client_y()) - place.top(), place.height());
            cursor.set((x, y));
            paint(x, y);
        }
    };
    let moved = pointer;
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (x, y) = cursor.get_untracked();
        let next = match event.key().as_str() {
            "ArrowLeft" => (x + SIZE - 1, y),
            "ArrowRight" => (x + 1, y),
            "ArrowUp" => (x, y + SIZE - 1),
            "ArrowDown" => (x, y + 1),
            " " | "Enter" => {
                paint(x, y);
                (x, y)
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        cursor.set((next.0 % SIZE, next.1 % SIZE));
    };
    let shown = move || {
        let (x, y) = cursor.get();
        let mut rgba = painting.with(Painting::rgba);
        if focused.get() {
            // The cursor is the pixel's opposite, so that it is seen on any colour.
            rgba[(y * SIZE + x) * 4..][..3].iter_mut().for_each(|v| *v = if *v > 127 { *v - 110 } else { *v + 110 });
        }
        Some(Bitmap { width: SIZE, height: SIZE, rgba })
    };
    let swatches: Vec<_> = PALETTE
        .iter()
        .enumerate()
        .map(|(index, (name, [r, g, b]))| {
            view! {
                <button type="button" class="swatch" aria-label=*name style:background=format!("rgb({r} {g} {b})")
                    aria-pressed=move || (color.get() == index).to_string() on:click=move |_| color.set(index)></button>
            }
        })
        .collect();
    view! {
        <div class="painter">
            <div class="paint-canvas" tabindex="0" role="application" aria-label=text::PAINTER on:keydown=key
                on:pointerdown=pointer on:pointermove=moved on:focus=move |_| focused.set(true) on:blur=move |_| focused.set(false)>
                <Picture label=text::PAINTER picture=shown />
            </div>
            <div class="palette" role="group" aria-label=text::PALETTE>{swatches}</div>
            <button type="button" class="button small" on:click=move |_| store.edit(|s| s.painting = Painting::default())>
                {text::CLEAR}
            </button>
        </div>
    }
    .into_any()
}
