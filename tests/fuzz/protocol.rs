//! Messages between page and engine, and recorded runs.

use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::sampler::{Sampler, SigmaFamily, TimestepSpacing};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::protocol::{
    Branch, DeviceChoice, DeviceKind, DeviceReport, Event, Frame, FrameShape, GenerateSpec, GivenModel, LabEvent,
    LoadStage, ModelSummary, RecordedRun, Request, Variant, WordSpec, WordSummary, decode, encode,
};
use proptest::prelude::*;

use crate::memory::assert_modest;
use crate::mutation::damaged;
use crate::seeded;

const SHAPE: FrameShape = FrameShape { of: 2, count: 1, size: 2, channels: 3 };

fn spec() -> GenerateSpec {
    let branches = vec![Branch { step: 1, seed: 9 }];
    let words = WordSpec { variants: vec![Variant::prompt("red hair", 3.0)], watch_attention: true };
    GenerateSpec {
        sampler: Sampler::Unipc,
        steps: 2,
        eta: 0.3,
        branches,
        words: Some(words),
        spacing: Some(TimestepSpacing::Trailing),
        sigmas: SigmaFamily::Custom(vec![3.0, 1.0, 0.0]),
        ..GenerateSpec::default()
    }
}

fn summary() -> ModelSummary {
    ModelSummary {
        name: "tiny".into(),
        short_hash: "01234567".into(),
        parameters: 12,
        sample_size: 2,
        channels: 3,
        prediction_type: PredictionType::VPrediction,
        schedule: ScheduleConfig { trained_betas: Some(vec![0.1, 0.2, 0.3]), ..ScheduleConfig::default() },
        words: Some(WordSummary { vocabulary: vec!["[PAD]".into(), "red".into()], max_length: 8 }),
    }
}

fn requests() -> Vec<Vec<u8>> {
    let all = [
        Request::Start { device: DeviceChoice::Webgpu },
        Request::Load { id: 1, url: "models/avatars/".into() },
        Request::Open { id: 1, model: GivenModel::Url("mine.zip".into()) },
        Request::Open {
            id: 1,
            model: GivenModel::Files { name: "mine".into(), files: vec![("unet/config.json".into(), vec![1, 2, 3])] },
        },
        Request::Generate { id: 2, spec: spec() },
        Request::Cancel,
        Request::Picture { width: 2, height: 1, rgba: vec![7; 8] },
        Request::Paint { alpha: 0.5, sigma: 0.5, seed: 3, channel: 0 },
    ];
    all.iter().map(|request| encode(request).unwrap()).collect()
}

/// One of each.
fn events() -> [Event; 11] {
    let report = DeviceReport {
        kind: DeviceKind::Cpu,
        adapter: String::new(),
        is_fallback: false,
        timestamp_query: false,
        max_storage_buffer_binding_size: 0,
        reason: "no adapter".into(),
    };
    let frame = Frame::from_values(SHAPE, 0, 999.0, vec![0.5; 36]);
    [
        Event::Ready,
        Event::Device(report),
        Event::Progress { id: 1, stage: LoadStage::Fetch, done: 1, total: 2 },
        Event::Loaded { id: 1, model: summary() },
        Event::Frame { id: 2, frame },
        Event::Finished { id: 2, millis_per_step: 1.5 },
        Event::Cancelled { id: 2 },
        Event::Failed { id: None, what: "it".into(), hint: "try".into() },
        Event::Lab { bench: 1, event: LabEvent::LetGo(3) },
        Event::Crashed { message: "gone".into() },
        Event::NotPainted { what: "no canvas".into() },
    ]
}

/// What the browser tests, which speak the protocol in bytes, call an event.
fn name(event: &Event) -> &'static str {
    match event {
        Event::Ready => "ready",
        Event::Device(..) => "device",
        Event::Progress { .. } => "progress",
        Event::Loaded { .. } => "loaded",
        Event::Frame { .. } => "frame",
        Event::Finished { .. } => "finished",
        Event::Cancelled { .. } => "cancelled",
        Event::Failed { .. } => "failed",
        Event::Lab { .. } => "lab",
        Event::Crashed { .. } => "crashed",
        Event::NotPainted { .. } => "not painted",
    }
}

/// The words of a list in the browser tests' part of the protocol.
fn listed(list: &str) -> Vec<&'static str> {
    let (_, after) = include_str!("../e2e/postcard.mjs").split_once(&format!("const {list} = [")).unwrap();
    after.split(']').next().unwrap().split('\'').skip(1).step_by(2).collect()
}

#[test]
fn the_browser_tests_number_messages_as_they_are() {
    let number = |bytes: Result<Vec<u8>, _>| usize::from(bytes.unwrap()[0]);
    let names = listed("EVENTS");
    assert_eq!(names.len(), events().len());
    for event in events() {
        assert_eq!(names[number(encode(&event))], name(&event));
    }
    let load = Request::Load { id: 1, url: String::new() };
    let requests = [("start", Request::Start { device: DeviceChoice::Auto }), ("load", load)];
    for (name, request) in requests {
        assert_eq!(listed("REQUESTS")[number(encode(&request))], name);
    }
    for choice in [DeviceChoice::Auto, DeviceChoice::Webgpu, DeviceChoice::Cpu, DeviceChoice::None] {
        assert_eq!(listed("DEVICES")[number(encode(&choice))], format!("{choice:?}").to_lowercase());
    }
}

fn run() -> Vec<u8> {
    let frames = vec![Frame::from_values(SHAPE, 0, 999.0, vec![0.5; 36]), Frame::finished(SHAPE, &[0.1; 12])];
    encode(&RecordedRun { command: "noisewalk record".into(), model: summary(), spec: spec(), frames }).unwrap()
}

proptest! {
    #![proptest_config(seeded(3000))]

    #[test]
    fn requests_are_read_or_refused(bytes in damaged(requests())) {
        let read = decode::<Request>(&bytes);
        assert_modest();
        if let Ok(request) = read {
            // What was read can be said again and means the same; numbers that are none differ from themselves.
            let again = encode(&request).unwrap();
            prop_assert_eq!(encode(&decode::<Request>(&again).unwrap()).unwrap(), again);
        }
    }

    #[test]
    fn events_are_read_or_refused(bytes in damaged(events().iter().map(|event| encode(event).unwrap()).collect())) {
        drop(decode::<Event>(&bytes));
        assert_modest();
    }

    #[test]
    fn recorded_runs_are_read_or_refused(bytes in damaged(vec![run()])) {
        if let Ok(run) = decode::<RecordedRun>(&bytes) {
            // Neither the schedule nor the settings need make sense; a long chain is left out, for it only takes time.
            let schedule = NoiseSchedule::new(&run.model.schedule).ok();
            if let Some(schedule) = schedule.filter(|schedule| schedule.num_train_timesteps() <= 2000) {
                drop(run.spec.plan(&schedule, run.model.prediction_type));
            }
        }
        assert_modest();
    }

    #[test]
    fn frames_of_any_shape_are_painted(of: u32, count: u32, size: u32, channels: u32, numbers in 0usize..40) {
        let frame = Frame::from_values(FrameShape { of, count, size, channels }, 0, 0.0, vec![0.25; numbers]);
        prop_assert!(frame.x.len() <= 4 * numbers);
        assert_modest();
    }
}
