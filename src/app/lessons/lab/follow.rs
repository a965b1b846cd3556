//! What follows what: heads the clouds, the engine the settings, the benches each other and the page's being seen.

use leptos::prelude::*;

use super::settings::Lab;
use super::stage::Stage;
use crate::app::shell::Shell;
use crate::protocol::{DeviceChoice, LabRun};

/// Updates that are made by themselves when the lab opens.
const FIRST_UPDATES: u64 = 400;

/// The head rests at the last state unless the address says otherwise; the moment at the present while training goes on.
pub fn heads(stage: Stage, last: Memo<usize>, moments: Memo<usize>) {
    let wanted = stage.store.peek().head;
    Effect::new(move |before: Option<usize>| {
        let last = last.get();
        let head = stage.player.head.get_untracked();
        match before {
            None | Some(0) => stage.player.head.set((wanted as usize).min(last)),
            // At the end it stays at the end, whatever the number of steps.
            Some(before) if head >= before && last > 0 => stage.player.head.set(last),
            // While no cloud is there the head waits where it was.
            Some(before) if last == 0 => return before,
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
    let [first, _] = stage.benches;
    Effect::new(move || {
        let head = stage.training.head.get();
        // Beyond the stored ones lies the present.
        let moment = untrack(|| first.with(|records| records.stored.get(head).copied()));
        if first.moment.get_untracked() != moment {
            first.moment.set(moment);
        }
    });
    // A bench that learns on shows the present.
    Effect::new(move || {
        if first.running.get() || first.moment.get().is_none() {
            stage.training.head.set(moments.get());
        }
    });
}

/// Tells the engine what to train and what to look at whenever that changes, or when there is a new engine.
pub fn settings(shell: Shell, stage: Stage) {
    let store = stage.store;
    let trained = store.part(|s| {
        let network = (s.width, s.depth, s.pairs, s.schedule, s.rival, s.curve.clone());
        (network, s.prediction, s.weighting, s.rate.to_bits(), s.batch)
    });
    Effect::new(move |was_there: Option<bool>| {
        stage.data.track();
        trained.get();
        let is_there = shell.engine.device.with(Option::is_some) && shell.engine.choice.get() != DeviceChoice::None;
        if !is_there {
            stage.benches.into_iter().for_each(super::runs::Bench::lose);
            return false;
        }
        let is_new_engine = was_there != Some(true);
        let active = untrack(|| stage.active());
        for (index, bench) in stage.benches.into_iter().enumerate() {
            let is_known = !is_new_engine && bench.device.get_untracked().is_some();
            if !active.contains(&index) {
                if is_known {
                    bench.close();
                }
                continue;
            }
            if is_known {
                bench.train();
            } else {
                bench.train_anew();
            }
            bench.look(&store.peek(), stage.player.head.get_untracked() as u32);
            if !is_known {
                begin(stage, index);
            }
        }
        true
    });
    let looked = store.part(|s| {
        let particles = (s.particles, s.launched.clone(), s.sampler, s.steps, s.sde);
        (particles, s.follows_optimum(), Lab::field(s))
    });
    Effect::new(move |first: Option<()>| {
        looked.get();
        stage.benches[0].shader.track();
        let head = stage.player.head.get();
        for index in untrack(|| stage.active()) {
            let bench = stage.benches[*index];
            bench.looked_at();
            if first.is_some() {
                bench.look(&store.peek(), head as u32);
            }
        }
    });
}

/// Lets a bench begin: with what it was at before its engine was lost, beside the other where that is further, else with the first updates.
fn begin(stage: Stage, index: usize) {
    let [first, second] = stage.benches;
    let bench = stage.benches[index];
    let made = first.update.get_untracked().max(second.update.get_untracked());
    let run = match bench.goal() {
        Some(LabRun::On) => LabRun::On,
        // A rival that comes later catches up, and both go on.
        _ if index == 1 && first.goal() == Some(LabRun::On) => LabRun::On,
        Some(LabRun::Until(end)) => LabRun::Until(end.max(made)),
        _ if made > 0 => LabRun::Until(made),
        _ => LabRun::Until(FIRST_UPDATES),
    };
    bench.run(run);
}

/// Two benches that rest do so after equally many updates.
pub fn level(stage: Stage) {
    let [first, second] = stage.benches;
    let rest = [first, second].iter().all(|bench| bench.goal().is_none() && bench.device.get_untracked().is_some());
    if untrack(|| stage.active()).len() < 2 || !rest || stage.apart.get_value() {
        return;
    }
    let (a, b) = (first.update.get_untracked(), second.update.get_untracked());
    if a != b {
        let behind = if a < b { first } else { second };
        behind.run(LabRun::Until(a.max(b)));
    }
}

/// No work for a picture nobody sees.
pub fn pause_when_hidden(stage: Stage) {
    let handle = window_event_listener_untyped("visibilitychange", move |_| {
        for index in untrack(|| stage.active()) {
            let bench = stage.benches[*index];
            if document().hidden() {
                bench.hide();
            } else {
                bench.unhide();
            }
        }
    });
    on_cleanup(move || handle.remove());
}
