//! Frames as pictures: layers, the split, the difference, the strip.

use super::maps::{Map, distance, signed, values};
use super::*;
use crate::diffusion::sampler::Sampler;

/// Thumbnails of the strip.
const THUMBNAILS: usize = 11;

/// The large picture, or all four layers, or two runs with a split and their difference.
pub fn pictures(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    let all = store.part(|settings| settings.layer == Layer::All);
    let body = move || if all.get() { four(store, runs, player) } else { one(store, runs, player) };
    view! { {body} }.into_any()
}

/// State, both predictions and the change of one step side by side.
fn four(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    let figure = |(index, (_, layer)): (usize, &(&str, Layer))| {
        let layer = *layer;
        let head = move || player.head.get();
        let label =
            Signal::derive(move || text::picture(index, player.head.get(), player.last.get(), store.get().many));
        let shown = move || {
            runs.version.track();
            bitmap(runs, Which::Main, head(), layer)
        };
        view! {
            <figure class="layer">
                <Scrub player on_pick=picker(store, runs)><Picture label picture=shown />{mark(store, runs)}</Scrub>
                <figcaption>{indexed(text::LAYERS[index].get())}{(layer == Layer::Update).then(|| signed_legend(runs, player))}</figcaption>
            </figure>
        }
    };
    let figures: Vec<_> =
        LAYERS.iter().enumerate().filter(|(_, (_, layer))| *layer != Layer::All).map(figure).collect();
    view! { <div class="layers">{figures}</div> }.into_any()
}

fn one(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    let layer = move || store.get().layer;
    let label = Signal::derive(move || {
        let index = LAYERS.iter().position(|(_, known)| *known == layer()).unwrap_or(0);
        text::picture(index, player.head.get(), player.last.get(), store.get().many)
    });
    let shown = move |which: Which| {
        move || {
            runs.version.track();
            bitmap(runs, which, player.head.get(), layer())
        }
    };
    let clip = move || format!("inset(0 0 0 {}%)", store.get().split);
    let compare = store.part(|settings| settings.compare);
    let is_update = store.part(|settings| settings.layer == Layer::Update);
    let split_text = Signal::derive(move || format!("{} %", store.get().split));
    view! {
        <div class="pictures" class:comparing=move || compare.get()>
            <Scrub player on_pick=picker(store, runs)>
                <Picture label picture=shown(Which::Main) />
                {move || compare.get().then(|| view! {
                    <div class="over" style:clip-path=clip><Picture label=text::OTHER picture=shown(Which::Other) /></div>
                    <div class="split-line" style:left=move || format!("{}%", store.get().split)></div>
                })}
                {mark(store, runs)}
            </Scrub>
            {move || compare.get().then(|| differences(store, runs, player))}
        </div>
        {move || is_update.get().then(|| signed_legend(runs, player))}
        {move || compare.get().then(|| view! {
            <Slider label=text::SPLIT range=(0.0, 100.0, 1.0) value=Signal::derive(move || f64::from(store.get().split))
                text=split_text on_change=move |split| store.edit(|s| s.split = split as u32) />
        })}
    }
    .into_any()
}

/// Where the two runs differ in the layer that is shown, with the range.
fn differences(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
    let map = Memo::new(move |_| difference(runs, player.head.get(), store.get().layer));
    let picture = move || map.with(|map| map.as_ref().map(|(frame, map)| sheet_of(*frame, &map.rgba)));
    let range = move || map.with(|map| map.as_ref().map_or(0.0, |(_, map)| f64::from(map.range)));
    view! {
        <figure class="difference">
            <Picture label=text::DIFFERENCE picture />
            <figcaption class="readout">{text::DIFFERENCE}" "<span class="scale distance" aria-hidden="true"></span>
                {move || text::range(0.0, range())}</figcaption>
        </figure>
    }
    .into_any()
}

/// What the colours of the change mean.
fn signed_legend(runs: Runs, player: Player) -> AnyView {
    let range = Memo::new(move |_| {
        runs.version.track();
        change(runs, Which::Main, player.head.get()).map_or(0.0, |(_, map)| f64::from(map.range))
    });
    view! {
        <span class="scale-range readout"><span class="scale signed" aria-hidden="true"></span>{move || text::range(-range.get(), range.get())}</span>
    }
    .into_any()
}

/// Takes the pixel under the pointer, where one picture is shown.
fn picker(store: Store<Reverse>, runs: Runs) -> impl Fn(f64, f64) + 'static {
    move |across: f64, down: f64| {
        let Some((size, 1)) = runs.with(Which::Main, 0, |frame| (frame.size, frame.count)) else { return };
        let at = |share: f64| (share * f64::from(size)) as u32;
        runs.marked.set(true);
        store.edit(|settings| settings.pixel = at(down) * size + at(across));
    }
}

/// A frame around the pixel whose numbers are shown; it lights up with x_t.
fn mark(store: Store<Reverse>, runs: Runs) -> AnyView {
    let place = move || {
        let (size, count) = runs.watch(Which::Main, 0, |frame| (frame.size, frame.count))?;
        let pixel = store.get().pixel;
        let share = |cell: u32| f64::from(cell) * 100.0 / f64::from(size.max(1));
        let shown = runs.marked.get() && count == 1 && pixel < size * size;
        let (left, top, side) = (share(pixel % size.max(1)), share(pixel / size.max(1)), share(1));
        shown.then(|| [left, top, side].map(|share| format!("{share}%")))
    };
    let place = Memo::new(move |_| place());
    let part = move |index: usize| move || place.get().map(|parts| parts[index].clone()).unwrap_or_default();
    view! {
        <span class="pixel-mark" data-link="xt" aria-hidden="true" hidden=move || place.get().is_none()
            style:left=part(0) style:top=part(1) style:width=part(2) style:height=part(2)></span>
    }
    .into_any()
}

/// Size of each picture and number of columns of the sheet they are laid out on.
type Sheet = (usize, usize);

fn sheet(frame: &Frame) -> Sheet {
    (frame.size as usize, if frame.count > 1 { 4 } else { 1 })
}

fn sheet_of((size, columns): Sheet, rgba: &[u8]) -> Bitmap {
    Bitmap::grid(rgba, size, columns)
}

/// A layer of a state as a picture; several samples as a grid of four columns, all layers as two by two.
pub fn bitmap(runs: Runs, which: Which, head: usize, layer: Layer) -> Option<Bitmap> {
    match layer {
        Layer::All => two_by_two(runs, which, head),
        Layer::Update => change(runs, which, head).map(|(sheet, map)| sheet_of(sheet, &map.rgba)),
        Layer::State => runs.with(which, head, |frame| sheet_of(sheet(frame), &frame.x)),
        Layer::Denoised => runs.with(which, head, |frame| sheet_of(sheet(frame), &frame.denoised)),
        Layer::Noise => runs.with(which, head, |frame| sheet_of(sheet(frame), &frame.noise)),
    }
}

/// The comparison as it is on the screen: both runs on their sides of the split, and their difference, each with a caption.
pub fn compared(runs: Runs, head: usize, settings: &Reverse) -> Option<Vec<(Bitmap, String)>> {
    let mut both = bitmap(runs, Which::Main, head, settings.layer)?;
    let other = bitmap(runs, Which::Other, head, settings.layer)?;
    let split = both.width * settings.split as usize / 100;
    for (index, pixel) in both.rgba.chunks_exact_mut(4).enumerate() {
        if index % both.width.max(1) >= split
            && let Some(from) = other.rgba.get(index * 4..index * 4 + 4)
        {
            pixel.copy_from_slice(from);
        }
    }
    let names = [settings.sampler, settings.other].map(Sampler::name);
    let caption = text::compared(names, head, runs.last_state().get());
    let (sheet, map) = difference(runs, head, settings.layer)?;
    Some(vec![(both, caption), (sheet_of(sheet, &map.rgba), text::DIFFERENCE.to_string())])
}

fn two_by_two(runs: Runs, which: Which, head: usize) -> Option<Bitmap> {
    let layers = [Layer::State, Layer::Denoised, Layer::Noise, Layer::Update];
    let pictures: Vec<Bitmap> = layers.iter().filter_map(|layer| bitmap(runs, which, head, *layer)).collect();
    let side = pictures.first()?.width;
    let mut all = Bitmap::new(2 * side + 1, 2 * side + 1);
    for (index, picture) in pictures.iter().enumerate() {
        all.put(&picture.rgba, side, index % 2 * (side + 1), index / 2 * (side + 1));
    }
    Some(all)
}

/// The numbers of a layer of a run.
fn numbers(runs: Runs, which: Which, head: usize, layer: Layer) -> Option<Vec<f32>> {
    let next = (layer == Layer::Update).then(|| runs.with(which, head + 1, Frame::clone)).flatten();
    runs.with(which, head, |frame| values(frame, next.as_ref(), layer))
}

/// What a step changes, as a map.
fn change(runs: Runs, which: Which, head: usize) -> Option<(Sheet, Map)> {
    let change = numbers(runs, which, head, Layer::Update)?;
    runs.with(which, head, |frame| (sheet(frame), signed(frame, &change)))
}

/// Where the two runs differ at a state, as a map.
fn difference(runs: Runs, head: usize, layer: Layer) -> Option<(Sheet, Map)> {
    runs.version.track();
    let (main, other) = (numbers(runs, Which::Main, head, layer)?, numbers(runs, Which::Other, head, layer)?);
    runs.with(Which::Main, head, |frame| (sheet(frame), distance(frame, &main, &other)))
}

/// States above, predicted pictures below, evenly spread over the run (of the first sample).
pub fn strip(runs: Runs) -> Option<Bitmap> {
    runs.version.track();
    let last = runs.last_state().get();
    let size = runs.with(Which::Main, 0, |frame| frame.size as usize)?;
    let mut sheet = Bitmap::new(THUMBNAILS * (size + 1) - 1, 2 * size + 1);
    for index in 0..THUMBNAILS {
        let state = (index * last + THUMBNAILS / 2) / (THUMBNAILS - 1);
        runs.with(Which::Main, state.min(last), |frame| {
            let bytes = size * size * 4;
            sheet.put(frame.x.get(..bytes).unwrap_or(&[]), size, index * (size + 1), 0);
            sheet.put(frame.denoised.get(..bytes).unwrap_or(&[]), size, index * (size + 1), size + 1);
        });
    }
    Some(sheet)
}
