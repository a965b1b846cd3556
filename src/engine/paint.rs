//! Noising a picture of the visitor's with a shader, on burn's own GPU device.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::wgpu::wgpu;
use wasm_bindgen_futures::spawn_local;
use web_sys::OffscreenCanvas;

use super::pipelines::{FORMAT, drawing, module};
use super::probe::Setup;
use super::serve::Painter;
use crate::diffusion::noise::Purpose;
use crate::protocol::{Event, Request};

const SHADER: &str = include_str!("../../shaders/noise_picture.wgsl");
/// Bytes of the shader's `Settings`, rounded up to a multiple of 8.
const SETTINGS_BYTES: u64 = 24;
/// Widest and highest picture.
const MAX_SIDE: u32 = 512;

/// What the worker has been given: a GPU and a canvas.
pub type Handles = Rc<RefCell<Given>>;

/// See [`Handles`].
#[derive(Default)]
pub struct Given {
    /// The GPU burn runs on, once it runs on one.
    pub setup: Option<Setup>,
    /// The page's canvas.
    pub canvas: Option<OffscreenCanvas>,
}

/// Draws with `shaders/noise_picture.wgsl`.
///
/// A browser says what is wrong with a shader or a draw only later; `report` hands that to the page.
pub struct ShaderPainter<R> {
    handles: Handles,
    scene: Option<Scene>,
    report: R,
}

/// Everything on the GPU for one picture.
struct Scene {
    surface: wgpu::Surface<'static>,
    pipeline: wgpu::RenderPipeline,
    bindings: wgpu::BindGroup,
    settings: wgpu::Buffer,
}

impl<R: Fn(Event) + Clone + 'static> ShaderPainter<R> {
    /// A painter that waits for its handles.
    pub fn new(handles: Handles, report: R) -> Self {
        Self { handles, scene: None, report }
    }

    fn answer(&mut self, setup: &Setup, canvas: &OffscreenCanvas, request: Request) -> Result<Option<Event>, String> {
        match request {
            Request::Picture { width, height, rgba } => {
                self.scene = None;
                self.scene = Some(Scene::new(setup, canvas, width, height, &rgba)?);
                Ok(None)
            }
            Request::Paint { alpha, sigma, seed, channel } => {
                let Some(scene) = &self.scene else { return Ok(None) };
                let began = js_sys::Date::now();
                scene.draw(setup, alpha, sigma, seed, channel)?;
                Ok(Some(Event::Painted { millis: js_sys::Date::now() - began }))
            }
            _ => Ok(None),
        }
    }
}

impl<R: Fn(Event) + Clone + 'static> Painter for ShaderPainter<R> {
    fn paint(&mut self, request: Request) -> Option<Event> {
        let handles = self.handles.clone();
        let given = handles.borrow();
        let (Some(setup), Some(canvas)) = (&given.setup, &given.canvas) else {
            return Some(not_painted("the GPU is not in use"));
        };
        watched(setup, self.report.clone(), || self.answer(setup, canvas, request))
            .unwrap_or_else(|error| Some(not_painted(error)))
    }
}

/// Does something on the GPU inside an error scope: an error outside of one would end the engine.
pub fn watched<T>(setup: &Setup, report: impl Fn(Event) + 'static, act: impl FnOnce() -> T) -> T {
    let scope = setup.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let outcome = act();
    let verdict = scope.pop();
    spawn_local(async move {
        if let Some(error) = verdict.await {
            report(not_painted(&error));
        }
    });
    outcome
}

/// The first line says it; shader compilers go on for many.
pub fn not_painted(error: impl core::fmt::Display) -> Event {
    let error = error.to_string();
    Event::NotPainted { what: error.lines().next().unwrap_or_default().chars().take(160).collect() }
}

impl Scene {
    fn new(setup: &Setup, canvas: &OffscreenCanvas, width: u32, height: u32, rgba: &[u8]) -> Result<Self, String> {
        let fits = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
        if !fits || rgba.len() != (width * height * 4) as usize {
            return Err(format!("the picture is larger than {MAX_SIDE} × {MAX_SIDE}"));
        }
        canvas.set_width(width);
        canvas.set_height(height);
        let target = wgpu::SurfaceTarget::OffscreenCanvas(canvas.clone());
        let surface = setup.instance.create_surface(target).map_err(|error| error.to_string())?;
        let mut config = surface
            .get_default_config(&setup.adapter, width, height)
            .ok_or("the canvas does not belong to this GPU")?;
        config.format = FORMAT;
        surface.configure(&setup.device, &config);
        let picture = upload(setup, width, height, rgba);
        let settings = setup.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("settings"),
            size: SETTINGS_BYTES,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let pipeline = pipeline(&setup.device);
        let bindings = setup.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&picture) },
                wgpu::BindGroupEntry { binding: 1, resource: settings.as_entire_binding() },
            ],
        });
        Ok(Self { surface, pipeline, bindings, settings })
    }

    fn draw(&self, setup: &Setup, alpha: f32, sigma: f32, seed: u64, channel: u32) -> Result<(), String> {
        let words =
            [alpha.to_bits(), sigma.to_bits(), seed as u32, (seed >> 32) as u32, channel, Purpose::Forward as u32];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        setup.queue.write_buffer(&self.settings, 0, &bytes);
        use wgpu::CurrentSurfaceTexture::{Suboptimal, Success};
        let (Success(frame) | Suboptimal(frame)) = self.surface.get_current_texture() else {
            return Err("the canvas gave no frame".into());
        };
        let view = frame.texture.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = setup.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bindings, &[]);
            pass.draw(0..3, 0..1);
        }
        setup.queue.submit([encoder.finish()]);
        setup.queue.present(frame);
        Ok(())
    }
}

fn upload(setup: &Setup, width: u32, height: u32, rgba: &[u8]) -> wgpu::TextureView {
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let texture = setup.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
    setup.queue.write_texture(texture.as_image_copy(), rgba, layout, size);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn pipeline(device: &wgpu::Device) -> wgpu::RenderPipeline {
    drawing(device, &module(device, "noise_picture", SHADER), ["cover", "noise_pixel"], None)
}
