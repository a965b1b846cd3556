//! What the engine needs from the world around it.

use core::future::Future;

use burn::tensor::Tensor;

use super::device::Opened;
use super::lab::trajectory::Trajectory;
use crate::protocol::{DeviceChoice, Event};

/// A failure for people: what happened and what to do, a sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Trouble {
    /// A failure in these words.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over an error or a text they have just made")]
    pub fn new(what: impl ToString, hint: impl Into<String>) -> Self {
        Self { what: what.to_string(), hint: hint.into() }
    }
}

/// The world: a browser's worker, or a test.
pub trait Platform {
    /// Hands an event to the page.
    fn send(&self, event: Event);

    /// Lets other events in before going on: a new request must be heard between two steps.
    fn breathe(&self) -> impl Future<Output = ()>;

    /// Fetches a file, telling how many bytes have arrived.
    fn fetch(&self, url: &str, on_bytes: impl FnMut(u64)) -> impl Future<Output = Result<Vec<u8>, Trouble>>;

    /// Opens the device a person asked for.
    fn open_device(&self, choice: DeviceChoice) -> impl Future<Output = Opened>;

    /// Reads a tensor's numbers from the device.
    ///
    /// # Errors
    /// [`Trouble`] where the device no longer answers.
    fn numbers(&self, tensor: Tensor<1>) -> impl Future<Output = Result<Vec<f32>, Trouble>> {
        async {
            let data = tensor.into_data_async().await.map_err(lost)?;
            data.try_to_vec().map_err(lost)
        }
    }

    /// Holds particles, `places` of them, where shaders draw them, and names what is held; `None` where nothing here draws.
    fn hold(&self, _trajectory: &Trajectory, _places: &[f32]) -> Option<u32> {
        None
    }

    /// Milliseconds since some fixed moment.
    fn now_millis(&self) -> f64;
}

/// What is said when a device stops answering.
pub fn lost(error: impl core::fmt::Display) -> Trouble {
    Trouble::new(
        format!("the device stopped answering ({error})"),
        "If it does not start again on its own, reload the page and choose the CPU.",
    )
}
