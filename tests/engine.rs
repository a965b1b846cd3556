//! The engine end to end on the CPU, driven as the page drives it.
#![cfg(all(feature = "engine", feature = "train"))]

#[path = "common/tiny_model.rs"]
mod tiny_model;
#[path = "common/zip_writer.rs"]
mod zip_writer;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::path::PathBuf;
use std::rc::Rc;
use std::task::Poll;

use burn::tensor::Tensor;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::engine::device::{Opened, Probe, choose, cpu, report};
use noisewalk::engine::mailbox::Mailbox;
use noisewalk::engine::platform::{Platform, Trouble, lost};
use noisewalk::engine::serve::serve;
use noisewalk::protocol::{Branch, DeviceChoice, Event, Frame, GenerateSpec, GivenModel, Request};

/// The engine in a test: files from a folder, events into a list.
#[derive(Clone)]
struct Bench {
    folder: PathBuf,
    events: Rc<RefCell<Vec<Event>>>,
    /// A request that arrives in the middle of a run, after so many breaths.
    later: Rc<RefCell<Option<(u32, Request)>>>,
    mailbox: Mailbox,
    /// How many reads the device answers before it is lost.
    reads: Rc<Cell<u32>>,
}

impl Platform for Bench {
    fn send(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }

    async fn breathe(&self) {
        let later = self.later.borrow_mut().take();
        match later {
            Some((0, request)) => {
                self.mailbox.push(request).into_iter().for_each(|event| self.send(event));
                // A browser's event loop runs here: whoever waits for a message hears of it first.
                let mut waits = true;
                poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if std::mem::take(&mut waits) { Poll::Pending } else { Poll::Ready(()) }
                })
                .await;
            }
            Some((breaths, request)) => *self.later.borrow_mut() = Some((breaths - 1, request)),
            None => {}
        }
    }

    async fn fetch(&self, url: &str, mut on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, Trouble> {
        let bytes = std::fs::read(self.folder.join(url)).map_err(|error| Trouble::new(error, "look again"))?;
        on_bytes(bytes.len() as u64);
        Ok(bytes)
    }

    async fn open_device(&self, choice: DeviceChoice) -> Opened {
        let (kind, reason) = choose(choice, &Probe::default());
        let device = (choice != DeviceChoice::None).then(cpu);
        Opened { device, report: report(kind, reason, Probe::default()) }
    }

    async fn numbers(&self, tensor: Tensor<1>) -> Result<Vec<f32>, Trouble> {
        let left = self.reads.get().checked_sub(1).ok_or_else(|| lost("the test took it away"))?;
        self.reads.set(left);
        tensor.into_data().try_to_vec().map_err(lost)
    }

    fn now_millis(&self) -> f64 {
        0.0
    }
}

/// Serves `requests` to the end of what they cause.
fn ask(folder: &std::path::Path, requests: Vec<Request>, later: Option<(u32, Request)>) -> Vec<Event> {
    ask_until_lost(folder, requests, later, u32::MAX)
}

/// Serves `requests` on a device that is lost after so many reads.
fn ask_until_lost(
    folder: &std::path::Path,
    requests: Vec<Request>,
    later: Option<(u32, Request)>,
    reads: u32,
) -> Vec<Event> {
    let mailbox = Mailbox::default();
    let bench = Bench {
        folder: folder.into(),
        events: Rc::default(),
        later: Rc::new(RefCell::new(later)),
        mailbox: mailbox.clone(),
        reads: Rc::new(Cell::new(reads)),
    };
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(serve(bench.clone(), mailbox.clone())).unwrap();
    for request in requests {
        mailbox.push(request).into_iter().for_each(|event| bench.send(event));
        pool.run_until_stalled();
    }
    bench.events.take()
}

fn start() -> Request {
    Request::Start { device: DeviceChoice::Auto }
}

fn load() -> Request {
    Request::Load { id: 1, url: "model/".into() }
}

fn generate(id: u32, spec: GenerateSpec) -> Request {
    Request::Generate { id, spec }
}

fn spec() -> GenerateSpec {
    GenerateSpec { steps: 4, seed: 5, ..GenerateSpec::default() }
}

fn frames(events: &[Event]) -> Vec<&Frame> {
    events.iter().filter_map(|event| if let Event::Frame { frame, .. } = event { Some(frame) } else { None }).collect()
}

fn failure(events: &[Event]) -> &str {
    events
        .iter()
        .find_map(|event| if let Event::Failed { what, .. } = event { Some(what.as_str()) } else { None })
        .unwrap_or_default()
}

fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    tiny_model::train(folder.path(), &[]);
    folder
}

#[test]
fn a_run_comes_out_frame_by_frame() {
    let folder = model();
    let events = ask(folder.path(), vec![start(), load(), generate(7, spec())], None);
    assert_eq!(events[0], Event::Ready);
    assert!(events.iter().any(|event| matches!(event, Event::Loaded { id: 1, .. })));
    let frames = frames(&events);
    assert_eq!(frames.iter().map(|frame| frame.step).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(frames.iter().all(|frame| frame.of == 4 && frame.x.len() == 16 * 16 * 4));
    assert!(matches!(events.last(), Some(Event::Finished { id: 7, .. })));
    // x = α·x̂0 + σ·ε̂ holds at every state, whatever the network said.
    let t = frames[0].timestep;
    let schedule = noisewalk::diffusion::schedule::NoiseSchedule::new(&tiny_model::settings(&[]).schedule).unwrap();
    let (alpha, sigma) = (schedule.alpha(t as i64) as f32, schedule.sigma(t as i64) as f32);
    let (x, rest) = frames[0].values.split_at(768);
    let (denoised, noise) = rest.split_at(768);
    let worst = (0..768).fold(0.0f32, |worst, i| worst.max((x[i] - alpha * denoised[i] - sigma * noise[i]).abs()));
    assert!(worst < 1e-5, "{worst}");
}

#[test]
fn the_third_sample_of_a_batch_is_the_same_alone_or_in_company() {
    let folder = model();
    let run = |count| {
        let events = ask(folder.path(), vec![start(), load(), generate(1, GenerateSpec { count, ..spec() })], None);
        frames(&events).last().unwrap().values.clone()
    };
    let (alone, company) = (run(1), run(3));
    let worst = alone[..768].iter().zip(&company[..768]).fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
    // Matrix products of another batch size may add up in another order.
    assert!(worst < 1e-4, "{worst}");
}

#[test]
fn the_latest_request_wins() {
    let folder = model();
    let later = Some((3, generate(8, spec())));
    let events = ask(folder.path(), vec![start(), load(), generate(7, spec())], later);
    let at = |wanted: &Event| events.iter().position(|event| event == wanted);
    let cancelled = at(&Event::Cancelled { id: 7 }).expect("the first run is cancelled");
    let finished = events.iter().position(|event| matches!(event, Event::Finished { id: 8, .. })).unwrap();
    assert!(cancelled < finished);
    assert!(!events.iter().any(|event| matches!(event, Event::Finished { id: 7, .. })));
}

#[test]
fn a_model_on_its_way_gives_way_to_the_next() {
    let folder = model();
    let later = Some((0, Request::Load { id: 2, url: "model/".into() }));
    let events = ask(folder.path(), vec![start(), load(), generate(7, spec())], later);
    let at = |wanted: fn(&Event) -> bool| events.iter().position(wanted);
    let cancelled = at(|event| matches!(event, Event::Cancelled { id: 1 })).expect("the first load is cancelled");
    let loaded = at(|event| matches!(event, Event::Loaded { id: 2, .. })).expect("the second is loaded");
    assert!(cancelled < loaded);
    assert!(!events.iter().any(|event| matches!(event, Event::Loaded { id: 1, .. })));
    assert!(matches!(events.last(), Some(Event::Finished { id: 7, .. })));
}

#[test]
fn cancel_stops_a_run() {
    let folder = model();
    let events = ask(folder.path(), vec![start(), load(), generate(7, spec())], Some((3, Request::Cancel)));
    assert!(events.contains(&Event::Cancelled { id: 7 }));
}

#[test]
fn a_branch_leaves_the_past_alone_and_changes_the_future() {
    let folder = model();
    let run = |branches| {
        let events = ask(folder.path(), vec![start(), load(), generate(1, GenerateSpec { branches, ..spec() })], None);
        frames(&events).into_iter().cloned().collect::<Vec<_>>()
    };
    let (plain, branched) = (run(vec![]), run(vec![Branch { step: 2, seed: 9 }]));
    assert_eq!(plain[..2], branched[..2]);
    assert_ne!(plain[2].x, branched[2].x);
    assert_ne!(plain[4].x, branched[4].x);
}

#[test]
fn noise_can_be_left_out() {
    let folder = model();
    let run = |add_noise| {
        let spec = GenerateSpec { sampler: Sampler::Ddpm, add_noise, ..spec() };
        let events = ask(folder.path(), vec![start(), load(), generate(1, spec)], None);
        frames(&events).last().unwrap().x.clone()
    };
    assert_ne!(run(true), run(false));
}

#[test]
fn broken_folders_are_refused_in_one_sentence_and_the_engine_goes_on() {
    let folder = model();
    let weights = folder.path().join("model/unet/diffusion_pytorch_model.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    let manifest = folder.path().join("model/manifest.json");
    let listed = std::fs::read_to_string(&manifest).unwrap();

    let refused = |what: &str| {
        let events = ask(folder.path(), vec![start(), load(), generate(2, spec())], None);
        assert!(failure(&events).contains(what), "{} lacks {what}", failure(&events));
        assert!(!events.iter().any(|event| matches!(event, Event::Loaded { .. })));
    };
    std::fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    refused("cut short");
    std::fs::write(&weights, changed).unwrap();
    refused("checksum");
    std::fs::write(&weights, &whole).unwrap();
    std::fs::write(&manifest, listed.replace("\"schema_version\": 1", "\"schema_version\": 99")).unwrap();
    refused("schema version 99");
    std::fs::write(&manifest, "not json").unwrap();
    refused("manifest.json cannot be read");
    std::fs::remove_file(&manifest).unwrap();
    refused("No such file");
    std::fs::write(&manifest, &listed).unwrap();
    let events = ask(folder.path(), vec![start(), load(), generate(2, spec())], None);
    assert!(matches!(events.last(), Some(Event::Finished { id: 2, .. })));
}

#[test]
fn a_lost_device_is_a_crash_while_loading_as_in_a_run() {
    let folder = model();
    for reads in [0, 1, 3] {
        let events = ask_until_lost(folder.path(), vec![start(), load(), generate(7, spec())], None, reads);
        let crash = events.iter().position(|event| matches!(event, Event::Crashed { .. })).expect("it crashes");
        let Event::Crashed { message } = &events[crash] else { continue };
        assert!(message.contains("stopped answering"), "{message}");
        // The first read is the golden output's: without it nothing is loaded.
        assert_eq!(events.iter().any(|event| matches!(event, Event::Loaded { .. })), reads > 0);
        assert!(!events[..crash].iter().any(|event| matches!(event, Event::Failed { .. })));
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = model();
    let paint = Request::Paint { alpha: 1.0, sigma: 0.0, seed: 1, channel: 0 };
    let events = ask(folder.path(), vec![start(), paint], None);
    assert!(matches!(events.last(), Some(Event::NotPainted { .. })));
}

#[test]
fn requests_out_of_order_or_range_are_answered() {
    let folder = model();
    assert_eq!(failure(&ask(folder.path(), vec![generate(1, spec())], None)), "no model is loaded yet");
    assert_eq!(failure(&ask(folder.path(), vec![load()], None)), "no live device is in use");
    for bad in [
        GenerateSpec { count: 0, ..spec() },
        GenerateSpec { count: 17, ..spec() },
        GenerateSpec { steps: 0, ..spec() },
        GenerateSpec { steps: 5000, ..spec() },
        GenerateSpec { eta: f64::NAN, ..spec() },
    ] {
        let events = ask(folder.path(), vec![start(), load(), generate(3, bad), generate(4, spec())], None);
        assert_ne!(failure(&events), "");
        assert!(matches!(events.last(), Some(Event::Finished { id: 4, .. })));
    }
}

/// A folder of diffusers with random weights, as `DDPMPipeline.save_pretrained` lays it out, below a folder of its own.
fn foreign(index: &str) -> Vec<(String, Vec<u8>)> {
    let unet = |name: &str| std::fs::read(format!("tests/interop/unet2d-two-layers/{name}")).unwrap();
    let scheduler = br#"{"_class_name": "DDPMScheduler", "beta_schedule": "squaredcos_cap_v2"}"#.to_vec();
    [
        ("model_index.json", index.into()),
        ("unet/config.json", unet("config.json")),
        ("unet/diffusion_pytorch_model.safetensors", unet("diffusion_pytorch_model.safetensors")),
        ("scheduler/scheduler_config.json", scheduler),
    ]
    .map(|(path, bytes)| (format!("mine/{path}"), bytes))
    .into()
}

#[test]
fn a_model_of_the_visitors_opens_from_files_a_zip_and_a_url() {
    let index = r#"{"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"]}"#;
    let folder = tempfile::tempdir().unwrap();
    let files = foreign(index);
    for (path, bytes) in &files {
        std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(path), bytes).unwrap();
    }
    let packed = zip_writer::zip(&files);
    std::fs::write(folder.path().join("packed.zip"), &packed).unwrap();
    let pictures = [
        GivenModel::Files { name: "mine".into(), files: files.clone() },
        GivenModel::Files { name: "mine.zip".into(), files: vec![("mine.zip".into(), packed.clone())] },
        GivenModel::Url("packed.zip".into()),
        GivenModel::Url("mine/".into()),
    ]
    .map(|model| {
        let events = ask(folder.path(), vec![start(), Request::Open { id: 1, model }, generate(2, spec())], None);
        let name = events
            .iter()
            .find_map(|event| if let Event::Loaded { model, .. } = event { Some(&model.name) } else { None });
        assert!(["mine", "packed"].contains(&name.expect("it opens").as_str()));
        frames(&events).last().unwrap().values.clone()
    });
    assert!(pictures.iter().all(|picture| *picture == pictures[0] && picture.len() == 3 * 64));

    let refused = |model| {
        let events = ask(folder.path(), vec![start(), Request::Open { id: 1, model }], None);
        failure(&events).to_owned()
    };
    let cut = vec![("mine.zip".to_owned(), packed[..packed.len() / 2].to_vec())];
    assert!(
        refused(GivenModel::Files { name: "mine.zip".into(), files: cut }).contains("no zip archive, or is cut short")
    );
    assert!(
        refused(GivenModel::Files { name: "some".into(), files: files[..2].to_vec() }).contains("lacks scheduler/")
    );
    let other = GivenModel::Files { name: "flux".into(), files: foreign(r#"{"_class_name": "FluxPipeline"}"#) };
    assert!(refused(other).contains("FluxPipeline, which this program does not run"));
}
