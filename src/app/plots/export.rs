//! Plots as files: numbers as CSV, the drawing as SVG that stands alone.
//!
//! The drawing is the one on the page with its computed styles written into it, so whatever is drawn can be saved, in the colours it has.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::sheet::{Sheet, twin};
use crate::app::dom;
use crate::app::prose::index_runs;

/// Table twin and buttons under a plot, which is the nearest `figure` around them.
pub fn foot(file: &'static str, caption: Signal<String>, sheet: impl Fn() -> Sheet + Copy + Send + 'static) -> AnyView {
    let save_numbers = move |_| offer(&format!("noisewalk-{file}.csv"), "text/csv", &untrack(sheet).csv());
    let save_drawing = move |event: leptos::ev::MouseEvent| {
        let button = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        let figure = button.and_then(|button| button.closest("figure").ok().flatten());
        let Some(svg) = figure.and_then(|figure| figure.query_selector("svg").ok().flatten()) else { return };
        if let Some(text) = drawing(&svg, &caption.get_untracked()) {
            offer(&format!("noisewalk-{file}.svg"), "image/svg+xml", &text);
        }
    };
    view! {
        <div class="plot-foot">
            {twin(sheet)}
            <button type="button" class="button small" on:click=save_numbers>"CSV"</button>
            <button type="button" class="button small" on:click=save_drawing>"SVG"</button>
        </div>
    }
    .into_any()
}

/// What of a style a saved drawing keeps; each is an attribute of SVG too.
const STYLES: [&str; 10] = [
    "fill",
    "fill-opacity",
    "opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "font-family",
    "font-size",
    "font-weight",
    "paint-order",
];

/// Room for the caption above the drawing, in units of the view box.
const CAPTION: f64 = 24.0;

/// A drawing of the page as a file; `None` where the browser does not tell of its styles.
fn drawing(svg: &Element, caption: &str) -> Option<String> {
    let copy = svg.clone_node_with_deep(true).ok()?.dyn_into::<Element>().ok()?;
    let (here, there) = (svg.query_selector_all("*").ok()?, copy.query_selector_all("*").ok()?);
    for index in 0..here.length() {
        let element = here.item(index)?.dyn_into::<Element>().ok()?;
        let style = window().get_computed_style(&element).ok()??;
        let copied = there.item(index)?.dyn_into::<Element>().ok()?;
        // As attributes: the page's policy forbids inline styles, in a copy too.
        for name in STYLES {
            copied.set_attribute(name, &style.get_property_value(name).unwrap_or_default()).ok()?;
        }
    }
    // What only follows the pointer is no part of the drawing.
    if let Some(cursor) = copy.query_selector(".cursor").ok()? {
        cursor.remove();
    }
    let body: Element = document().body()?.into();
    let page = window().get_computed_style(&body).ok()??;
    let [paper, ink] = ["background-color", "color"].map(|name| page.get_property_value(name).unwrap_or_default());
    let frame = svg.get_attribute("viewBox")?;
    let sides: Vec<f64> = frame.split(' ').filter_map(|side| side.parse().ok()).collect();
    let [left, top, width, height] = sides.try_into().ok()?;
    Some(alone([left, top, width, height], [&paper, &ink], caption, &copy.inner_html()))
}

/// A drawing with what it needs to stand alone: name space, title, ground, caption.
fn alone([left, top, width, height]: [f64; 4], [paper, ink]: [&str; 2], caption: &str, drawn: &str) -> String {
    let top = top - CAPTION;
    let height = height + CAPTION;
    let title = escaped(&caption.replace('_', " "));
    let caption: String = index_runs(caption).into_iter().map(run).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{left} {top} {width} {height}\" width=\"{}\" height=\"{}\"><title>{title}</title>\
         <rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{paper}\"/>\
         <text x=\"{}\" y=\"{}\" fill=\"{ink}\" font-family=\"sans-serif\" font-size=\"11\">{caption}</text>{}</svg>\n",
        2.0 * width,
        2.0 * height,
        left + 4.0,
        top + 15.0,
        as_xml(drawn)
    )
}

/// A run of the caption; an index stands lower.
fn run((is_index, text): (bool, &str)) -> String {
    let text = escaped(text);
    if is_index { format!("<tspan baseline-shift=\"sub\" font-size=\"8\">{text}</tspan>") } else { text }
}

/// Text as XML writes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a browser writes of an element, without comments and the one name that XML does not know.
fn as_xml(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        text += before;
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    (text + rest).replace("&nbsp;", "&#160;")
}

/// Offers a text as a file.
fn offer(name: &str, kind: &str, text: &str) {
    let encoded = String::from(js_sys::encode_uri_component(text));
    dom::offer(name, &format!("data:{kind};charset=utf-8,{encoded}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_drawing_is_whole_and_escaped() {
        let drawn = "<!----><text>a &lt; b&nbsp;</text><!--x--><line></line>";
        let svg = alone([0.0, 0.0, 360.0, 200.0], ["white", "black"], "β_t < 1 & \"more\"", drawn);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 -24 360 224\""), "{svg}");
        assert!(svg.contains("<title>β t &lt; 1 &amp; &quot;more&quot;</title>"));
        assert!(svg.contains("β<tspan baseline-shift=\"sub\" font-size=\"8\">t</tspan> &lt; 1"));
        assert!(svg.contains("<text>a &lt; b&#160;</text><line></line></svg>") && !svg.contains("<!--"));
    }
}
