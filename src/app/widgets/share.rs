//! What is on the screen, to take along: its link, the code that embeds it in another page, its settings as JSON.

use leptos::prelude::*;

use super::controls::Button;
use crate::app::dom;
use crate::app::shell::use_shell;
use crate::app::strings;

/// The panel of a lesson that asks `question`; in an embedded page a link to the whole lesson instead.
pub fn share(question: &'static str) -> AnyView {
    let shell = use_shell();
    if shell.embed {
        let open = move |_| {
            window().open_with_url_and_target(&shell.address_now(false), "_blank").ok();
        };
        return view! { <button type="button" class="button small" data-control="share" on:click=open>{strings::OPEN_LESSON}</button> }
            .into_any();
    }
    let said = RwSignal::new(String::new());
    // What the browser does not copy stands there to be copied by hand.
    let copy = move |text: String| {
        dom::copy(&text.clone(), move |copied| {
            said.try_set(if copied { strings::COPIED.into() } else { strings::copy_by_hand(&text) });
        });
    };
    let names = RwSignal::new(String::new());
    let list = move |_| names.set(strings::hide_names(&dom::control_names().join(", ")));
    let json = move || shell.settings.with_value(|settings| settings.as_ref().map(|settings| settings().1));
    view! {
        <details class="share" data-control="share" on:toggle=list>
            <summary>{strings::SHARE}</summary>
            <div class="chip-body">
                <div class="choice-row">
                    <Button class="small" label=strings::COPY_LINK on_press=move || copy(shell.address_now(false)) />
                    <Button class="small" label=strings::COPY_EMBED on_press=move || copy(snippet(&shell.address_now(true), question)) />
                    <Button class="small" label=strings::COPY_JSON on_press=move || copy(json().unwrap_or_default()) />
                    <Button class="small" label=strings::SAVE_JSON on_press=move || {
                        let name = format!("noisewalk-{}.json", shell.slug.get_untracked());
                        dom::offer_bytes(&name, json().unwrap_or_default().as_bytes(), "application/json");
                    } />
                    <span role="status" class="small-print">{move || said.get()}</span>
                </div>
                <p class="small-print">{move || names.get()}</p>
            </div>
        </details>
    }
    .into_any()
}

/// HTML that shows `address` inside another page.
fn snippet(address: &str, question: &str) -> String {
    let address = address.replace('&', "&amp;").replace('"', "%22");
    format!(
        "<iframe src=\"{address}\" title=\"{}: {question}\" width=\"100%\" height=\"720\" style=\"border: 0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>",
        strings::TITLE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_end_the_attribute_it_stands_in() {
        let html = snippet("https://host/?a=\"><b>&embed=1", "Why?");
        assert!(html.starts_with("<iframe src=\"https://host/?a=%22><b>&amp;embed=1\" title=\"Noisewalk: Why?\""));
    }
}
