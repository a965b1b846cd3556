//! A lesson's settings as a signal: read from the address, mirrored back to it, undone and redone.

use std::time::Duration;

use leptos::prelude::*;

use super::dom;
use super::history::History;
use super::keys::Command;
use super::query::Query;
use super::settings::Settings;
use super::shell::use_shell;

/// The address follows this long after the last change (milliseconds): browsers limit how often it may.
const SETTLE: u64 = 250;

/// The settings of the lesson on the screen.
pub struct Store<T: Settings> {
    now: RwSignal<T>,
    history: StoredValue<History<T>>,
    travelled: StoredValue<Option<Listener<T>>, LocalStorage>,
}

/// Called with the settings that an undo or a redo has brought back.
type Listener<T> = Box<dyn Fn(T)>;

impl<T: Settings> Clone for Store<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Settings> Copy for Store<T> {}

impl<T: Settings> Store<T> {
    /// The settings, tracked.
    pub fn get(self) -> T {
        self.now.get()
    }

    /// The settings, untracked.
    pub fn peek(self) -> T {
        self.now.get_untracked()
    }

    /// One part of the settings; changes only when that part does.
    pub fn part<P: PartialEq + Send + Sync + 'static>(self, of: fn(&T) -> P) -> Memo<P> {
        Memo::new(move |_| self.now.with(of))
    }

    /// Changes the settings in a way that can be undone; a drag is one change.
    pub fn edit(self, change: impl FnOnce(&mut T)) {
        let before = self.peek();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.history.update_value(|history| history.note(&before, dom::now()));
            self.now.set(after);
        }
    }

    /// Changes the settings without a trace in the history: where the play head rests, which beat is read.
    pub fn follow(self, change: impl FnOnce(&mut T)) {
        let mut after = self.peek();
        change(&mut after);
        if after != self.peek() {
            self.now.set(after);
        }
    }

    fn travel(self, step: fn(&mut History<T>, &T) -> Option<T>) {
        let present = self.peek();
        if let Some(Some(settings)) = self.history.try_update_value(|history| step(history, &present)) {
            self.now.set(settings.clone());
            self.travelled.with_value(|listener| listener.iter().for_each(|listener| listener(settings.clone())));
        }
    }

    /// Calls `listener` after every undo and redo: what is no setting itself, such as the play head, has to follow.
    pub fn on_travel(self, listener: impl Fn(T) + 'static) {
        self.travelled.set_value(Some(Box::new(listener)));
    }

    /// Takes the last change back.
    pub fn undo(self) {
        self.travel(History::undo);
    }

    /// Takes an undo back.
    pub fn redo(self) {
        self.travel(History::redo);
    }
}

/// The settings of lesson `slug`: from the address now, in the address from now on.
pub fn use_store<T: Settings>(slug: &'static str) -> Store<T> {
    let shell = use_shell();
    let (settings, notices) = T::read(&Query::parse(&dom::search()));
    notices.into_iter().for_each(|sentence| shell.notify(sentence));
    let store = Store {
        now: RwSignal::new(settings),
        history: StoredValue::new(History::default()),
        travelled: StoredValue::new_local(None),
    };
    let now = move || store.now.try_with_untracked(|now: &T| (now.write(), now.json(slug))).unwrap_or_default();
    shell.settings.set_value(Some(Box::new(now)));
    shell.commands.listen(move |command| {
        match command {
            Command::Undo => store.undo(),
            Command::Redo => store.redo(),
            _ => return false,
        }
        true
    });
    let waiting: StoredValue<Option<TimeoutHandle>> = StoredValue::new(None);
    let cancel = move || {
        if let Some(Some(handle)) = waiting.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |first: Option<()>| {
        let query = store.now.with(T::write);
        if first.is_some() {
            cancel();
            let show = move || dom::show_address(&shell.address(slug, &query), false);
            waiting.set_value(set_timeout_with_handle(show, Duration::from_millis(SETTLE)).ok());
        }
    });
    on_cleanup(cancel);
    store
}
