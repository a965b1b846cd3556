//! What a chart draws: curves with a name, a colour and, where it is known, how sure each number is.

/// Where a curve has its colour and dashes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// A number of its own among the compared things.
    Series(usize),
    /// A role, by its class: what a colour means everywhere on the page.
    Role(&'static str),
}

impl Hue {
    /// Its class.
    pub fn class(self) -> String {
        match self {
            Self::Series(series) => format!("series-{series}"),
            Self::Role(role) => role.to_owned(),
        }
    }
}

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name, written beside it.
    pub name: String,
    /// Its colour.
    pub hue: Hue,
    /// Points by rising x.
    pub points: Vec<(f64, f64)>,
    /// Low and high end of each point's interval; empty where no number has one.
    pub bands: Vec<(f64, f64)>,
}

impl Line {
    /// A curve of values at even places from 0 to `end`.
    pub fn even(name: &str, hue: Hue, values: &[f64], end: f64) -> Self {
        let last = values.len().saturating_sub(1).max(1) as f64;
        let points = values.iter().enumerate().map(|(index, value)| (index as f64 / last * end, *value)).collect();
        Self { name: name.to_owned(), hue, points, bands: Vec::new() }
    }

    /// The point nearest to `x`.
    pub fn nearest(&self, x: f64) -> Option<usize> {
        let distance = |index: &usize| (self.points[*index].0 - x).abs();
        (0..self.points.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// Every x at which some line has a point, rising.
pub fn places(lines: &[Line]) -> Vec<f64> {
    let mut places: Vec<f64> = lines.iter().flat_map(|line| line.points.iter().map(|point| point.0)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}
