//! Curves over a shared horizontal axis, with a marker that follows the figure.

use leptos::prelude::*;

use super::table_twin;
use crate::app::strings;

/// A curve with the role it plays.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its name, written at its end.
    pub name: &'static str,
    /// Class of its role.
    pub role: &'static str,
    /// Heights in [0, 1], evenly spaced.
    pub values: Vec<f64>,
}

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 120.0;
const MARGIN: f64 = 26.0;

/// Draws curves in [0, 1] over `x_label`; `marker` in [0, 1] stands at the present.
#[component]
pub fn Curves(
    /// What is drawn, for those who do not see it.
    label: &'static str,
    /// Name of the horizontal axis.
    x_label: &'static str,
    /// Number at the right end of the axis.
    #[prop(into)]
    x_end: Signal<f64>,
    /// The curves.
    #[prop(into)]
    curves: Signal<Vec<Curve>>,
    /// Where the present is, from 0 to 1.
    #[prop(into)]
    marker: Signal<f64>,
) -> impl IntoView {
    let across = |share: f64| MARGIN + share * (WIDTH - 2.0 * MARGIN);
    let up = |value: f64| HEIGHT - MARGIN + value.clamp(0.0, 1.0) * (2.0 * MARGIN - HEIGHT) + 0.0;
    let path = move |values: &[f64]| {
        let last = values.len().saturating_sub(1).max(1) as f64;
        let point = |(index, value): (usize, &f64)| format!("{:.1},{:.1}", across(index as f64 / last), up(*value));
        values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    };
    // Computed once a change, however many read it.
    let curves = Memo::new(move |_| curves.get());
    let lines = move || {
        let line = |curve: Curve| {
            let end =
                curve.values.iter().position(|value| (value - 0.5).abs() < 0.03).unwrap_or(curve.values.len() / 2);
            let last = curve.values.len().saturating_sub(1).max(1) as f64;
            let (x, y) = (across(end as f64 / last), up(curve.values.get(end).copied().unwrap_or(0.5)));
            view! {
                <polyline class=format!("curve {}", curve.role) points=path(&curve.values)></polyline>
                <text class=format!("curve-label {}", curve.role) x=x + 6.0 y=y - 4.0>{curve.name}</text>
            }
        };
        curves.get().into_iter().map(line).collect::<Vec<_>>()
    };
    let table = move || {
        let curves = curves.get();
        let rows = curves.first().map_or(0, |curve| curve.values.len());
        let at = |row: usize| if rows > 1 { row as f64 / (rows - 1) as f64 * x_end.get() } else { 0.0 };
        (0..rows)
            .step_by((rows / 10).max(1))
            .map(|row| {
                let cells: Vec<_> =
                    curves.iter().map(|curve| view! { <td>{strings::number(curve.values[row])}</td> }).collect();
                view! { <tr><th scope="row">{format!("{:.0}", at(row))}</th>{cells}</tr> }
            })
            .collect::<Vec<_>>()
            .into_any()
    };
    let head = move || {
        let names: Vec<_> = curves.get().into_iter().map(|curve| view! { <th scope="col">{curve.name}</th> }).collect();
        view! { <th scope="col">{x_label}</th>{names} }.into_any()
    };
    view! {
        <figure class="plot">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
                <line class="axis" x1=MARGIN x2=WIDTH - MARGIN y1=HEIGHT - MARGIN y2=HEIGHT - MARGIN></line>
                <line class="axis" x1=MARGIN x2=MARGIN y1=MARGIN y2=HEIGHT - MARGIN></line>
                <text class="tick" x=MARGIN - 6.0 y=MARGIN + 4.0 text-anchor="end">"1"</text>
                <text class="tick" x=MARGIN - 6.0 y=HEIGHT - MARGIN text-anchor="end">"0"</text>
                <text class="tick" x=WIDTH - MARGIN y=HEIGHT - 8.0 text-anchor="end">
                    {x_label}" = "{move || format!("{:.0}", x_end.get())}
                </text>
                {lines}
                <line class="marker" x1=move || across(marker.get()) x2=move || across(marker.get())
                    y1=MARGIN y2=HEIGHT - MARGIN></line>
            </svg>
            {table_twin(head, table)}
        </figure>
    }
}
