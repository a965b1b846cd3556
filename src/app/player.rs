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

impl Pace {
    /// Where the head is after `elapsed` more milliseconds; `None` where it stays. `waited` counts up to the next move.
    ///
    /// `still` stands for reduced motion: few key frames with a long rest on each.
    fn advance(self, waited: &mut f64, elapsed: f64, (head, last): (usize, usize), still: bool) -> Option<usize> {
        *waited += elapsed;
        let rest = match self.per_run {
            _ if still => KEY_FRAME_REST,
            Some(millis) => millis / last.max(1) as f64,
            None if head * 5 >= last * 4 => self.ending,
            None => self.usual,
        };
        if *waited < rest {
            return None;
        }
        let stride = match self.per_run {
            _ if still => last.div_ceil(KEY_FRAMES),
            Some(_) => (*waited / rest) as usize,
            None => 1,
        };
        // What is left of the time counts for the next states where many go by in a tick.
        *waited = if self.per_run.is_some() && !still { *waited - rest * stride as f64 } else { 0.0 };
        Some(head + stride)
    }
}

/// Under reduced motion playback shows this many key frames only.
const KEY_FRAMES: usize = 5;
/// And rests on each this long, in milliseconds.
const KEY_FRAME_REST: f64 = 900.0;

/// What waits for a run that is longer than the one on the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Rest on a state.
    Rest(usize),
    /// Play on to a state.
    Play(usize),
}

/// A head on states `0..=last`.
#[derive(Clone, Copy)]
pub struct Player {
    /// The state shown.
    pub head: RwSignal<usize>,
    /// Index of the last state.
    pub last: Signal<usize>,
    /// Whether it plays.
    pub playing: RwSignal<bool>,
    /// Where playback stops.
    stop: StoredValue<usize>,
    goal: StoredValue<Option<Goal>>,
    /// Counts playbacks, so that an old one does not go on beside a new one.
    playback: StoredValue<u32>,
    clock: Clock,
    pace: Pace,
}

impl Player {
    /// A player at state 0.
    pub fn new(clock: Clock, last: Signal<usize>, pace: Pace) -> Self {
        let player = Self {
            head: RwSignal::new(0),
            last,
            playing: RwSignal::new(false),
            stop: StoredValue::new(usize::MAX),
            goal: StoredValue::new(None),
            playback: StoredValue::new(0),
            clock,
            pace,
        };
        Effect::new(move || player.meet(last.get()));
        player
    }

    /// Follows a change of the length.
    fn meet(self, last: usize) {
        match self.goal.get_value() {
            Some(Goal::Rest(state)) if state <= last => self.seek(state),
            Some(Goal::Play(state)) if state <= last => {
                self.goal.set_value(None);
                self.stop.set_value(state);
                if !self.playing.get_untracked() && self.head.get_untracked() < state {
                    self.start();
                }
            }
            _ if self.head.get_untracked() > last => self.head.set(last),
            _ => {}
        }
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
        self.goal.set_value(None);
        self.stop.set_value(usize::MAX);
        self.start();
    }

    /// Plays once from the start to a state and rests there; under reduced motion it is there at once.
    ///
    /// Where the run is still too short, playback goes on as soon as it is long enough.
    pub fn play_to(self, state: usize) {
        if dom::reduced_motion() || state == 0 {
            return self.aim(state);
        }
        let waits = state != usize::MAX && state > self.last.get_untracked();
        self.goal.set_value(waits.then_some(Goal::Play(state)));
        self.head.set(0);
        self.stop.set_value(state);
        if self.last.get_untracked() > 0 {
            self.start();
        }
    }

    fn start(self) {
        self.playing.set(true);
        self.playback.update_value(|count| *count += 1);
        let playback = self.playback.get_value();
        let still = dom::reduced_motion();
        let mut waited = 0.0;
        self.clock.run(move |elapsed| {
            // The figure may be gone by the next tick.
            let (Some(true), Some(last), Some(head)) =
                (self.playing.try_get_untracked(), self.last.try_get_untracked(), self.head.try_get_untracked())
            else {
                return false;
            };
            if self.playback.try_get_value() != Some(playback) {
                return false;
            }
            let stop = self.stop.try_get_value().unwrap_or(last).min(last);
            if let Some(next) = self.pace.advance(&mut waited, elapsed, (head, last), still) {
                self.head.try_set(next.min(stop));
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
        self.goal.set_value(None);
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

    /// Goes to a state and stays there; where the run is still too short, as soon as it is long enough.
    pub fn aim(self, state: usize) {
        self.seek(state);
        if state > self.last.get_untracked() && state != usize::MAX {
            self.goal.set_value(Some(Goal::Rest(state)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The states seen, and how long each was, when `last` states are played at 60 ticks a second.
    fn play(pace: Pace, last: usize, still: bool) -> Vec<(usize, f64)> {
        const TICK: f64 = 1000.0 / 60.0;
        let (mut head, mut waited, mut seen) = (0, 0.0, vec![(0, 0.0)]);
        while head < last {
            seen.last_mut().unwrap().1 += TICK;
            if let Some(next) = pace.advance(&mut waited, TICK, (head, last), still) {
                head = next.min(last);
                seen.push((head, 0.0));
            }
        }
        seen
    }

    #[test]
    fn a_run_plays_state_by_state_and_slower_in_its_last_fifth() {
        let seen = play(Pace::default(), 20, false);
        assert_eq!(seen.iter().map(|(state, _)| *state).collect::<Vec<_>>(), (0..=20).collect::<Vec<_>>());
        for (state, millis) in &seen[..20] {
            let rest = if *state < 16 { 80.0 } else { 150.0 };
            // A state is left at the first tick after its time.
            assert!((rest..rest + 17.0).contains(millis), "{state}: {millis}");
        }
    }

    #[test]
    fn a_long_run_takes_its_time_whatever_its_length() {
        for last in [10, 100, 1000] {
            let seen = play(Pace { per_run: Some(6000.0), ..Pace::default() }, last, false);
            let whole: f64 = seen.iter().map(|(_, millis)| millis).sum();
            // To the tick.
            assert!((5990.0..6020.0).contains(&whole), "{last}: {whole}");
        }
    }

    #[test]
    fn reduced_motion_shows_key_frames() {
        for pace in [Pace::default(), Pace { per_run: Some(6000.0), ..Pace::default() }] {
            let seen = play(pace, 1000, true);
            assert_eq!(seen.iter().map(|(state, _)| *state).collect::<Vec<_>>(), [0, 200, 400, 600, 800, 1000]);
            assert!(seen[..5].iter().all(|(_, millis)| *millis >= KEY_FRAME_REST));
        }
    }
}
