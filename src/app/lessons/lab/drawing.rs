//! Points drawn by the visitor: sprayed or in lines, with mouse, finger or keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::scene::{DATA, Scene};
use super::settings::{DRAWN, Lab, Source, pack, place};
use super::text;
use crate::app::store::Store;
use crate::app::widgets::canvas::Picture;
use crate::app::widgets::controls::Choice;
use crate::diffusion::noise::{Purpose, Stream};

/// Points of one puff of the spray, and how far they fly, in shares of the width.
const PUFF: u32 = 5;
const RADIUS: f64 = 0.05;
/// How far apart the points of a line are.
const GAP: f64 = 0.02;
/// How far an arrow key moves.
const STRIDE: f64 = 0.05;

/// The square to draw into.
pub fn drawing(store: Store<Lab>) -> AnyView {
    let spray = RwSignal::new(true);
    let cursor = RwSignal::new((0.5, 0.5));
    let focused = RwSignal::new(false);
    // Where the last point of a line was set.
    let last = StoredValue::new(None::<(f64, f64)>);
    let add = move |x: f64, y: f64| {
        store.edit(|settings| {
            settings.source = Source::Drawing;
            let count = settings.drawn.len() as u32;
            let stream = Stream::new(u64::from(count), Purpose::Forward);
            let noise = stream.normal(2 * PUFF as usize);
            let puff = noise.chunks_exact(2).map(|z| (x + RADIUS * f64::from(z[0]), y + RADIUS * f64::from(z[1])));
            let points: Vec<_> = if spray.get_untracked() { puff.collect() } else { vec![(x, y)] };
            settings.drawn.extend(points.into_iter().map(|(x, y)| pack(x, y)));
            settings.drawn.truncate(DRAWN);
        });
    };
    let pointer = move |event: leptos::ev::PointerEvent, begins: bool| {
        let target = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(place) = target.map(|target| target.get_bounding_client_rect()) else { return };
        if event.buttons() & 1 == 0 {
            return;
        }
        event.prevent_default();
        let x = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        let y = (f64::from(event.client_y()) - place.top()) / place.height().max(1.0);
        let far = last.get_value().is_none_or(|(a, b)| (x - a).hypot(y - b) > GAP);
        if begins || far {
            last.set_value(Some((x, y)));
            cursor.set((x, y));
            add(x, y);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (x, y) = cursor.get_untracked();
        let next = match event.key().as_str() {
            "ArrowLeft" => (x - STRIDE, y),
            "ArrowRight" => (x + STRIDE, y),
            "ArrowUp" => (x, y - STRIDE),
            "ArrowDown" => (x, y + STRIDE),
            " " | "Enter" => {
                add(x, y);
                (x, y)
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        cursor.set((next.0.clamp(0.0, 1.0), next.1.clamp(0.0, 1.0)));
    };
    let drawn = store.part(|settings| settings.drawn.clone());
    let shown = move || {
        let mut scene = Scene::default();
        drawn.with(|drawn| drawn.iter().for_each(|packed| scene.dot(place(*packed), DATA, 1.0)));
        if focused.get() {
            let (x, y) = cursor.get();
            let [x, y] = place(pack(x, y));
            scene.line([x - 0.1, y], [x + 0.1, y], DATA, 1.0);
            scene.line([x, y - 0.1], [x, y + 0.1], DATA, 1.0);
        }
        Some(scene.finish())
    };
    let remark = move || match drawn.with(Vec::len) {
        0 => text::EMPTY_DRAWING,
        1 => text::ONE_POINT,
        _ => "",
    };
    view! {
        <div class="painter">
            <div class="paint-canvas" tabindex="0" role="application" aria-label=text::DRAWING on:keydown=key
                on:pointerdown=move |event| pointer(event, true) on:pointermove=move |event| pointer(event, false)
                on:focus=move |_| focused.set(true) on:blur=move |_| focused.set(false)>
                <Picture label=text::DRAWING picture=shown />
            </div>
            <Choice label=text::TOOL options=text::TOOLS.into_iter().zip([true, false]).collect() value=spray
                on_change=move |tool| spray.set(tool) />
            <button type="button" class="button small" on:click=move |_| store.edit(|settings| settings.drawn.clear())>
                {text::CLEAR}
            </button>
            <p class="remark" role="status">{remark}</p>
        </div>
    }
    .into_any()
}
