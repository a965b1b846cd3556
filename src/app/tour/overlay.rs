//! The part that is lit: found, brought into view, followed.
//!
//! What dims the rest is the shadow of an element that catches no presses, so that the whole page stays usable.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::Tour;
use super::place::{Place, beside};
use crate::app::dom;

/// For so many milliseconds after a stop began its target is kept in view; afterwards scrolling is the visitor's own.
const ARRIVAL: f64 = 700.0;

/// The part with this `data-control`, one of the stage where there is one; the first that is seen, or that could be.
pub fn target(name: &str) -> Option<HtmlElement> {
    let page = document().document_element()?;
    let mut found = all(&page, &format!(".stage [data-control=\"{name}\"]"));
    if found.is_empty() {
        found = all(&page, &format!("[data-control=\"{name}\"]"));
    }
    let seen = found.iter().position(|element| element.get_bounding_client_rect().width() > 0.0);
    found.into_iter().nth(seen.unwrap_or(0))
}

/// What can take the focus inside an element, in order.
pub fn focusable(within: &Element) -> Vec<HtmlElement> {
    let mut found = all(within, "a[href], button:not(:disabled), input, select, textarea, summary, [tabindex=\"0\"]");
    found.retain(|element| element.get_bounding_client_rect().width() > 0.0);
    found
}

fn all(within: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = within.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.item(index)?.dyn_into().ok()).collect()
}

fn place_of(element: &Element) -> Place {
    let rect = element.get_bounding_client_rect();
    Place { left: rect.left(), top: rect.top(), width: rect.width(), height: rect.height() }
}

fn window_size() -> (f64, f64) {
    let number = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
    (number(window().inner_width()), number(window().inner_height()))
}

/// One look at the target: lights it, and puts the panel beside it. False once the tour is closed.
pub fn follow(tour: Tour, began: f64, hole: &HtmlElement, panel: &HtmlElement) -> bool {
    let Some(words) = tour.stop.try_get_untracked().flatten().and_then(|stop| tour.words(stop)) else { return false };
    let Some(target) = target(words.target) else {
        hole.set_hidden(true);
        return true;
    };
    if dom::now() - began < ARRIVAL {
        show(&target);
    }
    let place = place_of(&target);
    hole.set_hidden(place.width == 0.0);
    let around =
        Place { left: place.left - 6.0, top: place.top - 6.0, width: place.width + 12.0, height: place.height + 12.0 };
    let size = place_of(panel);
    let (left, top) = beside(around, (size.width, size.height), window_size());
    set(hole, &[("left", around.left), ("top", around.top), ("width", around.width), ("height", around.height)]);
    set(panel, &[("left", left), ("top", top)]);
    true
}

/// Writes pixels into the style, where they changed: a write makes the browser lay out again.
fn set(element: &HtmlElement, values: &[(&str, f64)]) {
    let style = element.style();
    for (name, value) in values {
        let value = format!("{}px", value.round());
        if style.get_property_value(name).is_ok_and(|now| now != value) {
            style.set_property(name, &value).ok();
        }
    }
}

/// Opens what hides the target and scrolls it into view.
fn show(target: &HtmlElement) {
    if let Ok(Some(closed)) = target.closest("details:not([open])")
        && !target.is_same_node(Some(&closed))
    {
        closed.set_attribute("open", "").ok();
    }
    sheet(target);
    for container in [".sheet", ".stage"] {
        let Ok(Some(container)) = target.closest(container) else { continue };
        if container.scroll_height() > container.client_height() {
            let (inner, outer) = (place_of(target), place_of(&container));
            let over = (inner.top + inner.height) - (outer.top + outer.height);
            let by = if inner.top < outer.top { inner.top - outer.top - 8.0 } else { (over + 8.0).max(0.0) };
            if by.abs() > 8.0 {
                container.set_scroll_top(container.scroll_top() + by as i32);
            }
        }
    }
}

/// On a phone: opens the sheet for what is in it and does not peek out, closes it for what it would cover.
fn sheet(target: &HtmlElement) {
    let Ok(Some(handle)) = document().query_selector(".sheet-handle") else { return };
    if handle.get_bounding_client_rect().width() == 0.0 {
        return;
    }
    let is_open = handle.get_attribute("aria-expanded").as_deref() == Some("true");
    let inside = target.closest(".sheet").ok().flatten();
    let wanted = match &inside {
        // What peeks out of a closed sheet is used where it is.
        Some(sheet) if !is_open => {
            let (inner, outer) = (place_of(target), place_of(sheet));
            inner.top + inner.height > outer.top + outer.height + 1.0
        }
        Some(_) => true,
        None => false,
    };
    if wanted != is_open
        && let Ok(handle) = handle.dyn_into::<HtmlElement>()
    {
        handle.click();
    }
}
