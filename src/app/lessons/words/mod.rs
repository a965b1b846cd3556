//! Lesson 3: how do words steer it?

mod arithmetic;
mod attention;
mod beats;
mod guidance;
mod hero;
mod runs;
mod settings;
mod stage;
mod text;
mod tour;
mod word;

use leptos::prelude::*;

use crate::app::engine_client::WORDS_MODEL;
use crate::app::player::{Pace, Player};
use crate::app::shell::use_shell;
use crate::app::store::use_store;
use crate::app::widgets::frame::{Outline, lesson};
pub use hero::hero;
use runs::Runs;

/// The page of the lesson.
pub fn page() -> AnyView {
    let shell = use_shell();
    shell.engine.use_model(WORDS_MODEL);
    let store = use_store("words");
    let runs = Runs::new(shell, store);
    let player = Player::new(shell.clock, runs.last_state(), Pace::default());
    player.listen(shell.commands);
    runs.follow(player);
    crate::app::tour::offer("words", &tour::STOPS, store, player);
    lesson(Outline {
        slug: "words",
        question: text::QUESTION,
        hook: &text::HOOK,
        beats: beats::beats(beats::Context::new(store, player, runs)),
        recap: &text::RECAP,
        sources: &text::SOURCES,
        next: "schedules",
        stage: stage::stage(store, runs, player),
        sheet: stage::sheet(store, runs, player),
    })
}
