//! Rebuilding the part atlas from the npm package the style comes from.

use std::path::{Path, PathBuf};
use std::process::Command;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::failure::{Context, Failure, Outcome};
use super::files;
use crate::data::avatar::SIZE;
use crate::data::avatar::atlas::{Atlas, Layer, Paint};
use crate::data::avatar::attributes::Slot;

/// The package and version the atlas is made from.
pub const PACKAGE: &str = "@dicebear/pixel-art@9.4.3";

/// Fetches and unpacks the package with npm into `folder`; returns the unpacked folder.
///
/// # Errors
/// Where npm or tar is missing or the registry cannot be reached.
pub fn fetch(folder: &Path) -> Outcome<PathBuf> {
    files::create_folder(folder)?;
    let run = |program: &str, arguments: &[&str]| -> Outcome<String> {
        let output = Command::new(program).args(arguments).current_dir(folder).output().context(format_args!(
            "{program} could not be started; install it or name an unpacked package by --package"
        ))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(Failure::new(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
        }
    };
    let archive = run("npm", &["pack", "--silent", PACKAGE])?;
    run("tar", &["xzf", archive.lines().last().unwrap_or_default().trim()])?;
    Ok(folder.join("package"))
}

/// Builds the atlas of an unpacked package.
///
/// # Errors
/// Where a file is missing, or holds something that is no flat layer.
pub fn build(package: &Path) -> Outcome<Atlas> {
    let mut atlas = Atlas::new();
    for slot in Slot::ALL {
        let (component, prefix) = slot.package_name();
        let path = if component.is_empty() { "index.js".into() } else { format!("components/{component}.js") };
        let text = files::read(&package.join("lib").join(path))?;
        let text = String::from_utf8_lossy(&text);
        for style in 1..=slot.styles() {
            let svg = if component.is_empty() { body(&text) } else { variant(&text, &format!("{prefix}{style:02}")) };
            let svg = svg.ok_or_else(|| Failure::new(format!("the package has no {component} {prefix}{style:02}")))?;
            atlas.insert((slot, style), layers(&svg)?);
        }
    }
    Ok(atlas)
}

/// The template of a style: the text between the backquotes after its name, with colours left as `own`.
fn variant(text: &str, name: &str) -> Option<String> {
    let start = text.find(&format!("{name}: (components, colors) => `"))?;
    let body = text.get(start..)?.split_once("=> `")?.1;
    Some(own_colors(body.split_once("`,\n").or_else(|| body.split_once("`\n"))?.0))
}

/// The two shapes of head and shoulders, which open the template of the whole picture.
fn body(text: &str) -> Option<String> {
    let body = text.split_once("body: `")?.1;
    let end = body.match_indices("/>").nth(1)?.0 + 2;
    Some(own_colors(body.get(..end)?))
}

/// Colours the package fills in, as a marker.
fn own_colors(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${escape.xml(`${colors.") {
        out.push_str(before);
        out.push_str("own");
        rest = after.split_once("}`)}").map_or("", |(_, after)| after);
    }
    out + rest
}

/// The layers of a part: each `<path …/>` is one; a beard's mask group is one as a whole.
fn layers(svg: &str) -> Outcome<Vec<Layer>> {
    if let Some((mask, _)) = svg.split_once("</mask>") {
        let path = mask.split_once("<path ").map_or("", |(_, path)| path);
        let opacity = attribute(path, "opacity").and_then(|v| v.parse().ok()).unwrap_or(1.0);
        return Ok(vec![Layer { paint: Paint::Beard, opacity: byte(opacity), rows: coverage(path, "")? }]);
    }
    let mut group = "";
    let mut layers = Vec::new();
    for tag in svg.split('<').filter_map(|tag| tag.split('>').next()) {
        match tag.split_once(' ') {
            Some(("g", attributes)) => group = attributes,
            Some(("path", path)) => layers.push(layer(path, group)?),
            _ if tag == "/g" => group = "",
            _ => {}
        }
    }
    Ok(layers)
}

/// The layer of a path inside a group, whose fill and fill rule it inherits.
fn layer(path: &str, group: &str) -> Outcome<Layer> {
    let paint = match attribute(path, "fill").or_else(|| attribute(group, "fill")) {
        Some("own") => Paint::Own,
        Some("#fff") => Paint::White,
        Some("#000") => Paint::Black,
        other => {
            return Err(Failure::new(format!("the package fills a shape with {other:?}, which the atlas cannot hold")));
        }
    };
    let opacity = attribute(path, "fill-opacity").and_then(|v| v.parse().ok()).unwrap_or(1.0);
    Ok(Layer { paint, opacity: byte(opacity), rows: coverage(path, group)? })
}

/// Which pixels a shape covers, drawn by resvg without smoothing.
fn coverage(path: &str, group: &str) -> Outcome<[u16; SIZE]> {
    let shape = attribute(path, "d").unwrap_or_default();
    let rule = attribute(path, "fill-rule").or_else(|| attribute(group, "fill-rule")).unwrap_or("nonzero");
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" \
         shape-rendering=\"crispEdges\"><path fill-rule=\"{rule}\" d=\"{shape}\" fill=\"#000\"/></svg>"
    );
    let pixmap = render(&svg, Color::TRANSPARENT)?;
    let mut rows = [0u16; SIZE];
    for (index, pixel) in pixmap.pixels().iter().enumerate() {
        match pixel.alpha() {
            0 => {}
            255 => rows[index / SIZE] |= 1 << (SIZE - 1 - index % SIZE),
            partly => return Err(Failure::new(format!("the shape {shape} covers a pixel by {partly} of 255"))),
        }
    }
    Ok(rows)
}

/// A 16 × 16 SVG on a background, as pixels.
///
/// # Errors
/// Where the text is no SVG.
pub fn render(svg: &str, background: Color) -> Outcome<Pixmap> {
    let tree = Tree::from_str(svg, &Options::default()).context("a part is no readable SVG")?;
    let size = SIZE as u32;
    let mut pixmap = Pixmap::new(size, size).ok_or_else(|| Failure::new("no memory for 16 × 16 pixels"))?;
    pixmap.fill(background);
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    Ok(pixmap)
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let quoted = format!("{name}=\"");
    // `fill` must not be found inside `fill-opacity`, nor `d` inside `id`.
    let at = element.match_indices(&quoted).find(|(at, _)| *at == 0 || element.as_bytes()[at - 1] == b' ')?.0;
    element.get(at + quoted.len()..)?.split('"').next()
}

fn byte(opacity: f32) -> u8 {
    (opacity.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}
