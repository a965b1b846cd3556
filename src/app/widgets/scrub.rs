//! Dragging across the picture scrubs the timeline; a press without a drag picks a pixel.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::app::player::Player;

/// How far a finger must move before it scrubs, in pixels.
const THRESHOLD: f64 = 8.0;

/// A frame around a square picture.
#[component]
pub fn Scrub(
    /// What is scrubbed.
    player: Player,
    /// Called with the share of the width and of the height, both in [0, 1), where the picture was pressed.
    on_pick: impl Fn(f64, f64) + 'static,
    /// The picture.
    children: Children,
) -> impl IntoView {
    // Where the drag began, and the state that was shown then.
    let began = StoredValue::new(None::<(f64, usize)>);
    let dragged = StoredValue::new(false);
    let start = move |event: leptos::ev::PointerEvent| {
        dragged.set_value(false);
        began.set_value(Some((f64::from(event.client_x()), player.head.get_untracked())));
    };
    let drag = move |event: leptos::ev::PointerEvent| {
        let (Some((from, head)), Some(place)) = (began.get_value(), place(&event)) else { return };
        let way = f64::from(event.client_x()) - from;
        if way.abs() > THRESHOLD || dragged.get_value() {
            dragged.set_value(true);
            let states = way / place.width().max(1.0) * player.last.get_untracked() as f64;
            player.seek(head.saturating_add_signed(states as isize));
        }
    };
    let end = move |_| began.set_value(None);
    let pick = move |event: leptos::ev::MouseEvent| {
        let Some(place) = place(&event).filter(|_| !dragged.get_value()) else { return };
        let share = |offset: f64, length: f64| (offset / length.max(1.0)).clamp(0.0, 0.999_999);
        on_pick(
            share(f64::from(event.client_x()) - place.left(), place.width()),
            share(f64::from(event.client_y()) - place.top(), place.height()),
        );
    };
    view! {
        <div class="main-picture" data-control="figure" on:pointerdown=start on:pointermove=drag on:pointerup=end on:pointercancel=end
            on:pointerleave=end on:click=pick>{children()}</div>
    }
}

/// The place of the element that listens.
fn place(event: &leptos::ev::MouseEvent) -> Option<web_sys::DomRect> {
    let target = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    Some(target.get_bounding_client_rect())
}
