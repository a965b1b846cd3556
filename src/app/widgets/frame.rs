//! The layout of a lesson: text that scrolls, a stage that stays, beats that own the stage.

use leptos::html::Article;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::app::dom;
use crate::app::keys::Command;
use crate::app::language::Text;
use crate::app::prose::{inline, paragraph};
use crate::app::shell::use_shell;
use crate::app::strings;
use crate::app::tour;
use crate::app::widgets::later::later;
use crate::app::widgets::link::lesson_link;
use crate::app::widgets::share::share;

/// A section of the text that puts the stage into one state when it is read.
pub struct Beat {
    /// Its heading.
    pub title: Text,
    /// At most 90 words, a paragraph each.
    pub text: &'static [Text],
    /// Puts the stage into this beat's state.
    pub enter: Box<dyn Fn()>,
    /// More than text: an equation, chips.
    pub extra: Option<AnyView>,
}

/// What surrounds the beats.
pub struct Outline {
    /// Slug of the lesson.
    pub slug: &'static str,
    /// The question.
    pub question: Text,
    /// What is said before anything is explained.
    pub hook: &'static [Text],
    /// The beats in order.
    pub beats: Vec<Beat>,
    /// What to remember, in three sentences.
    pub recap: &'static [Text],
    /// Where it comes from.
    pub sources: &'static [(&'static str, &'static str)],
    /// The next lesson.
    pub next: &'static str,
    /// The picture area of the stage.
    pub stage: AnyView,
    /// Timeline, controls, readouts: under the picture, or in a sheet at the bottom of a phone.
    pub sheet: AnyView,
}

/// Lays the lesson out.
pub fn lesson(outline: Outline) -> AnyView {
    let shell = use_shell();
    let article = NodeRef::<Article>::new();
    let sheet_open = RwSignal::new(false);
    shell.commands.listen(move |command| command == Command::Escape && !dom::has_dialog() && close_last(sheet_open));
    let (mut titles, mut enters, mut sections) = (Vec::new(), Vec::new(), Vec::new());
    for beat in outline.beats {
        let index = titles.len();
        titles.push(beat.title);
        enters.push(beat.enter);
        sections.push(view! {
            <section class="beat" data-beat=index id=format!("beat-{index}")>
                <h2>{beat.title}</h2>
                {beat.text.iter().copied().map(paragraph).collect::<Vec<_>>()}
                {beat.extra}
            </section>
        });
    }
    let question = outline.question;
    let hook: Vec<_> = outline.hook.iter().copied().map(paragraph).collect();
    let recap: Vec<_> = outline.recap.iter().map(|text| view! { <li>{inline(*text)}</li> }).collect();
    let sources: Vec<_> =
        outline.sources.iter().map(|(who, what)| view! { <li><cite>{*who}</cite>", "{*what}</li> }).collect();
    let next = crate::app::lessons::find(outline.next);
    let next = next.filter(|(_, lesson)| lesson.view.is_some()).map(|(_, lesson)| {
        view! { <p class="next">{strings::NEXT}": "{lesson_link(lesson.slug, "next-link", lesson.question.get().into_any())}</p> }
    });
    let number = crate::app::lessons::find(outline.slug).and_then(|(number, _)| number);
    let number = number.map_or_else(|| strings::LAB.to_string(), |number| format!("{} {number}", strings::LESSON));
    let stage = view! {
        <aside class="stage" aria-label=strings::STAGE>
            {later(move || outline.stage)}
            <div class="sheet" class:open=move || sheet_open.get()>
                <button type="button" class="sheet-handle" aria-expanded=move || sheet_open.get().to_string()
                    on:click=move |_| sheet_open.update(|open| *open = !*open)>{strings::CONTROLS}</button>
                {later(move || outline.sheet)}
                {later(move || share(question.get()))}
            </div>
        </aside>
    };
    if shell.embed {
        return view! { <main id="main" class="lesson embedded"><h1 class="unseen">{question}</h1>{stage}</main> }
            .into_any();
    }
    let tour = shell.tour.get_value().filter(|tour| tour.is_of(outline.slug));
    watch_beats(article, enters, outline.slug);
    view! {
        <main id="main" class="lesson">
            <article class="text" node_ref=article>
                <header class="hook">
                    <p class="lesson-number">{number}</p>
                    <h1>{question}</h1>
                    {hook}
                    {tour.map(tour::button)}
                </header>
                {sections}
                <section class="recap" data-beat=titles.len()>
                    <h2>{strings::RECAP}</h2>
                    <ol>{recap}</ol>
                    <h3>{strings::SOURCES}</h3>
                    <ul class="sources">{sources}</ul>
                    {next}
                </section>
            </article>
            {stage}
            {tour.map(tour::panel)}
        </main>
    }
    .into_any()
}

/// Closes what was opened on the stage, the sheet of a phone last; whether anything was open.
fn close_last(sheet: RwSignal<bool>) -> bool {
    if dom::close_last_open() {
        return true;
    }
    sheet.try_update(std::mem::take).unwrap_or(false)
}

/// Calls the `enter` of the beat that reaches the middle of the window; the lesson counts as read at its recap.
///
/// Nothing is called before the visitor scrolls, so that a link's own state is not overwritten on arrival; a tour sets the stage itself.
fn watch_beats(article: NodeRef<Article>, enters: Vec<Box<dyn Fn()>>, slug: &'static str) {
    let shell = use_shell();
    let enters = StoredValue::new_local(enters);
    let observer: StoredValue<Option<IntersectionObserver>, LocalStorage> = StoredValue::new_local(None);
    let touring = move || shell.tour.get_value().is_some_and(tour::Tour::is_open);
    let callback = Closure::<dyn FnMut(Vec<JsValue>)>::new(move |entries: Vec<JsValue>| {
        let scrolled = window().scroll_y().unwrap_or(0.0) > 40.0;
        for entry in entries.into_iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
            let index = entry.target().get_attribute("data-beat").and_then(|text| text.parse::<usize>().ok());
            let (true, true, Some(index)) = (scrolled && !touring(), entry.is_intersecting(), index) else { continue };
            entry.target().class_list().add_1("seen").ok();
            let entered = enters.try_with_value(|enters| enters.get(index).map(|enter| enter()).is_some());
            if entered == Some(false) {
                shell.prefs.mark_read(slug);
            }
        }
    });
    let callback = StoredValue::new_local(callback);
    Effect::new(move || {
        let Some(article) = article.get() else { return };
        let options = IntersectionObserverInit::new();
        options.set_root_margin("-45% 0px -45% 0px");
        let made = callback
            .with_value(|callback| IntersectionObserver::new_with_options(callback.as_ref().unchecked_ref(), &options));
        let (Ok(made), Ok(beats)) = (made, article.query_selector_all("[data-beat]")) else { return };
        for beat in (0..beats.length()).filter_map(|index| beats.item(index)) {
            if let Ok(beat) = beat.dyn_into::<Element>() {
                made.observe(&beat);
            }
        }
        observer.set_value(Some(made));
    });
    on_cleanup(move || {
        observer.try_update_value(|observer| observer.take().map(|observer| observer.disconnect()));
    });
}
