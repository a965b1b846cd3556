//! The 2-D lab: networks of the plane, trained while one watches.

mod beats;
mod cloud;
mod controls;
mod drawing;
mod figure;
mod runs;
mod scene;
mod settings;
mod stage;
mod text;

use leptos::prelude::*;

use crate::app::player::{Pace, Player};
use crate::app::shell::{Shell, use_shell};
use crate::app::store::use_store;
use crate::app::widgets::frame::{Outline, lesson};
use runs::{Bench, FIRST_UPDATES};
use settings::Lab;
use stage::Stage;

/// The page of the lab.
pub fn page() -> AnyView {
    let shell = use_shell();
    let store = use_store::<Lab>("lab");
    let benches = [Bench::new(0, store), Bench::new(1, store)];
    let [first, second] = benches;
    let last = Memo::new(move |_| first.cloud().map_or(0, |cloud| cloud.last()));
    let moments = Memo::new(move |_| first.moments.get());
    let player = Player::new(shell.clock, last.into(), Pace::default());
    player.listen(shell.commands);
    let training = Player::new(shell.clock, moments.into(), Pace { usual: 150.0, ending: 150.0, per_run: None });
    let source = store.part(|s| (s.source, s.word.clone(), s.drawn.clone(), s.points, s.seed));
    let data = Memo::new(move |_| {
        // Read, not only tracked: a memo that nobody reads never looks at what it is made of.
        source.get();
        let [points, _] = store.peek().data();
        points
    });
    let stage = Stage { store, benches, player, training, data };
    shell.engine.listen_lab(move |bench, event| {
        if let Some(bench) = benches.get(usize::from(bench)) {
            bench.hear(event);
        }
    });
    follow_heads(stage, last, moments);
    follow_settings(shell, stage);
    pause_when_hidden(stage);
    on_cleanup(move || {
        [first, second].into_iter().for_each(Bench::close);
        shell.engine.listen_lab(|_, _| {});
    });
    lesson(Outline {
        slug: "lab",
        question: text::QUESTION,
        hook: &text::HOOK,
        beats: beats::beats(stage),
        recap: &text::RECAP,
        sources: &text::SOURCES,
        next: "schedules",
        stage: stage::stage(stage),
        sheet: stage::sheet(stage),
    })
}

/// The head rests at the last state unless the address says otherwise; the moment at the present while training goes on.
fn follow_heads(stage: Stage, last: Memo<usize>, moments: Memo<usize>) {
    let wanted = stage.store.peek().head;
    Effect::new(move |before: Option<usize>| {
        let last = last.get();
        let head = stage.player.head.get_untracked();
        match before {
            None | Some(0) => stage.player.head.set((wanted as usize).min(last)),
            // At the end it stays at the end, whatever the number of steps.
            Some(before) if head >= before => stage.player.head.set(last),
            Some(_) => stage.player.head.set(head.min(last)),
        }
        last
    });
    Effect::new(move |first: Option<()>| {
        let head = stage.player.head.get();
        if first.is_some() && !stage.player.playing.get() && last.get_untracked() > 0 {
            let head = if head == last.get_untracked() { u32::MAX } else { head as u32 };
            stage.store.follow(|settings| settings.head = head);
        }
    });
    Effect::new(move |before: Option<usize>| {
        let moments = moments.get();
        if before.is_none_or(|before| stage.training.head.get_untracked() >= before) {
            stage.training.head.set(moments);
        }
        moments
    });
    Effect::new(move || {
        let (head, last) = (stage.training.head.get(), moments.get());
        for bench in stage.benches {
            bench.moment.set(if head >= last { usize::MAX } else { head });
        }
    });
    // A bench that learns on shows the present.
    Effect::new(move || {
        if stage.benches[0].running.get() {
            stage.training.head.set(moments.get());
        }
    });
}

/// Tells the engine what to train and what to look at whenever that changes, or when there is a new engine.
fn follow_settings(shell: Shell, stage: Stage) {
    let store = stage.store;
    let trained = store.part(|s| {
        let network = (s.width, s.depth, s.pairs, s.schedule, s.rival);
        (network, s.prediction, s.weighting, s.rate.to_bits(), s.batch)
    });
    Effect::new(move |before: Option<bool>| {
        stage.data.track();
        trained.get();
        let is_there = shell.engine.device.with(Option::is_some)
            && shell.engine.choice.get() != crate::protocol::DeviceChoice::None;
        if !is_there {
            return false;
        }
        let was_there = before == Some(true);
        let active = untrack(|| stage.active());
        for (index, bench) in stage.benches.into_iter().enumerate() {
            let works = active.contains(&index);
            let is_new = untrack(|| bench.device.get()).is_none() || !was_there;
            if !works {
                if !is_new {
                    bench.device.set(None);
                    bench.close();
                }
                continue;
            }
            bench.train();
            bench.look(&store.peek(), stage.player.head.get_untracked() as u32, true);
            if is_new {
                bench.run(Some(FIRST_UPDATES.max(bench.update.get_untracked() as u32)));
            }
        }
        true
    });
    let looked = store.part(|s| (s.particles, s.launched.clone(), s.sampler, s.steps, s.sde));
    let drawn = store.part(Lab::field);
    Effect::new(move |before: Option<_>| {
        let now = looked.get();
        let (field, head) = (drawn.get(), stage.player.head.get());
        let changed = before.as_ref().is_some_and(|before| *before != now);
        for index in untrack(|| stage.active()) {
            let bench = stage.benches[*index];
            bench.moment.track();
            if before.is_some() && (changed || field.is_some() || !bench.has_cloud()) {
                bench.look(&store.peek(), head as u32, changed);
            }
        }
        now
    });
}

/// No work for a picture nobody sees.
fn pause_when_hidden(stage: Stage) {
    let was_running = StoredValue::new(false);
    let handle = window_event_listener_untyped("visibilitychange", move |_| {
        let bench = stage.benches[0];
        if document().hidden() {
            was_running.set_value(bench.running.get_untracked());
            untrack(|| stage.active()).iter().for_each(|index| stage.benches[*index].pause());
        } else if was_running.get_value() {
            untrack(|| stage.active()).iter().for_each(|index| stage.benches[*index].run(None));
        }
    });
    on_cleanup(move || handle.remove());
}
