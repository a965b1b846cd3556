//! A worker's canvas that the GPU draws on, and a frame of it.

use burn::tensor::wgpu::wgpu;
use web_sys::OffscreenCanvas;

use super::pipelines::FORMAT;
use super::probe::Setup;

/// The surface of a canvas, which becomes as large as is asked; a surface it has already is set to that size.
///
/// # Errors
/// A canvas that the GPU cannot draw on.
pub fn surface(
    setup: &Setup,
    canvas: &OffscreenCanvas,
    [width, height]: [u32; 2],
    known: Option<wgpu::Surface<'static>>,
) -> Result<wgpu::Surface<'static>, String> {
    canvas.set_width(width);
    canvas.set_height(height);
    let surface = match known {
        Some(surface) => surface,
        None => {
            let target = wgpu::SurfaceTarget::OffscreenCanvas(canvas.clone());
            setup.instance.create_surface(target).map_err(|error| error.to_string())?
        }
    };
    let mut config =
        surface.get_default_config(&setup.adapter, width, height).ok_or("the canvas does not belong to this GPU")?;
    config.format = FORMAT;
    // What lies under the canvas shows through.
    config.alpha_mode = wgpu::CompositeAlphaMode::PreMultiplied;
    surface.configure(&setup.device, &config);
    Ok(surface)
}

/// Draws a frame and hands it to the browser.
///
/// # Errors
/// A canvas that gives no frame.
pub fn show(
    setup: &Setup,
    surface: &wgpu::Surface<'_>,
    draw: impl FnOnce(&mut wgpu::CommandEncoder, &wgpu::TextureView),
) -> Result<(), String> {
    use wgpu::CurrentSurfaceTexture::{Suboptimal, Success};
    let (Success(frame) | Suboptimal(frame)) = surface.get_current_texture() else {
        return Err("the canvas gave no frame".into());
    };
    let view = frame.texture.create_view(&wgpu::TextureViewDescriptor::default());
    let mut encoder = setup.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    draw(&mut encoder, &view);
    setup.queue.submit([encoder.finish()]);
    setup.queue.present(frame);
    Ok(())
}
