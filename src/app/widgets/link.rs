//! Links between lessons that keep the page and its engine alive.

use leptos::prelude::*;

use crate::app::query::Query;
use crate::app::shell::use_shell;

/// A link to a lesson (home for an empty slug); with a modifier key it opens as any link does.
pub fn lesson_link(slug: &'static str, class: &'static str, body: AnyView) -> AnyView {
    settings_link(slug, &Query::default(), class, body)
}

/// A link to a lesson with settings.
pub fn settings_link(slug: &'static str, settings: &Query, class: &'static str, body: AnyView) -> AnyView {
    let shell = use_shell();
    let settings = settings.clone();
    let address = shell.address(slug, &settings);
    let follow = move |event: leptos::ev::MouseEvent| {
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            shell.follow(&shell.address(slug, &settings));
        }
    };
    let current = move || (shell.slug.get() == slug).then_some("page");
    view! {
        <a class=class href=address aria-current=current on:click=follow>{body}</a>
    }
    .into_any()
}
