//! The page: shell, lessons, figures, widgets. It knows the pure layer and nothing of tensors.

pub mod apng;
pub mod clock;
pub mod dom;
pub mod dropped;
pub mod engine_client;
pub mod fetched;
pub mod frames;
pub mod gif;
pub mod highlight;
pub mod history;
pub mod keys;
pub mod language;
pub mod lessons;
pub mod model_zip;
pub mod offline;
pub mod picture_file;
pub mod player;
pub mod plots;
pub mod prefs;
pub mod prose;
pub mod query;
pub mod recorded;
pub mod settings;
pub mod shell;
pub mod store;
pub mod strings;
pub mod terms;
pub mod tour;
pub mod widgets;
pub mod zip_file;

use leptos::prelude::*;

use lessons::{LAB, LESSONS};
use shell::Shell;
use widgets::glossary::Glossary;
use widgets::help::Help;
use widgets::languages::Languages;
use widgets::link::lesson_link;

/// Mounts the page in the language of the address, or the one that was chosen before, or the browser's.
pub fn start() {
    let query = query::Query::parse(&dom::search());
    language::speak(query.get("lang"), || {
        describe();
        mount_to_body(Page);
    });
}

/// Says what the page is, for those who list or announce it, in its language.
fn describe() {
    if let Ok(Some(description)) = document().query_selector("meta[name=description]") {
        description.set_attribute("content", strings::DESCRIPTION.get()).ok();
    }
}

/// Frame, rail and the lesson the address names.
#[component]
fn Page() -> impl IntoView {
    let shell = Shell::start();
    let help = RwSignal::new(false);
    keys::install(shell.commands, shell.prefs.keys);
    let gloss = highlight::install(shell.glossary);
    Effect::new(move || {
        if let Some(message) = shell.engine.message.get() {
            shell.notify(message);
        }
    });
    let body = move || {
        shell.arrival.track();
        let slug = shell.slug.get();
        match lessons::find(&slug).and_then(|(_, lesson)| lesson.view) {
            Some(view) => view(),
            None => {
                if !slug.is_empty() {
                    let known = lessons::find(&slug).is_some();
                    shell.notify(if known { strings::LESSON_TO_COME } else { strings::NO_SUCH_LESSON }.into());
                }
                lessons::home::page()
            }
        }
    };
    view! {
        <a class="skip" href="#main" on:click=move |event| focus_main(&event)>{strings::SKIP}</a>
        <div class="page" class:embed=shell.embed>
            {(!shell.embed).then(|| view! { <Rail help /> })}
            <div class="content">
                <Notices />
                {body}
            </div>
        </div>
        <Help open=help />
        <Glossary />
        <highlight::GlossBubble gloss />
        <div class="announcer" role="status" aria-live="polite">{move || shell.announcement.get()}</div>
    }
}

/// A skip link must not change the address, which carries the settings.
fn focus_main(event: &leptos::ev::MouseEvent) {
    event.prevent_default();
    if let Ok(Some(main)) = document().query_selector("#main h1") {
        main.set_attribute("tabindex", "-1").ok();
        wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(main).map(|main| main.focus()).ok();
    }
}

/// The map of lessons, the theme, the keys.
#[component]
fn Rail(
    /// Opens the list of keys.
    help: RwSignal<bool>,
) -> impl IntoView {
    let shell = shell::use_shell();
    let lessons: Vec<_> = LESSONS
        .iter()
        .enumerate()
        .map(|(index, lesson)| {
            let read = move || shell.prefs.read.with(|read| read.iter().any(|slug| slug == lesson.slug));
            let mark = move || read().then(|| view! { <span class="mark" aria-label=strings::READ>"✓"</span> });
            let body = view! { <span class="rail-number">{index + 1}</span><span>{lesson.question}</span>{mark} };
            if lesson.view.is_some() {
                view! { <li>{lesson_link(lesson.slug, "rail-link", body.into_any())}</li> }.into_any()
            } else {
                view! { <li class="rail-to-come">{body}<span class="badge">{strings::TO_COME}</span></li> }.into_any()
            }
        })
        .collect();
    let list = NodeRef::<leptos::html::Ol>::new();
    Effect::new(move || {
        shell.slug.track();
        leptos::task::spawn_local(async move {
            // The link has been marked by then, and is as wide as it stays.
            dom::fonts_ready().await;
            dom::show_current(list.try_get_untracked().flatten());
        });
    });
    let theme = move || strings::THEMES[shell.prefs.theme.get() as usize].get();
    view! {
        <nav class="rail" aria-label=strings::LESSONS>
            {lesson_link("", "brand", strings::TITLE.into_any())}
            <ol node_ref=list>{lessons}</ol>
            {lesson_link(LAB.slug, "rail-link rail-lab", LAB.question.get().into_any())}
            <div class="rail-foot">
                <button type="button" class="button small" on:click=move |_| shell.prefs.next_theme()>
                    {theme}
                </button>
                <button type="button" class="button small" on:click=move |_| help.set(true)>{strings::KEYS}</button>
                <button type="button" class="button small" on:click=move |_| shell.glossary.set(Some(""))>{strings::GLOSSARY}</button>
                <Languages />
            </div>
        </nav>
    }
}

/// Sentences that stay until they are closed.
#[component]
fn Notices() -> impl IntoView {
    let notices = shell::use_shell().notices;
    let close = move |sentence: String| notices.update(|notices| notices.retain(|other| *other != sentence));
    let list = move || {
        let row = |sentence: String| {
            let text = sentence.clone();
            view! {
                <li><span>{text}</span>
                    <button type="button" class="icon-button" aria-label=strings::CLOSE on:click=move |_| close(sentence.clone())>"×"</button>
                </li>
            }
        };
        notices.get().into_iter().map(row).collect::<Vec<_>>()
    };
    view! { <div class="notices" role="status"><ul>{list}</ul></div> }
}
