//! The engine's loop: takes a request, answers it, takes the next.

use std::pin::pin;

use burn::tensor::Device;
use futures::future::{Either, select};

use super::device::Opened;
use super::generate::{Ended, generate};
use super::lab::Bench;
use super::lab::race::Devices;
use super::load::{Loaded, load};
use super::mailbox::Mailbox;
use super::open::open;
use super::platform::{Platform, Trouble};
use crate::model::folder::Model;
use crate::protocol::{DeviceChoice, Event, Request, RequestId};

/// Serves requests until the worker is ended from outside.
pub async fn serve<P: Platform>(platform: P, mailbox: Mailbox) {
    let mut opened: Option<Opened> = None;
    let mut model: Option<Model> = None;
    let mut choice = DeviceChoice::default();
    let mut benches = [Bench::new(0), Bench::new(1)];
    platform.send(Event::Ready);
    loop {
        let Some(request) = next(&platform, &mailbox, &mut benches).await else { continue };
        let (id, outcome) = match request {
            Request::Start { device } => {
                model = None;
                benches = [Bench::new(0), Bench::new(1)];
                choice = device;
                let device = platform.open_device(device).await;
                platform.send(Event::Device(device.report.clone()));
                opened = Some(device);
                (None, Ok(()))
            }
            Request::Load { id, url } => {
                let load = async |device: &_| load(&platform, id, &url, device).await;
                (Some(id), use_model(&platform, &mailbox, id, opened.as_ref(), &mut model, load).await)
            }
            Request::Open { id, model: given } => {
                let open = async |device: &_| open(&platform, id, given, device).await;
                (Some(id), use_model(&platform, &mailbox, id, opened.as_ref(), &mut model, open).await)
            }
            Request::Generate { id, spec } => {
                let outcome = match &model {
                    Some(model) => generate(&platform, &mailbox, model, id, &spec).await,
                    None => Err(Trouble::new("no model is loaded yet", "Wait until the model is ready.")),
                };
                (Some(id), outcome.map(|ended| report(&platform, id, ended)))
            }
            Request::Cancel => (None, Ok(())),
            Request::Lab { bench, request } => {
                let devices = Devices::of_choice(choice, opened.as_ref());
                if let Some(bench) = benches.get_mut(usize::from(bench)) {
                    bench.answer(&platform, &mailbox, &devices, request).await;
                }
                (None, Ok(()))
            }
            // The browser's worker draws these itself, between two steps of whatever goes on.
            Request::Picture { .. } | Request::Paint { .. } => {
                platform.send(Event::NotPainted { what: "this device cannot draw with shaders".into() });
                (None, Ok(()))
            }
        };
        if let Err(Trouble { what, hint }) = outcome {
            platform.send(Event::Failed { id, what, hint });
        }
    }
}

/// The next request; while none waits, the benches that have something to do work in turn, and `None` asks again.
async fn next<P: Platform>(platform: &P, mailbox: &Mailbox, benches: &mut [Bench; 2]) -> Option<Request> {
    if !benches.iter().any(Bench::wants_time) {
        return Some(mailbox.next().await);
    }
    if let Some(request) = mailbox.try_next() {
        return Some(request);
    }
    for index in [0, 1] {
        // Two that learn side by side stay side by side.
        let most = benches[index].lead_over(&benches[1 - index]);
        if !benches[index].wants_time() {
            continue;
        }
        if let Err(trouble) = benches[index].work(platform, mailbox, most).await {
            platform.send(Event::Crashed { message: trouble.what });
            *benches = [Bench::new(0), Bench::new(1)];
            return None;
        }
    }
    None
}

/// Takes the model that `load` brings onto the device, unless another is asked for in the meantime.
async fn use_model<P: Platform>(
    platform: &P,
    mailbox: &Mailbox,
    id: RequestId,
    opened: Option<&Opened>,
    model: &mut Option<Model>,
    load: impl AsyncFnOnce(&Device) -> Result<Loaded, Trouble>,
) -> Result<(), Trouble> {
    let Some(device) = opened.and_then(|opened| opened.device.as_ref()) else {
        return Err(Trouble::new("no live device is in use", "Choose a device; recorded runs work without one."));
    };
    let Either::Left((loaded, _)) = select(pin!(load(device)), pin!(mailbox.replaces_model())).await else {
        platform.send(Event::Cancelled { id });
        return Ok(());
    };
    match loaded? {
        Loaded::Ready(loaded) => {
            platform.send(Event::Loaded { id, model: loaded.summary.clone() });
            *model = Some(*loaded);
        }
        Loaded::Lost(trouble) => platform.send(Event::Crashed { message: trouble.what }),
    }
    Ok(())
}

fn report<P: Platform>(platform: &P, id: RequestId, ended: Ended) {
    match ended {
        Ended::Finished => {}
        Ended::Interrupted => platform.send(Event::Cancelled { id }),
        Ended::Lost(trouble) => platform.send(Event::Crashed { message: trouble.what }),
    }
}
