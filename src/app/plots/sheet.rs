//! The numbers of a plot: as a table beside it, and as a file.

use std::fmt::Write;

use leptos::prelude::*;

use super::axis::readable;
use super::line::{Line, places};
use super::table_twin;
use crate::app::language::t;
use crate::app::strings;

/// Columns of numbers; the first says where, the others what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// The quantity in a word or a symbol; it joins the name of every column of the file.
    pub quantity: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; a place without a number is empty.
    pub rows: Vec<Vec<Option<f64>>>,
}

/// About how many rows a table shows; a file has them all.
const SHOWN: usize = 12;

impl Sheet {
    /// The numbers of lines over `x`, with the ends of their intervals.
    pub fn of(x: &str, quantity: &str, lines: &[Line]) -> Self {
        let mut columns = vec![x.to_owned()];
        for line in lines {
            columns.push(line.name.clone());
            if !line.bands.is_empty() {
                columns.extend([t("low"), t("high")].map(|end| format!("{} {end}", line.name)));
            }
        }
        let row = |x: f64| {
            let mut row = vec![Some(x)];
            for line in lines {
                let at = line.points.iter().position(|point| point.0 == x);
                row.push(at.map(|at| line.points[at].1));
                if !line.bands.is_empty() {
                    let band = at.and_then(|at| line.bands.get(at));
                    row.extend([band.map(|band| band.0), band.map(|band| band.1)]);
                }
            }
            row
        };
        Self { quantity: quantity.to_owned(), columns, rows: places(lines).into_iter().map(row).collect() }
    }

    /// The sheet as CSV (RFC 4180); each column says what it is and of which quantity.
    pub fn csv(&self) -> String {
        let mut text = String::new();
        for (index, name) in self.columns.iter().enumerate() {
            let of_quantity = index > 0 && !self.quantity.is_empty();
            let head = if of_quantity { format!("{name}: {}", self.quantity) } else { name.clone() };
            let _ = write!(text, "{}{}", if index > 0 { "," } else { "" }, quoted(&head));
        }
        text.push('\n');
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.map_or_else(String::new, |n| n.to_string())).collect();
            text += &cells.join(",");
            text.push('\n');
        }
        text
    }

    /// The rows that a table shows: evenly picked, the first and the last among them.
    fn shown(&self) -> Vec<&[Option<f64>]> {
        let stride = self.rows.len().saturating_sub(1).div_ceil(SHOWN - 1).max(1);
        let mut shown: Vec<_> = self.rows.iter().step_by(stride).map(Vec::as_slice).collect();
        match self.rows.last() {
            Some(last) if !(self.rows.len() - 1).is_multiple_of(stride) => shown.push(last),
            _ => {}
        }
        shown
    }
}

/// A field of a CSV file.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

/// The same numbers as a table that opens.
pub fn twin(sheet: impl Fn() -> Sheet + Copy + Send + 'static) -> AnyView {
    let head = move || {
        let names = sheet().columns.into_iter().map(|name| view! { <th scope="col">{name}</th> });
        names.collect::<Vec<_>>().into_any()
    };
    let rows = move || {
        let cell = |cell: &Option<f64>| view! { <td>{cell.map(readable)}</td> };
        let row = |row: &[Option<f64>]| {
            let place =
                row.first().copied().flatten().map(|x| strings::signed(format!("{}", (x * 100.0).round() / 100.0)));
            view! { <tr><th scope="row">{place}</th>{row.iter().skip(1).map(cell).collect::<Vec<_>>()}</tr> }
        };
        sheet().shown().into_iter().map(row).collect::<Vec<_>>().into_any()
    };
    table_twin(head, rows)
}

#[cfg(test)]
mod tests {
    use super::super::line::Hue;
    use super::*;

    #[test]
    fn a_file_has_every_number_every_name_and_the_quantity() {
        let a = Line { bands: vec![(0.5, 2.0), (0.0, 1.0)], ..Line::even("a", Hue::Series(0), &[1.0, 0.25], 10.0) };
        let b = Line { points: vec![(5.0, 3.0)], ..Line::even("b, c", Hue::Series(1), &[], 10.0) };
        let sheet = Sheet::of("t", "SNR", &[a, b]);
        let want = "t,a: SNR,a low: SNR,a high: SNR,\"b, c: SNR\"\n0,1,0.5,2,\n5,,,,3\n10,0.25,0,1,\n";
        assert_eq!(sheet.csv(), want);
    }

    #[test]
    fn a_table_is_short_and_has_both_ends() {
        let sheet = |points: usize| Sheet::of("t", "", &[Line::even("a", Hue::Series(0), &vec![0.0; points], 1.0)]);
        for points in [0, 1, 2, 11, 12, 13, 50, 101] {
            let sheet = sheet(points);
            let shown = sheet.shown();
            assert!(shown.len() <= SHOWN && shown.len() >= points.min(6), "{points}: {}", shown.len());
            assert_eq!(
                (shown.first().copied(), shown.last().copied()),
                (sheet.rows.first().map(Vec::as_slice), sheet.rows.last().map(Vec::as_slice))
            );
        }
    }
}
