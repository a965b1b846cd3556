//! The worker: its start, its end, and whose words count.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{EngineClient, Status};
use crate::app::{dom, strings};
use crate::protocol::{DeviceChoice, Event, Request, RequestId, decode, encode};

/// The loader that trunk writes for the worker binary.
const WORKER: &str = "./engine_loader.js";

impl EngineClient {
    /// Ends the worker and, unless no live device is wanted, starts another.
    pub(super) fn restart(self, choice: DeviceChoice) {
        self.end_worker();
        if choice == DeviceChoice::None {
            self.status.set(Status::Off);
            return self.note_busy();
        }
        self.status.set(Status::Starting);
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let Ok(worker) = Worker::new_with_options(WORKER, &options) else {
            self.fail(strings::NO_WORKER.into(), strings::NO_WORKER_HINT.into());
            return;
        };
        let name = self.next_id();
        let on_message =
            Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| self.receive(name, &message));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |error: web_sys::Event| {
            error.prevent_default();
            // Where the worker's file did not come, the event carries no message.
            let message = error.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            let message = message.unwrap_or_else(|| strings::ENGINE_NOT_LOADED.into());
            self.hear_from(name, Event::Crashed { message });
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        self.inner.update_value(|inner| (inner.worker, inner.name) = (Some(worker), name));
        self.note_busy();
    }

    /// Ends the worker; nothing of what it did is left.
    pub(super) fn end_worker(self) {
        self.inner.try_update_value(|inner| {
            inner.worker.take().into_iter().for_each(|worker| worker.terminate());
            inner.last_word = dom::now();
            inner.lab_owes = [false; 2];
        });
        self.device.set(None);
        self.model.set(None);
        self.shader_failed.set(false);
        self.drop_runs();
    }

    fn receive(self, name: RequestId, message: &MessageEvent) {
        let Ok(bytes) = message.data().dyn_into::<Uint8Array>() else { return };
        let Ok(event) = decode::<Event>(&bytes.to_vec()) else { return };
        self.hear_from(name, event);
    }

    fn hear_from(self, name: RequestId, event: Event) {
        let (current, aside) =
            self.inner.with_value(|inner| (inner.name, inner.aside.as_ref().map(|aside| aside.name)));
        if aside == Some(name) {
            return self.hear_aside(event);
        }
        // What an ended worker said last is of no use.
        if current == name {
            self.inner.update_value(|inner| inner.last_word = dom::now());
            self.hear(event);
            self.note_busy();
            self.take_over();
        }
    }
}

/// Sends a request to a worker.
pub(super) fn post(worker: &Worker, request: &Request) {
    let Ok(bytes) = encode(request) else { return };
    let bytes = Uint8Array::from(bytes.as_slice());
    worker.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer())).ok();
}
