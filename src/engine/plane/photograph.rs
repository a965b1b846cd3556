//! A drawing as pixels: drawn into a texture, copied, and read once it is done.

use burn::tensor::wgpu::wgpu;
use futures::channel::oneshot;

use crate::engine::pipelines::{FORMAT, buffer, texture};
use crate::engine::probe::Setup;

/// Rows of a copied texture begin at multiples of this many bytes.
const ROW: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

/// Draws into a texture and copies it where it can be read.
pub fn take(
    setup: &Setup,
    side: u32,
    draw: impl FnOnce(&mut wgpu::CommandEncoder, &wgpu::TextureView),
) -> wgpu::Buffer {
    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    let texture = texture(&setup.device, "photograph", [side; 2], FORMAT, usage);
    let pixels = buffer(&setup.device, "pixels", u64::from(padded(side) * side), wgpu::BufferUsages::MAP_READ);
    let mut encoder = setup.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    draw(&mut encoder, &texture.create_view(&wgpu::TextureViewDescriptor::default()));
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(padded(side)), rows_per_image: None };
    let target = wgpu::TexelCopyBufferInfo { buffer: &pixels, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
    setup.queue.submit([encoder.finish()]);
    // What has been submitted is still drawn.
    texture.destroy();
    pixels
}

/// The pixels, `side · side · 4` bytes; `None` where they cannot be read.
pub async fn develop(pixels: wgpu::Buffer, side: u32) -> Option<Vec<u8>> {
    let (done, outcome) = oneshot::channel();
    pixels.map_async(wgpu::MapMode::Read, .., move |mapped| {
        done.send(mapped.is_ok()).ok();
    });
    if !outcome.await.ok()? {
        return None;
    }
    let bytes = pixels.get_mapped_range(..).ok()?.to_vec();
    pixels.destroy();
    let rows = bytes.chunks_exact(padded(side) as usize);
    Some(rows.flat_map(|row| row.iter().take(4 * side as usize).copied()).collect())
}

/// Bytes of a row with what fills it up.
fn padded(side: u32) -> u32 {
    (4 * side).next_multiple_of(ROW)
}
