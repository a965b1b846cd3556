//! A text as the model reads it: its tokens, what is wrong with them, and what may be meant instead.

use std::sync::Arc;

use super::*;
use crate::app::language::Text;
use crate::data::tokenizer::{Encoding, Token, Tokenizer};

/// Replaces what stands at these bytes of the text.
pub type Replace = Arc<dyn Fn(usize, usize, &str) + Send + Sync>;

/// The tokens of the prompt: press one to see where it is heard; an unknown one offers the nearest known words.
pub fn chips(store: Store<Words>, runs: Runs) -> AnyView {
    let replace: Replace = Arc::new(move |start, end, word| {
        edit_prompt(store, runs, |prompt| {
            if prompt.get(start..end).is_some() {
                prompt.replace_range(start..end, word);
            }
        });
    });
    let chips = move || {
        let tokens = runs.encoding.with(|encoding| encoding.tokens.clone());
        (1..).zip(tokens).map(|(place, token)| chip(store, runs, place, token, &replace)).collect::<Vec<_>>()
    };
    view! { <div class="tokens" role="group" aria-label=text::TOKENS>{chips}</div> }.into_any()
}

/// Changes the prompt; the word looked at is looked at as long as the prompt has it.
pub fn edit_prompt(store: Store<Words>, runs: Runs, change: impl FnOnce(&mut String)) {
    let (before, word) = (runs.encoding.get_untracked(), runs.word.get_untracked());
    store.edit(|settings| {
        change(&mut settings.prompt);
        let after = runs.tokenizer.with_untracked(|tokenizer| tokenizer.encode(&settings.prompt));
        settings.word = super::super::word::follow(&before, word, &after);
    });
}

fn chip(store: Store<Words>, runs: Runs, place: u32, token: Token, replace: &Replace) -> AnyView {
    let pressed = move || (runs.word.get() == place).to_string();
    // A comparison of a word's weight cannot be without a word.
    let choose = move |_| {
        let now = runs.word.get_untracked();
        store.edit(|s| s.word = if now == place && s.mode != Mode::Weigh { 0 } else { place });
    };
    let number = view! { <span class="token-number" title=text::TOKEN_NUMBER>{token.id}</span> };
    if token.known {
        return view! { <button type="button" class="token" aria-pressed=pressed title=text::LOOK on:click=choose>{token.text}{number}</button> }
            .into_any();
    }
    let offers = offers(runs, &token, replace);
    view! {
        <button type="button" class="token unknown" aria-pressed=pressed title=text::LOOK on:click=choose>
            <bdi>{token.text}</bdi>{number}<span class="badge">{text::UNKNOWN}</span>
        </button>
        {offers}
    }
    .into_any()
}

/// The nearest known words of an unknown one, or that there is none.
fn offers(runs: Runs, token: &Token, replace: &Replace) -> AnyView {
    let near: Vec<String> =
        runs.tokenizer.with(|tokenizer| tokenizer.suggest(&token.text).into_iter().map(str::to_owned).collect());
    if near.is_empty() {
        return view! { <span class="no-offer">{text::NO_NEAR_WORD}</span> }.into_any();
    }
    let (start, end) = (token.start, token.end);
    let offer = |word: String| {
        let replace = replace.clone();
        let label = text::replace_with(&token.text, &word);
        let face = format!("{word}?");
        view! { <button type="button" class="token offer" aria-label=label on:click=move |_| replace(start, end, &word)>{face}</button> }
    };
    near.into_iter().map(offer).collect::<Vec<_>>().into_any()
}

/// What stands under a field of the second rank: its unknown words with what may be meant, and what has to be said of the text.
pub fn below(runs: Runs, value: Memo<String>, empty: Text, replace: Replace) -> AnyView {
    let encoding = Memo::new(move |_| runs.tokenizer.with(|tokenizer| value.with(|text| tokenizer.encode(text))));
    let unknown = move || {
        let tokens = encoding.with(|encoding| encoding.tokens.clone());
        let strange: Vec<_> = tokens.into_iter().filter(|token| !token.known).collect();
        let chip = |token: Token| {
            let offers = offers(runs, &token, &replace);
            view! { <span class="unknown"><bdi>{token.text}</bdi><span class="badge">{text::UNKNOWN}</span></span>{offers} }
        };
        (!strange.is_empty())
            .then(|| view! { <div class="tokens">{strange.into_iter().map(chip).collect::<Vec<_>>()}</div> })
    };
    let said = said(runs, encoding, value, empty);
    view! { <div class="below">{unknown}<p class="remark" role="status">{said}</p></div> }.into_any()
}

/// What has to be said of a text, followed as it changes.
pub fn said(
    runs: Runs,
    encoding: Memo<Encoding>,
    value: Memo<String>,
    empty: Text,
) -> impl Fn() -> Option<String> + Copy {
    move || {
        let most = runs.tokenizer.with(Tokenizer::max_length);
        encoding.with(|encoding| value.with(|text| remark(encoding, text, most, empty)))
    }
}

/// What has to be said of a text: nothing in it, nothing known in it, or too much of it.
fn remark(encoding: &Encoding, text: &str, max_length: usize, empty: Text) -> Option<String> {
    if let Some(cut) = encoding.cut {
        let lost: String = text.get(cut..).unwrap_or_default().chars().take(24).collect();
        return Some(text::cut(max_length - 2, &lost));
    }
    match encoding.tokens.as_slice() {
        [] => (empty != Text::NOTHING).then(|| empty.into()),
        tokens if tokens.iter().all(|token| !token.known) => Some(text::NONE_KNOWN.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_said() {
        let tokenizer = Tokenizer::of_captions();
        let said = |prompt: &str| remark(&tokenizer.encode(prompt), prompt, tokenizer.max_length(), text::EMPTY);
        assert_eq!(said("red hair"), None);
        assert_eq!(said("  ").as_deref(), Some(text::EMPTY.get()));
        assert_eq!(said("👩🏽‍🦰 שלום").as_deref(), Some(text::NONE_KNOWN.get()));
        let long = "red ".repeat(500);
        assert!(said(&long).is_some_and(|sentence| sentence.contains("30 words")));
        assert_eq!(
            remark(&tokenizer.encode(""), "", 32, Text::NOTHING),
            None,
            "an empty negative prompt is nothing special"
        );
    }
}
