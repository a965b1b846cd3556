//! The provenance chip: where what is shown comes from, and how to make it again elsewhere.

use leptos::prelude::*;

use crate::app::dom;
use crate::app::language::Text;
use crate::app::strings;

/// What the chip opens to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// One line, for example `live · CPU · 14 ms/step · avatars a1b2c3d4`.
    pub line: String,
    /// Name and value of what matters.
    pub facts: Vec<(Text, String)>,
    /// Text that makes the same picture elsewhere, each under its heading: command lines, Python.
    pub lines: Vec<(Text, String)>,
    /// Why there is no such text, or what it leaves out; may be empty.
    pub note: Text,
}

/// The chip of a panel.
#[component]
pub fn Chip(
    /// What it says.
    #[prop(into)]
    provenance: Signal<Provenance>,
    /// Further controls inside it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let facts = move || {
        let facts = provenance.get().facts.into_iter();
        facts.map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect::<Vec<_>>()
    };
    let lines = Memo::new(move |_| provenance.with(|provenance| provenance.lines.clone()));
    let code = move || lines.get().into_iter().map(line).collect::<Vec<_>>();
    let note = move || provenance.with(|provenance| provenance.note);
    view! {
        <details class="chip" data-control="chip">
            <summary>{move || provenance.get().line}</summary>
            <div class="chip-body">
                <dl>{facts}</dl>
                {code}
                {move || (note() != Text::NOTHING).then(|| view! { <p class="small-print">{note()}</p> })}
                {children.map(|children| children())}
            </div>
        </details>
    }
}

/// A text under its heading, with a button that copies it.
fn line((title, text): (Text, String)) -> AnyView {
    let said = RwSignal::new(strings::COPY);
    let copy = text.clone();
    view! {
        <p class="code-head">{title}
            <button type="button" class="button small" on:click=move |_| {
                dom::copy(&copy, move |copied| {
                    said.try_set(if copied { strings::COPIED } else { strings::NOT_COPIED });
                });
            }>{move || said.get().get()}</button>
        </p>
        <pre tabindex="0"><code>{text}</code></pre>
    }
    .into_any()
}
