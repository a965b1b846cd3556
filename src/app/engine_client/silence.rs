//! A worker that says nothing for too long.

use leptos::prelude::*;

use super::{EngineClient, Status};
use crate::app::strings;
use crate::protocol::DeviceChoice;

/// How often the watcher looks, in seconds, and how often in a row it must find silence before a working engine counts as dead: two minutes,
/// since compiling shaders on a slow GPU takes many seconds. Looks are counted and not the time: a closed laptop looks once when it wakes.
const LOOK: u64 = 5;
const LOOKS: u32 = 24;

/// How often the engine is started again before the page gives up on a live device.
const MAX_RESTARTS: u32 = 3;

impl EngineClient {
    /// Starts the engine again, a few times.
    pub(super) fn crashed(self, message: &str) {
        let restarts = self.inner.try_update_value(|inner| {
            inner.restarts += 1;
            inner.restarts
        });
        let choice = self.choice.get_untracked();
        // What kills the engine while it is opened would kill the next one too.
        if matches!(self.status.get_untracked(), Status::Loading(..)) {
            self.given.set(None);
        }
        if restarts.is_some_and(|restarts| restarts <= MAX_RESTARTS) {
            self.message.set(Some(strings::engine_restarted(message)));
            self.restart(choice);
        } else {
            self.restart(DeviceChoice::None);
            self.fail(strings::engine_gave_up(message), strings::ENGINE_GAVE_UP_HINT.into());
        }
    }

    /// A worker that owes an answer and says nothing for long is dead.
    pub(super) fn watch_silence(self) {
        let check = move || {
            let dead = self.inner.try_update_value(|inner| {
                let owes = !inner.listeners.is_empty()
                    || inner.lab_owes.contains(&true)
                    || inner.worker.is_some() && !self.is_settled();
                inner.quiet = counted(inner.quiet, owes, inner.last_word);
                inner.quiet.0 >= LOOKS
            });
            if dead == Some(true) {
                self.inner.update_value(|inner| inner.quiet.0 = 0);
                self.crashed(strings::SILENT);
            }
        };
        set_interval(check, std::time::Duration::from_secs(LOOK));
    }

    pub(super) fn is_settled(self) -> bool {
        matches!(self.status.get_untracked(), Status::Ready | Status::Off | Status::Failed(..))
    }
}

/// How many looks in a row found the engine owing and as silent as before; and when its last word was.
fn counted((looks, heard): (u32, f64), owes: bool, last_word: f64) -> (u32, f64) {
    (if owes && heard == last_word { looks + 1 } else { 0 }, last_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_that_is_owed_counts() {
        let mut quiet = (0, 0.0);
        (0..5).for_each(|_| quiet = counted(quiet, true, 7.0));
        assert_eq!(quiet, (4, 7.0));
        assert_eq!(counted(quiet, false, 7.0), (0, 7.0), "nothing is owed");
        assert_eq!(counted(quiet, true, 9.0), (0, 9.0), "it has spoken");
    }
}
