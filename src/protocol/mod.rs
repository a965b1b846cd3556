//! What page and engine say to each other: plain data, bytes in and bytes out.
//!
//! The page holds no tensor and the engine no element; this file is all they share.
//! Messages travel as one `Uint8Array` each (postcard), transferred and not copied.

mod experiment;
mod frame;
mod lab;
mod lab_draw;
mod lab_event;
pub mod reproduce;
mod spec;
mod words;

use serde::{Deserialize, Serialize};

pub use experiment::{Experiment, Measured, Subject};
pub use frame::{AttentionMap, Frame, FrameShape, Guided};
pub use lab::{
    EXACT_WORK, EXTENT, LabField, LabLook, LabRequest, LabRun, LabSchedule, LabSpec, LabStart, LabWeighting, Point,
};
pub use lab_draw::{APART_OPACITY, DRAWN_SIDE, LabDraw, LabDrawing, Rgb, TRAIL_OPACITY};
pub use lab_event::{BINS, CURVE, LabEvent};
pub use spec::{Branch, GenerateSpec};
pub use words::{AttentionEdit, Term, Variant, WordSpec, WordSummary};

use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::ScheduleConfig;

/// Names one piece of work; answers carry it, and answers to an old one are dropped at the door.
pub type RequestId = u32;

/// Which device a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// WebGPU where a hardware adapter passes the probe, else the CPU.
    #[default]
    Auto,
    /// WebGPU, a software adapter included.
    Webgpu,
    /// The CPU.
    Cpu,
    /// No live device: recorded runs only.
    None,
}

/// Where the engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// The GPU, through WebGPU.
    Webgpu,
    /// The processor, through WebAssembly SIMD.
    Cpu,
}

/// What the probe found and what was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Where the engine computes.
    pub kind: DeviceKind,
    /// The adapter as the browser names it; empty without one.
    pub adapter: String,
    /// Whether the adapter is software.
    pub is_fallback: bool,
    /// Whether the adapter has `timestamp-query`, without which burn's runtime cannot start in a browser.
    pub timestamp_query: bool,
    /// The largest storage buffer binding in bytes; 0 without an adapter.
    pub max_storage_buffer_binding_size: u64,
    /// One sentence: why this device.
    pub reason: String,
}

/// A model folder of diffusers that is not the page's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GivenModel {
    /// Handed over: one zip, or files with their paths.
    Files {
        /// What people call it: the zip's or the folder's name.
        name: String,
        /// Path and bytes of each file.
        files: Vec<(String, Vec<u8>)>,
    },
    /// A zip or a folder at a URL of the page's own site.
    Url(String),
}

/// From page to engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Probe and choose a device; the first message of all.
    Start {
        /// What the person asked for.
        device: DeviceChoice,
    },
    /// Load the model folder at a URL (relative to the page).
    Load {
        /// Name of this work.
        id: RequestId,
        /// Folder URL, ending in `/`.
        url: String,
    },
    /// Sample from the loaded model. A newer one replaces it.
    Generate {
        /// Name of this work.
        id: RequestId,
        /// What to sample.
        spec: GenerateSpec,
    },
    /// Stop the running `Generate`, if any.
    Cancel,
    /// Set the picture that [`Request::Paint`] noises; an `OffscreenCanvas` travels beside the bytes the first time.
    Picture {
        /// Width in pixels, at most 512.
        width: u32,
        /// Height in pixels, at most 512.
        height: u32,
        /// `width · height · 4` bytes.
        rgba: Vec<u8>,
    },
    /// Draw `alpha · picture + sigma · noise` with the shader of `shaders/`, once.
    Paint {
        /// Share of the picture.
        alpha: f32,
        /// Share of the noise.
        sigma: f32,
        /// Seed of the noise.
        seed: u64,
        /// Which channel is shown: 0 all, 1 red, 2 green, 3 blue.
        channel: u32,
    },
    /// Something for one of the two benches of the 2-D lab.
    Lab {
        /// Which bench, 0 or 1.
        bench: u8,
        /// What it is asked.
        request: LabRequest,
    },
    /// Open a model of the visitor's.
    Open {
        /// Name of this work.
        id: RequestId,
        /// Where it is.
        model: GivenModel,
    },
}

/// Which part of loading is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadStage {
    /// Bytes arrive.
    Fetch,
    /// Checksums are compared.
    Verify,
    /// Weights go to the device.
    Upload,
    /// A first run compiles the kernels and is compared with the manifest's golden output.
    WarmUp,
}

/// What a person needs to know of a loaded model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Name from the manifest.
    pub name: String,
    /// The first eight hexadecimal digits of the weights' sha256.
    pub short_hash: String,
    /// Number of parameters.
    pub parameters: u64,
    /// Width and height of a picture.
    pub sample_size: u32,
    /// Channels of a picture.
    pub channels: u32,
    /// What the network predicts.
    pub prediction_type: PredictionType,
    /// The schedule it was trained on.
    pub schedule: ScheduleConfig,
    /// The words it knows; `None` for a model that hears none.
    pub words: Option<WordSummary>,
}

/// From engine to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker's code runs and waits for `Start`.
    Ready,
    /// The device is chosen.
    Device(DeviceReport),
    /// Loading goes on.
    Progress {
        /// Which work.
        id: RequestId,
        /// Which part of it.
        stage: LoadStage,
        /// Bytes (or runs) done.
        done: u64,
        /// Bytes (or runs) in all.
        total: u64,
    },
    /// The model can sample.
    Loaded {
        /// Which work.
        id: RequestId,
        /// What was loaded.
        model: ModelSummary,
    },
    /// One state of a run.
    Frame {
        /// Which work.
        id: RequestId,
        /// The state.
        frame: Frame,
    },
    /// A run is complete.
    Finished {
        /// Which work.
        id: RequestId,
        /// Wall time per step in milliseconds.
        millis_per_step: f64,
    },
    /// A run was stopped before its end.
    Cancelled {
        /// Which work.
        id: RequestId,
    },
    /// Something a person asked for did not work; everything else still does.
    Failed {
        /// Which work; `None` where it belongs to no request.
        id: Option<RequestId>,
        /// What happened, one sentence.
        what: String,
        /// What to do, one sentence.
        hint: String,
    },
    /// News from a bench of the 2-D lab.
    Lab {
        /// Which bench.
        bench: u8,
        /// What happened.
        event: LabEvent,
    },
    /// The engine is unusable (a panic, a lost device); the page starts another.
    Crashed {
        /// What happened, one sentence.
        message: String,
    },
    /// The shader could not be made or could not draw; the page draws on the CPU.
    NotPainted {
        /// What happened, one sentence.
        what: String,
    },
}

/// A run stored by `noisewalk record`, shown until the live engine is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRun {
    /// The command that made it.
    pub command: String,
    /// The model that ran.
    pub model: ModelSummary,
    /// The settings.
    pub spec: GenerateSpec,
    /// Every state, the starting noise first.
    pub frames: Vec<Frame>,
}

/// Bytes that are not the message they should be (another version, a truncated file).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("these bytes are not a message of this version of Noisewalk")]
pub struct DecodeError;

/// A message as bytes.
///
/// # Errors
/// Never for the types of this file; the signature says what the encoder can say.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, DecodeError> {
    postcard::to_allocvec(message).map_err(|_| DecodeError)
}

/// A message from bytes.
///
/// # Errors
/// [`DecodeError`] where the bytes are not one whole message.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(DecodeError),
    }
}
