//! A guided tour of a lesson: it sets the real tool, lights one part of it at a time, and asks the visitor to use it.
//!
//! A tour is a list of [`Stop`]s beside the lesson's beats.
//! [`offer`] ties it to the lesson's settings and hides their type; the frame of the lesson then shows its button and its panel.
//! How far a visitor came stays in their browser.

mod overlay;
mod panel;
mod place;

use leptos::prelude::*;

pub use panel::{button, panel};

use super::dom;
use super::player::Player;
use super::settings::Settings;
use super::shell::use_shell;
use super::store::Store;
use crate::app::language::Text;

/// What a visitor is asked to do, and how the settings show that it was done.
type Ask<T> = (Text, fn(&T) -> bool);

/// One stop of a tour.
pub struct Stop<T> {
    /// The `data-control` of the part that is lit.
    pub target: &'static str,
    /// What is said of it, at most 45 words.
    pub text: Text,
    /// Changes the lesson's plain settings to what the stop shows.
    pub set: fn(&mut T),
    /// Where the play head goes, as a share of the run; `None` leaves it where it is.
    pub at: Option<f64>,
    /// What the visitor is asked to do, and how the settings show that it was done.
    pub ask: Option<Ask<T>>,
}

/// What the panel says at a stop.
#[derive(Clone, Copy)]
struct Words {
    target: &'static str,
    text: Text,
    ask: Option<Text>,
}

/// The tour of the lesson on the screen; copy it freely.
#[derive(Clone, Copy)]
pub struct Tour {
    slug: &'static str,
    /// The stop shown; `None` while the tour is closed.
    stop: RwSignal<Option<usize>>,
    /// How far the visitor came.
    progress: RwSignal<Progress>,
    /// Whether what the stop asks for was done.
    met: Memo<Met>,
    words: StoredValue<Vec<Words>>,
    enter: StoredValue<Box<dyn Fn(usize)>, LocalStorage>,
}

/// A stop, and whether what it asks for was done; once done it stays so.
type Met = (Option<usize>, bool);

/// How far a visitor came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Never began.
    Fresh,
    /// Left at a stop.
    Left(usize),
    /// Saw the last stop.
    Done,
}

impl Progress {
    /// Reads what the storage holds; nonsense counts as nothing.
    fn read(text: Option<&str>, stops: usize) -> Self {
        match text {
            Some("done") => Self::Done,
            Some(text) => text.parse().ok().filter(|stop| *stop < stops).map_or(Self::Fresh, Self::Left),
            None => Self::Fresh,
        }
    }

    fn write(self) -> String {
        match self {
            Self::Fresh => String::new(),
            Self::Left(stop) => stop.to_string(),
            Self::Done => "done".into(),
        }
    }
}

/// Offers a tour of the lesson that is being built; an embedded page has none.
pub fn offer<T: Settings>(slug: &'static str, stops: &'static [Stop<T>], store: Store<T>, player: Player) {
    let shell = use_shell();
    if shell.embed {
        return;
    }
    let stop = RwSignal::new(None::<usize>);
    let met = Memo::new(move |before: Option<&Met>| {
        let settings = store.get();
        let index = stop.get();
        let was_met = before.is_some_and(|(at, met)| *at == index && *met);
        let ask = index.and_then(|index| stops.get(index)?.ask);
        (index, was_met || ask.is_some_and(|(_, done)| done(&settings)))
    });
    let enter = move |index: usize| {
        let Some(stop) = stops.get(index) else { return };
        store.edit(|settings| {
            *settings = T::default();
            (stop.set)(settings);
        });
        if let Some(share) = stop.at {
            player.seek((player.last.get_untracked() as f64 * share) as usize);
        }
    };
    let words = stops.iter().map(|stop| Words { target: stop.target, text: stop.text, ask: stop.ask.map(|ask| ask.0) });
    let tour = Tour {
        slug,
        stop,
        progress: RwSignal::new(Progress::read(dom::stored(&key(slug)).as_deref(), stops.len())),
        met,
        words: StoredValue::new(words.collect()),
        enter: StoredValue::new_local(Box::new(enter)),
    };
    shell.tour.set_value(Some(tour));
    on_cleanup(move || {
        shell.tour.try_update_value(|offered| offered.take_if(|offered| offered.slug == slug));
    });
}

/// Where the browser keeps how far the visitor came.
fn key(slug: &str) -> String {
    format!("tour-{slug}")
}

impl Tour {
    /// Whether it is the tour of this lesson.
    pub fn is_of(self, slug: &str) -> bool {
        self.slug == slug
    }

    /// Whether it is under way; the text then leaves the stage alone.
    pub fn is_open(self) -> bool {
        self.stop.try_get_untracked().flatten().is_some()
    }

    fn len(self) -> usize {
        self.words.with_value(Vec::len)
    }

    fn words(self, stop: usize) -> Option<Words> {
        self.words.try_with_value(|words| words.get(stop).copied()).flatten()
    }

    /// Goes to a stop and sets the tool.
    fn go(self, stop: usize) {
        self.enter.with_value(|enter| enter(stop));
        self.stop.set(Some(stop));
        self.keep(Progress::Left(stop));
    }

    /// Begins, or goes on where it was left.
    fn start(self) {
        match self.progress.get_untracked() {
            Progress::Left(stop) => self.go(stop),
            Progress::Fresh | Progress::Done => self.go(0),
        }
    }

    /// The next stop; after the last one the tour is done.
    fn next(self) {
        match self.stop.get_untracked() {
            Some(stop) if stop + 1 < self.len() => self.go(stop + 1),
            Some(_) => {
                self.keep(Progress::Done);
                self.stop.set(None);
            }
            None => {}
        }
    }

    /// The stop before.
    fn back(self) {
        if let Some(stop) = self.stop.get_untracked().and_then(|stop| stop.checked_sub(1)) {
            self.go(stop);
        }
    }

    /// Closes the tour; it can be gone on with.
    fn leave(self) {
        self.stop.set(None);
    }

    fn keep(self, progress: Progress) {
        self.progress.set(progress);
        dom::store(&key(self.slug), &progress.write());
    }
}

/// What every tour must keep, for the tests beside each list: short texts, nothing done before the visitor did it, an end that asks.
#[cfg(test)]
pub fn check<T: Settings>(stops: &[Stop<T>]) {
    for stop in stops {
        let words = stop.text.english().split_whitespace().count()
            + stop.ask.map_or(0, |(ask, _)| ask.english().split_whitespace().count());
        assert!(words <= 60, "{words} words: {}", stop.text);
        let mut settings = T::default();
        (stop.set)(&mut settings);
        assert!(stop.ask.is_none_or(|(_, done)| !done(&settings)), "done on arrival: {}", stop.text);
    }
    assert!(stops.last().is_some_and(|stop| stop.ask.is_some()), "a tour ends with something to do");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_survives_the_storage_and_nonsense_is_nothing() {
        for progress in [Progress::Fresh, Progress::Left(0), Progress::Left(4), Progress::Done] {
            assert_eq!(Progress::read(Some(&progress.write()), 5), progress);
        }
        for nonsense in [None, Some("5"), Some("-1"), Some("banana")] {
            assert_eq!(Progress::read(nonsense, 5), Progress::Fresh, "{nonsense:?}");
        }
    }
}
