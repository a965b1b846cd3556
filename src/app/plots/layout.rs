//! Where the parts of a chart lie in its drawing.

use super::axis::{Axis, Span};
use super::line::Line;

/// Width of the drawing, in units of its view box.
pub const WIDTH: f64 = 360.0;
/// Height of the same.
pub const HEIGHT: f64 = 210.0;
/// Left end of the horizontal axis.
pub const LEFT: f64 = 44.0;
/// Right end of the same.
pub const RIGHT: f64 = WIDTH - 12.0;
/// Upper end of the vertical axis.
pub const TOP: f64 = 12.0;
/// Lower end of the same.
pub const BOTTOM: f64 = HEIGHT - 36.0;

/// A drawing whose axes are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// The horizontal axis.
    pub x: Span,
    /// The vertical axis.
    pub y: Span,
}

/// A name and its place.
pub type Placed = (String, f64);

impl Layout {
    /// The drawing of these lines.
    pub fn of(x: &Axis, y: &Axis, lines: &[Line]) -> Self {
        let across = lines.iter().flat_map(|line| line.points.iter().map(|point| point.0));
        let up = lines.iter().flat_map(|line| {
            let bands = line.bands.iter().flat_map(|(low, high)| [*low, *high]);
            line.points.iter().map(|point| point.1).chain(bands)
        });
        Self { x: Span::of(x, across, false), y: Span::of(y, up, true) }
    }

    /// The place of a point.
    pub fn place(self, (x, y): (f64, f64)) -> (f64, f64) {
        (LEFT + self.x.share(x) * (RIGHT - LEFT), BOTTOM - self.y.share(y) * (BOTTOM - TOP))
    }

    /// The share of the horizontal axis at a place.
    pub fn share(place: f64) -> f64 {
        ((place - LEFT) / (RIGHT - LEFT)).clamp(0.0, 1.0)
    }

    /// A line as SVG writes points.
    pub fn path(self, line: &Line) -> String {
        self.written(line.points.iter().copied())
    }

    /// The outline of a line's intervals: along their upper ends and back along the lower ones.
    pub fn band(self, line: &Line) -> String {
        let upper = line.points.iter().zip(&line.bands).map(|((x, _), (_, high))| (*x, *high));
        let lower = line.points.iter().zip(&line.bands).rev().map(|((x, _), (low, _))| (*x, *low));
        self.written(upper.chain(lower))
    }

    fn written(self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let written = |point| {
            let (x, y) = self.place(point);
            format!("{x:.1},{y:.1}")
        };
        points.map(written).collect::<Vec<_>>().join(" ")
    }

    /// Numbers of the vertical axis with their heights.
    pub fn heights(self) -> Vec<Placed> {
        self.y.ticks().into_iter().map(|value| (super::axis::tick(value), self.place((0.0, value)).1)).collect()
    }

    /// Numbers of the horizontal axis with their places.
    pub fn columns(self) -> Vec<Placed> {
        self.x.ticks().into_iter().map(|value| (super::axis::tick(value), self.place((value, 0.0)).0)).collect()
    }

    /// For each line the place of its name: all in the column where the lines lie farthest apart.
    pub fn labels(self, lines: &[Line]) -> Vec<(f64, f64)> {
        // Not at the very edges, where a name has no room.
        let columns = (6..=42).map(|column| LEFT + f64::from(column) / 60.0 * (RIGHT - LEFT));
        let nearest = |column: f64| {
            let mut heights: Vec<f64> = lines.iter().map(|line| self.height(line, column)).collect();
            heights.sort_by(f64::total_cmp);
            heights.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
        };
        let best = columns.max_by(|a, b| nearest(*a).total_cmp(&nearest(*b))).unwrap_or(LEFT);
        let mut places: Vec<_> = lines.iter().map(|line| (best, self.height(line, best))).collect();
        spread(&mut places);
        places
    }

    /// The height of a line's drawing above `column`.
    fn height(self, line: &Line, column: f64) -> f64 {
        let mut before = None;
        for &point in &line.points {
            let (x, y) = self.place(point);
            if x >= column {
                return before.map_or(y, |(left, from): (f64, f64)| from + (y - from) * (column - left) / (x - left));
            }
            before = Some((x, y));
        }
        before.map_or(BOTTOM, |(_, y)| y)
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
    let mut free = BOTTOM;
    for &index in order.iter().rev() {
        places[index].1 = places[index].1.min(free);
        free = places[index].1 - GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Scale;
    use super::super::line::Hue;
    use super::*;

    fn lines() -> Vec<Line> {
        let rising: Vec<f64> = (0..=10).map(|i| f64::from(i) / 10.0).collect();
        vec![Line::even("a", Hue::Series(0), &rising, 10.0), Line::even("b", Hue::Series(1), &[0.5; 11], 10.0)]
    }

    fn layout(lines: &[Line]) -> Layout {
        Layout::of(&Axis::default(), &Axis { range: Some((0.0, 1.0)), ..Axis::default() }, lines)
    }

    #[test]
    fn names_stand_where_the_lines_lie_apart() {
        let labels = layout(&lines()).labels(&lines());
        assert!((labels[0].1 - labels[1].1).abs() > 50.0);
        assert!(layout(&[]).labels(&[]).is_empty());
        let same = vec![lines()[1].clone(); 8];
        let mut heights: Vec<f64> = layout(&same).labels(&same).iter().map(|place| place.1).collect();
        heights.sort_by(f64::total_cmp);
        assert!(heights.windows(2).all(|pair| pair[1] - pair[0] > 10.0), "{heights:?}");
    }

    #[test]
    fn points_lie_where_their_x_says() {
        let uneven = Line { points: vec![(1.0, 0.0), (10.0, 0.5), (100.0, 1.0)], ..lines()[0].clone() };
        let x = Axis { scale: Scale::Log, ..Axis::default() };
        let layout = Layout::of(&x, &Axis::default(), std::slice::from_ref(&uneven));
        // On a logarithmic axis 10 is half-way between 1 and 100.
        assert_eq!(layout.place((10.0, 0.0)).0, (LEFT + RIGHT) / 2.0);
        assert!((layout.height(&uneven, (LEFT + RIGHT) / 2.0) - (TOP + BOTTOM) / 2.0).abs() < 1e-9);
        assert_eq!((layout.place((1.0, 0.0)), layout.place((100.0, 1.0))), ((LEFT, BOTTOM), (RIGHT, TOP)));
    }

    #[test]
    fn a_band_goes_there_and_back_and_is_in_the_frame() {
        let sure = Line { bands: vec![(-1.0, 2.0); 11], ..lines()[0].clone() };
        let layout = Layout::of(&Axis::default(), &Axis::default(), std::slice::from_ref(&sure));
        assert_eq!(layout.band(&sure).split(' ').count(), 22);
        assert_eq!((layout.y.value(0.0), layout.y.value(1.0)), (-1.0, 2.0));
    }
}
