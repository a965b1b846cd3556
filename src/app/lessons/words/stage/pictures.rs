//! Frames as pictures: one or several side by side, the attention over them, the difference, the strip.

use super::super::settings::Layer;
use super::*;

/// Thumbnails of the strip.
const THUMBNAILS: usize = 11;
/// The colour of words, as a map has it.
const WORD_COLOUR: [u8; 3] = [0x8A, 0x4F, 0xBF];

/// The large picture with what stands under it, and the difference where there are two.
pub fn pictures(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    let label = Signal::derive(move || {
        let settings = store.get();
        let index = LAYERS.iter().position(|(_, known)| *known == settings.shown).unwrap_or(0);
        text::picture(index, player.head.get(), player.last.get(), settings.mode)
    });
    let two = Memo::new(move |_| count(runs) == 2);
    let mode = store.part(|settings| settings.mode);
    view! {
        <div class="pictures" class:comparing=move || two.get()>
            <Scrub player on_pick=|_, _| {}>
                <Picture label picture=move || bitmap(runs, player.head.get(), &store.get()) />
            </Scrub>
            {move || two.get().then(|| view! {
                <figure class="difference">
                    <Picture label=text::DIFFERENCE picture=move || difference(runs, player.head.get()) />
                    <figcaption>{text::DIFFERENCE}</figcaption>
                </figure>
            })}
        </div>
        <p class="remark caption">{move || text::caption(mode.get())}</p>
    }
    .into_any()
}

/// How many pictures the run on the stage has.
fn count(runs: Runs) -> usize {
    runs.shown_spec().map_or(1, |spec| spec.pictures() as usize)
}

fn columns(pictures: usize) -> usize {
    if pictures > 2 { 4 } else { pictures }
}

/// A layer of a state as a picture, with the attention of the chosen word over the first sample.
pub fn bitmap(runs: Runs, head: usize, settings: &Words) -> Option<Bitmap> {
    let heat = (settings.word > 0).then(|| heat(runs, head, settings)).flatten();
    runs.watch(head, |frame| {
        let rgba = match settings.shown {
            Layer::State => &frame.x,
            Layer::Denoised => &frame.denoised,
            Layer::Noise => &frame.noise,
        };
        let size = frame.size as usize;
        let mut rgba = rgba.clone();
        if let Some(heat) = &heat {
            attention::overlay(&mut rgba, size, heat, WORD_COLOUR);
        }
        Bitmap::grid(&rgba, size, columns(rgba.len() / (size * size * 4).max(1)))
    })
}

/// Where the chosen word was looked for at a state; after the last step, where it was looked for in that step.
fn heat(runs: Runs, head: usize, settings: &Words) -> Option<(usize, Vec<f32>)> {
    let (word, layer, of) = (settings.word as usize, settings.layer as usize, settings.head as usize);
    let at = |state: usize| runs.watch(state, |frame| attention::heat(frame, word, layer, of)).flatten();
    at(head).or_else(|| at(head.checked_sub(1)?))
}

/// Where the first two pictures of a state differ: brightness is the distance of the colours.
fn difference(runs: Runs, head: usize) -> Option<Bitmap> {
    runs.watch(head, |frame| {
        let size = frame.size as usize;
        let (one, other) = frame.x.split_at_checked(size * size * 4)?;
        let pixels = one.chunks_exact(4).zip(other.chunks_exact(4)).flat_map(|(a, b)| {
            let distance = a.iter().zip(b).take(3).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            [distance, distance, distance, 255]
        });
        Some(Bitmap::grid(&pixels.collect::<Vec<u8>>(), size, 1))
    })
    .flatten()
}

/// Predicted pictures evenly spread over the run; under them where the chosen word was looked for, or the states without one.
pub fn strip(store: Store<Words>, runs: Runs) -> Option<Bitmap> {
    let settings = store.get();
    let last = runs.last_state().get();
    let size = runs.watch(0, |frame| frame.size as usize)?;
    let mut sheet = Bitmap::new(THUMBNAILS * (size + 1) - 1, 2 * size + 1);
    for index in 0..THUMBNAILS {
        let state = ((index * last + THUMBNAILS / 2) / (THUMBNAILS - 1)).min(last);
        let heat = (settings.word > 0).then(|| heat(runs, state, &settings)).flatten();
        runs.watch(state, |frame| {
            let first = |rgba: &[u8]| rgba.get(..size * size * 4).unwrap_or_default().to_vec();
            let mut below = first(&frame.x);
            if let Some(heat) = &heat {
                below = [0xF2, 0xF0, 0xF5, 255].repeat(size * size);
                attention::overlay(&mut below, size, heat, WORD_COLOUR);
            }
            sheet.put(&first(&frame.denoised), size, index * (size + 1), 0);
            sheet.put(&below, size, index * (size + 1), size + 1);
        });
    }
    Some(sheet)
}
