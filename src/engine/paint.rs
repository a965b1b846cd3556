//! The visitor's picture on a canvas of the worker, noised by a shader on burn's own GPU device.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::wgpu::wgpu;
use wasm_bindgen_futures::spawn_local;
use web_sys::OffscreenCanvas;

use super::noised::{Mix, Noised};
use super::probe::Setup;
use crate::protocol::Event;

/// The GPU burn runs on, once it runs on one.
pub type Gpu = Rc<RefCell<Option<Setup>>>;

/// Where events go.
pub type Report = Rc<dyn Fn(Event)>;

/// A canvas, the picture on it and how it was last asked to look; a clone is the same.
#[derive(Clone)]
pub struct Easel(Rc<RefCell<Inner>>);

struct Inner {
    gpu: Gpu,
    report: Report,
    canvas: Option<OffscreenCanvas>,
    noised: Option<Noised>,
    wanted: Option<Mix>,
}

impl Easel {
    /// An easel that waits for a GPU and a canvas.
    pub fn new(gpu: Gpu, report: Report) -> Self {
        Self(Rc::new(RefCell::new(Inner { gpu, report, canvas: None, noised: None, wanted: None })))
    }

    /// Puts a picture of RGBA bytes on `canvas`, or on the one there.
    pub fn show(&self, canvas: Option<OffscreenCanvas>, width: u32, height: u32, rgba: &[u8]) {
        let mut inner = self.0.borrow_mut();
        inner.canvas = canvas.or(inner.canvas.take());
        inner.noised = None;
        let outcome = inner.on_gpu(|inner, setup| {
            let canvas = inner.canvas.as_ref().ok_or("there is no canvas")?;
            inner.noised = Some(Noised::new(setup, canvas, width, height, rgba)?);
            Ok(())
        });
        inner.tell(outcome);
    }

    /// Notes how the picture is to look once the browser paints.
    pub fn want(&self, mix: Mix) {
        self.0.borrow_mut().wanted = Some(mix);
    }

    /// Draws what is wanted and not there yet.
    pub fn paint(&self) {
        let mut inner = self.0.borrow_mut();
        let Some(mix) = inner.wanted.take() else { return };
        let outcome = inner.on_gpu(|inner, setup| match &mut inner.noised {
            Some(noised) => noised.draw(setup, mix),
            None => Ok(()),
        });
        inner.tell(outcome);
    }
}

impl Inner {
    fn on_gpu(&mut self, act: impl FnOnce(&mut Self, &Setup) -> Result<(), String>) -> Result<(), String> {
        let setup = self.gpu.borrow().clone().ok_or("the GPU is not in use")?;
        let report = self.report.clone();
        watched(&setup, &report, || act(self, &setup))
    }

    fn tell(&self, outcome: Result<(), String>) {
        if let Err(error) = outcome {
            (self.report)(not_painted(error));
        }
    }
}

/// Does something on the GPU, and reports what the browser finds wrong with it, which it says only later.
///
/// It is done inside an error scope: an error outside of one would end the engine.
pub fn watched<T>(setup: &Setup, report: &Report, act: impl FnOnce() -> T) -> T {
    let scope = setup.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let outcome = act();
    let (verdict, report) = (scope.pop(), report.clone());
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
