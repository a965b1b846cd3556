//! Shares from 0 to 1 over a horizontal axis, in the colours of their roles.

use leptos::prelude::*;

use super::axis::{Axis, Scale};
use super::chart::Chart;
use super::line::{Hue, Line};
use crate::app::language::Text;

/// A curve with the role it plays.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its name, written beside it.
    pub name: &'static str,
    /// Class of its role.
    pub role: &'static str,
    /// Heights in [0, 1], evenly spaced.
    pub values: Vec<f64>,
}

/// Draws curves in [0, 1] over `x_label`; `marker` in [0, 1] stands at the present.
#[component]
pub fn Curves(
    /// What is drawn.
    label: Text,
    /// Name of the horizontal axis.
    x_label: Text,
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
    let x = Signal::derive(move || Axis {
        name: x_label,
        label: x_label,
        range: Some((0.0, x_end.get())),
        scale: Scale::Linear,
    });
    let y = Axis { name: Text::NOTHING, label, range: Some((0.0, 1.0)), scale: Scale::Linear };
    let lines = Signal::derive(move || {
        let line = |curve: &Curve| Line::even(curve.name, Hue::Role(curve.role), &curve.values, x_end.get());
        curves.with(|curves| curves.iter().map(line).collect::<Vec<_>>())
    });
    let marker = Signal::derive(move || marker.get() * x_end.get());
    view! { <Chart x y=Signal::derive(move || y) lines marker file="shares" /> }
}
