//! Ways for a picture of the visitor's to come in.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::super::figure::{Figure, Source};
use super::super::{text, upload};
use crate::app::shell::{Shell, use_shell};

/// The zone with the file field and the camera button; it also takes drops and pastes.
pub fn dropzone(figure: Figure) -> AnyView {
    let shell = use_shell();
    let over = RwSignal::new(false);
    let take_list = move |files: Option<web_sys::FileList>| {
        let Some(files) = files else { return };
        if files.length() > 1 {
            shell.notify(text::FIRST_OF_SEVERAL.into());
        }
        if let Some(file) = files.get(0) {
            upload::read_file(file.into(), move |outcome| show(shell, figure, outcome));
        }
    };
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        take_list(input.and_then(|input| input.files()));
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        take_list(event.data_transfer().and_then(|data| data.files()));
    };
    let paste = window_event_listener_untyped("paste", move |event| {
        let pasted = event.dyn_into::<web_sys::ClipboardEvent>().ok().and_then(|event| event.clipboard_data());
        take_list(pasted.and_then(|data| data.files()).filter(|files| files.length() > 0));
    });
    on_cleanup(move || paste.remove());
    let shoot = move |_| upload::take_photograph(move |outcome| show(shell, figure, outcome));
    view! {
        <div class="dropzone" class:over=move || over.get() on:drop=drop
            on:dragover=move |event| { event.prevent_default(); over.set(true); } on:dragleave=move |_| over.set(false)>
            <label>{text::FILE}" " <input type="file" accept="image/*" on:change=choose /></label>
            <span class="small-print">{text::DROP}</span>
            <button type="button" class="button small" on:click=shoot>{text::CAMERA}</button>
        </div>
    }
    .into_any()
}

fn show(shell: Shell, figure: Figure, outcome: Result<Source, String>) {
    match outcome {
        Ok(source) => {
            figure.own.try_set(Some(source));
            shell.notify(text::OWN_STAYS.into());
        }
        Err(sentence) => shell.notify(sentence),
    }
}
