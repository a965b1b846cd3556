//! Pictures on a canvas: pixel for pixel in memory, enlarged by the style sheet.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use wasm_bindgen_futures::spawn_local;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::app::apng::Apng;
use crate::app::dom;
use crate::app::gif::Gif;

/// A picture of RGBA bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bitmap {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width · height · 4` bytes.
    pub rgba: Vec<u8>,
}

impl Bitmap {
    /// A transparent picture.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgba: vec![0; width * height * 4] }
    }

    /// Square pictures one after the other, as a grid of `columns` with one transparent pixel between.
    pub fn grid(tiles: &[u8], size: usize, columns: usize) -> Self {
        let count = tiles.len() / (size * size * 4).max(1);
        let (columns, rows) = (columns.min(count).max(1), count.div_ceil(columns.max(1)).max(1));
        let mut sheet = Self::new(columns * (size + 1) - 1, rows * (size + 1) - 1);
        for (index, tile) in tiles.chunks_exact((size * size * 4).max(1)).enumerate() {
            sheet.put(tile, size, (index % columns) * (size + 1), (index / columns) * (size + 1));
        }
        sheet
    }

    /// The same, each pixel as a square of as many as fit into `side`.
    pub fn enlarged(&self, side: usize) -> Self {
        let zoom = self.zoom(side);
        let mut large = Self::new(self.width * zoom, self.height * zoom);
        for (index, pixel) in large.rgba.chunks_exact_mut(4).enumerate() {
            let (x, y) = (index % (self.width * zoom) / zoom, index / (self.width * zoom) / zoom);
            let from = (y * self.width + x) * 4;
            pixel.copy_from_slice(&self.rgba[from..from + 4]);
        }
        large
    }

    /// How wide a pixel is where as many as possible fit into `side`.
    fn zoom(&self, side: usize) -> usize {
        (side / self.width.max(self.height).max(1)).max(1)
    }

    /// Copies a square picture to a place.
    pub fn put(&mut self, tile: &[u8], size: usize, left: usize, top: usize) {
        for (row, line) in tile.chunks_exact(size * 4).enumerate() {
            let start = ((top + row) * self.width + left) * 4;
            if let Some(target) = self.rgba.get_mut(start..start + line.len()) {
                target.copy_from_slice(line);
            }
        }
    }
}

/// A canvas that shows what `picture` answers; it is asked again whenever a signal it reads changes.
#[component]
pub fn Picture(
    /// What is seen, for those who do not see it.
    #[prop(into)]
    label: Signal<String>,
    /// The picture; `None` leaves the old one.
    picture: impl Fn() -> Option<Bitmap> + 'static,
    /// Extra class.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    canvas_of(label, Box::new(picture), class)
}

fn canvas_of(label: Signal<String>, picture: Box<dyn Fn() -> Option<Bitmap>>, class: &'static str) -> AnyView {
    let canvas = NodeRef::<Canvas>::new();
    // A browser that loses its GPU for a moment gives every canvas back blank.
    let restored = ArcTrigger::new();
    let blank = restored.clone();
    Effect::new(move || {
        restored.track();
        if let (Some(canvas), Some(bitmap)) = (canvas.get(), picture()) {
            draw(&canvas, &bitmap);
        }
    });
    view! { <canvas node_ref=canvas class=format!("picture {class}") role="img" data-control=class aria-label=label width="16" height="16"
    on:contextrestored=move |_: web_sys::Event| blank.notify()></canvas> }
    .into_any()
}

/// Puts a picture on a canvas of its size.
pub fn draw(canvas: &HtmlCanvasElement, bitmap: &Bitmap) {
    let (width, height) = (bitmap.width as u32, bitmap.height as u32);
    if width == 0 || height == 0 {
        return;
    }
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&bitmap.rgba), width, height);
    if let (Some(context), Ok(data)) = (context(canvas), data) {
        context.put_image_data(&data, 0.0, 0.0).ok();
    }
}

/// The 2-D context of a canvas.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// Side of a saved picture in pixels: twice what the stage shows.
const SAVED: usize = 1024;
/// Side of a saved animation.
const ANIMATED: usize = 384;
/// How long an animation rests on its last picture, in milliseconds.
const REST: u16 = 1500;

/// Offers a picture as a file, enlarged so that it can be looked at.
pub fn save(bitmap: &Bitmap, name: &str) {
    let Some(canvas) = blank_canvas() else { return };
    draw(&canvas, &bitmap.enlarged(SAVED));
    if let Ok(url) = canvas.to_data_url() {
        dom::offer(name, &url);
    }
}

/// The format of a moving picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moving {
    /// Animated PNG: every colour as it is.
    Png,
    /// GIF: shown everywhere, 256 colours a frame.
    Gif,
}

/// Offers the pictures of `states` as an animation that rests at the end; `name` is the file's without its ending.
///
/// The pictures are taken at once, and enlarged and packed in pieces, so that the page goes on meanwhile.
pub fn save_animation(
    states: impl IntoIterator<Item = usize>,
    picture: impl Fn(usize) -> Option<Bitmap>,
    name: String,
    format: Moving,
) {
    let frames: Vec<Bitmap> = states.into_iter().filter_map(picture).collect();
    spawn_local(async move {
        let (file, kind, ending) = match format {
            Moving::Png => (apng(frames).await, "image/png", "png"),
            Moving::Gif => (gif(frames).await, "image/gif", "gif"),
        };
        dom::offer_bytes(&format!("{name}.{ending}"), &file, kind);
    });
}

/// How long picture `index` of `count` is shown.
fn millis(index: usize, count: usize) -> u16 {
    if index + 1 == count { REST } else { 80 }
}

async fn apng(frames: Vec<Bitmap>) -> Vec<u8> {
    let count = frames.len();
    let size = frames.first().map(|first| first.enlarged(ANIMATED)).unwrap_or_default();
    let mut file = Apng::new(size.width, size.height, count);
    for (index, frame) in frames.into_iter().enumerate() {
        file.add(&frame.enlarged(ANIMATED), millis(index, count));
        dom::breathe().await;
    }
    file.finish()
}

async fn gif(frames: Vec<Bitmap>) -> Vec<u8> {
    let count = frames.len();
    let (width, height, zoom) =
        frames.first().map(|first| (first.width, first.height, first.zoom(ANIMATED))).unwrap_or_default();
    let mut file = Gif::new(width, height, zoom);
    for (index, frame) in frames.into_iter().enumerate() {
        file.add(&frame, millis(index, count));
        dom::breathe().await;
    }
    file.finish()
}

/// States `0..=last`, at most `most` of them, evenly spread, both ends among them.
pub fn spread(last: usize, most: usize) -> Vec<usize> {
    let count = (last + 1).min(most.max(2));
    (0..count).map(|index| index * last / (count - 1).max(1)).collect()
}

/// Offers pictures side by side as one file, each as large as [`save`] makes it, with a caption under it.
pub fn save_captioned(parts: &[(Bitmap, String)], name: &str) {
    let Some(canvas) = blank_canvas() else { return };
    let parts: Vec<(Bitmap, &String)> = parts.iter().map(|(part, caption)| (part.enlarged(SAVED), caption)).collect();
    let height = parts.iter().map(|(part, _)| part.height).max().unwrap_or(1);
    canvas.set_width(parts.iter().map(|(part, _)| (part.width + GUTTER) as u32).sum::<u32>() + GUTTER as u32);
    canvas.set_height((height + 2 * GUTTER + CAPTION) as u32);
    let Some(context) = context(&canvas) else { return };
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    context.set_fill_style_str("black");
    context.set_font(&format!("{}px sans-serif", CAPTION * 3 / 5));
    let mut left = GUTTER;
    for (part, caption) in parts {
        let (width, height) = (part.width as u32, part.height as u32);
        if let Ok(data) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&part.rgba), width, height) {
            context.put_image_data(&data, left as f64, GUTTER as f64).ok();
        }
        let baseline = (GUTTER + part.height + CAPTION) as f64;
        context.fill_text_with_max_width(caption, left as f64, baseline, part.width as f64).ok();
        left += part.width + GUTTER;
    }
    if let Ok(url) = canvas.to_data_url() {
        dom::offer(name, &url);
    }
}

/// Space around the parts of a saved figure, in pixels.
const GUTTER: usize = 32;
/// Height of a caption.
const CAPTION: usize = 56;

fn blank_canvas() -> Option<HtmlCanvasElement> {
    document().create_element("canvas").ok()?.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_spread_to_both_ends() {
        assert_eq!(spread(3, 100), [0, 1, 2, 3]);
        assert_eq!(spread(1000, 3), [0, 500, 1000]);
        assert_eq!(spread(0, 100), [0]);
    }

    #[test]
    fn a_pixel_becomes_a_square() {
        let small = Bitmap { width: 2, height: 1, rgba: vec![1, 1, 1, 1, 2, 2, 2, 2] };
        let large = small.enlarged(5);
        assert_eq!((large.width, large.height), (4, 2));
        assert_eq!(large.rgba.chunks_exact(4).map(|pixel| pixel[0]).collect::<Vec<_>>(), [1, 1, 2, 2, 1, 1, 2, 2]);
        assert_eq!(small.enlarged(1), small);
    }

    #[test]
    fn a_grid_keeps_every_tile_in_its_place() {
        let tiles: Vec<u8> = (0..5).flat_map(|tile| vec![tile + 1; 2 * 2 * 4]).collect();
        let sheet = Bitmap::grid(&tiles, 2, 3);
        assert_eq!((sheet.width, sheet.height), (8, 5));
        let at = |x: usize, y: usize| sheet.rgba[(y * sheet.width + x) * 4];
        assert_eq!([at(0, 0), at(3, 1), at(7, 0), at(0, 3), at(4, 4)], [1, 2, 3, 4, 5]);
        assert_eq!(at(2, 0), 0);
    }
}
