//! Lines of text: the prompt with its dice and its tokens, and the fields of the comparisons.

use std::sync::Arc;

use super::*;
use crate::app::language::Text;
use crate::app::widgets::controls::name_of;
use crate::data::balanced::avatar_for_training;
use crate::data::captions::caption;
use crate::data::look::Look;
use crate::diffusion::noise::{Purpose, Stream};

/// What the grammar of the training captions says of a random avatar.
pub fn random_caption() -> String {
    let seed = u64::from(dom::random_seed());
    caption(&Look::of(&avatar_for_training(seed)), Stream::new(seed, Purpose::Data)).text
}

/// A line of text in any script.
fn field(label: Text, value: Memo<String>, on_change: impl Fn(String) + 'static) -> AnyView {
    view! {
        <label class="control text-field" data-control=name_of(label.english())>
            <span class="control-label">{label}</span>
            <input type="text" dir="auto" autocomplete="off" spellcheck="false" prop:value=move || value.get()
                on:input=move |event| on_change(event_target_value(&event)) />
        </label>
    }
    .into_any()
}

/// A text of the settings beside the prompt.
#[derive(Clone, Copy)]
pub struct Line {
    label: Text,
    /// Said of it where it is empty; nothing where that is usual.
    empty: Text,
    get: fn(&Words) -> &String,
    get_mut: fn(&mut Words) -> &mut String,
}

/// What to move away from.
pub const NEGATIVE: Line =
    Line { label: text::NEGATIVE, empty: Text::NOTHING, get: |s| &s.negative, get_mut: |s| &mut s.negative };
/// The second prompt.
pub const OTHER: Line =
    Line { label: text::OTHER, empty: text::OTHER_EMPTY, get: |s| &s.other, get_mut: |s| &mut s.other };
/// The text taken away.
pub const MINUS: Line =
    Line { label: text::MINUS, empty: text::MINUS_EMPTY, get: |s| &s.minus, get_mut: |s| &mut s.minus };
/// The text added.
pub const PLUS: Line = Line { label: text::PLUS, empty: text::PLUS_EMPTY, get: |s| &s.plus, get_mut: |s| &mut s.plus };

/// The field of such a text, and under it what the model does not know of it.
pub fn line(store: Store<Words>, runs: Runs, line: Line) -> AnyView {
    let value = Memo::new(move |_| (line.get)(&store.get()).clone());
    let replace = Arc::new(move |start: usize, end: usize, word: &str| {
        store.edit(|settings| {
            let text = (line.get_mut)(settings);
            if text.get(start..end).is_some() {
                text.replace_range(start..end, word);
            }
        });
    });
    view! {
        <div class="text-line">
            {field(line.label, value, move |text| store.edit(|settings| *(line.get_mut)(settings) = text))}
            {tokens::below(runs, value, line.empty, replace)}
        </div>
    }
    .into_any()
}

/// The prompt with its dice and its tokens.
pub fn bar(store: Store<Words>, runs: Runs) -> AnyView {
    let prompt = store.part(|settings| settings.prompt.clone());
    let is_pushed = store.part(|settings| !settings.negative.trim().is_empty());
    let said = move || {
        let empty = if is_pushed.get() { text::EMPTY_BUT_NEGATIVE } else { text::EMPTY };
        tokens::said(runs, runs.encoding, prompt, empty)()
    };
    view! {
        <div class="prompt">
            <div class="prompt-line">
                {field(text::PROMPT, prompt, move |text| tokens::edit_prompt(store, runs, |prompt| *prompt = text))}
                <button type="button" class="icon-button" aria-label=text::DICE title=text::DICE
                    on:click=move |_| tokens::edit_prompt(store, runs, |prompt| *prompt = random_caption())>"⚄"</button>
            </div>
            {tokens::chips(store, runs)}
            <p class="remark" role="status">{said}</p>
        </div>
    }
    .into_any()
}
