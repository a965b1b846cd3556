//! Plots as files: numbers as CSV, the drawing as SVG that stands alone.

use std::fmt::Write;

use super::overlay::{Frame, HEIGHT, Line, WIDTH};
use crate::app::dom;

/// Colours of the series, those of Okabe and Ito (2008) where they can be told from white.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a67c00", "#3a8fb7", "#8a4fbf", "#666666"];

/// Saves the numbers.
pub fn csv(file: &str, x_label: &str, x_end: f64, lines: &[Line]) {
    offer(&format!("noisewalk-{file}.csv"), "text/csv", &table(x_label, x_end, lines));
}

/// Saves the drawing.
pub fn svg(file: &str, label: &str, frame: Frame, lines: &[Line]) {
    offer(&format!("noisewalk-{file}.svg"), "image/svg+xml", &drawing(label, frame, lines));
}

fn table(x_label: &str, x_end: f64, lines: &[Line]) -> String {
    let mut text = x_label.to_owned();
    lines.iter().for_each(|line| {
        let _ = write!(text, ",{}", line.name);
    });
    let points = lines.iter().map(|line| line.values.len()).min().unwrap_or(0);
    for point in 0..points {
        let _ = write!(text, "\n{}", point as f64 / points.saturating_sub(1).max(1) as f64 * x_end);
        lines.iter().for_each(|line| {
            let _ = write!(text, ",{}", line.values[point]);
        });
    }
    text.push('\n');
    text
}

fn drawing(label: &str, frame: Frame, lines: &[Line]) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"10\"><title>{label}</title><rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
    );
    for (number, y) in frame.ticks() {
        let (left, right) = (frame.place(0.0, 0.0).0, frame.place(1.0, 0.0).0);
        let _ = write!(
            text,
            "<path d=\"M{left} {y}H{right}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{number}</text>",
            left - 5.0,
            y + 3.0
        );
    }
    for (line, (x, y)) in lines.iter().zip(frame.labels(lines)) {
        let colour = COLOURS[line.series % COLOURS.len()];
        let _ = write!(
            text,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>",
            frame.path(line),
            x + 5.0,
            y - 3.0,
            line.name
        );
    }
    text.push_str("</svg>\n");
    text
}

/// Offers a text as a file.
fn offer(name: &str, kind: &str, text: &str) {
    let encoded = String::from(js_sys::encode_uri_component(text));
    dom::offer(name, &format!("data:{kind};charset=utf-8,{encoded}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::plots::overlay::Axis;

    #[test]
    fn a_file_has_every_number_and_every_name() {
        let lines = [("a", [0.0, 1.0, 0.5]), ("b", [1.0, 0.25, 0.0])].map(|(name, values)| Line {
            name,
            series: 0,
            values: values.to_vec(),
        });
        assert_eq!(table("t", 10.0, &lines), "t,a,b\n0,0,1\n5,1,0.25\n10,0.5,0\n");
        let svg = drawing("β", Frame::of(Axis { label: "β", range: None }, &lines), &lines);
        assert!(svg.starts_with("<svg") && svg.contains(">b</text>") && svg.matches("<polyline").count() == 2);
    }
}
