//! Pictures out: numbers to bytes, many pictures to one PNG.

use std::io::Cursor;
use std::path::Path;

use burn::tensor::Tensor;
use image::{ImageFormat, RgbImage, imageops};

use super::failure::{Context, Outcome};
use super::files;
use super::sample::numbers;
use crate::data::pixel::byte;

/// One picture of planes `[3, size, size]` in [−1, 1].
pub fn picture(planes: &[f32], size: usize) -> RgbImage {
    RgbImage::from_fn(size as u32, size as u32, |x, y| {
        let pixel = y as usize * size + x as usize;
        image::Rgb([0, 1, 2].map(|channel| byte(planes.get(channel * size * size + pixel).copied().unwrap_or(0.0))))
    })
}

/// A batch `[B, 3, H, W]` (or one channel) as pictures.
///
/// # Errors
/// Where the device does not answer.
pub fn pictures(batch: Tensor<4>) -> Outcome<Vec<RgbImage>> {
    let [_, channels, _, size] = batch.dims();
    let values = numbers(batch)?;
    // Of latents the first three channels are shown, as colours of no meaning.
    let rgb = |planes: &[f32]| {
        if channels < 3 { planes[..size * size].repeat(3) } else { planes[..3 * size * size].to_vec() }
    };
    Ok(values.chunks(channels * size * size).map(|planes| picture(&rgb(planes), size)).collect())
}

/// Pictures side by side, `columns` to a row, each pixel `zoom` pixels wide, two white pixels between.
pub fn grid(pictures: &[RgbImage], columns: usize, zoom: u32) -> RgbImage {
    const GAP: u32 = 2;
    let (width, height) = pictures.first().map_or((1, 1), |p| (p.width() * zoom, p.height() * zoom));
    let columns = columns.clamp(1, pictures.len().max(1)) as u32;
    let rows = (pictures.len() as u32).div_ceil(columns);
    let mut sheet = RgbImage::from_pixel(
        columns * (width + GAP) - GAP,
        (rows * (height + GAP)).max(GAP + 1) - GAP,
        image::Rgb([255; 3]),
    );
    for (index, picture) in pictures.iter().enumerate() {
        let (column, row) = (index as u32 % columns, index as u32 / columns);
        let zoomed = imageops::resize(picture, width, height, imageops::FilterType::Nearest);
        imageops::replace(&mut sheet, &zoomed, i64::from(column * (width + GAP)), i64::from(row * (height + GAP)));
    }
    sheet
}

/// Writes a PNG, whole or not at all.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_png(path: &Path, picture: &RgbImage) -> Outcome<()> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).context("the picture could not be encoded")?;
    files::write(path, bytes.get_ref())
}
