//! The prompt: a line of text, its tokens as the model knows them, what is wrong with them and what may be meant.

use super::*;
use crate::app::widgets::controls::name_of;
use crate::data::balanced::avatar_for_training;
use crate::data::captions::caption;
use crate::data::look::Look;
use crate::data::tokenizer::{Encoding, Token, Tokenizer};
use crate::diffusion::noise::{Purpose, Stream};

/// What the grammar of the training captions says of a random avatar.
pub fn random_caption() -> String {
    let seed = u64::from(dom::random_seed());
    caption(&Look::of(&avatar_for_training(seed)), Stream::new(seed, Purpose::Data)).text
}

/// A line of text in any script.
pub fn field(label: &'static str, value: Memo<String>, on_change: impl Fn(String) + 'static) -> AnyView {
    view! {
        <label class="control text-field" data-control=name_of(label)>
            <span class="control-label">{label}</span>
            <input type="text" dir="auto" autocomplete="off" spellcheck="false" prop:value=move || value.get()
                on:input=move |event| on_change(event_target_value(&event)) />
        </label>
    }
    .into_any()
}

/// The prompt with its dice and its tokens.
pub fn bar(store: Store<Words>, runs: Runs) -> AnyView {
    let prompt = store.part(|settings| settings.prompt.clone());
    let tokenizer = runs.tokenizer();
    let encoding = Memo::new(move |_| tokenizer.with(|tokenizer| tokenizer.encode(&prompt.get())));
    let chips = move || {
        let tokens = encoding.with(|encoding| encoding.tokens.clone());
        tokens.into_iter().enumerate().map(|(index, token)| chip(store, tokenizer, index, token)).collect::<Vec<_>>()
    };
    let said = move || encoding.with(|encoding| remark(encoding, &prompt.get(), tokenizer.with(Tokenizer::max_length)));
    view! {
        <div class="prompt">
            <div class="prompt-line">
                {field(text::PROMPT, prompt, move |text| store.edit(|s| { s.prompt = text; s.word = 0; }))}
                <button type="button" class="icon-button" aria-label=text::DICE title=text::DICE
                    on:click=move |_| store.edit(|s| { s.prompt = random_caption(); s.word = 0; })>"⚄"</button>
            </div>
            <div class="tokens" role="group" aria-label=text::TOKENS>{chips}</div>
            <p class="remark" role="status">{said}</p>
        </div>
    }
    .into_any()
}

/// A token: press it to see where it was looked for; an unknown one offers the nearest known words instead.
fn chip(store: Store<Words>, tokenizer: Memo<Tokenizer>, index: usize, token: Token) -> AnyView {
    let place = index as u32 + 1;
    if token.known {
        let pressed = move || (store.get().word == place).to_string();
        // A comparison of a word's weight cannot be without a word.
        let choose = move |_| {
            store.edit(|s| s.word = if s.word == place && s.mode != Mode::Weigh { 0 } else { place });
        };
        return view! { <button type="button" class="token" aria-pressed=pressed title=text::LOOK on:click=choose>{token.text}</button> }
            .into_any();
    }
    let near: Vec<String> =
        tokenizer.with(|tokenizer| tokenizer.suggest(&token.text).into_iter().map(str::to_owned).collect());
    let (start, end) = (token.start, token.end);
    let offers: Vec<_> = near
        .into_iter()
        .map(|word| {
            let label = text::replace_with(&token.text, &word);
            let face = format!("{word}?");
            let replace = move |_| {
                store.edit(|settings| {
                    if settings.prompt.get(start..end).is_some() {
                        settings.prompt.replace_range(start..end, &word);
                    }
                });
            };
            view! { <button type="button" class="token offer" aria-label=label on:click=replace>{face}</button> }
        })
        .collect();
    view! { <span class="unknown" title=text::UNKNOWN><bdi>{token.text.clone()}</bdi><span class="badge">{text::UNKNOWN}</span></span>{offers} }
        .into_any()
}

/// What has to be said of a text: nothing in it, nothing known in it, or too much of it.
fn remark(encoding: &Encoding, prompt: &str, max_length: usize) -> Option<String> {
    if let Some(cut) = encoding.cut {
        let lost: String = prompt.get(cut..).unwrap_or_default().chars().take(24).collect();
        return Some(text::cut(max_length - 2, &lost));
    }
    match encoding.tokens.as_slice() {
        [] => Some(text::EMPTY.into()),
        tokens if tokens.iter().all(|token| !token.known) => Some(text::NONE_KNOWN.into()),
        _ => None,
    }
}

/// Which layer and which head the map comes from.
pub fn attention_controls(store: Store<Words>, runs: Runs) -> AnyView {
    let shape = Memo::new(move |_| {
        let read = |frame: &Frame| frame.attention.iter().map(|map| (map.layer.clone(), map.heads)).collect::<Vec<_>>();
        runs.watch(0, read).unwrap_or_default()
    });
    let chosen = store.part(|settings| (settings.layer, settings.head));
    let option =
        |value: u32, now: u32, name: String| view! { <option value=value selected=value == now>{name}</option> };
    let layers = move || {
        let names = shape.get().into_iter().map(|(name, _)| text::layer_name(&name));
        let names = std::iter::once(text::MEAN.to_owned()).chain(names);
        names.zip(0..).map(|(name, index)| option(index, chosen.get().0, name)).collect::<Vec<_>>()
    };
    let heads = move || {
        let layer = chosen.get().0 as usize;
        let count =
            shape.with(|shape| layer.checked_sub(1).and_then(|layer| shape.get(layer)).map_or(0, |(_, heads)| *heads));
        let names = std::iter::once(text::MEAN.to_owned()).chain((1..=count).map(|head| head.to_string()));
        names.zip(0..).map(|(name, index)| option(index, chosen.get().1, name)).collect::<Vec<_>>()
    };
    let number = |event| event_target_value(&event).parse::<u32>().unwrap_or(0);
    view! {
        <label class="control" data-control="attention"><span class="control-label">{text::ATTENTION_LAYER}</span>
            <select on:change=move |event| store.edit(|s| { s.layer = number(event); s.head = 0; })>{layers}</select></label>
        <label class="control" data-control="head"><span class="control-label">{text::ATTENTION_HEAD}</span>
            <select on:change=move |event| store.edit(|s| s.head = number(event))>{heads}</select></label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_said() {
        let tokenizer = Tokenizer::of_captions();
        let said = |prompt: &str| remark(&tokenizer.encode(prompt), prompt, tokenizer.max_length());
        assert_eq!(said("red hair"), None);
        assert_eq!(said("  ").as_deref(), Some(text::EMPTY));
        assert_eq!(said("👩🏽‍🦰 שלום").as_deref(), Some(text::NONE_KNOWN));
        let long = "red ".repeat(500);
        assert!(said(&long).is_some_and(|sentence| sentence.contains("30 words")));
    }
}
