//! The curve drawn by hand: points to drag with mouse, finger or arrow keys.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::bench::drawn;
use super::settings::{CUSTOM, POINTS, Schedules, UNIT, falling};
use super::text;
use crate::app::plots::export::foot;
use crate::app::plots::line::{Hue, Line};
use crate::app::plots::sheet::Sheet;
use crate::app::store::Store;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 160.0;
const MARGIN: f64 = 16.0;
/// How far an arrow key moves a point, in thousandths; with Shift, five times as far.
const STRIDE: u32 = 20;

/// Points of the drawn line.
const RESOLUTION: u32 = 72;

fn across(u: f64) -> f64 {
    MARGIN + (WIDTH - 2.0 * MARGIN) * u
}

fn up(alpha_cumprod: f64) -> f64 {
    HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * alpha_cumprod
}

/// The points, and a sentence where one was held back.
pub fn editor(store: Store<Schedules>) -> AnyView {
    let points = store.part(|settings| falling(&settings.points));
    let held_back = RwSignal::new(false);
    let dragged = RwSignal::new(None::<usize>);
    let change = move |index: usize, value: u32| {
        store.edit(|settings| {
            held_back.set(settings.drag(index, value));
            if !settings.shown.contains(&CUSTOM) {
                settings.toggle(CUSTOM);
            }
        });
    };
    let follow = move |event: leptos::ev::PointerEvent| {
        let place = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let (Some(index), Some(place)) = (dragged.get_untracked(), place) else { return };
        let place = place.get_bounding_client_rect();
        let y = (f64::from(event.client_y()) - place.top()) / place.height().max(1.0) * HEIGHT;
        let share = (HEIGHT - MARGIN - y) / (HEIGHT - 2.0 * MARGIN);
        change(index, (share.clamp(0.0, 1.0) * f64::from(UNIT)).round() as u32);
    };
    let line = move || {
        let Some(curve) = drawn(&points.get()) else { return String::new() };
        let place = |point: u32| {
            let u = f64::from(point) / f64::from(RESOLUTION);
            format!("{:.1},{:.1}", across(u), up(curve.at(u)))
        };
        (0..=RESOLUTION).map(place).collect::<Vec<_>>().join(" ")
    };
    let handles: Vec<_> = (0..=POINTS).map(|index| handle(index, points, dragged, change)).collect();
    let remark = move || {
        let rises = store.get().points != points.get();
        if held_back.get() {
            text::HELD_BACK.get()
        } else if rises {
            text::NOT_FALLING.get()
        } else {
            ""
        }
    };
    let sheet = move || {
        let curve = drawn(&points.get());
        let values: Vec<f64> = curve.map_or_else(Vec::new, |curve| {
            (0..=RESOLUTION).map(|point| curve.at(f64::from(point) / f64::from(RESOLUTION))).collect()
        });
        Sheet::of(
            "t/T",
            "ᾱ_t",
            &[Line::even(text::NAMES[CUSTOM as usize].get(), Hue::Series(CUSTOM as usize), &values, 1.0)],
        )
    };
    view! {
        <figure class="plot curve-editor">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="group" aria-label=text::EDITOR on:pointermove=follow
                on:pointerup=move |_| dragged.set(None) on:pointerleave=move |_| dragged.set(None)>
                <line class="axis" x1=MARGIN x2=WIDTH - MARGIN y1=HEIGHT - MARGIN y2=HEIGHT - MARGIN></line>
                <line class="axis" x1=MARGIN x2=MARGIN y1=MARGIN y2=HEIGHT - MARGIN></line>
                <text class="tick" x=MARGIN + 4.0 y=MARGIN - 4.0>"ᾱ = 1"</text>
                <text class="tick" x=WIDTH / 2.0 y=HEIGHT - 3.0 text-anchor="middle">"t → T"</text>
                <polyline class="curve series-7" points=line></polyline>
                {handles}
            </svg>
            <p class="remark" role="status">{remark}</p>
            {foot("own-schedule", Signal::derive(|| text::EDITOR.to_string()), sheet)}
        </figure>
    }
    .into_any()
}

/// One point: a slider to the keyboard and to screen readers.
fn handle(
    index: usize,
    points: Memo<Vec<u32>>,
    dragged: RwSignal<Option<usize>>,
    change: impl Fn(usize, u32) + Copy + 'static,
) -> AnyView {
    let value = move || points.with(|points| points.get(index).copied().unwrap_or(0));
    let key = move |event: leptos::ev::KeyboardEvent| {
        let stride = if event.shift_key() { 5 * STRIDE } else { STRIDE };
        let now = untrack(value);
        let next = match event.key().as_str() {
            "ArrowUp" | "ArrowRight" => now.saturating_add(stride),
            "ArrowDown" | "ArrowLeft" => now.saturating_sub(stride),
            "Home" => 0,
            "End" => UNIT,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        change(index, next);
    };
    view! {
        <circle class="handle" r="9" cx=across((index + 1) as f64 / (POINTS + 1) as f64) cy=move || up(f64::from(value()) / f64::from(UNIT)) tabindex="0" role="slider"
            aria-valuemin="0" aria-valuemax=UNIT aria-valuenow=move || value().to_string()
            aria-label=move || text::point(index, f64::from(value()) / f64::from(UNIT)) on:keydown=key
            on:pointerdown=move |event: leptos::ev::PointerEvent| {
                event.prevent_default();
                dragged.set(Some(index));
            }></circle>
    }
    .into_any()
}
