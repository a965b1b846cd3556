//! Pictures of the visitor's: from a file, a drop, the clipboard or the camera. They never leave the browser.

use js_sys::Uint8Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageBitmap, ImageBitmapOptions, MediaStream,
    ResizeQuality,
};

use super::source::Source;
use super::text;
use crate::app::picture_file::{decoding_width, fit, inspect};
use crate::app::widgets::canvas::context;

/// Longest side of a picture of the visitor's.
const MAX_SIDE: u32 = 512;
/// Bytes looked at before decoding; a camera's JPEG may carry previews of some hundred kilobytes before its size.
const HEAD: f64 = 1_048_576.0;
/// How long the camera may adjust before the shot, in milliseconds.
const CAMERA_WARM_UP: i32 = 700;

/// Decodes a file and hands the picture, or one sentence, to `then`.
pub fn read_file(file: Blob, then: impl FnOnce(Result<Source, String>) + 'static) {
    spawn_local(async move { then(decode(&file).await) });
}

/// Takes one shot of the camera, if the visitor allows it.
pub fn take_photograph(then: impl FnOnce(Result<Source, String>) + 'static) {
    spawn_local(async move { then(photograph().await.map_err(|_| text::NO_CAMERA.to_string())) });
}

async fn decode(file: &Blob) -> Result<Source, String> {
    let broken = |_: JsValue| text::NOT_DECODED.to_string();
    let head = file.slice_with_f64_and_f64(0.0, HEAD).map_err(broken)?;
    let head = JsFuture::from(head.array_buffer()).await.map_err(broken)?;
    let size = inspect(&Uint8Array::new(&head).to_vec()).map_err(text::refusal)?;
    let options = ImageBitmapOptions::new();
    if let Some(width) = decoding_width(size, MAX_SIDE) {
        options.set_resize_width(width);
        options.set_resize_quality(ResizeQuality::High);
    }
    let decoding = window().create_image_bitmap_with_blob_and_image_bitmap_options(file, &options).map_err(broken)?;
    let bitmap: ImageBitmap = JsFuture::from(decoding).await.map_err(broken)?.unchecked_into();
    let (width, height) = fit(bitmap.width(), bitmap.height(), MAX_SIDE);
    let (canvas, context) = drawing(width, height).ok_or_else(|| text::NOT_DECODED.to_string())?;
    let drawn = context.draw_image_with_image_bitmap_and_dw_and_dh(
        &bitmap,
        0.0,
        0.0,
        f64::from(canvas.width()),
        f64::from(canvas.height()),
    );
    bitmap.close();
    drawn.map_err(broken)?;
    pixels(&context, width, height).map_err(broken)
}

async fn photograph() -> Result<Source, JsValue> {
    let constraints = web_sys::MediaStreamConstraints::new();
    constraints.set_video(&JsValue::TRUE);
    let devices = window().navigator().media_devices()?;
    let stream: MediaStream =
        JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?.unchecked_into();
    let shot = shoot(&stream).await;
    for track in stream.get_tracks().iter() {
        track.unchecked_into::<web_sys::MediaStreamTrack>().stop();
    }
    shot
}

async fn shoot(stream: &MediaStream) -> Result<Source, JsValue> {
    let video: HtmlVideoElement = document().create_element("video")?.unchecked_into();
    video.set_muted(true);
    video.set_src_object(Some(stream));
    JsFuture::from(video.play()?).await?;
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, CAMERA_WARM_UP).ok();
    });
    JsFuture::from(waited).await?;
    let (width, height) = fit(video.video_width(), video.video_height(), MAX_SIDE);
    let (_, context) = drawing(width, height).ok_or(JsValue::NULL)?;
    context.draw_image_with_html_video_element_and_dw_and_dh(&video, 0.0, 0.0, f64::from(width), f64::from(height))?;
    pixels(&context, width, height)
}

/// A canvas off the page.
fn drawing(width: u32, height: u32) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context = context(&canvas)?;
    Some((canvas, context))
}

fn pixels(context: &CanvasRenderingContext2d, width: u32, height: u32) -> Result<Source, JsValue> {
    let data = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?;
    Ok(Source::from_rgba(width as usize, height as usize, &data.data().0))
}
