//! Pictures on a canvas: pixel for pixel in memory, enlarged by the style sheet.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::app::apng::animation;
use crate::app::dom;

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
        let zoom = (side / self.width.max(self.height).max(1)).max(1);
        let mut large = Self::new(self.width * zoom, self.height * zoom);
        for (index, pixel) in large.rgba.chunks_exact_mut(4).enumerate() {
            let (x, y) = (index % (self.width * zoom) / zoom, index / (self.width * zoom) / zoom);
            let from = (y * self.width + x) * 4;
            pixel.copy_from_slice(&self.rgba[from..from + 4]);
        }
        large
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
    let Ok(element) = document().create_element("canvas") else { return };
    let Ok(canvas) = element.dyn_into::<HtmlCanvasElement>() else { return };
    draw(&canvas, &bitmap.enlarged(SAVED));
    if let Ok(url) = canvas.to_data_url() {
        dom::offer(name, &url);
    }
}

/// Offers the pictures of states `0..=last` as an animation that rests at the end.
pub fn save_animation(last: usize, picture: impl Fn(usize) -> Option<Bitmap>, name: &str) {
    let millis = |state: usize| if state == last { REST } else { 80 };
    let frames: Vec<_> =
        (0..=last).filter_map(|state| Some((picture(state)?.enlarged(ANIMATED), millis(state)))).collect();
    let file = js_sys::Uint8Array::from(animation(&frames).as_slice());
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("image/png");
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&js_sys::Array::of1(&file), &kind);
    if let Some(url) = blob.ok().and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok()) {
        dom::offer(name, &url);
        // The browser has taken the file by then; the memory is given back.
        set_timeout(move || drop(web_sys::Url::revoke_object_url(&url)), std::time::Duration::from_secs(60));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
