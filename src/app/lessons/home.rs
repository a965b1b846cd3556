//! The first page: what this is, a run in motion, the map of lessons.

use leptos::prelude::*;

use super::{LAB, LESSONS};
use crate::app::dom;
use crate::app::offline;
use crate::app::player::{Pace, Player};
use crate::app::recorded;
use crate::app::shell::use_shell;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Picture};
use crate::app::widgets::link::lesson_link;
use crate::protocol::Frame;

/// The page.
pub fn page() -> AnyView {
    let lessons: Vec<_> = LESSONS
        .iter()
        .enumerate()
        .map(|(index, lesson)| {
            let written = lesson.view.is_some();
            let body = view! {
                <span class="card-number">{index + 1}</span>
                <span class="card-question">{lesson.question}</span>
                <span class="card-action">{lesson.action}</span>
                {(!written).then(|| view! { <span class="badge">{strings::TO_COME}</span> })}
            };
            let inner = if written {
                lesson_link(lesson.slug, "card", body.into_any())
            } else {
                view! { <div class="card card-to-come">{body}</div> }.into_any()
            };
            view! { <li>{inner}</li> }
        })
        .collect();
    view! {
        <main id="main" class="home">
            <header class="home-head">
                <div>
                    <h1>{strings::TITLE}</h1>
                    <p class="claim">{strings::CLAIM}</p>
                    <p>{lesson_link("forward", "button start", strings::START.into_any())}</p>
                </div>
                {hero()}
            </header>
            <h2>{strings::LESSONS}</h2>
            <ol class="cards">{lessons}</ol>
            {lesson_link(LAB.slug, "card", view! {
                <span class="card-question">{LAB.question}</span>
                <span class="card-action">{LAB.action}</span>
            }.into_any())}
            {offline::panel()}
        </main>
    }
    .into_any()
}

/// A recorded run that plays once; a press plays it again.
fn hero() -> AnyView {
    let frames: StoredValue<Vec<Frame>, LocalStorage> = StoredValue::new_local(Vec::new());
    let last = RwSignal::new(0usize);
    let made_by = RwSignal::new(String::new());
    let player = Player::new(use_shell().clock, last.into(), Pace { usual: 110.0, ending: 220.0, per_run: None });
    recorded::fetch("reverse", move |run| {
        let states = run.frames.len();
        if frames.try_set_value(run.frames).is_none() {
            last.try_set(states.saturating_sub(1));
            made_by.try_set(strings::recorded_by(&run.model.name, &run.model.short_hash));
            if dom::reduced_motion() { player.seek(states) } else { player.play() }
        }
    });
    let picture = move || {
        let (head, _) = (player.head.get(), last.get());
        frames.try_with_value(|frames| frames.get(head).map(|frame| Bitmap::grid(&frame.x, frame.size as usize, 1)))?
    };
    view! {
        <figure class="hero">
            <button type="button" class="hero-button" aria-label=strings::HERO on:click=move |_| player.play()>
                <Picture label=strings::HERO picture />
            </button>
            <figcaption>{move || made_by.get()}</figcaption>
        </figure>
    }
    .into_any()
}
