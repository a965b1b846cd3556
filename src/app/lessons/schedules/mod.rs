//! Lesson 4: which noise schedule?

mod beats;
mod bench;
mod editor;
mod measured;
mod sampling;
mod settings;
mod stage;
mod text;
mod tour;
mod variants;

use leptos::prelude::*;

use crate::app::engine_client::MODEL;
use crate::app::player::{Pace, Player};
use crate::app::shell::use_shell;
use crate::app::store::use_store;
use crate::app::widgets::frame::{Outline, lesson};
use bench::Bench;
use settings::Schedules;
use variants::Variants;

/// The page of the lesson.
pub fn page() -> AnyView {
    let shell = use_shell();
    shell.engine.use_model(MODEL);
    let store = use_store::<Schedules>("schedules");
    let last = store.part(|settings| settings.total as usize);
    let pace = Pace { per_run: Some(6000.0), ..Pace::default() };
    let player = Player::new(shell.clock, last.into(), pace);
    player.listen(shell.commands);
    // A fifth of the way, where the eye sees most of the difference.
    let wanted = store.peek().head;
    player.head.set(if wanted == u32::MAX {
        last.get_untracked() / 5
    } else {
        (wanted as usize).min(last.get_untracked())
    });
    Effect::new(move |first: Option<()>| {
        let head = player.head.get() as u32;
        if first.is_some() && !player.playing.get() {
            store.follow(|settings| settings.head = head);
        }
    });
    Effect::new(move || {
        let last = last.get();
        if player.head.get_untracked() > last {
            player.head.set(last);
        }
    });
    crate::app::tour::offer("schedules", &tour::STOPS, store, player);
    let bench = Bench::new(store);
    let variants = Variants::new(shell, store);
    lesson(Outline {
        slug: "schedules",
        question: text::QUESTION,
        hook: &text::HOOK,
        beats: beats::beats(bench, player, variants),
        recap: &text::RECAP,
        sources: &text::SOURCES,
        next: "training",
        stage: stage::stage(bench, player),
        sheet: stage::sheet(bench, player),
    })
}
