//! The page's end of the engine: spawns the worker, sends requests, hears events, starts it again when it dies.

mod aside;
mod busy;
mod devices;
mod given;
mod lab;
mod loading;
mod runs;
mod silence;
mod worker;

use std::collections::HashMap;

use js_sys::{Array, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{OffscreenCanvas, Worker};

pub use devices::{DEVICES, device_named};
pub use runs::Run;

use super::frames::Maker;
use super::language::{Text, reported};
use super::offline;
use super::strings;
use crate::protocol::{
    DeviceChoice, DeviceReport, Event, GivenModel, LoadStage, ModelSummary, Request, RequestId, encode,
};

/// The model of the first lessons, relative to the page; the worker fetches it.
pub const MODEL: &str = "models/avatars/";
/// The model that hears words.
pub const WORDS_MODEL: &str = "models/words/";

/// Where the engine is.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// No live device was asked for.
    Off,
    /// The worker starts or chooses a device.
    Starting,
    /// The model is on its way.
    Loading(LoadStage, u64, u64),
    /// Runs can be asked for.
    Ready,
    /// Nothing live is possible; what happened and what to do.
    Failed(String, String),
}

/// Called with each event of one request.
type Listener = Box<dyn FnMut(&Event)>;

/// The client; copy it freely.
#[derive(Clone, Copy)]
pub struct EngineClient {
    /// Where the engine is.
    pub status: RwSignal<Status>,
    /// What the probe found.
    pub device: RwSignal<Option<DeviceReport>>,
    /// The loaded model.
    pub model: RwSignal<Option<ModelSummary>>,
    /// What was asked for.
    pub choice: RwSignal<DeviceChoice>,
    /// Since when it owes an answer, in milliseconds of the page.
    pub busy: RwSignal<Option<f64>>,
    /// The run under way.
    pub run: RwSignal<Option<Run>>,
    /// Sentences about restarts and failures that belong to no lesson.
    pub message: RwSignal<Option<String>>,
    /// The visitor's model, where one is in use.
    pub given: RwSignal<Option<GivenModel>>,
    /// Whether the shader has failed on this device; pictures are then drawn on the CPU.
    pub shader_failed: RwSignal<bool>,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    worker: Option<Worker>,
    /// The worker's name: another may be aside, and one that was ended may have spoken before.
    name: RequestId,
    /// A worker whose GPU is not ready yet.
    aside: Option<aside::Aside>,
    next_id: RequestId,
    listeners: HashMap<RequestId, Listener>,
    restarts: u32,
    /// The device asked for in place of the chosen one, where that failed or is late, and the reason.
    instead: Option<(DeviceChoice, Text)>,
    last_word: f64,
    /// The model a lesson asked for; [`MODEL`] before one did.
    wanted: Option<&'static str>,
    /// The load whose answer counts.
    load: RequestId,
    /// Whether that load is of the visitor's model.
    load_is_given: bool,
    /// Whether the visitor's model hears no words.
    is_deaf: bool,
    /// Who hears of the 2-D lab.
    lab: Option<lab::Listener>,
    /// Which benches learn, and so owe news.
    lab_owes: [bool; 2],
    /// How often in a row the watcher has found an engine silent that owes an answer.
    quiet: (u32, f64),
}

impl EngineClient {
    /// A client that starts the worker on the device the address names.
    pub fn new(device: Option<&str>) -> Self {
        let choice = device.and_then(device_named).unwrap_or_default();
        let client = Self {
            status: RwSignal::new(Status::Off),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            choice: RwSignal::new(choice),
            busy: RwSignal::new(None),
            run: RwSignal::new(None),
            message: RwSignal::new(None),
            given: RwSignal::new(None),
            shader_failed: RwSignal::new(false),
            inner: StoredValue::new_local(Inner::default()),
        };
        client.restart(choice);
        client.watch_silence();
        client
    }

    /// Starts over on another device.
    pub fn choose(self, choice: DeviceChoice) {
        self.choice.set(choice);
        self.inner.update_value(|inner| {
            inner.restarts = 0;
            inner.instead = None;
        });
        self.drop_aside();
        self.restart(choice);
    }

    /// What a run that is asked for now is computed by; `None` while nothing can be.
    pub fn maker(self) -> Option<Maker> {
        let device = self.device.with_untracked(|device| device.as_ref().map(|device| device.kind))?;
        Some(Maker { device, model: self.model.get_untracked()? })
    }

    /// Sends a request that has no answer of its own.
    pub fn send(self, request: &Request) {
        self.inner.with_value(|inner| inner.worker.iter().for_each(|worker| worker::post(worker, request)));
    }

    /// Sends a request together with a canvas.
    pub fn send_canvas(self, request: &Request, canvas: &OffscreenCanvas) {
        let Ok(bytes) = encode(request) else { return };
        let message = Object::new();
        let bytes = Uint8Array::from(bytes.as_slice());
        Reflect::set(&message, &JsValue::from_str("request"), &bytes).ok();
        Reflect::set(&message, &JsValue::from_str("canvas"), canvas).ok();
        self.inner.with_value(|inner| {
            if let Some(worker) = &inner.worker {
                worker.post_message_with_transfer(&message, &Array::of1(canvas)).ok();
            }
        });
    }

    fn next_id(self) -> RequestId {
        self.inner
            .try_update_value(|inner| {
                inner.next_id += 1;
                inner.next_id
            })
            .unwrap_or_default()
    }

    fn hear(self, event: Event) {
        match event {
            Event::Ready => {
                let instead = self.inner.with_value(|inner| inner.instead.map(|(device, _)| device));
                self.send(&Request::Start { device: instead.unwrap_or(self.choice.get_untracked()) });
            }
            Event::Device(report) => {
                let report = DeviceReport { reason: reported(&report.reason), ..report };
                self.device.set(Some(self.with_reason(report)));
                self.load();
            }
            // Answers to a load that another has replaced say nothing of the model that is wanted.
            Event::Progress { id, .. } | Event::Loaded { id, .. } if !self.is_current_load(id) => {}
            Event::Progress { id, stage, done, total } => {
                self.status.set(Status::Loading(stage, done, total));
                if stage == LoadStage::WarmUp && done == 0 {
                    self.watch_warm_up(id);
                }
            }
            Event::Loaded { model, .. } if self.refuses(&model) => {}
            Event::Loaded { model, .. } => {
                if self.runs_on_shipped() {
                    offline::keep(self.shipped_folder());
                }
                self.model.set(Some(model));
                self.status.set(Status::Ready);
            }
            Event::Failed { id, what, hint } => self.failed(id, reported(&what), reported(&hint)),
            Event::Crashed { message } => self.crashed(&message),
            Event::Frame { id, .. } | Event::Finished { id, .. } | Event::Cancelled { id } => self.tell(id, &event),
            Event::Lab { bench, event } => self.tell_lab(bench, event),
            Event::NotPainted { what } => self.give_up_shader(&reported(&what)),
        }
    }

    fn failed(self, id: Option<RequestId>, what: String, hint: String) {
        match id.filter(|id| self.is_run(*id)) {
            Some(id) => self.tell(id, &Event::Failed { id: Some(id), what, hint }),
            None if id.is_some_and(|id| self.is_current_load(id))
                && (self.fell_back(&what) || self.gave_up_given(&format!("{what}. {hint}"))) => {}
            None if self.model.get_untracked().is_none() => self.fail(what, hint),
            None => self.message.set(Some(format!("{what}. {hint}"))),
        }
    }

    /// Draws on the CPU from now on, and says so once.
    pub fn give_up_shader(self, what: &str) {
        if !self.shader_failed.get_untracked() {
            self.shader_failed.set(true);
            self.message.set(Some(strings::drawn_on_cpu(what)));
        }
    }

    fn fail(self, what: String, hint: String) {
        self.status.set(Status::Failed(what, hint));
        self.note_busy();
    }
}
