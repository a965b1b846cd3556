//! The chart: curves over explicit x with bands, axes with numbers, names beside the curves, a readout, table and files.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::axis::{Axis, readable, tick};
use super::export::foot;
use super::layout::{BOTTOM, HEIGHT, LEFT, Layout, RIGHT, TOP, WIDTH};
use super::line::{Line, places};
use super::sheet::Sheet;
use crate::app::prose::{indexed, spoken};
use crate::app::strings;

/// With at most so many points an arrow key goes from one to the next, and each is marked; with more it goes a fiftieth of the axis.
const FEW: usize = 30;

/// A chart in a figure of its own.
#[component]
pub fn Chart(
    /// The horizontal axis.
    #[prop(into)]
    x: Signal<Axis>,
    /// The vertical axis.
    #[prop(into)]
    y: Signal<Axis>,
    /// The curves.
    #[prop(into)]
    lines: Signal<Vec<Line>>,
    /// Where the present is, as a value of the horizontal axis.
    #[prop(optional, into)]
    marker: Option<Signal<f64>>,
    /// Where something happened, as values of the horizontal axis.
    #[prop(optional, into)]
    marks: Signal<Vec<f64>>,
    /// Heights worth a line of their own, with their names.
    #[prop(optional, into)]
    levels: Signal<Vec<(String, f64)>>,
    /// Name of saved files, without ending.
    file: &'static str,
) -> impl IntoView {
    let lines = Memo::new(move |_| lines.get());
    let layout = Memo::new(move |_| lines.with(|lines| Layout::of(&x.get(), &y.get(), lines)));
    // What is read: a value of the horizontal axis; nothing while neither pointer nor focus is there.
    let cursor = RwSignal::new(None::<f64>);
    let here = move || {
        let first = || lines.with(|lines| places(lines).first().copied().unwrap_or_default());
        cursor.get().or_else(|| marker.map(|marker| marker.get())).unwrap_or_else(first)
    };
    let pointed = move |event: leptos::ev::PointerEvent| {
        let Some(place) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
        let place = place.get_bounding_client_rect();
        let across = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0) * WIDTH;
        cursor.set(Some(layout.get_untracked().x.value(Layout::share(across))));
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (here, layout) = (untrack(here), layout.get_untracked());
        if let Some(at) = lines.with_untracked(|lines| next(&event.key(), here, lines, layout)) {
            event.prevent_default();
            event.stop_propagation();
            cursor.set(Some(at));
        }
    };
    let caption = Signal::derive(move || y.get().label.to_string());
    let read = move || {
        let here = here();
        lines.with(|lines| readout(lines, here, x.get().name.get()))
    };
    let sheet = move || lines.with(|lines| Sheet::of(x.get().name.get(), y.get().name.get(), lines));
    let upright = move |class: &'static str, value: f64| {
        let place = layout.get().place((value, 0.0)).0;
        view! { <line class=class x1=place x2=place y1=TOP y2=BOTTOM></line> }
    };
    view! {
        <figure class="plot overlay" data-control="plots">
            <figcaption>{move || indexed(&caption.get())}</figcaption>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=move || spoken(&caption.get()) tabindex="0"
                on:pointermove=pointed on:pointerleave=move |_| cursor.set(None) on:keydown=key on:blur=move |_| cursor.set(None)>
                {move || axes(layout.get(), x.get())}
                {move || lines.with(|lines| drawn(layout.get(), lines))}
                {move || levels.get().into_iter().map(|level| level_line(layout.get(), level)).collect::<Vec<_>>()}
                {move || marks.get().into_iter().map(|mark| upright("mark-line", mark)).collect::<Vec<_>>()}
                {move || marker.map(|marker| upright("marker", marker.get()))}
                {move || cursor.get().map(|cursor| upright("cursor", cursor))}
            </svg>
            <p class="small-print readout" aria-live="polite">{read}</p>
            {foot(file, caption, sheet)}
        </figure>
    }
}

/// Axes, their numbers, and the name of the horizontal one.
fn axes(layout: Layout, x: Axis) -> AnyView {
    let height = |(text, y): (String, f64)| {
        view! {
            <line class="axis grid" x1=LEFT x2=RIGHT y1=y y2=y></line>
            <text class="tick" x=LEFT - 5.0 y=y + 3.0 text-anchor="end">{text}</text>
        }
    };
    let column = |(text, x): (String, f64)| {
        view! { <text class="tick" x=x y=BOTTOM + 13.0 text-anchor="middle">{text}</text> }
    };
    view! {
        {layout.heights().into_iter().map(height).collect::<Vec<_>>()}
        {layout.columns().into_iter().map(column).collect::<Vec<_>>()}
        <line class="axis" x1=LEFT x2=RIGHT y1=BOTTOM y2=BOTTOM></line>
        <line class="axis" x1=LEFT x2=LEFT y1=TOP y2=BOTTOM></line>
        <text class="tick" x=RIGHT y=BOTTOM + 27.0 text-anchor="end">{x.label}</text>
    }
    .into_any()
}

/// Bands under curves under names.
fn drawn(layout: Layout, lines: &[Line]) -> AnyView {
    let band = |line: &Line| {
        let is_banded = !line.bands.is_empty();
        is_banded
            .then(|| view! { <polygon class=format!("band {}", line.hue.class()) points=layout.band(line)></polygon> })
    };
    let curve = |line: &Line| {
        let dot = |point: &(f64, f64)| {
            let (x, y) = layout.place(*point);
            view! { <circle class=format!("dot {}", line.hue.class()) cx=x cy=y r="2.5"></circle> }
        };
        let dots: Vec<_> = if line.points.len() <= FEW { line.points.iter().map(dot).collect() } else { Vec::new() };
        view! { <polyline class=format!("curve {}", line.hue.class()) points=layout.path(line)></polyline>{dots} }
    };
    let name = |(line, (x, y)): (&Line, (f64, f64))| {
        view! { <text class=format!("curve-label {}", line.hue.class()) x=x + 5.0 y=y - 3.0>{line.name.clone()}</text> }
    };
    view! {
        {lines.iter().map(band).collect::<Vec<_>>()}
        {lines.iter().map(curve).collect::<Vec<_>>()}
        {lines.iter().zip(layout.labels(lines)).map(name).collect::<Vec<_>>()}
    }
    .into_any()
}

fn level_line(layout: Layout, (name, value): (String, f64)) -> AnyView {
    let y = layout.place((0.0, value)).1;
    view! {
        <line class="level" x1=LEFT x2=RIGHT y1=y y2=y></line>
        <text class="tick" x=RIGHT y=y - 3.0 text-anchor="end">{name}</text>
    }
    .into_any()
}

/// Where a key moves the cursor; `None` for keys that do not.
fn next(key: &str, here: f64, lines: &[Line], layout: Layout) -> Option<f64> {
    let places = places(lines);
    let (first, last) = (*places.first()?, *places.last()?);
    let forward = match key {
        "Home" => return Some(first),
        "End" => return Some(last),
        "ArrowLeft" => false,
        "ArrowRight" => true,
        _ => return None,
    };
    if places.len() <= FEW {
        let beyond = |place: &&f64| if forward { **place > here } else { **place < here };
        let found = if forward { places.iter().find(beyond) } else { places.iter().rev().find(beyond) };
        return Some(found.copied().unwrap_or(here));
    }
    let step = if forward { 0.02 } else { -0.02 };
    Some(layout.x.value((layout.x.share(here) + step).clamp(0.0, 1.0)))
}

/// What every line says at the point nearest to `x`.
fn readout(lines: &[Line], x: f64, name: &str) -> String {
    let value = |line: &Line| {
        let Some(at) = line.nearest(x) else { return format!("{} –", line.name) };
        let interval = line.bands.get(at).map(|(low, high)| strings::interval(&readable(*low), &readable(*high)));
        format!("{} {}{}", line.name, readable(line.points[at].1), interval.unwrap_or_default())
    };
    let values: Vec<String> = lines.iter().map(value).collect();
    let at = lines.first().and_then(|line| Some(line.points[line.nearest(x)?].0)).unwrap_or(x);
    format!("{name} = {}: {}", tick((at * 100.0).round() / 100.0), values.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::super::line::Hue;
    use super::*;

    #[test]
    fn the_readout_names_every_line_and_its_interval() {
        let even = |bands| Line { bands, ..Line::even("a", Hue::Series(0), &[0.0, 0.5, 1.0], 1000.0) };
        let lines = [even(vec![(0.25, 0.75); 3]), even(Vec::new())];
        assert_eq!(readout(&lines, 480.0, "t"), "t = 500: a 0.500 (0.250 to 0.750) · a 0.500");
    }

    #[test]
    fn keys_go_from_point_to_point_where_there_are_few() {
        let uneven =
            [Line { points: vec![(3.0, 1.0), (5.0, 1.0), (50.0, 1.0)], ..Line::even("", Hue::Series(0), &[], 1.0) }];
        let layout = Layout::of(&Axis::default(), &Axis::default(), &uneven);
        let go = |key: &str, here: f64| next(key, here, &uneven, layout);
        assert_eq!([go("ArrowRight", 3.0), go("ArrowRight", 6.0), go("ArrowRight", 50.0)], [5.0, 50.0, 50.0].map(Some));
        assert_eq!([go("ArrowLeft", 50.0), go("Home", 5.0), go("End", 5.0)], [5.0, 3.0, 50.0].map(Some));
        assert_eq!(go("x", 3.0), None);
        let dense = [Line::even("", Hue::Series(0), &[0.0; 101], 1000.0)];
        let layout = Layout::of(&Axis::default(), &Axis::default(), &dense);
        assert!((next("ArrowRight", 0.0, &dense, layout).unwrap() - 20.0).abs() < 1e-9);
    }
}
