//! The button that begins a tour, and the panel that leads through it.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{Progress, Tour, overlay};
use crate::app::prose::inline;
use crate::app::shell::use_shell;
use crate::app::{dom, strings};

/// The class by which the focus finds the button again.
const BUTTON: &str = ".tour-start button";

/// Begins the tour, goes on with it or begins anew, as far as the visitor came.
pub fn button(tour: Tour) -> AnyView {
    let label = move || match tour.progress.get() {
        Progress::Fresh => strings::tour_begin(tour.len()),
        Progress::Left(stop) => strings::tour_resume(stop + 1, tour.len()),
        Progress::Done => strings::TOUR_AGAIN.to_string(),
    };
    view! { <p class="tour-start"><button type="button" class="button" data-control="tour" on:click=move |_| tour.start()>{label}</button></p> }
        .into_any()
}

/// The panel and the light, while the tour is open.
pub fn panel(tour: Tour) -> AnyView {
    let open = Memo::new(move |_| tour.stop.get().is_some());
    listen(tour);
    Effect::new(move |was_open: Option<bool>| {
        let open = open.get();
        if was_open == Some(true) && !open {
            focus(document().query_selector(BUTTON).ok().flatten());
        }
        open
    });
    let body = move || open.get().then(|| opened(tour));
    view! { {body} }.into_any()
}

fn opened(tour: Tour) -> AnyView {
    let (hole, panel) = (NodeRef::<html::Div>::new(), NodeRef::<html::Section>::new());
    let clock = use_shell().clock;
    let began = StoredValue::new(dom::now());
    Effect::new(move || {
        tour.stop.track();
        began.set_value(dom::now());
    });
    Effect::new(move || {
        let (Some(hole), Some(panel)) = (hole.get(), panel.get()) else { return };
        panel.focus().ok();
        clock.run(move |_| began.try_get_value().is_some_and(|began| overlay::follow(tour, began, &hole, &panel)));
    });
    let stop = move || tour.stop.get().unwrap_or_default();
    let words = Memo::new(move |_| tour.stop.get());
    let text = move || words.get().and_then(|stop| tour.words(stop)).map(|words| inline(words.text));
    let ask = move || words.get().and_then(|stop| tour.words(stop)?.ask).map(inline);
    let is_met = move || tour.met.get().1;
    let next = move || if stop() + 1 < tour.len() { strings::TOUR_NEXT } else { strings::TOUR_FINISH }.get();
    view! {
        <div class="tour-hole" node_ref=hole aria-hidden="true"></div>
        <section class="tour-panel" node_ref=panel role="dialog" tabindex="-1" aria-labelledby="tour-title" aria-describedby="tour-text">
            <h2 id="tour-title">{move || strings::tour_stop(stop() + 1, tour.len())}</h2>
            <div aria-live="polite">
                <p id="tour-text">{text}</p>
                <p class="tour-ask" class:met=is_met hidden=move || ask().is_none()>{ask}</p>
                <p class="tour-met" role="status">{move || is_met().then(|| strings::TOUR_MET.get())}</p>
            </div>
            <div class="choice-row">
                <button type="button" class="button small" disabled=move || stop() == 0 on:click=move |_| tour.back()>{strings::TOUR_BACK}</button>
                <button type="button" class="button small next" class:met=is_met on:click=move |_| tour.next()>{next}</button>
                <button type="button" class="button small" on:click=move |_| tour.leave()>{strings::TOUR_SKIP}</button>
            </div>
        </section>
    }
    .into_any()
}

/// Esc closes the tour; Tab goes round between the panel and what is lit, for the rest is dimmed.
fn listen(tour: Tour) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let dialog_is_open = document().query_selector("dialog[open]").ok().flatten().is_some();
        if !tour.is_open() || dialog_is_open {
            return;
        }
        match event.key().as_str() {
            "Escape" => tour.leave(),
            "Tab" => go_round(tour, event.shift_key()),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}

fn go_round(tour: Tour, backwards: bool) {
    let Ok(Some(panel)) = document().query_selector(".tour-panel") else { return };
    let mut ring = overlay::focusable(&panel);
    let words = tour.stop.get_untracked().and_then(|stop| tour.words(stop));
    if let Some(target) = words.and_then(|words| overlay::target(words.target)) {
        if target.matches("button, summary").unwrap_or(false) {
            ring.push(target);
        } else {
            ring.extend(overlay::focusable(&target));
        }
    }
    let here = document().active_element();
    let at = ring.iter().position(|element| here.as_ref().is_some_and(|here| element.is_same_node(Some(here))));
    let count = ring.len().max(1);
    let next = match at {
        Some(at) if backwards => (at + count - 1) % count,
        Some(at) => (at + 1) % count,
        None if backwards => count - 1,
        None => 0,
    };
    if let Some(element) = ring.get(next) {
        element.focus().ok();
    }
}

fn focus(element: Option<web_sys::Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}
