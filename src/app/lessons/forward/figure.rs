//! The picture and its noise: everything the stage of lesson 1 shows, computed on the spot.

use std::sync::Arc;

use leptos::prelude::*;

use super::settings::{Forward, Subject};
use crate::app::store::Store;
use crate::app::widgets::canvas::Bitmap;
use crate::data::avatar::{Avatar, SIZE};
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::diffusion::schedule::{BetaSchedule, NoiseSchedule};
use crate::diffusion::walk::{ForwardWalk, jump};

/// A subject as numbers: `count` pictures of `width · height` pixels, three values a pixel, in [−1, 1].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Number of pictures.
    pub count: usize,
    /// `[count, height, width, 3]`.
    pub values: Vec<f32>,
}

impl Source {
    /// One picture of RGBA bytes; transparent parts lie on white.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Self {
        let over = |pixel: &[u8], c: usize| {
            let alpha = f32::from(pixel[3]) / 255.0;
            (f32::from(pixel[c]) * alpha + 255.0 * (1.0 - alpha)) / 127.5 - 1.0
        };
        let values = rgba.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|c| over(pixel, c))).collect();
        Self { width, height, count: 1, values }
    }

    /// Avatars of consecutive seeds.
    pub fn avatars(seed: u32, count: usize) -> Self {
        let seeds = (0..count as u64).map(|index| u64::from(seed) + index);
        let values = seeds.flat_map(|seed| Avatar::from_seed(seed).rgb()).map(|v| f32::from(v) / 127.5 - 1.0).collect();
        Self { width: SIZE, height: SIZE, count, values }
    }
}

/// What the figure keeps between two drawings; outside the signals, for it is large.
#[derive(Default)]
struct Kept {
    source: Arc<Source>,
    noise: Vec<f32>,
    noise_seed: u32,
    walk: Option<(NoiseSchedule, ForwardWalk)>,
    /// What `state` was computed for: picture, plots and numbers of one frame share it.
    shown: Option<Shown>,
    state: Vec<f32>,
}

/// Everything a state follows from, beside its source.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    seed: u32,
    schedule: BetaSchedule,
    total: u32,
    walk: bool,
    steps: usize,
}

/// The figure; copy it freely.
#[derive(Clone, Copy)]
pub struct Figure {
    store: Store<Forward>,
    kept: StoredValue<Kept, LocalStorage>,
    /// The visitor's picture.
    pub own: RwSignal<Option<Arc<Source>>>,
    /// The painting, RGB of each pixel.
    pub painting: RwSignal<Vec<[u8; 3]>>,
    /// The subject of the settings; an avatar where the visitor has brought no picture yet.
    pub source: Memo<Arc<Source>>,
    /// Whether the pixel whose numbers are shown is marked on the picture.
    pub marked: RwSignal<bool>,
    /// The schedule of the settings.
    pub schedule: Memo<Option<NoiseSchedule>>,
}

impl Figure {
    /// The figure of these settings.
    pub fn new(store: Store<Forward>) -> Self {
        let curve = store.part(|settings| (settings.schedule, settings.total));
        let schedule = Memo::new(move |_| {
            let (schedule, total) = curve.get();
            Forward { schedule, total, ..Forward::default() }.noise_schedule()
        });
        let (own, painting) = (RwSignal::new(None), RwSignal::new(vec![[255; 3]; SIZE * SIZE]));
        let chosen = store.part(|settings| (settings.subject, settings.seed));
        let source = Memo::new(move |_| match chosen.get() {
            (Subject::Avatar, seed) => Arc::new(Source::avatars(seed, 1)),
            (Subject::Batch, seed) => Arc::new(Source::avatars(seed, 16)),
            (Subject::Own, seed) => own.get().unwrap_or_else(|| Arc::new(Source::avatars(seed, 1))),
            (Subject::Painting, _) => {
                let rgba: Vec<u8> = painting.get().iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
                Arc::new(Source::from_rgba(SIZE, SIZE, &rgba))
            }
        });
        let kept = StoredValue::new_local(Kept::default());
        Self { store, kept, own, painting, source, marked: RwSignal::new(false), schedule }
    }

    /// The settings, tracked.
    pub fn settings(self) -> Forward {
        self.store.get()
    }

    /// Computes the state after `steps` steps and lets `read` look at it: source, noise, state.
    pub fn with_state<T>(self, steps: usize, read: impl FnOnce(&Source, &[f32], &[f32]) -> T) -> Option<T> {
        let (source, settings, schedule) = (self.source.get(), self.store.get(), self.schedule.get()?);
        let Forward { seed, schedule: curve, total, walk, .. } = settings;
        let wanted = Shown { seed, schedule: curve, total, walk, steps };
        self.kept.try_update_value(|kept| {
            if !Arc::ptr_eq(&kept.source, &source) || kept.noise_seed != settings.seed || kept.noise.is_empty() {
                let values = source.width * source.height * 3;
                let stream = Stream::new(u64::from(settings.seed), Purpose::Forward);
                kept.noise = batch_normal(stream, source.count, values);
                kept.noise_seed = settings.seed;
                kept.walk = None;
                kept.shown = None;
                kept.source = source;
            }
            if kept.shown != Some(wanted) {
                kept.compute(wanted, &schedule);
            }
            read(&kept.source, &kept.noise, &kept.state)
        })
    }

    /// Largest difference between walking to the state and jumping to it; `None` where the state was not walked to.
    pub fn disagreement(self, steps: usize) -> Option<f64> {
        let walks = self.store.get().walk && self.with_state(steps, |source, _, _| can_walk(source))?;
        let schedule = self.schedule.get().filter(|_| walks)?;
        self.kept.try_with_value(|kept| kept.walk.as_ref().map(|(_, walk)| walk.disagreement(&schedule))).flatten()
    }

    /// The clean picture.
    pub fn clean(self) -> Bitmap {
        self.source.with(|source| pixels(source, &source.values, 0))
    }

    /// The state as a picture.
    pub fn bitmap(self, steps: usize) -> Option<Bitmap> {
        let channel = self.store.get().channel as usize;
        self.with_state(steps, |source, _, state| pixels(source, state, channel))
    }
}

impl Kept {
    /// Fills `state`.
    fn compute(&mut self, wanted: Shown, schedule: &NoiseSchedule) {
        if wanted.walk && can_walk(&self.source) {
            self.walk_to(wanted.steps, schedule, wanted.seed);
        } else {
            let t = wanted.steps as i64 - 1;
            let (alpha, sigma) = (schedule.alpha(t) as f32, schedule.sigma(t) as f32);
            jump(&self.source.values, &self.noise, alpha, sigma, &mut self.state);
        }
        self.shown = Some(wanted);
    }

    /// Walks on where it can, starts again where the schedule or the noise has changed.
    fn walk_to(&mut self, steps: usize, schedule: &NoiseSchedule, seed: u32) {
        if self.walk.as_ref().is_none_or(|(known, _)| known != schedule) {
            self.walk = Some((schedule.clone(), ForwardWalk::new(self.source.values.clone(), u64::from(seed))));
        }
        if let Some((_, walk)) = &mut self.walk {
            walk.go_to(steps, schedule);
            self.state.clear();
            self.state.extend(walk.state().iter().map(|value| *value as f32));
        }
    }
}

/// Index of the red value under cell `pixel` of a 16 × 16 raster laid over the picture as it is shown.
pub fn value_index(source: &Source, pixel: usize) -> usize {
    let middle = |cell: usize, length: usize| (2 * cell + 1) * length / (2 * SIZE);
    let (column, row) = (pixel % SIZE, pixel / SIZE);
    if source.count == 1 {
        return (middle(row, source.height) * source.width + middle(column, source.width)) * 3;
    }
    // A grid of four columns with one pixel between its tiles, as `pixels` draws it.
    let pitch = source.width + 1;
    let place = |cell: usize| {
        let at = middle(cell, 4 * pitch - 1);
        (at / pitch, (at % pitch).min(source.width - 1))
    };
    let ((across, x), (down, y)) = (place(column), place(row));
    (((down * 4 + across) * source.height + y) * source.width + x) * 3
}

/// A thousand steps on a photograph would take minutes; small pictures walk at once.
pub fn can_walk(source: &Source) -> bool {
    source.values.len() <= SIZE * SIZE * 3
}

/// Values as bytes: one picture as it is, several as a grid of four columns.
fn pixels(source: &Source, state: &[f32], channel: usize) -> Bitmap {
    let byte = |value: f32| ((value.clamp(-1.0, 1.0) + 1.0) * 127.5 + 0.5) as u8;
    let mut rgba = Vec::with_capacity(state.len() / 3 * 4);
    for pixel in state.chunks_exact(3) {
        match channel {
            1..=3 => rgba.extend([byte(pixel[channel - 1]); 3]),
            _ => rgba.extend([byte(pixel[0]), byte(pixel[1]), byte(pixel[2])]),
        }
        rgba.push(255);
    }
    if source.count > 1 {
        return Bitmap::grid(&rgba, source.width, 4);
    }
    Bitmap { width: source.width, height: source.height, rgba }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_picture_comes_back_byte_for_byte() {
        let rgba: Vec<u8> = (0..=255u8).flat_map(|v| [v, 255 - v, 7, 255]).collect();
        let source = Source::from_rgba(16, 16, &rgba);
        assert_eq!(pixels(&source, &source.values, 0).rgba, rgba);
        let red: Vec<u8> = rgba.chunks_exact(4).flat_map(|p| [p[0], p[0], p[0], 255]).collect();
        assert_eq!(pixels(&source, &source.values, 1).rgba, red);
    }

    #[test]
    fn the_marked_cell_reads_the_value_under_it() {
        let avatar = Source::avatars(3, 1);
        assert!((0..256).all(|pixel| value_index(&avatar, pixel) == pixel * 3));
        let photograph = Source { width: 512, height: 256, count: 1, values: vec![0.0; 512 * 256 * 3] };
        // Cell (15, 15) spans columns 480–511 and rows 240–255: its middle is (496, 248).
        assert_eq!(value_index(&photograph, 255), (248 * 512 + 496) * 3);
        let batch = Source::avatars(3, 16);
        // The last cell lies in the last tile, the first in the first.
        assert_eq!(value_index(&batch, 255) / (SIZE * SIZE * 3), 15);
        assert_eq!(value_index(&batch, 0) / (SIZE * SIZE * 3), 0);
        assert!((0..256).all(|pixel| value_index(&batch, pixel) < batch.values.len()));
    }

    #[test]
    fn transparent_parts_lie_on_white() {
        assert_eq!(Source::from_rgba(1, 1, &[0, 0, 0, 0]).values, [1.0, 1.0, 1.0]);
    }
}
