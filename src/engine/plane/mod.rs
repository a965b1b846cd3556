//! The planes of the 2-D lab, drawn by shaders on burn's own GPU device.
//!
//! A run's particles are sent to the GPU once, for burn's tensors do not say where on it they are; from then on a picture costs a small message
//! (the state, the colours) and one pass. It is drawn when the browser next paints, and only the newest one is.

mod density;
mod held;
mod look;
mod particles;
mod photograph;

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::wgpu::wgpu;
use wasm_bindgen_futures::spawn_local;
use web_sys::OffscreenCanvas;

use super::canvas;
use super::paint::{Gpu, Report, not_painted, watched};
use super::pipelines;
use super::probe::Setup;
use super::shelf::Shelf;
use crate::engine::lab::trajectory::Trajectory;
use crate::protocol::{DRAWN_SIDE, Event, LabDraw, LabDrawing, LabEvent};
use density::Density;
use held::Held;
use particles::Particles;

/// Bytes of states that are held at most: what two planes show, the optimum's beside the network's, of the most particles in the most states.
const MOST_BYTES: u64 = 160 << 20;

/// The planes of both benches; a clone is the same.
#[derive(Clone)]
pub struct Planes(Rc<RefCell<Inner>>);

struct Inner {
    gpu: Gpu,
    report: Report,
    studio: Option<Rc<Studio>>,
    shelf: Shelf<Held>,
    planes: [Plane; 2],
}

/// A canvas, and what was last asked to be on it.
#[derive(Default)]
struct Plane {
    canvas: Option<OffscreenCanvas>,
    surface: Option<(wgpu::Surface<'static>, u32)>,
    wanted: Option<LabDraw>,
    is_new: bool,
}

/// The GPU and everything on it that no picture changes.
struct Studio {
    setup: Setup,
    particles: Particles,
    density: Density,
}

impl Planes {
    /// Planes that wait for a GPU and their canvases.
    pub fn new(gpu: Gpu, report: Report) -> Self {
        let planes = [Plane::default(), Plane::default()];
        Self(Rc::new(RefCell::new(Inner { gpu, report, studio: None, shelf: Shelf::new(MOST_BYTES), planes })))
    }

    /// Draws on this canvas from now on.
    pub fn use_canvas(&self, bench: u8, canvas: OffscreenCanvas) {
        if let Some(plane) = self.0.borrow_mut().planes.get_mut(usize::from(bench)) {
            let is_new = plane.wanted.is_some();
            *plane = Plane { canvas: Some(canvas), surface: None, wanted: plane.wanted, is_new };
        }
    }

    /// Notes what a plane is to show once the browser paints.
    pub fn want(&self, bench: u8, draw: LabDraw) {
        if let Some(plane) = self.0.borrow_mut().planes.get_mut(usize::from(bench)) {
            (plane.wanted, plane.is_new) = (Some(draw), true);
        }
    }

    /// Draws what is wanted and not there yet.
    pub fn paint(&self) {
        let mut inner = self.0.borrow_mut();
        let Some(studio) = inner.studio() else { return };
        let report = inner.report.clone();
        for bench in 0..inner.planes.len() {
            let outcome = watched(&studio.setup, &report, || inner.paint(&studio, bench));
            if let Err(error) = outcome {
                report(not_painted(error));
            }
        }
    }

    /// Holds particles: they are sent over once, and every picture of them is drawn from there.
    pub fn hold(&self, trajectory: &Trajectory, places: &[f32]) -> Option<u32> {
        let studio = self.0.borrow_mut().studio()?;
        let report = self.0.borrow().report.clone();
        let held = watched(&studio.setup, &report, || Held::uploaded(&studio.setup, trajectory, places));
        watched(&studio.setup, &report, || studio.particles.measure(&studio.setup, &held));
        self.see_that_it_works(&studio, &report);
        let bytes = held.bytes();
        let (name, gone) = self.0.borrow_mut().shelve(held, bytes);
        for name in gone {
            [0, 1].into_iter().for_each(|bench| report(Event::Lab { bench, event: LabEvent::LetGo(name) }));
        }
        Some(name)
    }

    /// A lost GPU takes work without a word; only what is read back tells.
    fn see_that_it_works(&self, studio: &Studio, report: &Report) {
        let empty = watched(&studio.setup, report, || {
            photograph::take(&studio.setup, 1, |encoder, view| drop(pipelines::begin(encoder, view)))
        });
        let report = report.clone();
        spawn_local(async move {
            if photograph::develop(empty, 1).await.is_none() {
                report(not_painted("the GPU was lost"));
            }
        });
    }

    /// Draws into a picture and sends its pixels.
    pub async fn photograph(&self, bench: u8, draw: LabDraw) {
        let (studio, report) = {
            let mut inner = self.0.borrow_mut();
            let Some(studio) = inner.studio() else { return };
            (studio, inner.report.clone())
        };
        let side = draw.side.clamp(1, DRAWN_SIDE);
        let draw = LabDraw { side, ..draw };
        let taken = watched(&studio.setup, &report, || {
            photograph::take(&studio.setup, side, |encoder, view| self.0.borrow().draw(&studio, encoder, view, &draw))
        });
        match photograph::develop(taken, side).await {
            Some(rgba) => report(Event::Lab { bench, event: LabEvent::Photograph { side, rgba } }),
            None => report(not_painted("the picture could not be read")),
        }
    }
}

impl Inner {
    /// The pipelines, made when they are first needed.
    fn studio(&mut self) -> Option<Rc<Studio>> {
        if self.studio.is_none() {
            let setup = self.gpu.borrow().clone()?;
            let (particles, density) =
                watched(&setup, &self.report, || (Particles::new(&setup.device), Density::new(&setup.device)));
            self.studio = Some(Rc::new(Studio { setup, particles, density }));
        }
        self.studio.clone()
    }

    /// Puts particles on the shelf; those that are shown go last.
    fn shelve(&mut self, held: Held, bytes: u64) -> (u32, Vec<u32>) {
        for draw in self.planes.iter().filter_map(|plane| plane.wanted) {
            self.shelf.touch(draw.held);
            if let LabDrawing::Dots { apart: Some((other, _)), .. } = draw.how {
                self.shelf.touch(other);
            }
        }
        self.shelf.put(held, bytes)
    }

    fn paint(&mut self, studio: &Studio, bench: usize) -> Result<(), String> {
        let plane = &mut self.planes[bench];
        let (Some(draw), true) = (plane.wanted, plane.is_new) else { return Ok(()) };
        let Some(canvas) = &plane.canvas else { return Ok(()) };
        plane.is_new = false;
        let side = draw.side.clamp(1, DRAWN_SIDE);
        let known = plane.surface.take();
        let surface = match known {
            Some((surface, known)) if known == side => surface,
            other => canvas::surface(&studio.setup, canvas, [side; 2], other.map(|(surface, _)| surface))?,
        };
        let outcome = canvas::show(&studio.setup, &surface, |encoder, view| {
            self.draw(studio, encoder, view, &LabDraw { side, ..draw });
        });
        self.planes[bench].surface = Some((surface, side));
        outcome
    }

    /// Draws; nothing but transparency where what is wanted is not held.
    fn draw(&self, studio: &Studio, encoder: &mut wgpu::CommandEncoder, view: &wgpu::TextureView, draw: &LabDraw) {
        let Some(held) = self.shelf.get(draw.held) else {
            drop(pipelines::begin(encoder, view));
            return;
        };
        match draw.how {
            LabDrawing::Dots { apart, .. } => {
                let other = apart.and_then(|(name, _)| self.shelf.get(name));
                studio.particles.draw(&studio.setup, encoder, view, draw, held, other);
            }
            LabDrawing::Density => studio.density.draw(&studio.setup, encoder, view, draw, held),
        }
    }
}
