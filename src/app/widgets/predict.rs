//! A question before the reveal: never graded, never blocking.

use leptos::prelude::*;

use crate::app::language::Text;

/// The question, and for each answer what is said to it.
pub fn predict(question: Text, answers: &'static [(Text, Text)]) -> AnyView {
    let chosen = RwSignal::new(None::<usize>);
    let buttons: Vec<_> = answers
        .iter()
        .enumerate()
        .map(|(index, (answer, _))| {
            view! {
                <button type="button" class="button" aria-pressed=move || (chosen.get() == Some(index)).to_string()
                    on:click=move |_| chosen.set(Some(index))>{*answer}</button>
            }
        })
        .collect();
    view! {
        <div class="predict" role="group" aria-label=question>
            <p>{question}</p>
            <div class="choice-row">{buttons}</div>
            <p class="reveal" role="status">{move || chosen.get().map(|index| answers[index].1.get())}</p>
        </div>
    }
    .into_any()
}
