//! The glossary, to open and read: every term of the page with its sentence, and a field that finds one.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::app::prose::indexed;
use crate::app::shell::use_shell;
use crate::app::strings;
use crate::app::terms::{TERMS, Term};

/// The dialog; the shell says at which term it is open.
#[component]
pub fn Glossary() -> impl IntoView {
    let open = use_shell().glossary;
    let dialog = NodeRef::<Dialog>::new();
    let sought = RwSignal::new(String::new());
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        let Some(id) = open.get() else { return dialog.close() };
        sought.set(String::new());
        if !dialog.open() {
            dialog.show_modal().ok();
        }
        // The entries are there once what runs now is done.
        request_animation_frame(move || {
            if let Some(entry) = document().get_element_by_id(&place(id)) {
                entry.scroll_into_view();
            }
        });
    });
    let body = move || open.get().map(|id| entries(id, sought));
    view! {
        <dialog class="help glossary" node_ref=dialog aria-labelledby="glossary-title" on:close=move |_| open.set(None)>
            <h2 id="glossary-title">{strings::GLOSSARY}</h2>
            <label class="control text-field">
                <span class="control-label">{strings::GLOSSARY_SEARCH}</span>
                <input type="text" autocomplete="off" prop:value=move || sought.get()
                    on:input=move |event| sought.set(event_target_value(&event)) />
            </label>
            <div class="glossary-list" tabindex="0" role="region" aria-labelledby="glossary-title">{body}</div>
            <button type="button" class="button" on:click=move |_| open.set(None)>{strings::CLOSE}</button>
        </dialog>
    }
}

/// The id of a term's entry.
fn place(id: &str) -> String {
    format!("glossary-{id}")
}

/// The terms that are sought; the one asked for is marked.
fn entries(wanted: &'static str, sought: RwSignal<String>) -> AnyView {
    let list = move || {
        let found: Vec<_> = TERMS.iter().filter(|term| sought.with(|sought| is_sought(term, sought))).collect();
        if found.is_empty() {
            return view! { <p role="status">{strings::GLOSSARY_NOTHING}</p> }.into_any();
        }
        let entry = |term: &'static Term| {
            let here = (term.id == wanted).then_some("true");
            view! {
                <div id=place(term.id) aria-current=here>
                    <dt><span class=format!("term {}", term.role.class())>{indexed(term.symbol.get())}</span></dt>
                    <dd>{indexed(term.gloss.get())}</dd>
                </div>
            }
        };
        view! { <dl>{found.into_iter().map(entry).collect::<Vec<_>>()}</dl> }.into_any()
    };
    view! { {list} }.into_any()
}

/// Whether a term has these letters in its symbol, its name or its sentence.
fn is_sought(term: &Term, sought: &str) -> bool {
    let sought = sought.trim().to_lowercase();
    [term.id, term.symbol.get(), term.gloss.get()]
        .iter()
        .any(|text| text.to_lowercase().replace('_', "").contains(&sought))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_by_symbol_name_and_sentence() {
        let found =
            |sought: &str| TERMS.iter().filter(|term| is_sought(term, sought)).map(|term| term.id).collect::<Vec<_>>();
        assert_eq!(found("").len(), TERMS.len());
        assert_eq!(found("  SNR "), ["snr"]);
        assert!(found("bell curve").contains(&"eps"));
        assert!(found("xt").contains(&"xt"));
        assert!(found("qqq").is_empty());
    }
}
