//! One picture on the GPU, its noise, and the canvas on which both are mixed.
//!
//! The noise of a seed is drawn once, into a texture; a frame is two reads and a sum for each pixel, so that slow GPUs keep up with the screen too.

use burn::tensor::wgpu::wgpu;
use web_sys::OffscreenCanvas;

use super::canvas;
use super::pipelines::{FORMAT, begin, buffer, drawing, module, texture};
use super::probe::Setup;
use crate::diffusion::noise::Purpose;

const SHADER: &str = include_str!("../../shaders/noise_picture.wgsl");
/// Bytes of the shader's `Settings`, rounded up to a multiple of 8.
const SETTINGS_BYTES: u64 = 24;
/// Widest and highest picture.
const MAX_SIDE: u32 = 512;
/// Three numbers of noise for each pixel, as exact as the shader computes them.
const NOISE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba32Float;

/// What a frame shows: alpha · picture + sigma · noise.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    /// Factor of the picture, √ᾱ.
    pub alpha: f32,
    /// Factor of the noise, √(1 − ᾱ).
    pub sigma: f32,
    /// Seed of the noise.
    pub seed: u64,
    /// 0 all channels, 1 red, 2 green, 3 blue.
    pub channel: u32,
}

/// Everything on the GPU for one picture.
pub struct Noised {
    surface: wgpu::Surface<'static>,
    settings: wgpu::Buffer,
    noising: Stage,
    noise: wgpu::TextureView,
    /// The seed of what `noise` holds.
    noise_seed: Option<u64>,
    mixing: Stage,
}

/// A pipeline and what it reads.
struct Stage {
    pipeline: wgpu::RenderPipeline,
    bindings: wgpu::BindGroup,
}

impl Noised {
    /// Sends a picture of RGBA bytes over and makes the canvas as large.
    ///
    /// # Errors
    /// A picture that is too large, or a canvas that the GPU cannot draw on.
    pub fn new(setup: &Setup, canvas: &OffscreenCanvas, width: u32, height: u32, rgba: &[u8]) -> Result<Self, String> {
        let fits = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
        if !fits || rgba.len() != (width * height * 4) as usize {
            return Err(format!("the picture is larger than {MAX_SIDE} × {MAX_SIDE}"));
        }
        let surface = canvas::surface(setup, canvas, [width, height], None)?;
        let device = &setup.device;
        let texture = |label, format, usage| {
            texture(device, label, [width, height], format, usage | wgpu::TextureUsages::TEXTURE_BINDING)
        };
        let picture = texture("picture", FORMAT, wgpu::TextureUsages::COPY_DST);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
        setup.queue.write_texture(picture.as_image_copy(), rgba, layout, picture.size());
        let noise = texture("noise", NOISE_FORMAT, wgpu::TextureUsages::RENDER_ATTACHMENT);
        let [picture, noise] = [picture, noise].map(|texture| texture.create_view(&Default::default()));
        let settings = buffer(device, "settings", SETTINGS_BYTES, wgpu::BufferUsages::UNIFORM);
        let module = module(device, "noise_picture", SHADER);
        let uniform = wgpu::BindGroupEntry { binding: 1, resource: settings.as_entire_binding() };
        let view = |binding, view| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) };
        let noising = drawing(device, &module, ["cover", "noise_pixel"], NOISE_FORMAT);
        // A width is all that this stage reads of the picture.
        let noising = Stage::new(device, noising, &[view(0, &picture), uniform.clone()]);
        let mixing = drawing(device, &module, ["cover", "mix_pixel"], FORMAT);
        let mixing = Stage::new(device, mixing, &[view(0, &picture), uniform, view(2, &noise)]);
        Ok(Self { surface, settings, noising, noise, noise_seed: None, mixing })
    }

    /// Shows a frame.
    ///
    /// # Errors
    /// A canvas that gives no frame.
    pub fn draw(&mut self, setup: &Setup, mix: Mix) -> Result<(), String> {
        setup.queue.write_buffer(&self.settings, 0, &mix.bytes());
        canvas::show(setup, &self.surface, |encoder, view| {
            // Only where there is a frame: noise that was not drawn must not be taken for drawn.
            if self.noise_seed.replace(mix.seed) != Some(mix.seed) {
                self.noising.draw(encoder, &self.noise);
            }
            self.mixing.draw(encoder, view);
        })
    }
}

impl Mix {
    /// As the shader's `Settings` lie in memory.
    fn bytes(self) -> Vec<u8> {
        let Self { alpha, sigma, seed, channel } = self;
        let words =
            [alpha.to_bits(), sigma.to_bits(), seed as u32, (seed >> 32) as u32, channel, Purpose::Forward as u32];
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

impl Stage {
    fn new(device: &wgpu::Device, pipeline: wgpu::RenderPipeline, entries: &[wgpu::BindGroupEntry]) -> Self {
        let layout = pipeline.get_bind_group_layout(0);
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries });
        Self { pipeline, bindings }
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, view: &wgpu::TextureView) {
        let mut pass = begin(encoder, view);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.draw(0..3, 0..1);
    }
}
