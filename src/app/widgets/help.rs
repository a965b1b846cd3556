//! The list of keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::app::keys::Command;
use crate::app::shell::use_shell;
use crate::app::strings;

/// The dialog; `?` opens it, Esc closes it.
#[component]
pub fn Help(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let shell = use_shell();
    let dialog = NodeRef::<Dialog>::new();
    shell.commands.listen(move |command| match command {
        Command::Help => {
            open.set(true);
            true
        }
        Command::Escape if open.get_untracked() => {
            open.set(false);
            true
        }
        _ => false,
    });
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            dialog.show_modal().ok();
        } else {
            dialog.close();
        }
    });
    let rows: Vec<_> = strings::KEY_HELP
        .iter()
        .map(|(key, does)| view! { <tr><th scope="row"><kbd>{*key}</kbd></th><td>{*does}</td></tr> })
        .collect();
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title" on:close=move |_| open.set(false)>
            <h2 id="help-title">{strings::KEYS_TITLE}</h2>
            <table>{rows}</table>
            <label class="control switch">
                <input type="checkbox" prop:checked=move || shell.prefs.keys.get()
                    on:change=move |event| shell.prefs.keys.set(event_target_checked(&event)) />
                <span>{strings::KEYS_SWITCH}</span>
            </label>
            <div class="choice-row">
                <button type="button" class="button" on:click=move |_| {
                    open.set(false);
                    shell.glossary.set(Some(""));
                }>{strings::GLOSSARY}</button>
                <button type="button" class="button" on:click=move |_| open.set(false)>{strings::CLOSE}</button>
            </div>
        </dialog>
    }
}
