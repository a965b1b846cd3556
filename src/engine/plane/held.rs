//! Particles on the GPU, in a buffer of their own.

use burn::tensor::wgpu::wgpu;

use crate::engine::lab::trajectory::Trajectory;
use crate::engine::pipelines::buffer;
use crate::engine::probe::Setup;

/// Where particles go, and how much each way bends.
pub struct Held {
    /// `[states, stride, 2]`.
    pub places: wgpu::Buffer,
    /// `[stride]`, each from 0 to 1.
    pub bends: wgpu::Buffer,
    /// Number of states.
    pub states: u32,
    /// Particles that are drawn; those launched by hand, which follow them, are the page's.
    pub count: u32,
    /// Places in each state.
    pub stride: u32,
}

impl Held {
    /// Places as numbers, sent to the GPU once.
    pub fn uploaded(setup: &Setup, trajectory: &Trajectory, places: &[f32]) -> Self {
        let [states, count, stride] = [trajectory.states(), trajectory.particles(), trajectory.count()];
        let numbers = |label, numbers: usize| {
            buffer(&setup.device, label, 4 * numbers.max(2) as u64, wgpu::BufferUsages::STORAGE)
        };
        let (held, bends) = (numbers("places", 2 * states * stride), numbers("bends", stride));
        let bytes: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
        setup.queue.write_buffer(&held, 0, &bytes);
        Self { places: held, bends, states: states as u32, count: count as u32, stride: stride as u32 }
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> u64 {
        self.places.size() + self.bends.size()
    }
}

/// A browser keeps a buffer until its garbage is collected, which knows nothing of the GPU's memory.
impl Drop for Held {
    fn drop(&mut self) {
        self.places.destroy();
        self.bends.destroy();
    }
}
