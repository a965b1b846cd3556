//! Dots, trails and lines, with `shaders/plane_particles.wgsl`.

use burn::tensor::wgpu::wgpu;

use super::held::Held;
use super::look::{BYTES, Look};
use crate::engine::pipelines::{OVER, begin, bind, buffer, computing, drawing, module};
use crate::engine::probe::Setup;
use crate::protocol::{APART_OPACITY, EXTENT, LabDraw, LabDrawing, Rgb, TRAIL_OPACITY};

const SHADER: &str = include_str!("../../../shaders/plane_particles.wgsl");
/// Corners of a square of two triangles.
const CORNERS: u32 = 6;
/// Particles a workgroup measures.
const GROUP: u32 = 64;
const BLACK: Rgb = [0; 3];

/// The pipelines.
pub struct Particles {
    dots: wgpu::RenderPipeline,
    trails: wgpu::RenderPipeline,
    apart: wgpu::RenderPipeline,
    bends: wgpu::ComputePipeline,
    look: wgpu::Buffer,
}

impl Particles {
    /// Makes them.
    pub fn new(device: &wgpu::Device) -> Self {
        let module = module(device, "plane_particles", SHADER);
        let drawing = |vertex| drawing(device, &module, [vertex, "ink"], OVER);
        Self {
            dots: drawing("dot_corner"),
            trails: drawing("trail_corner"),
            apart: drawing("apart_corner"),
            bends: computing(device, &module, "measure_bends"),
            look: buffer(device, "look", BYTES, wgpu::BufferUsages::UNIFORM),
        }
    }

    /// Measures how much each way bends.
    pub fn measure(&self, setup: &Setup, held: &Held) {
        let look = Look::default().color(BLACK, 0.0).color(BLACK, 0.0).color(BLACK, 0.0).counts(&[
            0,
            held.count,
            held.stride,
            0,
            0,
            held.states,
        ]);
        setup.queue.write_buffer(&self.look, 0, &look.bytes());
        let buffers = [(0, &self.look), (1, &held.places), (4, &held.bends)];
        let bindings = bind(&setup.device, &self.bends.get_bind_group_layout(0), &buffers);
        let mut encoder = setup.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.bends);
            pass.set_bind_group(0, &bindings, &[]);
            pass.dispatch_workgroups(held.stride.div_ceil(GROUP), 1, 1);
        }
        setup.queue.submit([encoder.finish()]);
    }

    /// Draws lines to `other` first, then trails, then dots.
    pub fn draw(
        &self,
        setup: &Setup,
        encoder: &mut wgpu::CommandEncoder,
        view: &wgpu::TextureView,
        draw: &LabDraw,
        held: &Held,
        other: Option<&Held>,
    ) {
        let LabDrawing::Dots { opacity, trailed, trail, bent, apart } = draw.how else { return };
        let state = draw.state.min(held.states.saturating_sub(1));
        // What has fewer states has no place for this one.
        let other = other.filter(|other| state < other.states);
        let look = Look::default()
            .color(draw.color, opacity)
            .color(bent.unwrap_or_default(), f32::from(u8::from(bent.is_some())))
            .color(apart.map_or(BLACK, |(_, color)| color), APART_OPACITY)
            .counts(&[state, held.count, held.stride, other.map_or(0, |other| other.stride), trail, held.states])
            .number(TRAIL_OPACITY)
            .number(EXTENT);
        setup.queue.write_buffer(&self.look, 0, &look.bytes());
        let bound = |pipeline: &wgpu::RenderPipeline, last: (u32, &wgpu::Buffer)| {
            let buffers = [(0, &self.look), (1, &held.places), last];
            bind(&setup.device, &pipeline.get_bind_group_layout(0), &buffers)
        };
        let mut pass = begin(encoder, view);
        let mut run = |pipeline: &wgpu::RenderPipeline, bindings: &wgpu::BindGroup, instances: u32| {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, bindings, &[]);
            pass.draw(0..CORNERS, 0..instances);
        };
        if let Some(other) = other {
            run(&self.apart, &bound(&self.apart, (2, &other.places)), held.count.min(other.count));
        }
        if trail > 0 && state > 0 {
            run(&self.trails, &bound(&self.trails, (3, &held.bends)), held.count.min(trailed).saturating_mul(trail));
        }
        run(&self.dots, &bound(&self.dots, (3, &held.bends)), held.count);
    }
}
