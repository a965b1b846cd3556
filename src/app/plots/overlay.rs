//! Curves of values at even places of the horizontal axis, as a chart.

use leptos::prelude::*;

use super::axis::{self, Scale};
use super::chart::Chart;
use super::line::{self, Hue};
use crate::app::language::Text;

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name, written beside it.
    pub name: Text,
    /// Number of its colour and dash.
    pub series: usize,
    /// Heights, evenly spaced.
    pub values: Vec<f64>,
}

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The quantity in a word or a symbol, for tables and files.
    pub name: Text,
    /// What is plotted, with its unit.
    pub label: Text,
    /// Its ends; `None` for those of the values, with 0 on a linear axis.
    pub range: Option<(f64, f64)>,
    /// How a value becomes a place.
    pub scale: Scale,
}

/// Draws curves over an axis from 0 to `x_end`; `marker` in [0, 1] stands at the present.
#[component]
pub fn Overlay(
    /// The vertical axis.
    #[prop(into)]
    axis: Signal<Axis>,
    /// Name of the horizontal axis.
    x_label: Text,
    /// Number at its right end.
    #[prop(into)]
    x_end: Signal<f64>,
    /// The curves.
    #[prop(into)]
    lines: Signal<Vec<Line>>,
    /// Where the present is, from 0 to 1.
    #[prop(into)]
    marker: Signal<f64>,
    /// Name of saved files, without ending.
    file: &'static str,
    /// Where something happened, as shares of the axis.
    #[prop(optional, into)]
    marks: Signal<Vec<f64>>,
) -> impl IntoView {
    let x = Signal::derive(move || axis::Axis {
        name: x_label,
        label: x_label,
        range: Some((0.0, x_end.get())),
        scale: Scale::Linear,
    });
    let y = Signal::derive(move || {
        let Axis { name, label, range, scale } = axis.get();
        axis::Axis { name, label, range, scale }
    });
    let lines = Signal::derive(move || {
        let end = x_end.get();
        let even = |line: &Line| line::Line::even(line.name.get(), Hue::Series(line.series), &line.values, end);
        lines.with(|lines| lines.iter().map(even).collect::<Vec<_>>())
    });
    let marker = Signal::derive(move || marker.get() * x_end.get());
    let marks = Signal::derive(move || marks.get().into_iter().map(|share| share * x_end.get()).collect::<Vec<_>>());
    view! { <Chart x y lines marker marks file /> }
}
