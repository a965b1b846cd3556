//! Any number of curves over one axis: labelled where they lie apart, read by pointer and keyboard, saved as CSV and SVG.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{export, table_twin};
use crate::app::prose::indexed;
use crate::app::strings;

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name, written beside it.
    pub name: &'static str,
    /// Number of its colour and dash.
    pub series: usize,
    /// Heights, evenly spaced.
    pub values: Vec<f64>,
}

/// The vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// What is plotted, with its unit.
    pub label: &'static str,
    /// Its ends; `None` for 0 and the largest value.
    pub range: Option<(f64, f64)>,
}

/// Size of the drawing, in units of its view box.
pub const WIDTH: f64 = 360.0;
/// Height of the same.
pub const HEIGHT: f64 = 200.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;

/// Where points lie in the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    low: f64,
    high: f64,
}

impl Frame {
    /// The frame of an axis and what it has to hold.
    pub fn of(axis: Axis, lines: &[Line]) -> Self {
        let largest = lines.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max);
        let (low, high) = axis.range.unwrap_or((0.0, if largest > 0.0 { largest } else { 1.0 }));
        Self { low, high }
    }

    /// The place of a value at a share of the axis.
    pub fn place(self, share: f64, value: f64) -> (f64, f64) {
        let height = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        (LEFT + share * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM))
    }

    /// The points of a line as SVG writes them.
    pub fn path(self, line: &Line) -> String {
        let last = line.values.len().saturating_sub(1).max(1) as f64;
        let point = |(index, value): (usize, &f64)| {
            let (x, y) = self.place(index as f64 / last, *value);
            format!("{x:.1},{y:.1}")
        };
        line.values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    }

    /// Numbers along the axis, with their heights.
    pub fn ticks(self) -> Vec<(String, f64)> {
        let at = |part: u32| {
            let value = self.low + (self.high - self.low) * f64::from(part) / 4.0;
            (tick(value), self.place(0.0, value).1)
        };
        (0..=4).map(at).collect()
    }

    /// For each line the place of its name: all in the column where the lines lie farthest apart.
    pub fn labels(self, lines: &[Line]) -> Vec<(f64, f64)> {
        let points = lines.iter().map(|line| line.values.len()).min().unwrap_or(0);
        let nearest = |point: usize| {
            let mut heights: Vec<f64> = lines.iter().map(|line| self.place(0.0, line.values[point]).1).collect();
            heights.sort_by(f64::total_cmp);
            heights.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
        };
        // Not at the very edges, where a name has no room.
        let columns = points / 10..points * 7 / 10;
        let best = columns.max_by(|a, b| nearest(*a).total_cmp(&nearest(*b))).unwrap_or(0);
        let share = best as f64 / points.saturating_sub(1).max(1) as f64;
        let mut places: Vec<_> =
            lines.iter().map(|line| self.place(share, line.values.get(best).copied().unwrap_or(0.0))).collect();
        spread(&mut places);
        places
    }
}

/// A number of an axis, with as many digits as tell its ticks apart.
fn tick(value: f64) -> String {
    if value.abs() >= 1.0 || value == 0.0 {
        strings::signed(format!("{value:.0}"))
    } else {
        format!("{}", (value * 1e4).round() / 1e4)
    }
}

/// Moves names apart that would cover one another: down from the top one, then up again from the axis.
fn spread(places: &mut [(f64, f64)]) {
    const GAP: f64 = 11.0;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].1.total_cmp(&places[*b].1));
    let mut free = f64::NEG_INFINITY;
    for &index in &order {
        places[index].1 = places[index].1.max(free);
        free = places[index].1 + GAP;
    }
    let mut free = HEIGHT - BOTTOM;
    for &index in order.iter().rev() {
        places[index].1 = places[index].1.min(free);
        free = places[index].1 - GAP;
    }
}

/// Draws curves; `marker` in [0, 1] stands at the present.
#[component]
pub fn Overlay(
    /// The vertical axis.
    #[prop(into)]
    axis: Signal<Axis>,
    /// Name of the horizontal axis.
    x_label: &'static str,
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
    let lines = Memo::new(move |_| lines.get());
    let frame = Memo::new(move |_| lines.with(|lines| Frame::of(axis.get(), lines)));
    // What is read: a share of the axis; nothing while neither pointer nor focus is there.
    let cursor = RwSignal::new(None::<f64>);
    let pointed = move |event: leptos::ev::PointerEvent| {
        let Some(place) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
        let place = place.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0) * WIDTH;
        cursor.set(Some(((x - LEFT) / (WIDTH - LEFT - RIGHT)).clamp(0.0, 1.0)));
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let now = cursor.get_untracked().unwrap_or_else(|| marker.get_untracked());
        let next = match event.key().as_str() {
            "ArrowLeft" => now - 0.02,
            "ArrowRight" => now + 0.02,
            "Home" => 0.0,
            "End" => 1.0,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        cursor.set(Some(next.clamp(0.0, 1.0)));
    };
    let read = move || {
        let share = cursor.get().unwrap_or_else(|| marker.get());
        lines.with(|lines| readout(lines, share, x_label, x_end.get()))
    };
    let drawn = move || {
        let frame = frame.get();
        let draw = |line: &Line| view! { <polyline class=format!("curve series-{}", line.series) points=frame.path(line)></polyline> };
        lines.with(|lines| lines.iter().map(draw).collect::<Vec<_>>())
    };
    let names = move || {
        let frame = frame.get();
        lines.with(|lines| {
            let name = |(line, (x, y)): (&Line, (f64, f64))| {
                view! { <text class=format!("curve-label series-{}", line.series) x=x + 5.0 y=y - 3.0>{line.name}</text> }
            };
            lines.iter().zip(frame.labels(lines)).map(name).collect::<Vec<_>>()
        })
    };
    let ticks = move || {
        let tick = |(text, y): (String, f64)| {
            view! { <text class="tick" x=LEFT - 5.0 y=y + 3.0 text-anchor="end">{text}</text> }
        };
        frame.get().ticks().into_iter().map(tick).collect::<Vec<_>>()
    };
    let upright = move |share: f64| frame.get().place(share, 0.0).0;
    view! {
        <figure class="plot overlay" data-control="plots">
            <figcaption>{move || indexed(axis.get().label)}</figcaption>
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=move || axis.get().label tabindex="0"
                on:pointermove=pointed on:pointerleave=move |_| cursor.set(None) on:keydown=key on:blur=move |_| cursor.set(None)>
                <line class="axis" x1=LEFT x2=WIDTH - RIGHT y1=HEIGHT - BOTTOM y2=HEIGHT - BOTTOM></line>
                <line class="axis" x1=LEFT x2=LEFT y1=TOP y2=HEIGHT - BOTTOM></line>
                {ticks}
                <text class="tick" x=WIDTH - RIGHT y=HEIGHT - 10.0 text-anchor="end">{x_label}" = "{move || format!("{:.0}", x_end.get())}</text>
                {drawn}
                {names}
                {move || marks.get().into_iter().map(|share| view! {
                    <line class="mark-line" x1=upright(share) x2=upright(share) y1=TOP y2=HEIGHT - BOTTOM></line>
                }).collect::<Vec<_>>()}
                <line class="marker" x1=move || upright(marker.get()) x2=move || upright(marker.get()) y1=TOP y2=HEIGHT - BOTTOM></line>
                {move || cursor.get().map(|share| view! {
                    <line class="cursor" x1=upright(share) x2=upright(share) y1=TOP y2=HEIGHT - BOTTOM></line>
                })}
            </svg>
            <p class="small-print readout" aria-live="polite">{read}</p>
            <div class="plot-foot">
                {twin(lines, x_label, x_end)}
                <button type="button" class="button small"
                    on:click=move |_| export::csv(file, x_label, x_end.get_untracked(), &lines.get_untracked())>"CSV"</button>
                <button type="button" class="button small"
                    on:click=move |_| export::svg(file, axis.get_untracked().label, frame.get_untracked(), &lines.get_untracked())>"SVG"</button>
            </div>
        </figure>
    }
}

/// The values of all lines at a share of the axis.
fn readout(lines: &[Line], share: f64, x_label: &str, x_end: f64) -> String {
    let value = |line: &Line| {
        let at = (share * line.values.len().saturating_sub(1) as f64).round() as usize;
        format!("{} {}", line.name, strings::number(line.values.get(at).copied().unwrap_or(f64::NAN)))
    };
    let values: Vec<String> = lines.iter().map(value).collect();
    format!("{x_label} = {:.0}: {}", share * x_end, values.join(" · "))
}

/// The same numbers as a table.
fn twin(lines: Memo<Vec<Line>>, x_label: &'static str, x_end: Signal<f64>) -> AnyView {
    let head = move || {
        let names: Vec<_> = lines.get().into_iter().map(|line| view! { <th scope="col">{line.name}</th> }).collect();
        view! { <th scope="col">{x_label}</th>{names} }.into_any()
    };
    let rows = move || {
        let lines = lines.get();
        let points = lines.first().map_or(0, |line| line.values.len());
        let row = |point: usize| {
            let x = point as f64 / points.saturating_sub(1).max(1) as f64 * x_end.get();
            let cell = |line: &Line| view! { <td>{line.values.get(point).map(|value| strings::number(*value))}</td> };
            view! { <tr><th scope="row">{format!("{x:.0}")}</th>{lines.iter().map(cell).collect::<Vec<_>>()}</tr> }
        };
        (0..points).step_by((points / 10).max(1)).map(row).collect::<Vec<_>>().into_any()
    };
    table_twin(head, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let line = |series, values: Vec<f64>| Line { name: "a", series, values };
        vec![line(0, (0..=10).map(|i| f64::from(i) / 10.0).collect()), line(1, vec![0.5; 11])]
    }

    #[test]
    fn names_stand_where_the_lines_lie_apart() {
        let axis = Axis { label: "", range: Some((0.0, 1.0)) };
        let labels = Frame::of(axis, &lines()).labels(&lines());
        assert!((labels[0].1 - labels[1].1).abs() > 50.0);
        assert!(Frame::of(axis, &[]).labels(&[]).is_empty());
        let same = vec![lines()[1].clone(); 8];
        let mut heights: Vec<f64> = Frame::of(axis, &same).labels(&same).iter().map(|place| place.1).collect();
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 10.0), "{heights:?}");
    }

    #[test]
    fn an_axis_without_ends_takes_the_largest_value() {
        let open = Axis { label: "", range: None };
        assert_eq!(Frame::of(open, &lines()), Frame { low: 0.0, high: 1.0 });
        let flat = [Line { name: "", series: 0, values: vec![0.0; 3] }];
        assert!(Frame::of(open, &flat).place(0.5, 0.0).1.is_finite());
    }

    #[test]
    fn the_readout_names_every_line() {
        assert_eq!(readout(&lines(), 0.5, "t", 1000.0), "t = 500: a 0.500 · a 0.500");
    }
}
