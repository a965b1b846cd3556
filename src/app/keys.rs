//! Keys become commands, and commands find the lesson that understands them.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Play or pause.
    PlayPause,
    /// Move by so many steps.
    Step(i32),
    /// To the first state.
    First,
    /// To the last state.
    Last,
    /// A new seed.
    NewSeed,
    /// Keep the seed when other things change.
    LockSeed,
    /// Compare on or off.
    Compare,
    /// Branch at the state shown.
    Branch,
    /// Save the picture shown.
    Snapshot,
    /// Go to the equation.
    Equation,
    /// Undo the last change of a setting.
    Undo,
    /// Take an undo back.
    Redo,
    /// The list of keys.
    Help,
    /// Close what is open.
    Escape,
}

/// A handler says whether it understood.
type Handler = Box<dyn Fn(Command) -> bool>;

/// Who listens to commands; the latest comer is asked first.
#[derive(Clone, Copy)]
pub struct Commands(StoredValue<Listeners, LocalStorage>);

#[derive(Default)]
struct Listeners {
    next: u32,
    list: Vec<(u32, Handler)>,
}

impl Default for Commands {
    /// Nobody listens yet.
    fn default() -> Self {
        Self(StoredValue::new_local(Listeners::default()))
    }
}

impl Commands {
    /// Listens until the owner of the caller is disposed of.
    pub fn listen(self, handler: impl Fn(Command) -> bool + 'static) {
        let id = self.0.try_update_value(|listeners| {
            listeners.next += 1;
            listeners.list.push((listeners.next, Box::new(handler)));
            listeners.next
        });
        on_cleanup(move || {
            self.0.try_update_value(|listeners| listeners.list.retain(|(other, _)| Some(*other) != id));
        });
    }

    /// Asks the listeners, latest first; true if one understood.
    pub fn send(self, command: Command) -> bool {
        self.0
            .try_with_value(|listeners| listeners.list.iter().rev().any(|(_, handler)| handler(command)))
            .unwrap_or(false)
    }
}

/// Where keys write, or choose from a list, and mean nothing else.
const TEXT_FIELDS: &str = "input:not([type=range], [type=checkbox], [type=radio], [type=file], [type=button]), \
    textarea, select, [contenteditable]";
/// What space bar and Enter press.
const PRESSED: &str = "button, summary, a, [role=button], input[type=checkbox], input[type=radio], input[type=file]";

/// Turns key presses of the whole window into commands while `enabled`; never inside text fields.
pub fn install(commands: Commands, enabled: RwSignal<bool>) {
    window_event_listener(ev::keydown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let on = |selector: &str| target.as_ref().is_some_and(|element| element.matches(selector).unwrap_or(false));
        if event.default_prevented() || on(TEXT_FIELDS) {
            return;
        }
        let key = event.key();
        let chord = event.ctrl_key() || event.meta_key();
        // A range input has its own arrows, a button or a checkbox its own space bar.
        let native = (on("input[type=range]") && (key.starts_with("Arrow") || key == "Home" || key == "End"))
            || (on(PRESSED) && (key == " " || key == "Enter"));
        let Some(command) = command_of(&key, event.shift_key(), chord) else { return };
        let always = matches!(command, Command::Undo | Command::Redo | Command::Escape);
        if native || event.alt_key() || !(always || enabled.get_untracked()) {
            return;
        }
        if commands.send(command) {
            event.prevent_default();
        }
    });
}

/// The command of a key, as `KeyboardEvent.key` names it.
fn command_of(key: &str, shift: bool, chord: bool) -> Option<Command> {
    let far = if shift { 10 } else { 1 };
    let command = match (key.to_ascii_lowercase().as_str(), chord) {
        ("z", true) if shift => Command::Redo,
        ("z", true) => Command::Undo,
        ("y", true) => Command::Redo,
        (_, true) => return None,
        (" ", _) => Command::PlayPause,
        ("arrowright", _) => Command::Step(far),
        ("arrowleft", _) => Command::Step(-far),
        ("home", _) => Command::First,
        ("end", _) => Command::Last,
        ("r", _) => Command::NewSeed,
        ("l", _) => Command::LockSeed,
        ("c", _) => Command::Compare,
        ("b", _) => Command::Branch,
        ("s", _) => Command::Snapshot,
        ("e", _) => Command::Equation,
        ("?", _) => Command::Help,
        ("escape", _) => Command::Escape,
        _ => return None,
    };
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_help_says() {
        assert_eq!(command_of("ArrowLeft", true, false), Some(Command::Step(-10)));
        assert_eq!(command_of("z", false, true), Some(Command::Undo));
        assert_eq!(command_of("Z", true, true), Some(Command::Redo));
        assert_eq!(command_of("?", true, false), Some(Command::Help));
        assert_eq!(command_of("c", false, true), None, "copying stays copying");
        assert_eq!(command_of("x", false, false), None);
    }
}
