//! Points drawn by the visitor: sprayed or in lines, with mouse, finger or keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::options::{DRAWN, Source, pack, place};
use super::plane::moved;
use super::scene::{DATA, Scene};
use super::settings::Lab;
use super::text;
use crate::app::language::Text;
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
    let add = move |places: &[(f64, f64)]| {
        store.edit(|settings| {
            settings.source = Source::Drawing;
            for (x, y) in places {
                match spray.get_untracked() {
                    true => settings.drawn.extend(puff(settings.drawn.len(), *x, *y)),
                    false => settings.drawn.push(pack(*x, *y)),
                }
            }
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
        let places = match last.get_value().filter(|_| !begins) {
            Some(from) => between(from, (x, y)),
            None => vec![(x, y)],
        };
        if let Some(place) = places.last() {
            last.set_value(Some(*place));
            cursor.set(*place);
            add(&places);
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let place = cursor.get_untracked();
        match (moved(&event.key(), place, STRIDE), event.key().as_str()) {
            (Some(next), _) => cursor.set(next),
            (None, " " | "Enter") => add(&[place]),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let drawn = store.part(|settings| settings.drawn.clone());
    let shown = move || {
        let mut scene = Scene::default();
        drawn.with(|drawn| drawn.iter().for_each(|packed| scene.dot(place(*packed), DATA, 1.0)));
        if focused.get() {
            let (x, y) = cursor.get();
            scene.cross(place(pack(x, y)), DATA);
        }
        Some(scene.finish())
    };
    let remark = move || {
        let remark = match drawn.with(Vec::len) {
            0 => text::EMPTY_DRAWING,
            1 => text::ONE_POINT,
            DRAWN => text::FULL_DRAWING,
            _ => Text::NOTHING,
        };
        remark.get()
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

/// Points of a puff of the spray around a place, scattered by how many there are already.
fn puff(count: usize, x: f64, y: f64) -> impl Iterator<Item = u32> {
    let noise = Stream::new(count as u64, Purpose::Forward).normal(2 * PUFF as usize);
    (0..PUFF as usize).map(move |k| {
        let away = |axis: usize| RADIUS * f64::from(noise[2 * k + axis]);
        pack(x + away(0), y + away(1))
    })
}

/// Places a gap apart on the way from one to another, without the first; none while it is shorter than a gap.
fn between(from: (f64, f64), to: (f64, f64)) -> Vec<(f64, f64)> {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y);
    let count = (length / GAP).floor();
    (1..=count as u32)
        .map(|step| {
            let share = f64::from(step) * GAP / length;
            (from.0 + share * x, from.1 + share * y)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_line_has_no_holes() {
        let places = between((0.1, 0.1), (0.1, 0.205));
        assert_eq!(places.len(), 5);
        let mut before = (0.1, 0.1);
        for place in places {
            assert!(((place.1 - before.1) - GAP).abs() < 1e-12 && place.0 == 0.1);
            before = place;
        }
        assert!(between((0.5, 0.5), (0.5, 0.51)).is_empty());
    }

    #[test]
    fn puffs_stay_on_the_square() {
        assert_eq!(puff(3, 0.0, 1.0).count(), PUFF as usize);
        assert_ne!(puff(3, 0.5, 0.5).collect::<Vec<_>>(), puff(8, 0.5, 0.5).collect::<Vec<_>>());
    }
}
