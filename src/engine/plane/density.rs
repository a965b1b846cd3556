//! How many particles are where, with `shaders/plane_density.wgsl`.

use burn::tensor::wgpu::wgpu;

use super::held::Held;
use super::look::{BYTES, Look};
use crate::engine::pipelines::{OVER, begin, bind, buffer, computing, drawing, module};
use crate::engine::probe::Setup;
use crate::protocol::{EXTENT, LabDraw};

const SHADER: &str = include_str!("../../../shaders/plane_density.wgsl");
/// Cells a side.
const CELLS: u32 = 80;
/// Particles or cells a workgroup is for.
const GROUP: u32 = 64;

/// A pipeline, its buffers by binding, and how many particles or cells it is for.
type Stage<'a> = (&'a wgpu::ComputePipeline, &'a [(u32, &'a wgpu::Buffer)], u32);

/// The pipelines, and the cells they count into.
pub struct Density {
    count: wgpu::ComputePipeline,
    rows: wgpu::ComputePipeline,
    columns: wgpu::ComputePipeline,
    shade: wgpu::RenderPipeline,
    look: wgpu::Buffer,
    counts: wgpu::Buffer,
    blurred: wgpu::Buffer,
}

impl Density {
    /// Makes them.
    pub fn new(device: &wgpu::Device) -> Self {
        let module = module(device, "plane_density", SHADER);
        let computing = |entry| computing(device, &module, entry);
        let cells = |label, cells: u32| buffer(device, label, 4 * u64::from(cells), wgpu::BufferUsages::STORAGE);
        Self {
            count: computing("count_particles"),
            rows: computing("blur_rows"),
            columns: computing("blur_columns"),
            shade: drawing(device, &module, ["cover", "shade"], OVER),
            look: buffer(device, "look", BYTES, wgpu::BufferUsages::UNIFORM),
            counts: cells("counts", CELLS * CELLS),
            blurred: cells("blurred", 2 * CELLS * CELLS + 1),
        }
    }

    /// Counts, blurs and shows.
    pub fn draw(
        &self,
        setup: &Setup,
        encoder: &mut wgpu::CommandEncoder,
        view: &wgpu::TextureView,
        draw: &LabDraw,
        held: &Held,
    ) {
        let state = draw.state.min(held.states.saturating_sub(1));
        let look =
            Look::default().color(draw.color, 1.0).counts(&[state, held.count, held.stride, draw.side]).number(EXTENT);
        setup.queue.write_buffer(&self.look, 0, &look.bytes());
        encoder.clear_buffer(&self.counts, 0, None);
        encoder.clear_buffer(&self.blurred, 0, None);
        let (look, counts, blurred) = (&self.look, &self.counts, &self.blurred);
        let stages: [Stage; 3] = [
            (&self.count, &[(0, look), (1, &held.places), (2, counts)], held.count),
            (&self.rows, &[(2, counts), (3, blurred)], CELLS * CELLS),
            (&self.columns, &[(3, blurred)], CELLS * CELLS),
        ];
        for (pipeline, buffers, items) in stages {
            let bindings = bind(&setup.device, &pipeline.get_bind_group_layout(0), buffers);
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &bindings, &[]);
            pass.dispatch_workgroups(items.div_ceil(GROUP), 1, 1);
        }
        let bindings = bind(&setup.device, &self.shade.get_bind_group_layout(0), &[(0, look), (4, blurred)]);
        let mut pass = begin(encoder, view);
        pass.set_pipeline(&self.shade);
        pass.set_bind_group(0, &bindings, &[]);
        pass.draw(0..3, 0..1);
    }
}
