//! The 2-D lab: networks of the plane, trained while one watches.

mod beats;
mod cloud;
mod controls;
mod drawing;
mod field;
mod figure;
mod follow;
mod options;
mod plane;
mod plots;
mod records;
mod runs;
mod scene;
mod settings;
mod shader;
mod stage;
mod text;
mod tour;

use leptos::prelude::*;

use crate::app::player::{Pace, Player};
use crate::app::shell::use_shell;
use crate::app::store::use_store;
use crate::app::widgets::frame::{Outline, lesson};
use crate::protocol::LabEvent;
use runs::Bench;
use settings::Lab;
use stage::Stage;

/// The page of the lab.
pub fn page() -> AnyView {
    let shell = use_shell();
    let store = use_store::<Lab>("lab");
    let moment = RwSignal::new(None);
    let shader = shader::use_shader();
    let benches = [0, 1].map(|number| Bench::new(number, store, moment, shader));
    let [first, second] = benches;
    let last = Memo::new(move |_| first.cloud().map_or(0, |cloud| cloud.last()));
    let moments = Memo::new(move |_| first.with(|records| records.stored.len()));
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
    let apart = StoredValue::new(false);
    let stage = Stage { store, benches, player, training, data, apart };
    shell.engine.listen_lab(move |bench, event| {
        let rests = matches!(event, LabEvent::Rested { .. });
        if matches!(event, LabEvent::Diverged { .. }) {
            apart.set_value(true);
        }
        if let Some(bench) = benches.get(usize::from(bench)) {
            bench.hear(event);
        }
        if rests {
            follow::level(stage);
        }
    });
    follow::heads(stage, last, moments);
    follow::settings(shell, stage);
    follow::pause_when_hidden(stage);
    on_cleanup(move || {
        [first, second].into_iter().for_each(Bench::close);
        shell.engine.listen_lab(|_, _| {});
    });
    crate::app::tour::offer("lab", &tour::STOPS, store, player);
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
