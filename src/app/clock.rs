//! One clock a page: everything that moves is called from one `requestAnimationFrame`.
//!
//! It ticks only while something moves, and a hidden tab gets no ticks at all.

use leptos::prelude::*;

use super::dom;

/// Longest step handed out, in milliseconds; a tab that comes back does not jump.
const LONGEST: f64 = 100.0;

/// Called with the milliseconds since the last tick; stops when it answers false.
type Mover = Box<dyn FnMut(f64) -> bool>;

/// The clock.
#[derive(Clone, Copy)]
pub struct Clock(StoredValue<Movers, LocalStorage>);

#[derive(Default)]
struct Movers {
    list: Vec<Mover>,
    ticking: bool,
    last: f64,
}

impl Default for Clock {
    /// A clock at rest.
    fn default() -> Self {
        Self(StoredValue::new_local(Movers::default()))
    }
}

impl Clock {
    /// Calls `mover` at every frame until it answers false.
    pub fn run(self, mover: impl FnMut(f64) -> bool + 'static) {
        let start = self.0.try_update_value(|movers| {
            movers.list.push(Box::new(mover));
            let start = !movers.ticking;
            if start {
                movers.ticking = true;
                movers.last = dom::now();
            }
            start
        });
        if start == Some(true) {
            self.schedule();
        }
    }

    fn schedule(self) {
        request_animation_frame(move || self.tick());
    }

    fn tick(self) {
        let now = dom::now();
        // The movers are taken out while they run, so that one of them may start another.
        let taken = self.0.try_update_value(|movers| {
            let elapsed = (now - movers.last).min(LONGEST);
            movers.last = now;
            (elapsed, std::mem::take(&mut movers.list))
        });
        let Some((elapsed, mut list)) = taken else { return };
        list.retain_mut(|mover| mover(elapsed));
        let more = self.0.try_update_value(|movers| {
            movers.list.append(&mut list);
            movers.ticking = !movers.list.is_empty();
            movers.ticking
        });
        if more == Some(true) {
            self.schedule();
        }
    }
}
