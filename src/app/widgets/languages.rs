//! The choice of the language.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::app::language::{self, Named};
use crate::app::shell::{Shell, use_shell};
use crate::app::{dom, strings};

/// The button, named by the language of the page, and the dialog it opens: a list to choose from.
///
/// A list of buttons and no `select`: choosing builds the page anew, which must not happen on the way through the choices.
#[component]
pub fn Languages() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let spoken = language::tag();
    let known = RwSignal::new(vec![language::english()]);
    let load = move || language::list(move |list| drop(known.try_set(list)));
    if spoken != "en" && !language::is_computed(&spoken) {
        load();
    }
    let open = move |_| {
        load();
        dialog.get_untracked().into_iter().for_each(|dialog| drop(dialog.show_modal()));
    };
    let close = move |_| dialog.get_untracked().into_iter().for_each(|dialog| dialog.close());
    let name = {
        let spoken = spoken.clone();
        move || {
            known.with(|known| {
                known.iter().find(|(tag, _)| *tag == spoken).map_or(spoken.clone(), |(_, name)| name.clone())
            })
        }
    };
    let shell = use_shell();
    let row = move |(tag, name): Named| choice(shell, tag, name, &spoken);
    let rows = {
        let spoken = language::tag();
        move || offered(known.get(), &spoken).into_iter().map(row.clone()).collect::<Vec<_>>()
    };
    view! {
        <button type="button" class="button small" aria-haspopup="dialog" on:click=open>
            <span class="unseen">{strings::LANGUAGE}": "</span><bdi class="language-name" lang=language::tag()>{name}</bdi>
        </button>
        <dialog class="help languages" node_ref=dialog aria-labelledby="languages-title">
            <h2 id="languages-title">{strings::LANGUAGE}</h2>
            <ul>{rows}</ul>
            <p class="small-print">{strings::LANGUAGE_TO_ADD}</p>
            <button type="button" class="button" on:click=close>{strings::CLOSE}</button>
        </dialog>
    }
}

/// One language of the list.
fn choice(shell: Shell, tag: String, name: String, spoken: &str) -> AnyView {
    let current = (tag == spoken).then_some("true");
    let lang = tag.clone();
    view! {
        <li><button type="button" class="button language-name" lang=lang aria-current=current on:click=move |_| change(shell, &tag)>{name}</button></li>
    }
    .into_any()
}

/// The languages of the list, English first; one that is spoken without being listed comes last.
fn offered(mut known: Vec<Named>, spoken: &str) -> Vec<Named> {
    if let Some(english) = known.iter().position(|(tag, _)| tag == "en") {
        known[..=english].rotate_right(1);
    }
    if !known.iter().any(|(tag, _)| tag == spoken) {
        known.push((spoken.to_owned(), spoken.to_owned()));
    }
    known
}

/// Builds the page anew in a language; what is on the screen comes back from the address.
fn change(shell: Shell, tag: &str) {
    // A link's wish ends with the visitor's own. Where the browser keeps nothing, the address has to say it.
    let kept = language::choose(tag);
    dom::set_in_address("lang", (!kept).then_some(tag));
    window().location().replace(&shell.address_now(shell.embed)).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tag: &str) -> Named {
        (tag.into(), tag.to_uppercase())
    }

    #[test]
    fn english_comes_first_and_what_is_spoken_is_listed() {
        let tags = |known: &[&str], spoken| {
            let offered = offered(known.iter().map(|tag| named(tag)).collect(), spoken);
            offered.into_iter().map(|(tag, _)| tag).collect::<Vec<_>>()
        };
        assert_eq!(tags(&["de", "en"], "de"), ["en", "de"]);
        assert_eq!(tags(&["en", "de"], "x-long"), ["en", "de", "x-long"]);
    }
}
