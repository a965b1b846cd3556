//! Playback over numbered states: a head, a length, play and pause.

use leptos::prelude::*;

use super::clock::Clock;
use super::dom;
use super::keys::{Command, Commands};

/// How fast playback is, in milliseconds a state.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Most of the way.
    pub usual: f64,
    /// In the last fifth, where the picture is decided.
    pub ending: f64,
    /// Instead of both: milliseconds for the whole run, several states a tick where there are many.
    pub per_run: Option<f64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { usual: 80.0, ending: 150.0, per_run: None }
    }
}

/// Under reduced motion playback shows this many key frames only.
const KEY_FRAMES: usize = 5;
/// And rests on each this long, in milliseconds.
const KEY_FRAME_REST: f64 = 900.0;

/// A head on states `0..=last`.
#[derive(Clone, Copy)]
pub struct Player {
    /// The state shown.
    pub head: RwSignal<usize>,
    /// Index of the last state.
    pub last: Signal<usize>,
    /// Whether it plays.
    pub playing: RwSignal<bool>,
    /// Whether the figure is on the screen; off it, playback waits.
    pub visible: RwSignal<bool>,
    /// Where playback stops.
    stop: RwSignal<usize>,
    /// Counts playbacks, so that an old one does not go on beside a new one.
    playback: StoredValue<u32>,
    clock: Clock,
    pace: Pace,
}

impl Player {
    /// A player at state 0.
    pub fn new(clock: Clock, last: Signal<usize>, pace: Pace) -> Self {
        let (head, playing) = (RwSignal::new(0), RwSignal::new(false));
        let (stop, playback) = (RwSignal::new(usize::MAX), StoredValue::new(0));
        Self { head, last, playing, visible: RwSignal::new(true), stop, playback, clock, pace }
    }

    /// Plays from the head, or from the start if the head is at the end.
    pub fn play(self) {
        let last = self.last.get_untracked();
        if last == 0 || self.playing.get_untracked() {
            return;
        }
        if self.head.get_untracked() >= last {
            self.head.set(0);
        }
        self.stop.set(usize::MAX);
        self.start();
    }

    /// Plays once from the start to a state and rests there; under reduced motion it is there at once.
    pub fn play_to(self, state: usize) {
        let state = state.min(self.last.get_untracked());
        if dom::reduced_motion() || state == 0 {
            return self.seek(state);
        }
        self.head.set(0);
        self.stop.set(state);
        self.start();
    }

    fn start(self) {
        self.playing.set(true);
        self.playback.update_value(|count| *count += 1);
        let playback = self.playback.get_value();
        let still = dom::reduced_motion();
        let mut waited = 0.0;
        self.clock.run(move |elapsed| {
            // The figure may be gone by the next tick.
            let (Some(true), Some(visible), Some(last), Some(head)) = (
                self.playing.try_get_untracked(),
                self.visible.try_get_untracked(),
                self.last.try_get_untracked(),
                self.head.try_get_untracked(),
            ) else {
                return false;
            };
            if self.playback.try_get_value() != Some(playback) {
                return false;
            }
            if !visible {
                return true;
            }
            let stop = self.stop.try_get_untracked().unwrap_or(last).min(last);
            waited += elapsed;
            let stride = match self.pace.per_run {
                _ if still => last.div_ceil(KEY_FRAMES),
                Some(millis) => ((waited / millis * last as f64) as usize).max(1),
                None => 1,
            };
            let rest = match () {
                () if still => KEY_FRAME_REST,
                () if self.pace.per_run.is_some() => self.pace.per_run.unwrap_or_default() / last.max(1) as f64,
                () if head * 5 >= last * 4 => self.pace.ending,
                () => self.pace.usual,
            };
            if waited >= rest {
                waited = 0.0;
                self.head.try_set((head + stride).min(stop));
            }
            let playing = head < stop;
            if !playing {
                self.playing.try_set(false);
            }
            playing
        });
    }

    /// Stops where it is.
    pub fn pause(self) {
        self.playing.set(false);
    }

    /// Plays or pauses.
    pub fn toggle(self) {
        if self.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// Goes to a state and stays there: dragging beats playback.
    pub fn seek(self, state: usize) {
        self.pause();
        self.head.set(state.min(self.last.get_untracked()));
    }

    /// Understands the keys of playback from now on.
    pub fn listen(self, commands: Commands) {
        commands.listen(move |command| {
            let head = self.head.get_untracked();
            match command {
                Command::PlayPause => self.toggle(),
                Command::Step(by) => self.seek(head.saturating_add_signed(by as isize)),
                Command::First => self.seek(0),
                Command::Last => self.seek(usize::MAX),
                _ => return false,
            }
            true
        });
    }
}
