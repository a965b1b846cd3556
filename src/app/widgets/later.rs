//! Parts of the page that are built in tasks of their own, so that no task holds the browser up for long.

use std::time::Duration;

use leptos::prelude::*;

/// Builds a part once what runs now is done.
pub fn later(build: impl FnOnce() -> AnyView + 'static) -> AnyView {
    let due = RwSignal::new(false);
    let build = StoredValue::new_local(Some(build));
    set_timeout(
        move || {
            due.try_set(true);
        },
        Duration::ZERO,
    );
    let part = move || due.get().then(|| build.try_update_value(Option::take).flatten().map(|build| build()));
    view! { {part} }.into_any()
}
