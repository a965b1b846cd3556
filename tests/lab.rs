//! The 2-D lab's benches on the CPU, driven as the page drives them.
#![cfg(all(feature = "engine", feature = "train"))]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use noisewalk::data::points::PointSet;
use noisewalk::diffusion::parameterization::PredictionType;
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::diffusion::schedule::BetaSchedule;
use noisewalk::engine::device::{Opened, Probe, choose, cpu, report};
use noisewalk::engine::mailbox::Mailbox;
use noisewalk::engine::platform::{Platform, Trouble};
use noisewalk::engine::serve::{NoPainter, serve};
use noisewalk::protocol::{
    DeviceChoice, Event, LabEvent, LabField, LabLook, LabRequest, LabSpec, LabWeighting, Request,
};

/// The world of a test: events go into a list.
#[derive(Clone)]
struct World {
    events: Rc<RefCell<Vec<Event>>>,
    began: Instant,
}

impl Platform for World {
    fn send(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }

    async fn breathe(&self) {}

    async fn fetch(&self, url: &str, _on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::new(format!("{url} is not there"), "look again"))
    }

    async fn open_device(&self, choice: DeviceChoice) -> Opened {
        let (kind, reason) = choose(choice, &Probe::default());
        Opened { device: Some(cpu()), report: report(kind, reason, Probe::default()) }
    }

    fn now_millis(&self) -> f64 {
        self.began.elapsed().as_secs_f64() * 1000.0
    }
}

/// What the benches answer to `requests`, each served until nothing is left to do.
fn ask(requests: impl IntoIterator<Item = LabRequest>) -> Vec<Event> {
    let mailbox = Mailbox::default();
    let world = World { events: Rc::default(), began: Instant::now() };
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(serve(world.clone(), mailbox.clone(), NoPainter)).unwrap();
    mailbox.push(Request::Start { device: DeviceChoice::Cpu });
    pool.run_until_stalled();
    for request in requests {
        mailbox.push(Request::Lab { bench: 0, request });
        pool.run_until_stalled();
    }
    world.events.take()
}

fn news(events: &[Event]) -> impl Iterator<Item = &LabEvent> {
    events.iter().filter_map(|event| match event {
        Event::Lab { bench: 0, event } => Some(event),
        _ => None,
    })
}

fn failure(events: &[Event]) -> Option<&str> {
    news(events).find_map(|event| match event {
        LabEvent::Refused { what, .. } => Some(what.as_str()),
        _ => None,
    })
}

fn spec() -> LabSpec {
    LabSpec {
        points: PointSet::Moons.points(0, 1000),
        held_out: PointSet::Moons.points(1, 1000),
        seed: 0,
        width: 64,
        depth: 3,
        embedding: 16,
        schedule: BetaSchedule::SquaredcosCapV2,
        prediction_type: PredictionType::VPrediction,
        weighting: LabWeighting::Uniform,
        learning_rate: 3e-3,
        batch_size: 128,
    }
}

fn look() -> LabLook {
    LabLook {
        update: None,
        particles: 500,
        launched: Vec::new(),
        sampler: Sampler::Ddim,
        steps: 20,
        eta: 0.0,
        field: None,
    }
}

/// The distances of the clouds, oldest first, with their updates.
fn distances(events: &[Event]) -> Vec<(u64, f64, f64)> {
    let of = |event: &LabEvent| match event {
        LabEvent::Cloud { update, distance: Some([made, data]), .. } => Some((*update, *made, *data)),
        _ => None,
    };
    news(events).filter_map(of).collect()
}

#[test]
fn moons_are_learnt() {
    let events = ask([LabRequest::Look(look()), LabRequest::Train(spec()), LabRequest::Advance(1500)]);
    let found = distances(&events);
    let (first, last) = (found.first().unwrap(), found.last().unwrap());
    assert_eq!((first.0, last.0), (0, 1500));
    // 500 particles of the data itself would be about 0.03 off, the data as a whole is 0.02 off.
    assert!(first.1 > 0.2, "untrained {first:?}");
    assert!(last.1 < 0.08 && last.2 < 0.03, "trained {last:?}");
    let progress: Vec<_> = news(&events)
        .filter_map(|event| match event {
            LabEvent::Progress { update, loss, by_timestep, .. } => Some((*update, *loss, by_timestep.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(progress.last().unwrap().0, 1500);
    assert!(progress.iter().all(|(_, loss, bins)| loss.is_finite() && bins.len() == noisewalk::protocol::BINS));
}

#[test]
fn the_same_seed_learns_the_same() {
    let run = || {
        let events = ask([LabRequest::Look(look()), LabRequest::Train(spec()), LabRequest::Advance(30)]);
        let clouds: Vec<Vec<f32>> = news(&events)
            .filter_map(|event| match event {
                LabEvent::Cloud { places, update: 30, .. } => Some(places.clone()),
                _ => None,
            })
            .collect();
        clouds.last().unwrap().clone()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_cloud_has_every_state_and_the_launched() {
    let look = LabLook { particles: 10, launched: vec![[0.5, -0.5]], field: None, ..look() };
    let events = ask([LabRequest::Train(spec()), LabRequest::Look(look)]);
    let Some(LabEvent::Cloud { alphas_cumprod, places, stored, .. }) = news(&events).last() else {
        panic!("{events:?}")
    };
    assert_eq!((alphas_cumprod.len(), places.len(), *stored), (21, 21 * 11 * 2, true));
    assert!(alphas_cumprod.windows(2).all(|pair| pair[0] < pair[1]) && alphas_cumprod[20] == 1.0);
    assert_eq!(places[20..22], [0.5, -0.5]);
}

#[test]
fn the_field_of_a_trained_network_nears_the_exact_one() {
    let field = Some(LabField { state: 10, grid: 16, exact: true });
    let look = LabLook { field, ..look() };
    let events = ask([LabRequest::Look(look), LabRequest::Train(spec()), LabRequest::Advance(1500)]);
    let error = |event: &LabEvent| match event {
        LabEvent::Field { denoised, exact, update, .. } => {
            assert_eq!((denoised.len(), exact.len()), (512, 512));
            // Where data is: the inner half of the grid.
            let inner = |i: usize| (4..12).contains(&(i / 2 % 16)) && (4..12).contains(&(i / 32));
            let squares: Vec<f64> =
                (0..512).filter(|i| inner(*i)).map(|i| f64::from(denoised[i] - exact[i]).powi(2)).collect();
            Some((*update, squares.iter().sum::<f64>() / squares.len() as f64))
        }
        _ => None,
    };
    let errors: Vec<_> = news(&events).filter_map(error).collect();
    let (before, after) = (errors.first().unwrap().1, errors.last().unwrap().1);
    assert!(after < 0.1 * before, "{before} before, {after} after");
}

#[test]
fn a_learning_rate_that_diverges_is_caught_and_rewound() {
    let wild = LabSpec { learning_rate: 1e4, ..spec() };
    let events = ask([
        LabRequest::Look(look()),
        LabRequest::Train(spec()),
        LabRequest::Advance(50),
        LabRequest::Train(wild),
        LabRequest::Resume,
    ]);
    let Some(LabEvent::Diverged { update, back_to }) =
        news(&events).find(|event| matches!(event, LabEvent::Diverged { .. }))
    else {
        panic!("nothing diverged")
    };
    assert!(update > back_to && *back_to <= 50);
    // What is shown afterwards is finite and of the weights that are back.
    let Some(LabEvent::Cloud { update, places, .. }) = news(&events).last() else { panic!("no cloud at the end") };
    assert!(update == back_to && places.iter().all(|v| v.is_finite()));
}

#[test]
fn settings_change_while_it_learns_and_weights_can_be_looked_at_again() {
    let softer = LabSpec { learning_rate: 1e-3, schedule: BetaSchedule::Linear, ..spec() };
    let early = LabLook { update: Some(0), ..look() };
    let wide = LabSpec { width: 32, ..spec() };
    let events = ask([
        LabRequest::Look(look()),
        LabRequest::Train(spec()),
        LabRequest::Advance(40),
        LabRequest::Train(softer),
        LabRequest::Advance(40),
        LabRequest::Look(early),
        LabRequest::Rewind(20),
        LabRequest::Train(wide),
    ]);
    let begun = news(&events).filter(|event| matches!(event, LabEvent::Began { .. })).count();
    assert_eq!(begun, 2, "only another shape needs another network");
    assert!(distances(&events).iter().any(|(update, ..)| *update == 80));
    let last: Vec<u64> = distances(&events).iter().map(|found| found.0).rev().take(3).collect();
    assert_eq!(last, [0, 0, 0], "the early weights, the rewound ones seen early, the new ones");
}

#[test]
fn bad_settings_are_refused_in_words() {
    let cases = [
        (LabSpec { points: vec![], ..spec() }, "no point"),
        (LabSpec { width: 1000, ..spec() }, "width"),
        (LabSpec { depth: 0, ..spec() }, "depth"),
        (LabSpec { embedding: 3, ..spec() }, "embedding"),
        (LabSpec { batch_size: 0, ..spec() }, "batch"),
        (LabSpec { learning_rate: f64::NAN, ..spec() }, "learning rate"),
        (LabSpec { points: vec![[f32::NAN, 0.0]], ..spec() }, "point"),
        (LabSpec { points: vec![[0.0, 0.0]; 1_000_000], ..spec() }, "points"),
    ];
    for (spec, word) in cases {
        let events = ask([LabRequest::Train(spec)]);
        assert!(failure(&events).is_some_and(|what| what.contains(word)), "{word}: {:?}", failure(&events));
    }
    for look in [
        LabLook { particles: 0, ..look() },
        LabLook { particles: 1_000_000, ..look() },
        LabLook { steps: 0, ..look() },
        LabLook { eta: 2.0, ..look() },
        LabLook { launched: vec![[f32::INFINITY, 0.0]], ..look() },
        LabLook { field: Some(LabField { state: 0, grid: 1, exact: false }), ..look() },
    ] {
        assert!(failure(&ask([LabRequest::Look(look)])).is_some());
    }
    // One point is a data set, if a dull one.
    assert!(
        failure(&ask([LabRequest::Train(LabSpec { points: vec![[0.3, 0.1]], ..spec() }), LabRequest::Advance(3)]))
            .is_none()
    );
}
