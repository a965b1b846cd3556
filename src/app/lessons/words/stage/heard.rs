//! What is heard where: the scale of a word's map, what the marked pixel listened to, which layer and head are looked at.

use super::*;

/// What stands under the picture of a word's map, and of a marked pixel.
pub fn legend(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    let asks = Memo::new(move |_| runs.word.get() > 0 || store.get().pixel > 0);
    let of_grid = Memo::new(move |_| runs.shown.with(|shown| shown.mode == Mode::Grid));
    let word = move || {
        let place = runs.heard.get().checked_sub(1)? as usize;
        let tokens = runs.tokenizer.with(|tokenizer| tokenizer.encode(&runs.shown.get().prompt)).tokens;
        tokens.get(place).map(|token| token.text.clone())
    };
    let scale = move || {
        let (word, heat) = (word()?, pictures::heat(runs, player.head.get(), &store.get())?);
        let sentence = text::legend(&word, attention::strongest(&heat));
        Some(view! { <p class="remark legend"><span class="ramp" aria-hidden="true"></span>{sentence}</p> })
    };
    let content = move || {
        if asks.get() && of_grid.get() {
            return view! { <p class="remark">{text::GRID_IS_DEAF}</p> }.into_any();
        }
        view! { {scale()}{listened(store, runs, player)} }.into_any()
    };
    view! { {content} }.into_any()
}

/// The words that the marked pixel listened to in this step, with their shares.
fn listened(store: Store<Words>, runs: Runs, player: Player) -> Option<AnyView> {
    let settings = store.get();
    let place = settings.pixel.checked_sub(1)? as usize;
    let (layer, of) = (settings.layer as usize, settings.head as usize);
    let at = |state: usize| {
        let read = |frame: &Frame| {
            let size = frame.size as usize;
            let place = (place / size.max(1), place % size.max(1));
            (place.0 < size).then(|| attention::listened(frame, place, layer, of)).flatten()
        };
        runs.watch(state, read).flatten()
    };
    // The finished picture asked nothing; the step before it did.
    let head = player.head.get();
    let shares = at(head).or_else(|| at(head.checked_sub(1)?))?;
    let tokens = runs.tokenizer.with(|tokenizer| tokenizer.encode(&runs.shown.get().prompt)).tokens;
    let words: Vec<(String, f32)> =
        tokens.into_iter().zip(shares.into_iter().skip(1)).map(|(token, share)| (token.text, share)).collect();
    let rest = 1.0 - words.iter().map(|(_, share)| share).sum::<f32>();
    let words = words.into_iter().chain([(text::MARKS.to_string(), rest.max(0.0))]);
    let item = |(word, share): (String, f32)| {
        let percent = text::percent(share);
        view! { <li style:--share=share.clamp(0.0, 1.0).to_string()><bdi>{word}</bdi>" "<span class="readout">{percent}</span></li> }
    };
    let size = runs.watch(0, |frame| frame.size as usize).unwrap_or(1).max(1);
    let heading = text::listened(place % size + 1, place / size + 1);
    Some(
        view! { <div class="listened"><p class="remark">{heading}</p><ul>{words.map(item).collect::<Vec<_>>()}</ul></div> }
            .into_any(),
    )
}

/// A frame around the marked pixel, where it lies in the first picture of the sheet.
pub fn mark(store: Store<Words>, runs: Runs) -> AnyView {
    let pixel = store.part(|settings| settings.pixel);
    let style = move || {
        let place = pixel.get().checked_sub(1)? as usize;
        let (size, width, height) = pictures::sheet(runs)?;
        let share = |part: usize, whole: usize| part as f64 * 100.0 / whole.max(1) as f64;
        let shares = [share(place % size, width), share(place / size, height), share(1, width), share(1, height)];
        (place < size * size).then(|| shares.map(|share| format!("{share}%")))
    };
    let mark = move || {
        style().map(|[left, top, width, height]| {
            view! {
                <span class="pixel-mark" aria-hidden="true"
                    style:left=left style:top=top style:width=width style:height=height></span>
            }
        })
    };
    view! { {mark} }.into_any()
}

/// Which layer and which head the maps come from, as the model on the stage has them.
pub fn controls(store: Store<Words>, runs: Runs) -> AnyView {
    let shape = Memo::new(move |_| {
        let read = |frame: &Frame| {
            frame.attention.iter().map(|map| (map.layer.clone(), map.size, map.heads)).collect::<Vec<_>>()
        };
        runs.watch(0, read).unwrap_or_default()
    });
    let is_deaf = move || shape.with(Vec::is_empty);
    let chosen = store.part(|settings| (settings.layer, settings.head));
    let option =
        |value: u32, now: u32, name: String| view! { <option value=value selected=value == now>{name}</option> };
    let layers = move || {
        let names = shape.get().into_iter().map(|(name, size, _)| text::layer_name(&name, size));
        let names = std::iter::once(text::MEAN.to_string()).chain(names);
        names.zip(0..).map(|(name, index)| option(index, chosen.get().0, name)).collect::<Vec<_>>()
    };
    let heads = move || {
        let layer = chosen.get().0 as usize;
        let count = shape
            .with(|shape| layer.checked_sub(1).and_then(|layer| shape.get(layer)).map_or(0, |(_, _, heads)| *heads));
        let names = std::iter::once(text::MEAN.to_string()).chain((1..=count).map(|head| head.to_string()));
        names.zip(0..).map(|(name, index)| option(index, chosen.get().1, name)).collect::<Vec<_>>()
    };
    let number = |event| event_target_value(&event).parse::<u32>().unwrap_or(0);
    view! {
        <label class="control" data-control="attention"><span class="control-label">{text::ATTENTION_LAYER}</span>
            <select disabled=is_deaf on:change=move |event| store.edit(|s| { s.layer = number(event); s.head = 0; })>{layers}</select></label>
        <label class="control" data-control="head"><span class="control-label">{text::ATTENTION_HEAD}</span>
            <select disabled=is_deaf on:change=move |event| store.edit(|s| s.head = number(event))>{heads}</select></label>
    }
    .into_any()
}

/// The pixel that is asked, for those who do not point: the same as pressing the picture.
pub fn pixel(store: Store<Words>, runs: Runs) -> AnyView {
    let size = Memo::new(move |_| runs.watch(0, |frame| frame.size).unwrap_or(16));
    let value = store.part(|settings| settings.pixel);
    let said = Signal::derive(move || text::pixel(value.get(), size.get()));
    let slider = move || {
        let most = f64::from(size.get() * size.get());
        view! {
            <Slider label=text::PIXEL range=(0.0, most, 1.0) value=Signal::derive(move || f64::from(value.get()))
                text=said on_change=move |pixel| store.edit(|s| s.pixel = pixel as u32) />
        }
    };
    view! { {slider} }.into_any()
}
