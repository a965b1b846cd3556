//! Undo and redo over a whole settings struct.

/// How many steps back are kept.
const DEPTH: usize = 100;

/// Edits closer together than this (milliseconds) are one step: a slider drag is undone at once.
const GESTURE: f64 = 500.0;

/// Past and future of a value; the present lives with its owner.
#[derive(Debug, Clone)]
pub struct History<T> {
    past: Vec<T>,
    future: Vec<T>,
    last_edit: f64,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { past: Vec::new(), future: Vec::new(), last_edit: f64::NEG_INFINITY }
    }
}

impl<T: Clone> History<T> {
    /// Notes that `before` is about to change at time `now` (milliseconds).
    pub fn note(&mut self, before: &T, now: f64) {
        if now - self.last_edit > GESTURE || self.past.is_empty() {
            self.past.push(before.clone());
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.last_edit = now;
        self.future.clear();
    }

    /// The value before the last step.
    pub fn undo(&mut self, present: &T) -> Option<T> {
        let previous = self.past.pop()?;
        self.future.push(present.clone());
        self.last_edit = f64::NEG_INFINITY;
        Some(previous)
    }

    /// The value that the last undo left.
    pub fn redo(&mut self, present: &T) -> Option<T> {
        let next = self.future.pop()?;
        self.past.push(present.clone());
        self.last_edit = f64::NEG_INFINITY;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gesture_is_one_step_and_redo_ends_with_an_edit() {
        let mut history = History::default();
        for (value, time) in [(0, 0.0), (1, 100.0), (2, 200.0), (3, 2000.0)] {
            history.note(&value, time);
        }
        assert_eq!(history.undo(&4), Some(3));
        assert_eq!(history.undo(&3), Some(0));
        assert_eq!(history.undo(&0), None);
        assert_eq!(history.redo(&0), Some(3));
        history.note(&3, 9000.0);
        assert_eq!(history.redo(&9), None);
    }

    #[test]
    fn the_past_is_bounded() {
        let mut history = History::default();
        (0..500).for_each(|value| history.note(&value, f64::from(value) * 1000.0));
        assert_eq!((0..).map_while(|_| history.undo(&0)).count(), DEPTH);
    }
}
