//! Ways for a picture of the visitor's to come in.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::super::figure::Figure;
use super::super::settings::{Forward, Subject};
use super::super::source::Source;
use super::super::{text, upload};
use crate::app::dropped::{self, Wanted};
use crate::app::shell::{Shell, use_shell};
use crate::app::store::Store;

/// Takes a picture that is dropped anywhere on the page, or pasted, whatever is shown at the time.
pub fn listen(store: Store<Forward>, figure: Figure) {
    let shell = use_shell();
    dropped::listen(Wanted::Others, move |files| {
        take(shell, store, figure, files.into_iter().map(|(_, file)| file).collect());
    });
    let pasted = window_event_listener_untyped("paste", move |event| {
        let data = event.dyn_into::<web_sys::ClipboardEvent>().ok().and_then(|event| event.clipboard_data());
        take(shell, store, figure, list(data.and_then(|data| data.files()).as_ref()));
    });
    on_cleanup(move || pasted.remove());
}

/// The zone with the file field and the camera button.
pub fn dropzone(store: Store<Forward>, figure: Figure) -> AnyView {
    let shell = use_shell();
    let over = RwSignal::new(false);
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        take(shell, store, figure, list(input.and_then(|input| input.files()).as_ref()));
    };
    let shoot = move |_| upload::take_photograph(move |outcome| show(shell, store, figure, outcome));
    view! {
        <div class="dropzone" class:over=move || over.get() on:drop=move |_| over.set(false)
            on:dragover=move |_| over.set(true) on:dragleave=move |_| over.set(false)>
            <label>{text::FILE}" " <input type="file" accept="image/*" on:change=choose /></label>
            <span class="small-print">{text::DROP}</span>
            <button type="button" class="button small" on:click=shoot>{text::CAMERA}</button>
        </div>
    }
    .into_any()
}

fn list(files: Option<&web_sys::FileList>) -> Vec<web_sys::File> {
    files.into_iter().flat_map(|files| (0..files.length()).filter_map(|index| files.get(index))).collect()
}

/// Reads the first of the files, if there is one.
fn take(shell: Shell, store: Store<Forward>, figure: Figure, files: Vec<web_sys::File>) {
    if files.len() > 1 {
        shell.notify(text::FIRST_OF_SEVERAL.into());
    }
    if let Some(file) = files.into_iter().next() {
        upload::read_file(file.into(), move |outcome| show(shell, store, figure, outcome));
    }
}

/// Shows the picture, or says why there is none; the lesson may be gone by then.
fn show(shell: Shell, store: Store<Forward>, figure: Figure, outcome: Result<Source, String>) {
    match outcome {
        Ok(source) => {
            if figure.own.try_set(Some(Arc::new(source))).is_none() {
                store.edit(|settings| settings.subject = Subject::Own);
                shell.notify(text::OWN_STAYS.into());
            }
        }
        Err(sentence) => shell.notify(sentence),
    }
}
