//! Linked highlighting: everything that carries the same `data-link` lights up together.
//!
//! A word, a term of the equation, a part of a figure and a number of one role carry one link id.
//! Hovering, focusing or tapping any of them gives all of them the class `lit`; where the glossary knows the id, its sentence is shown beside it.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::prose::indexed;
use super::terms;

/// The sentence shown beside the element under the pointer or the focus.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gloss {
    text: String,
    left: f64,
    top: f64,
}

/// Watches the whole document; answers the gloss to show, and opens the glossary at a term that is followed like a link.
pub fn install(glossary: RwSignal<Option<&'static str>>) -> RwSignal<Option<Gloss>> {
    let gloss = RwSignal::new(None);
    follow(glossary);
    let watch = move |target: Option<web_sys::EventTarget>| {
        let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let linked = element.and_then(|element| element.closest("[data-link]").ok().flatten());
        let id = linked.as_ref().and_then(|element| element.get_attribute("data-link"));
        light(id.as_deref());
        gloss.set(linked.filter(|element| element.class_list().contains("term")).and_then(|element| {
            let term = terms::find(id.as_deref()?)?;
            let place = element.get_bounding_client_rect();
            let width = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(360.0);
            let left = place.left().min(width - 300.0).max(8.0);
            Some(Gloss { text: format!("{} — {}", term.symbol, term.gloss), left, top: place.bottom() + 6.0 })
        }));
    };
    window_event_listener(ev::pointerover, move |event| watch(event.target()));
    window_event_listener(ev::focusin, move |event| watch(event.target()));
    window_event_listener(ev::focusout, move |_| watch(None));
    window_event_listener(ev::scroll, move |_| gloss.set(None));
    gloss
}

/// Enter or a press on a term; a finger's first tap shows the bubble, its second goes on.
fn follow(glossary: RwSignal<Option<&'static str>>) {
    let tapped = StoredValue::new(None::<&'static str>);
    window_event_listener(ev::click, move |event| {
        let Some(id) = term_at(event.target()) else { return tapped.set_value(None) };
        let is_touch = event.dyn_ref::<web_sys::PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
        if !is_touch || tapped.get_value() == Some(id) {
            glossary.set(Some(id));
        }
        tapped.set_value(Some(id));
    });
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Enter"
            && let Some(id) = term_at(event.target())
        {
            glossary.set(Some(id));
        }
    });
}

/// The glossary's id of the term that an event happened on.
fn term_at(target: Option<web_sys::EventTarget>) -> Option<&'static str> {
    let element = target?.dyn_into::<web_sys::Element>().ok()?;
    let term = element.closest(".term[data-link][tabindex]").ok().flatten()?;
    Some(terms::find(&term.get_attribute("data-link")?)?.id)
}

fn light(id: Option<&str>) {
    let each = |selector: &str, change: &dyn Fn(&web_sys::Element)| {
        let Ok(list) = document().query_selector_all(selector) else { return };
        for element in (0..list.length()).filter_map(|index| list.item(index)) {
            if let Ok(element) = element.dyn_into::<web_sys::Element>() {
                change(&element);
            }
        }
    };
    each(".lit", &|element| drop(element.class_list().remove_1("lit")));
    // Ids come from our own catalogue and hold letters only, so the selector is always valid.
    if let Some(id) = id.filter(|id| id.chars().all(|c| c.is_ascii_alphanumeric())) {
        each(&format!("[data-link={id}]"), &|element| drop(element.class_list().add_1("lit")));
    }
}

/// The bubble with the gloss.
#[component]
pub fn GlossBubble(
    /// What [`install`] answered.
    gloss: RwSignal<Option<Gloss>>,
) -> impl IntoView {
    let place = move |of: fn(&Gloss) -> f64| gloss.with(|gloss| gloss.as_ref().map(|gloss| format!("{}px", of(gloss))));
    view! {
        <div class="gloss" role=move || gloss.with(Option::is_some).then_some("tooltip") class:shown=move || gloss.with(Option::is_some)
            style:left=move || place(|gloss| gloss.left) style:top=move || place(|gloss| gloss.top)>
            {move || gloss.get().map(|gloss| indexed(&gloss.text))}
        </div>
    }
}
