//! The picture and its noise: everything the stage of lesson 1 shows, computed on the spot.

use std::sync::Arc;

use leptos::prelude::*;

use super::painting::Painting;
use super::settings::{Curve, Forward, Subject};
use super::source::{Source, can_walk, noise_at, pixels, thin};
use super::walker::Walker;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::widgets::canvas::Bitmap;
use crate::data::avatar::SIZE;
use crate::diffusion::noise::{Purpose, Stream, batch_normal};
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use crate::diffusion::walk::jump;

/// A picture, the seed of its noise, and some of its values, each with its noise.
type Thinned = (Arc<Source>, u32, Vec<(f32, f32)>);

/// What the figure keeps between two drawings; outside the signals, for it is large.
#[derive(Default)]
struct Kept {
    source: Arc<Source>,
    noise: Vec<f32>,
    noise_seed: u32,
    walk: Option<Walker>,
    /// A thinned picture with its noise, and the seed of that; for plots of pictures too large to be computed whole.
    thinned: Option<Thinned>,
    /// What the state was last computed with: a model's schedule may change under the same settings.
    schedule: Option<NoiseSchedule>,
    /// What `state` was computed for: picture, plots and numbers of one frame share it.
    shown: Option<Shown>,
    state: Vec<f32>,
}

/// Everything a state follows from, beside its source.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    seed: u32,
    schedule: Curve,
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
    /// The subject of the settings; an avatar where the visitor has brought no picture yet.
    pub source: Memo<Arc<Source>>,
    /// Whether the pixel whose numbers are shown is marked on the picture.
    pub marked: RwSignal<bool>,
    /// What the schedule of the settings is.
    pub config: Memo<ScheduleConfig>,
    /// Its table.
    pub schedule: Memo<Option<NoiseSchedule>>,
}

impl Figure {
    /// The figure of these settings.
    pub fn new(store: Store<Forward>) -> Self {
        let curve = store.part(|settings| (settings.schedule, settings.total));
        let model = use_shell().engine.model;
        let config = Memo::new(move |_| {
            let (schedule, total) = curve.get();
            let settings = Forward { schedule, total, ..Forward::default() };
            model.with(|model| settings.config(model.as_ref().map(|model| &model.schedule)))
        });
        let schedule = Memo::new(move |_| NoiseSchedule::new(&config.get()).ok());
        let own = RwSignal::new(None);
        let painting = store.part(|settings| settings.painting.clone());
        let chosen = store.part(|settings| (settings.subject, settings.seed));
        let source = Memo::new(move |_| match chosen.get() {
            (Subject::Avatar, seed) => Arc::new(Source::avatars(seed, 1)),
            (Subject::Batch, seed) => Arc::new(Source::avatars(seed, 16)),
            (Subject::Own, seed) => own.get().unwrap_or_else(|| Arc::new(Source::avatars(seed, 1))),
            (Subject::Painting, _) => Arc::new(Source::from_rgba(SIZE, SIZE, &painting.with(Painting::rgba))),
        });
        let kept = StoredValue::new_local(Kept::default());
        Self { store, kept, own, source, marked: RwSignal::new(false), config, schedule }
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
            if kept.schedule.as_ref() != Some(&schedule) {
                kept.schedule = Some(schedule.clone());
                kept.shown = None;
            }
            if kept.shown != Some(wanted) {
                kept.compute(wanted, &schedule);
            }
            read(&kept.source, &kept.noise, &kept.state)
        })
    }

    /// Whether the state is walked to.
    pub fn walks(self) -> bool {
        self.store.get().walk && self.source.with(|source| can_walk(source))
    }

    /// Largest difference between walking to the state and jumping to it; `None` where the state was not walked to.
    pub fn disagreement(self, steps: usize) -> Option<f64> {
        self.with_walk(steps, |_, walker| walker.disagreement())
    }

    /// The state that was walked to, by one jump with the same noise.
    pub fn jumped(self, steps: usize) -> Option<Bitmap> {
        let channel = self.store.get().channel as usize;
        self.with_walk(steps, |source, walker| pixels(source, &walker.jump(), channel))
    }

    fn with_walk<T>(self, steps: usize, read: impl FnOnce(&Source, &Walker) -> T) -> Option<T> {
        if !self.walks() {
            return None;
        }
        self.with_state(steps, |_, _, _| ())?;
        self.kept.try_with_value(|kept| kept.walk.as_ref().map(|walker| read(&kept.source, walker))).flatten()
    }

    /// Values of the state for the histogram: all of a small picture, some of a large one, evenly taken.
    ///
    /// Of a large picture nothing else is computed: where a shader draws it, this is all that the page does.
    pub fn sample(self, steps: usize) -> Option<Vec<f32>> {
        let (source, seed) = (self.source.get(), self.store.get().seed);
        if can_walk(&source) {
            return self.with_state(steps, |_, _, state| state.to_vec());
        }
        let (alpha, sigma) = self.shares(steps)?;
        self.kept.try_update_value(|kept| {
            let known = kept.thinned.as_ref();
            if known.is_none_or(|(of, with, _)| !Arc::ptr_eq(of, &source) || *with != seed) {
                kept.thinned = Some((source.clone(), seed, thin(&source, seed)));
            }
            let values = kept.thinned.iter().flat_map(|(_, _, values)| values);
            values.map(|(x0, noise)| alpha * x0 + sigma * noise).collect()
        })
    }

    /// Number `index` of the clean picture and of the state.
    pub fn value(self, steps: usize, index: usize) -> Option<(f64, f64)> {
        let (source, seed) = (self.source.get(), self.store.get().seed);
        let x0 = *source.values.get(index)?;
        let x = if can_walk(&source) {
            self.with_state(steps, |_, _, state| state.get(index).copied())??
        } else {
            let (alpha, sigma) = self.shares(steps)?;
            alpha * x0 + sigma * noise_at(&source, seed, index)
        };
        Some((f64::from(x0), f64::from(x)))
    }

    fn shares(self, steps: usize) -> Option<(f32, f32)> {
        let (schedule, t) = (self.schedule.get()?, steps as i64 - 1);
        Some((schedule.alpha(t) as f32, schedule.sigma(t) as f32))
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
        if self.walk.as_ref().is_none_or(|walker| !walker.follows(schedule)) {
            self.walk = Some(Walker::new(schedule, &self.source.values, u64::from(seed)));
        }
        if let Some(walker) = &mut self.walk {
            walker.go_to(steps);
            self.state.clear();
            self.state.extend(walker.state());
        }
    }
}
