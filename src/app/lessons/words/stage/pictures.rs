//! Frames as pictures: one or several side by side, the attention over them, the difference, the strip.

use super::super::settings::Layer;
use super::*;
use crate::app::frames::Origin;

/// Thumbnails of the strip.
const THUMBNAILS: usize = 11;
/// The colours of words and of an empty ground, where the style sheet cannot be asked.
const COLOURS: [[u8; 3]; 2] = [[0x8A, 0x4F, 0xBF], [0xF1, 0xEF, 0xE8]];

/// The large picture with what stands under it, and the difference where there are two.
pub fn pictures(store: Store<Words>, runs: Runs, player: Player) -> AnyView {
    let mode = Memo::new(move |_| runs.shown.with(|shown| shown.mode));
    let label = Signal::derive(move || {
        let settings = store.get();
        let index = LAYERS.iter().position(|(_, known)| *known == settings.shown).unwrap_or(0);
        text::picture(index, player.head.get(), player.last.get(), mode.get())
    });
    let two = Memo::new(move |_| count(runs) == 2);
    let has_word = Memo::new(move |_| store.get().mode != Mode::Weigh || runs.word.get() > 0);
    let left_over = Memo::new(move |_| runs.is_left_over());
    let caption = move || if has_word.get() { text::caption(mode.get()) } else { text::NO_WORD }.get();
    let shown = move || {
        let recorded = runs.origin.get() == Origin::Recorded;
        left_over.get().then(|| text::shown_instead(&runs.shown.get().prompt, recorded))
    };
    view! {
        <div class="pictures" class:comparing=move || two.get()>
            <Scrub player on_pick=move |across, down| pick(store, runs, across, down)>
                <Picture label picture=move || bitmap(runs, player.head.get(), &store.get()) />
                {heard::mark(store, runs)}
            </Scrub>
            {move || two.get().then(|| view! {
                <figure class="difference">
                    <Picture label=text::DIFFERENCE picture=move || difference(runs, player.head.get(), store.get().shown) />
                    <figcaption>{text::DIFFERENCE}</figcaption>
                </figure>
            })}
        </div>
        <p class="remark left-over" role="status">{shown}</p>
        <p class="remark caption">{caption}</p>
        {heard::legend(store, runs, player)}
    }
    .into_any()
}

/// Marks the pixel under a press, in whichever picture of the sheet; pressed again, it is let go.
fn pick(store: Store<Words>, runs: Runs, across: f64, down: f64) {
    let Some((size, width, height)) = untrack(|| sheet(runs)) else { return };
    let at = |share: f64, whole: usize| (share * whole as f64) as usize % (size + 1);
    let (column, row) = (at(across, width), at(down, height));
    if column < size && row < size {
        let pixel = (row * size + column + 1) as u32;
        store.edit(|settings| settings.pixel = if settings.pixel == pixel { 0 } else { pixel });
    }
}

/// How many pictures the run on the stage has.
fn count(runs: Runs) -> usize {
    runs.shown_spec().map_or(1, |spec| spec.pictures() as usize)
}

fn columns(pictures: usize) -> usize {
    if pictures > 2 { 4 } else { pictures }
}

/// Size of one picture, and width and height of the sheet that holds all of a run.
pub fn sheet(runs: Runs) -> Option<(usize, usize, usize)> {
    let (size, count) = (runs.watch(0, |frame| frame.size as usize)?, count(runs));
    let columns = columns(count).max(1);
    Some((size, columns * (size + 1) - 1, count.div_ceil(columns) * (size + 1) - 1))
}

fn layer_of(frame: &Frame, layer: Layer) -> &[u8] {
    match layer {
        Layer::State => &frame.x,
        Layer::Denoised => &frame.denoised,
        Layer::Noise => &frame.noise,
    }
}

/// A layer of a state as a picture, with the attention of the word looked at over the first sample.
pub fn bitmap(runs: Runs, head: usize, settings: &Words) -> Option<Bitmap> {
    let heat = heat(runs, head, settings);
    plain(runs, head, settings.shown, |rgba, size| {
        if let Some(heat) = &heat {
            attention::overlay(rgba, size, heat, attention::strongest(heat), colours()[0]);
        }
    })
}

/// A layer of a state as a picture, changed before it is laid out.
pub fn plain(runs: Runs, head: usize, layer: Layer, change: impl Fn(&mut [u8], usize)) -> Option<Bitmap> {
    runs.watch(head, |frame| {
        let (size, mut rgba) = (frame.size as usize, layer_of(frame, layer).to_vec());
        change(&mut rgba, size);
        Bitmap::grid(&rgba, size, columns(rgba.len() / (size * size * 4).max(1)))
    })
}

/// The colour of words and of an empty ground in the theme of the moment.
fn colours() -> [[u8; 3]; 2] {
    use_shell().prefs.theme.track();
    [dom::colour("--words").unwrap_or(COLOURS[0]), dom::colour("--wash").unwrap_or(COLOURS[1])]
}

/// Where the word looked at is heard in a state; after the last step, where it was heard in that step.
pub fn heat(runs: Runs, head: usize, settings: &Words) -> Option<attention::Heat> {
    let word = Some(runs.heard.get() as usize).filter(|word| *word > 0)?;
    let (layer, of) = (settings.layer as usize, settings.head as usize);
    let at = |state: usize| runs.watch(state, |frame| attention::heat(frame, word, layer, of)).flatten();
    at(head).or_else(|| at(head.checked_sub(1)?))
}

/// Where the first two pictures of a state differ in a layer: brightness is the distance of the colours.
fn difference(runs: Runs, head: usize, layer: Layer) -> Option<Bitmap> {
    runs.watch(head, |frame| {
        let size = frame.size as usize;
        let (one, other) = layer_of(frame, layer).split_at_checked(size * size * 4)?;
        let pixels = one.chunks_exact(4).zip(other.chunks_exact(4)).flat_map(|(a, b)| {
            let distance = a.iter().zip(b).take(3).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            [distance, distance, distance, 255]
        });
        Some(Bitmap::grid(&pixels.collect::<Vec<u8>>(), size, 1))
    })
    .flatten()
}

/// The states of the strip, evenly spread over the run.
fn strip_states(last: usize) -> [usize; THUMBNAILS] {
    std::array::from_fn(|index| ((index * last + THUMBNAILS / 2) / (THUMBNAILS - 1)).min(last))
}

/// The largest share on the strip, which all of its maps are drawn to.
fn strip_scale(runs: Runs, settings: &Words) -> Option<f32> {
    let maps = strip_states(runs.last_state().get()).map(|state| heat(runs, state, settings));
    maps.iter().flatten().map(attention::strongest).reduce(f32::max)
}

/// What the strip shows.
pub fn strip_label(store: Store<Words>, runs: Runs) -> String {
    let settings = store.get();
    strip_scale(runs, &settings).map_or_else(|| text::STRIP.into(), text::strip_of_word)
}

/// Predicted pictures evenly spread over the run; under them where the word looked at is heard, or the states without one.
pub fn strip(store: Store<Words>, runs: Runs) -> Option<Bitmap> {
    let settings = store.get();
    let size = runs.watch(0, |frame| frame.size as usize)?;
    let (full, [words, ground]) = (strip_scale(runs, &settings), colours());
    let mut sheet = Bitmap::new(THUMBNAILS * (size + 1) - 1, 2 * size + 1);
    for (index, state) in strip_states(runs.last_state().get()).into_iter().enumerate() {
        let heat = heat(runs, state, &settings);
        runs.watch(state, |frame| {
            let first = |rgba: &[u8]| rgba.get(..size * size * 4).unwrap_or_default().to_vec();
            let mut below = first(&frame.x);
            if let (Some(heat), Some(full)) = (&heat, full) {
                let [red, green, blue] = ground;
                below = [red, green, blue, 255].repeat(size * size);
                attention::overlay(&mut below, size, heat, full, words);
            }
            sheet.put(&first(&frame.denoised), size, index * (size + 1), 0);
            sheet.put(&below, size, index * (size + 1), size + 1);
        });
    }
    Some(sheet)
}
