//! Lesson 2: how does noise become a picture?

mod arithmetic;
mod beats;
mod runs;
mod settings;
mod stage;
mod text;
mod tour;

use leptos::prelude::*;

use crate::app::engine_client::MODEL;
use crate::app::player::{Pace, Player};
use crate::app::shell::use_shell;
use crate::app::store::use_store;
use crate::app::widgets::frame::{Outline, lesson};
use runs::Runs;

/// The page of the lesson.
pub fn page() -> AnyView {
    let shell = use_shell();
    shell.engine.use_model(MODEL);
    let store = use_store("reverse");
    let runs = Runs::new(shell, store);
    let player = Player::new(shell.clock, runs.last_state(), Pace::default());
    player.listen(shell.commands);
    runs.follow(player);
    let context = beats::Context { store, player, runs };
    crate::app::tour::offer("reverse", &tour::STOPS, store, player);
    lesson(Outline {
        slug: "reverse",
        question: text::QUESTION,
        hook: &text::HOOK,
        beats: beats::beats(context),
        recap: &text::RECAP,
        sources: &text::SOURCES,
        next: "words",
        stage: stage::stage(store, runs, player),
        sheet: stage::sheet(store, runs, player),
    })
}
