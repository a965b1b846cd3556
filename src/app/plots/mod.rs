//! Plots as SVG: axes with units, direct labels, and the same numbers as a table.

use leptos::prelude::*;

use super::strings;

pub mod curve;
mod export;
pub mod histogram;
pub mod overlay;

/// The same numbers as a table; its rows exist only while it is open, so that a plot in motion stays cheap.
pub fn table_twin(head: impl Fn() -> AnyView + Send + 'static, rows: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let open = RwSignal::new(false);
    let toggle = move |event: leptos::ev::Event| {
        open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    };
    let rows = move || open.get().then(&rows);
    view! {
        <details class="table-twin" on:toggle=toggle><summary>{strings::AS_TABLE}</summary>
            <table tabindex="0"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </details>
    }
    .into_any()
}
