//! The engine in a dedicated worker.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, OffscreenCanvas, ReadableStreamDefaultReader, Response,
};

use super::device::Opened;
use super::frames::Frames;
use super::lab::trajectory::Trajectory;
use super::mailbox::Mailbox;
use super::noised::Mix;
use super::paint::{Easel, Gpu, Report};
use super::plane::Planes;
use super::platform::{Platform, Trouble};
use super::probe::{self, Setup};
use super::serve::serve;
use crate::protocol::{DeviceChoice, Event, LabRequest, Request, decode, encode};

/// Starts the engine in the worker this code runs in.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    report_panics(scope.clone());
    let mailbox = Mailbox::default();
    let (gpu, reporter) = (Gpu::default(), scope.clone());
    let report: Report = Rc::new(move |event| post(&reporter, &event));
    let easel = Easel::new(gpu.clone(), report.clone());
    let planes = Planes::new(gpu.clone(), report);
    let frames = Frames::new(scope.clone(), gpu.clone(), easel.clone(), planes.clone());
    let worker = Worker { scope: scope.clone(), device: Rc::default(), gpu, easel, planes, frames };
    let (inbox, outbox) = (mailbox.clone(), worker.clone());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        receive(&message, &inbox, &outbox);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    on_message.forget();
    spawn_local(serve(worker, mailbox));
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
        Ok(Request::Picture { width, height, rgba }) => worker.easel.show(canvas, width, height, &rgba),
        Ok(Request::Paint { alpha, sigma, seed, channel }) => {
            worker.easel.want(Mix { alpha, sigma, seed, channel });
            worker.frames.ask();
        }
        Ok(request) => mailbox.push(request).into_iter().for_each(|event| worker.send(event)),
        Err(error) => worker.send(Event::Failed {
            id: None,
            what: error.to_string(),
            hint: "Reload the page: page and engine are of different versions.".into(),
        }),
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
    device: Rc<RefCell<Option<(burn::tensor::Device, Setup)>>>,
    gpu: Gpu,
    easel: Easel,
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
        let mut known = self.device.borrow_mut().take();
        let opened = probe::open(choice, &mut known).await;
        *self.gpu.borrow_mut() = known.as_ref().map(|(_, setup)| setup.clone());
        *self.device.borrow_mut() = known;
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
