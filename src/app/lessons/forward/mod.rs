//! Lesson 1: how does a picture become noise?

mod beats;
mod figure;
mod painter;
mod painting;
mod settings;
mod source;
mod stage;
mod text;
mod tour;
mod upload;
mod walker;

use leptos::prelude::*;

use crate::app::dom;
use crate::app::engine_client::MODEL;
use crate::app::frames::keep_head;
use crate::app::player::{Pace, Player};
use crate::app::shell::{Shell, use_shell};
use crate::app::store::{Store, use_store};
use crate::app::widgets::frame::{Outline, lesson};
use figure::Figure;
use settings::{Curve, Forward};

/// The page of the lesson.
pub fn page() -> AnyView {
    let shell = use_shell();
    let store = use_store::<Forward>("forward");
    shell.engine.use_model(MODEL);
    follow_model(shell, store);
    let last = store.part(|settings| settings.total as usize);
    // A whole run takes about six seconds, however many steps it has.
    let pace = Pace { per_run: Some(6000.0), ..Pace::default() };
    let player = Player::new(shell.clock, last.into(), pace);
    player.listen(shell.commands);
    arrive(store.peek().head, player);
    keep_head(player, store, |settings| &mut settings.head);
    let figure = Figure::new(store);
    crate::app::tour::offer("forward", &tour::STOPS, store, player);
    lesson(Outline {
        slug: "forward",
        question: text::QUESTION,
        hook: &text::HOOK,
        beats: beats::beats(store, figure, player),
        recap: &text::RECAP,
        sources: &text::SOURCES,
        next: "reverse",
        stage: stage::stage(store, figure, player),
        sheet: stage::sheet(store, figure, player),
    })
}

/// Chooses the schedule of a model that the visitor brings, and keeps T at the model's as long as that is chosen.
fn follow_model(shell: Shell, store: Store<Forward>) {
    Effect::new(move |before: Option<bool>| {
        let is_given = shell.engine.given.with(Option::is_some);
        if before == Some(false) && is_given {
            store.edit(|settings| settings.schedule = Curve::OfModel);
        }
        is_given
    });
    Effect::new(move || {
        let total = shell.engine.model.with(|model| model.as_ref().map(|model| model.schedule.num_train_timesteps));
        if let (Curve::OfModel, Some(total)) = (store.get().schedule, total) {
            store.follow(|settings| settings.total = total as u32);
        }
    });
}

/// Goes where the address says; without a word from it, the figure plays once, or rests early on, the face still plain, under reduced motion.
fn arrive(head: u32, player: Player) {
    let last = player.last.get_untracked();
    match head {
        u32::MAX if dom::reduced_motion() => player.head.set(last * 3 / 20),
        u32::MAX => player.play(),
        head => player.head.set((head as usize).min(last)),
    }
}
