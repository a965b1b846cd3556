//! Frames as pictures: layers, the split, the difference, the strip.

use super::*;

/// Thumbnails of the strip.
const THUMBNAILS: usize = 11;

/// The large picture, or two with a split and their difference.
pub fn pictures(store: Store<Reverse>, runs: Runs, player: Player) -> AnyView {
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
    let pick = move |across: f64, down: f64| {
        let size = runs.with(Which::Main, 0, |frame| frame.size).unwrap_or(16);
        if runs.with(Which::Main, 0, |frame| frame.count == 1) == Some(true) {
            let at = |share: f64| (share * f64::from(size)) as u32;
            store.edit(|settings| settings.pixel = at(down) * size + at(across));
        }
    };
    let compare = store.part(|settings| settings.compare);
    let split_text = Signal::derive(move || format!("{} %", store.get().split));
    view! {
        <div class="pictures" class:comparing=move || compare.get()>
            <Scrub player on_pick=pick>
                <Picture label picture=shown(Which::Main) />
                {move || compare.get().then(|| view! {
                    <div class="over" style:clip-path=clip><Picture label=text::OTHER picture=shown(Which::Other) /></div>
                    <div class="split-line" style:left=move || format!("{}%", store.get().split)></div>
                })}
            </Scrub>
            {move || compare.get().then(|| view! {
                <figure class="difference">
                    <Picture label=text::DIFFERENCE picture=move || difference(runs, player.head.get()) />
                    <figcaption>{text::DIFFERENCE}</figcaption>
                </figure>
            })}
        </div>
        {move || compare.get().then(|| view! {
            <Slider label=text::SPLIT range=(0.0, 100.0, 1.0) value=Signal::derive(move || f64::from(store.get().split))
                text=split_text on_change=move |split| store.edit(|s| s.split = split as u32) />
        })}
    }
    .into_any()
}

/// A layer of a state as a picture; several samples as a grid of four columns.
pub fn bitmap(runs: Runs, which: Which, head: usize, layer: Layer) -> Option<Bitmap> {
    let columns = |frame: &Frame| if frame.count > 1 { 4 } else { 1 };
    let grid = |frame: &Frame, rgba: &[u8]| Bitmap::grid(rgba, frame.size as usize, columns(frame));
    if layer == Layer::Update {
        let next = runs.with(which, head + 1, |frame| frame.values.clone());
        return runs.with(which, head, |frame| {
            let next = next.as_deref().unwrap_or(&frame.values);
            let third = frame.values.len() / 3;
            let change: Vec<f32> = next.iter().zip(&frame.values).take(third).map(|(next, now)| next - now).collect();
            grid(frame, &signed_pixels(frame, &change))
        });
    }
    runs.with(which, head, |frame| {
        let rgba = match layer {
            Layer::Denoised => &frame.denoised,
            Layer::Noise => &frame.noise,
            Layer::State | Layer::Update => &frame.x,
        };
        grid(frame, rgba)
    })
}

/// Numbers around zero as colours around grey, stretched so that the largest is full.
fn signed_pixels(frame: &Frame, values: &[f32]) -> Vec<u8> {
    let (area, channels) = ((frame.size * frame.size) as usize, frame.channels.max(1) as usize);
    let largest = values.iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
    let byte = |value: f32| (127.5 + value / largest * 127.5).round() as u8;
    let mut out = Vec::with_capacity(values.len() / channels * 4);
    for picture in values.chunks_exact(area * channels) {
        for pixel in 0..area {
            out.extend([0, 1, 2].map(|channel: usize| byte(picture[channel.min(channels - 1) * area + pixel])));
            out.push(255);
        }
    }
    out
}

/// Where the two runs differ at a state: brightness is the distance of the colours.
fn difference(runs: Runs, head: usize) -> Option<Bitmap> {
    runs.version.track();
    let other = runs.with(Which::Other, head, |frame| frame.x.clone())?;
    runs.with(Which::Main, head, |frame| {
        let pixels = frame.x.chunks_exact(4).zip(other.chunks_exact(4)).flat_map(|(a, b)| {
            let distance = a.iter().zip(b).take(3).map(|(a, b)| u32::from(a.abs_diff(*b))).max().unwrap_or(0) as u8;
            [distance, distance, distance, 255]
        });
        let columns = if frame.count > 1 { 4 } else { 1 };
        Bitmap::grid(&pixels.collect::<Vec<u8>>(), frame.size as usize, columns)
    })
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
