//! Plots as SVG: axes with units, direct labels, a readout, and the same numbers as a table and as files.
//!
//! Drawn here and not by a crate.
//! `plotters` draws still pictures: no focus, no readout, no classes for the roles' colours and the dark theme.
//! `leptos-chartistry` (0.2.3) draws live SVG, but has no logarithmic axis, no bands, no keyboard and no text for screen readers, and brings a
//! calendar with it; what it would save are the hundred lines of [`axis`].

use leptos::prelude::*;

use super::strings;

pub mod axis;
pub mod chart;
pub mod curve;
pub mod export;
pub mod histogram;
mod layout;
pub mod line;
pub mod overlay;
pub mod sheet;

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
