//! The ways for a model of the visitor's to come in. Like their pictures, it never leaves the browser.

use js_sys::{Reflect, Uint8Array};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, FileList, HtmlInputElement};

use crate::app::dropped::{self, Dropped, Wanted, is_of_model};
use crate::app::language::Text;
use crate::app::shell::{Shell, use_shell};
use crate::app::{dom, model_zip, strings};
use crate::protocol::GivenModel;

/// Most bytes that are read into the page.
const MOST: f64 = 512.0 * 1024.0 * 1024.0;

/// Fields for a zip and for a folder, and the way back; files may be dropped anywhere on the page.
#[component]
pub fn OwnModel(
    /// What it takes of what is dropped on the page.
    #[prop(default = Wanted::All)]
    drops: Wanted,
) -> impl IntoView {
    let shell = use_shell();
    dropped::listen(drops, move |files| take(shell, files));
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        take(shell, chosen(input.and_then(|input| input.files()).as_ref()));
    };
    let back = move || {
        let press = move |_| {
            shell.engine.use_own();
            dom::set_in_address("model", None);
        };
        let button =
            view! { <button type="button" class="button small back" on:click=press>{strings::PAGES_MODEL}</button> };
        shell.engine.given.with(Option::is_some).then_some(button)
    };
    view! {
        <div class="dropzone own-model">
            <label>{strings::MODEL_ZIP}" " <input type="file" accept=".zip" on:change=choose /></label>
            <label>{strings::MODEL_FOLDER}" " <input type="file" prop:webkitdirectory=true on:change=choose /></label>
            <span class="small-print">{strings::MODEL_DROP}</span>
            <button type="button" class="button small save-model" on:click=move |_| model_zip::save(shell)>{strings::SAVE_MODEL}</button>
            {back}
        </div>
    }
}

fn chosen(files: Option<&FileList>) -> Vec<Dropped> {
    let list = files.into_iter().flat_map(|files| (0..files.length()).filter_map(|index| files.get(index)));
    list.map(|file| (path(&file), file)).collect()
}

fn take(shell: Shell, list: Vec<Dropped>) {
    if list.is_empty() {
        return;
    }
    spawn_local(async move {
        match read(list).await {
            Ok(model) => shell.engine.open(model),
            Err(sentence) => shell.notify(sentence.into()),
        }
    });
}

async fn read(list: Vec<Dropped>) -> Result<GivenModel, Text> {
    let named: Vec<Dropped> = list.into_iter().filter(|(path, _)| is_of_model(path)).collect();
    let Some((first, _)) = named.first() else { return Err(strings::NO_MODEL) };
    let name = first.split('/').next().unwrap_or(first).to_owned();
    if named.iter().map(|(_, file)| file.size()).sum::<f64>() > MOST {
        return Err(strings::MODEL_TOO_LARGE);
    }
    let mut files = Vec::new();
    for (path, file) in named {
        let buffer = JsFuture::from(file.array_buffer()).await.map_err(|_| strings::NO_MODEL)?;
        files.push((path, Uint8Array::new(&buffer).to_vec()));
    }
    Ok(GivenModel::Files { name, files })
}

/// The path inside a chosen folder; the name of a file that was chosen or dropped by itself.
fn path(file: &File) -> String {
    let path = Reflect::get(file, &JsValue::from_str("webkitRelativePath")).ok().and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}
