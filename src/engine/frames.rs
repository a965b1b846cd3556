//! When shaders draw: as the browser is about to show a frame, and never before the GPU is done with the last one.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

use super::paint::{Easel, Gpu};
use super::plane::Planes;

/// Draws once however often it was asked to; a clone is the same.
///
/// A GPU that cannot keep up with the screen leaves frames out. Were they queued, it would draw on for seconds after the hand has come to rest.
#[derive(Clone)]
pub struct Frames {
    scope: DedicatedWorkerGlobalScope,
    gpu: Gpu,
    easel: Easel,
    planes: Planes,
    pace: Rc<Pace>,
}

#[derive(Default)]
struct Pace {
    is_asked: Cell<bool>,
    /// Whether a frame is under way: waited for, drawn, or on the GPU.
    is_busy: Cell<bool>,
}

impl Frames {
    /// Frames of these two.
    pub fn new(scope: DedicatedWorkerGlobalScope, gpu: Gpu, easel: Easel, planes: Planes) -> Self {
        Self { scope, gpu, easel, planes, pace: Rc::default() }
    }

    /// Draws what is wanted when the browser shows its next frame.
    pub fn ask(&self) {
        self.pace.is_asked.set(true);
        if self.pace.is_busy.replace(true) {
            return;
        }
        let frames = self.clone();
        let paint = Closure::once_into_js(move || frames.paint());
        if self.scope.request_animation_frame(paint.unchecked_ref()).is_err() {
            // A browser without frames for workers.
            self.paint();
        }
    }

    fn paint(&self) {
        self.pace.is_asked.set(false);
        self.easel.paint();
        self.planes.paint();
        let (done, is_done) = oneshot::channel();
        if let Some(setup) = &*self.gpu.borrow() {
            // Who cannot be told has gone: the worker ends.
            setup.queue.on_submitted_work_done(move || {
                done.send(()).ok();
            });
        }
        let frames = self.clone();
        spawn_local(async move {
            // Without a GPU nobody sends, and that is an answer too.
            is_done.await.ok();
            frames.pace.is_busy.set(false);
            if frames.pace.is_asked.get() {
                frames.ask();
            }
        });
    }
}
