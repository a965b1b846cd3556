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
use noisewalk::engine::lab::race::Devices;
use noisewalk::engine::mailbox::Mailbox;
use noisewalk::engine::platform::{Platform, Trouble};
use noisewalk::engine::serve::serve;
use noisewalk::protocol::{
    CURVE, DeviceChoice, DeviceKind, EXACT_WORK, Event, LabEvent, LabField, LabLook, LabRequest, LabRun, LabSchedule,
    LabSpec, LabStart, LabWeighting, Request,
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
    ask_both(requests.into_iter().map(|request| vec![(0, request)]))
}

/// What the benches answer to requests that arrive together, group after group.
fn ask_both(groups: impl IntoIterator<Item = Vec<(u8, LabRequest)>>) -> Vec<Event> {
    let mailbox = Mailbox::default();
    let world = World { events: Rc::default(), began: Instant::now() };
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(serve(world.clone(), mailbox.clone())).unwrap();
    mailbox.push(Request::Start { device: DeviceChoice::Cpu });
    pool.run_until_stalled();
    for group in groups {
        for (bench, request) in group {
            mailbox.push(Request::Lab { bench, request });
        }
        pool.run_until_stalled();
    }
    world.events.take()
}

fn news(events: &[Event]) -> impl Iterator<Item = &LabEvent> {
    news_of(events, 0)
}

fn news_of(events: &[Event], wanted: u8) -> impl Iterator<Item = &LabEvent> {
    events.iter().filter_map(move |event| match event {
        Event::Lab { bench, event } if *bench == wanted => Some(event),
        _ => None,
    })
}

fn train(spec: LabSpec) -> LabRequest {
    LabRequest::Train { spec, start: None }
}

fn advance(updates: u32) -> LabRequest {
    LabRequest::Run { ask: 1, run: LabRun::Updates(updates) }
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
        schedule: LabSchedule::Named(BetaSchedule::SquaredcosCapV2),
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
        hold: false,
        exact: false,
    }
}

/// The last cloud: its levels, its places, and whether its weights are stored.
fn last_cloud(events: &[Event], optimum: bool) -> (Vec<f64>, Vec<f32>, bool) {
    let of = |event: &LabEvent| match event {
        LabEvent::Cloud { alphas_cumprod, places, stored, exact, .. } if *exact == optimum => {
            Some((alphas_cumprod.clone(), places.clone(), *stored))
        }
        _ => None,
    };
    news(events).filter_map(of).last().unwrap()
}

/// The distances of the clouds, oldest first, with their updates.
fn distances(events: &[Event]) -> Vec<(u64, f64, f64)> {
    let of = |event: &LabEvent| match event {
        LabEvent::Cloud { update, distance: Some([made, data]), exact: false, .. } => Some((*update, *made, *data)),
        _ => None,
    };
    news(events).filter_map(of).collect()
}

#[test]
fn moons_are_learnt() {
    let events = ask([LabRequest::Look(look()), train(spec()), advance(1500)]);
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
        let events = ask([LabRequest::Look(look()), train(spec()), advance(30)]);
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
    let look = LabLook { particles: 10, launched: vec![[0.5, -0.5]], ..look() };
    let events = ask([train(spec()), LabRequest::Look(look)]);
    let (alphas_cumprod, places, stored) = last_cloud(&events, false);
    assert_eq!((alphas_cumprod.len(), places.len(), stored), (21, 21 * 11 * 2, true));
    assert!(alphas_cumprod.windows(2).all(|pair| pair[0] < pair[1]) && alphas_cumprod[20] == 1.0);
    assert_eq!(places[20..22], [0.5, -0.5]);
}

#[test]
fn heun_ends_where_ddim_does() {
    let ends = |sampler: Sampler| {
        let events = ask([LabRequest::Look(LabLook { sampler, steps: 12, ..look() }), train(spec()), advance(600)]);
        distances(&events).last().unwrap().1
    };
    // Both follow the same network; on evenly spaced timesteps Heun's particles end far from all data.
    let (ddim, heun) = (ends(Sampler::Ddim), ends(Sampler::Heun));
    assert!(heun < ddim + 0.05, "{heun} {ddim}");
}

#[test]
fn the_field_of_a_trained_network_nears_the_exact_one() {
    let field = Some(LabField { update: None, state: 10, grid: 16, exact: true });
    let events = ask([LabRequest::Look(look()), LabRequest::Field(field), train(spec()), advance(1500)]);
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
        train(spec()),
        advance(50),
        train(wild),
        LabRequest::Run { ask: 2, run: LabRun::On },
    ]);
    let Some(LabEvent::Diverged { update, back_to }) =
        news(&events).find(|event| matches!(event, LabEvent::Diverged { .. }))
    else {
        panic!("nothing diverged")
    };
    assert!(update > back_to && *back_to <= 50);
    // What is shown afterwards is finite and of the weights that are back.
    let clouds = news(&events).filter(|event| matches!(event, LabEvent::Cloud { .. }));
    let Some(LabEvent::Cloud { update, places, .. }) = clouds.last() else { panic!("no cloud at the end") };
    assert!(update == back_to && places.iter().all(|v| v.is_finite()));
}

#[test]
fn settings_change_while_it_learns_and_weights_can_be_looked_at_again() {
    let softer = LabSpec { learning_rate: 1e-3, schedule: LabSchedule::Named(BetaSchedule::Linear), ..spec() };
    let early = LabLook { update: Some(0), ..look() };
    let wide = LabSpec { width: 32, ..spec() };
    let events = ask([
        LabRequest::Look(look()),
        train(spec()),
        advance(40),
        train(softer),
        advance(40),
        LabRequest::Look(early),
        LabRequest::Rewind(20),
        LabRequest::Look(look()),
        train(wide),
    ]);
    let begun = news(&events).filter(|event| matches!(event, LabEvent::Began { .. })).count();
    assert_eq!(begun, 2, "only another shape needs another network");
    assert!(distances(&events).iter().any(|(update, ..)| *update == 80));
    let last: Vec<u64> = distances(&events).iter().map(|found| found.0).rev().take(3).collect();
    assert_eq!(last, [0, 18, 0], "the new weights, the rewound ones, the early ones");
    assert!(news(&events).any(|event| *event == LabEvent::Rewound(18)));
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
        let events = ask([train(spec)]);
        assert!(failure(&events).is_some_and(|what| what.contains(word)), "{word}: {:?}", failure(&events));
    }
    for look in [
        LabLook { particles: 0, ..look() },
        LabLook { particles: 1_000_000, ..look() },
        LabLook { steps: 0, ..look() },
        LabLook { eta: 2.0, ..look() },
        LabLook { launched: vec![[f32::INFINITY, 0.0]], ..look() },
    ] {
        assert!(failure(&ask([LabRequest::Look(look)])).is_some());
    }
    let grid = LabField { update: None, state: 0, grid: 1, exact: false };
    assert!(failure(&ask([LabRequest::Field(Some(grid))])).is_some());
    // One point is a data set, if a dull one.
    assert!(failure(&ask([train(LabSpec { points: vec![[0.3, 0.1]], ..spec() }), advance(3)])).is_none());
}

#[test]
fn every_sampler_of_the_lab_shows_one_state_a_step() {
    let samplers =
        [Sampler::Ddim, Sampler::Euler, Sampler::EulerAncestral, Sampler::Heun, Sampler::Dpmpp2m, Sampler::Dpmpp2mSde];
    let mut requests = vec![train(spec()), advance(300)];
    requests.extend(samplers.map(|sampler| LabRequest::Look(LabLook { sampler, steps: 12, ..look() })));
    let events = ask(requests);
    let clouds: Vec<_> = news(&events)
        .filter_map(|event| match event {
            LabEvent::Cloud { alphas_cumprod, places, distance: Some([made, _]), .. } => {
                Some((alphas_cumprod.clone(), places.clone(), *made))
            }
            _ => None,
        })
        .collect();
    assert_eq!(clouds.len(), samplers.len());
    for ((alphas_cumprod, places, made), sampler) in clouds.iter().zip(samplers) {
        assert_eq!((alphas_cumprod.len(), places.len()), (13, 13 * 500 * 2), "{sampler:?}");
        assert!(alphas_cumprod.windows(2).all(|pair| pair[0] < pair[1]), "{sampler:?}: {alphas_cumprod:?}");
        // All start as the same noise of unit spread, and end nearer than untrained noise does; but Heun's trapezoid over the first, huge σ of the
        // cosine schedule overshoots by the size of that σ.
        let spread = places[..1000].iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / 1000.0;
        assert!(
            (spread - 1.0).abs() < 0.15 && (*made < 0.2 || sampler == Sampler::Heun),
            "{sampler:?}: {spread} {made}"
        );
    }
    // With dice the ways differ; the two without noise of their own differ by their order only.
    assert!(clouds[1].1 != clouds[2].1 && clouds[4].1 != clouds[5].1);
}

#[test]
fn the_optimum_follows_the_same_particles_and_ends_on_the_data() {
    let points = PointSet::Moons.points(0, 200);
    let spec = LabSpec { points: points.clone(), ..spec() };
    let wanted = LabLook { exact: true, particles: 20_000, steps: 10, ..look() };
    let events = ask([train(spec), LabRequest::Look(wanted)]);
    let ((_, network, _), (levels, places, _)) = (last_cloud(&events, false), last_cloud(&events, true));
    let count = EXACT_WORK / 200;
    assert_eq!(places.len(), levels.len() * count * 2, "as many as there is time for");
    assert_eq!(network[..200], places[..200], "the same noise");
    let end = &places[places.len() - 2 * count..];
    let nearest =
        |place: &[f32]| points.iter().map(|p| (p[0] - place[0]).hypot(p[1] - place[1])).fold(f32::INFINITY, f32::min);
    let mut far: Vec<f32> = end.chunks_exact(2).take(300).map(nearest).collect();
    far.sort_by(f32::total_cmp);
    // The last step of DDIM is the denoiser's own answer, an average of the few points that are near.
    assert!(far[270] < 0.05, "nine in ten are {} from a point", far[270]);
}

#[test]
fn two_benches_learn_side_by_side() {
    let rival = LabSpec { schedule: LabSchedule::Named(BetaSchedule::Linear), width: 128, ..spec() };
    let on = LabRequest::Run { ask: 1, run: LabRun::Until(300) };
    let stop = |ask| LabRequest::Run { ask, run: LabRun::Wait };
    let events = ask_both([
        vec![(0, train(spec())), (1, train(rival))],
        vec![(0, on.clone()), (1, on)],
        vec![(0, stop(2)), (1, stop(2))],
    ]);
    let mut now = [0u64; 2];
    let mut stored = [Vec::new(), Vec::new()];
    for event in &events {
        let Event::Lab { bench, event } = event else { continue };
        match event {
            LabEvent::Progress { update, .. } => now[usize::from(*bench)] = *update,
            LabEvent::Stored(update) => stored[usize::from(*bench)].push(*update),
            _ => continue,
        }
        // 32 ahead, and what was made since the last report of the other.
        assert!(now[0].abs_diff(now[1]) < 200, "{now:?}");
    }
    assert_eq!(now, [300, 300]);
    assert_eq!(stored[0], stored[1], "the same moments can be looked at");
    let rested = |bench| {
        news_of(&events, bench).filter(|event| matches!(event, LabEvent::Rested { ask: 2, update: 300 })).count()
    };
    assert_eq!((rested(0), rested(1)), (1, 1));
}

#[test]
fn kept_weights_go_on_in_another_engine() {
    let first = ask([LabRequest::Look(look()), train(spec()), advance(400)]);
    let kept = |events: &[Event]| -> Option<LabStart> {
        news(events).filter_map(|event| if let LabEvent::Kept(kept) = event { Some(kept.clone()) } else { None }).last()
    };
    let start = kept(&first).unwrap();
    assert_eq!(start.update, 400);
    let second = ask([LabRequest::Look(look()), LabRequest::Train { spec: spec(), start: Some(start.clone()) }]);
    assert_eq!(last_cloud(&first, false).1, last_cloud(&second, false).1, "the same particles");
    assert!(news(&second).any(|event| matches!(event, LabEvent::Began { update: 400, .. })));
    // Weights of another shape are not forced into this one.
    let other = LabSpec { width: 32, ..spec() };
    let third = ask([LabRequest::Train { spec: other, start: Some(start) }]);
    assert!(news(&third).any(|event| matches!(event, LabEvent::Began { update: 0, .. })));
}

#[test]
fn a_learned_schedule_lowers_the_variance_of_its_loss() {
    let learned = LabSpec { schedule: LabSchedule::Learned, ..spec() };
    let events = ask([LabRequest::Look(look()), train(learned.clone()), advance(2500)]);
    let curves: Vec<_> = news(&events)
        .filter_map(|event| match event {
            LabEvent::Schedule { log_snr, spread } => Some((log_snr.clone(), *spread)),
            _ => None,
        })
        .collect();
    for (curve, _) in &curves {
        assert_eq!(curve.len(), CURVE);
        assert!(curve.windows(2).all(|pair| pair[1] < pair[0]), "it falls strictly");
        let (first, last) = (&curves[0].0, curve);
        assert!(
            (first[0] - last[0]).abs() < 1e-4 && (first[CURVE - 1] - last[CURVE - 1]).abs() < 1e-4,
            "its ends stay"
        );
    }
    let [here, linear] = curves.last().unwrap().1;
    // The bar: four fifths of the standard deviation under the linear schedule, for the same errors.
    assert!(here < 0.8 * linear, "{here} against {linear}");
    let found = distances(&events);
    // The schedule moves while the network learns, so it is slower than under a fixed one; untrained noise is above 0.2.
    assert!(found.last().unwrap().1 < 0.15, "{:?}", found.last());
    // What was learnt is kept, and goes on.
    let kept =
        news(&events).filter_map(|event| if let LabEvent::Kept(kept) = event { Some(kept.clone()) } else { None });
    let again = ask([LabRequest::Look(look()), LabRequest::Train { spec: learned, start: kept.last() }]);
    assert_eq!(last_cloud(&events, false).1, last_cloud(&again, false).1);
}

#[test]
fn a_curve_drawn_by_hand_is_a_schedule() {
    let drawn = |points: &[(f64, f64)]| LabSpec { schedule: LabSchedule::Points(points.to_vec()), ..spec() };
    let events = ask([LabRequest::Look(look()), train(drawn(&[(0.0, 1.0), (0.5, 0.6), (1.0, 0.0)])), advance(5)]);
    assert!(failure(&events).is_none());
    assert!(failure(&ask([train(drawn(&[(0.0, 1.0), (0.5, 0.2), (1.0, 0.4)]))])).is_some());
}

#[test]
fn a_plan_that_cannot_be_made_is_said_and_harms_nothing() {
    // More steps than a multistep solver finds timesteps for on a schedule that ends before 1000 of them.
    let wild = LabLook { steps: 1000, sampler: Sampler::Heun, ..look() };
    let flat = LabSpec { schedule: LabSchedule::Points(vec![(0.0, 1.0), (0.001, 0.0), (1.0, 0.0)]), ..spec() };
    let events = ask([train(flat), LabRequest::Look(wild), advance(3), train(spec()), LabRequest::Look(look())]);
    assert!(!events.iter().any(|event| matches!(event, Event::Crashed { .. })), "the engine goes on");
    assert!(news(&events).any(|event| matches!(event, LabEvent::Cloud { .. })));
}

#[test]
fn a_race_measures_both_and_ends_when_nobody_waits_for_it() {
    let mailbox = Mailbox::default();
    let world = World { events: Rc::default(), began: Instant::now() };
    // Two of the same kind: the race itself is what is looked at.
    let devices = Devices::both(cpu(), cpu());
    let race = || futures::executor::block_on(devices.fastest(&world, &mailbox, &spec())).unwrap();
    let (kind, [on_cpu, on_gpu]) = race();
    let (on_cpu, on_gpu) = (on_cpu.unwrap(), on_gpu.unwrap());
    assert!(on_cpu > 0.0 && on_gpu > 0.0);
    assert_eq!(kind, if on_gpu < on_cpu { DeviceKind::Webgpu } else { DeviceKind::Cpu });
    mailbox.push(Request::Lab { bench: 0, request: LabRequest::Close });
    assert_eq!(race(), (DeviceKind::Cpu, [None, None]));
}

/// A pause that arrives while updates are made is heard within a burst.
#[test]
fn a_pause_is_heard_at_once() {
    let mailbox = Mailbox::default();
    let world = World { events: Rc::default(), began: Instant::now() };
    let mut pool = LocalPool::new();
    pool.spawner().spawn_local(serve(world.clone(), mailbox.clone())).unwrap();
    mailbox.push(Request::Start { device: DeviceChoice::Cpu });
    mailbox.push(Request::Lab { bench: 0, request: train(spec()) });
    mailbox.push(Request::Lab { bench: 0, request: advance(200) });
    pool.run_until_stalled();
    let (began, of_all) = (Instant::now(), world.events.borrow().len());
    mailbox.push(Request::Lab { bench: 0, request: LabRequest::Run { ask: 2, run: LabRun::On } });
    mailbox.push(Request::Lab { bench: 0, request: LabRequest::Run { ask: 3, run: LabRun::Wait } });
    pool.run_until_stalled();
    let events = world.events.borrow();
    assert!(
        events[of_all..].iter().any(|event| matches!(event, Event::Lab { event: LabEvent::Rested { ask: 3, .. }, .. }))
    );
    // A burst is 12 ms; a busy machine gets a hundred times that.
    assert!(began.elapsed().as_millis() < 1200, "{:?}", began.elapsed());
}
