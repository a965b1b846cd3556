//! The engine in a dedicated worker.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, OffscreenCanvas, ReadableStreamDefaultReader, Response,
};

use super::device::Opened;
use super::lab::trajectory::Trajectory;
use super::mailbox::Mailbox;
use super::paint::{Handles, ShaderPainter};
use super::plane::Planes;
use super::platform::{Platform, Trouble};
use super::probe::{self, Setup};
use super::serve::serve;
use crate::protocol::{DeviceChoice, Event, LabRequest, Request, decode, encode};

/// Starts the engine in the worker this code runs in.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    report_panics(scope.clone());
    let handles = Handles::default();
    let mailbox = Mailbox::default();
    let reporter = scope.clone();
    let planes = Planes::new(handles.clone(), Rc::new(move |event| post(&reporter, &event)));
    let frames = Frames::new(scope.clone(), planes.clone());
    let worker = Worker { scope: scope.clone(), gpu: Rc::default(), handles: handles.clone(), planes, frames };
    let (inbox, outbox) = (mailbox.clone(), worker.clone());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        receive(&message, &inbox, &outbox);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    on_message.forget();
    let painter = ShaderPainter::new(handles, move |event| post(&scope, &event));
    spawn_local(serve(worker, mailbox, painter));
}

/// A message is the bytes of a request, or `{ request, canvas }` where a canvas comes along.
fn receive(message: &MessageEvent, mailbox: &Mailbox, worker: &Worker) {
    let data = message.data();
    let field = |name: &str| Reflect::get(&data, &JsValue::from_str(name)).ok();
    let canvas = field("canvas").and_then(|canvas| canvas.dyn_into::<OffscreenCanvas>().ok());
    let bytes = data.dyn_ref::<Uint8Array>().cloned().or_else(|| field("request")?.dyn_into::<Uint8Array>().ok());
    let Some(bytes) = bytes else { return };
    match decode::<Request>(&bytes.to_vec()) {
        Ok(Request::Lab { bench, request: LabRequest::Canvas }) => {
            canvas.into_iter().for_each(|canvas| worker.planes.use_canvas(bench, canvas));
            worker.frames.ask();
        }
        // A drawing waits for no work: it is drawn between two steps of whatever goes on.
        Ok(Request::Lab { bench, request: LabRequest::Draw(draw) }) => {
            worker.planes.want(bench, draw);
            worker.frames.ask();
        }
        Ok(Request::Lab { bench, request: LabRequest::Photograph(draw) }) => {
            let planes = worker.planes.clone();
            spawn_local(async move { planes.photograph(bench, draw).await });
        }
        Ok(request) => {
            if let Some(canvas) = canvas {
                worker.handles.borrow_mut().canvas = Some(canvas);
            }
            mailbox.push(request).into_iter().for_each(|event| worker.send(event));
        }
        Err(error) => worker.send(Event::Failed {
            id: None,
            what: error.to_string(),
            hint: "Reload the page: page and engine are of different versions.".into(),
        }),
    }
}

/// Paints the planes when the browser is about to show a frame, once however often it was asked to.
#[derive(Clone)]
struct Frames {
    scope: DedicatedWorkerGlobalScope,
    planes: Planes,
    is_asked: Rc<Cell<bool>>,
    paint: Rc<Closure<dyn FnMut()>>,
}

impl Frames {
    fn new(scope: DedicatedWorkerGlobalScope, planes: Planes) -> Self {
        let is_asked = Rc::new(Cell::new(false));
        let (asked, painted) = (is_asked.clone(), planes.clone());
        let paint = Closure::new(move || {
            asked.set(false);
            painted.paint();
        });
        Self { scope, planes, is_asked, paint: Rc::new(paint) }
    }

    fn ask(&self) {
        if self.is_asked.replace(true) {
            return;
        }
        let paint: &Closure<dyn FnMut()> = &self.paint;
        if self.scope.request_animation_frame(paint.as_ref().unchecked_ref()).is_err() {
            // A browser without frames for workers.
            self.is_asked.set(false);
            self.planes.paint();
        }
    }
}

/// A panic ends the instance: the page hears of it and starts another worker.
fn report_panics(scope: DedicatedWorkerGlobalScope) {
    std::panic::set_hook(Box::new(move |info| post(&scope, &Event::Crashed { message: info.to_string() })));
}

fn post(scope: &DedicatedWorkerGlobalScope, event: &Event) {
    let Ok(bytes) = encode(event) else { return };
    let bytes = Uint8Array::from(bytes.as_slice());
    let transfer = Array::of1(&bytes.buffer());
    scope.post_message_with_transfer(&bytes, &transfer).ok();
}

/// The browser as the engine's world.
#[derive(Clone)]
struct Worker {
    scope: DedicatedWorkerGlobalScope,
    gpu: Rc<RefCell<Option<(burn::tensor::Device, Setup)>>>,
    handles: Handles,
    planes: Planes,
    frames: Frames,
}

impl Platform for Worker {
    fn send(&self, event: Event) {
        post(&self.scope, &event);
    }

    /// A message to oneself: the event loop runs, and unlike nested timeouts it is not held back by 4 ms.
    async fn breathe(&self) {
        let Ok(channel) = MessageChannel::new() else { return };
        let promise = js_sys::Promise::new(&mut |resolve, _| {
            channel.port1().set_onmessage(Some(&resolve));
            channel.port2().post_message(&JsValue::NULL).ok();
        });
        JsFuture::from(promise).await.ok();
        channel.port1().close();
    }

    async fn fetch(&self, url: &str, on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, Trouble> {
        fetch(&self.scope, url, on_bytes).await
    }

    async fn open_device(&self, choice: DeviceChoice) -> Opened {
        let mut known = self.gpu.borrow_mut().take();
        let opened = probe::open(choice, &mut known).await;
        self.handles.borrow_mut().setup = known.as_ref().map(|(_, setup)| setup.clone());
        *self.gpu.borrow_mut() = known;
        opened
    }

    fn hold(&self, trajectory: &Trajectory, places: &[f32]) -> Option<u32> {
        self.planes.hold(trajectory, places)
    }

    fn now_millis(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}

async fn fetch(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
    mut on_bytes: impl FnMut(u64),
) -> Result<Vec<u8>, Trouble> {
    let offline = |_| Trouble::new(format!("{url} could not be fetched"), "Check the connection and try again.");
    let response: Response =
        JsFuture::from(scope.fetch_with_str(url)).await.and_then(JsCast::dyn_into).map_err(offline)?;
    if !response.ok() {
        let what = format!("{url} is not there (the server said {})", response.status());
        return Err(Trouble::new(what, "Check the address of the model folder."));
    }
    let Some(body) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(offline)?;
        let field = |name: &str| Reflect::get(&chunk, &JsValue::from_str(name)).map_err(offline);
        if field("done")?.is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(Uint8Array::new(&field("value")?).to_vec());
        on_bytes(bytes.len() as u64);
    }
}
