//! The first page: what this is, the model that hears words at work, the map of lessons.

use leptos::prelude::*;

use super::{LAB, LESSONS, words};
use crate::app::offline;
use crate::app::strings;
use crate::app::widgets::link::lesson_link;

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
                    <p>{lesson_link("forward", "button start", strings::START.get().into_any())}</p>
                </div>
                {words::hero()}
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
