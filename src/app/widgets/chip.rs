//! The provenance chip: where what is shown comes from, and how to make it again elsewhere.

use leptos::prelude::*;

use crate::app::dom;
use crate::app::strings;

/// What the chip opens to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// One line, for example `live · CPU · 14 ms/step · avatars a1b2c3d4`.
    pub line: String,
    /// Name and value of what matters.
    pub facts: Vec<(&'static str, String)>,
    /// A command line that makes the same picture.
    pub command: String,
    /// Python that makes the same picture.
    pub python: String,
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
    let code = move |title: &'static str, of: fn(&Provenance) -> String| {
        move || {
            let text = provenance.with(of);
            let said = RwSignal::new(strings::COPY);
            let copy = text.clone();
            (!text.is_empty()).then(|| {
                view! {
                    <p class="code-head">{title}
                        <button type="button" class="button small" on:click=move |_| {
                            dom::copy(&copy, move |copied| {
                                said.try_set(if copied { strings::COPIED } else { strings::NOT_COPIED });
                            });
                        }>{move || said.get()}</button>
                    </p>
                    <pre tabindex="0"><code>{text}</code></pre>
                }
            })
        }
    };
    view! {
        <details class="chip" data-control="chip">
            <summary>{move || provenance.get().line}</summary>
            <div class="chip-body">
                <dl>{facts}</dl>
                {code(strings::AS_COMMAND, |provenance| provenance.command.clone())}
                {code(strings::AS_PYTHON, |provenance| provenance.python.clone())}
                {children.map(|children| children())}
            </div>
        </details>
    }
}
