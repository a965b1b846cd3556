//! The guided tour of lesson 4.

use super::settings::{Quantity, Schedules};
use crate::app::language::t;
use crate::app::tour::Stop;

/// Its stops.
pub const STOPS: [Stop<Schedules>; 5] = [
    Stop {
        target: "figure",
        text: t(
            "One face, one noise, the same step: only the schedule differs. Under some of them the face is nearly gone.",
        ),
        set: |settings| settings.head = 200,
        at: Some(0.2),
        ask: None,
    },
    Stop {
        target: "timeline",
        text: t(
            "All of them begin with the picture and are meant to end with pure [noise](eps). They differ in between.",
        ),
        set: |settings| settings.head = 200,
        at: Some(0.2),
        ask: Some((t("Do this: drag on to where you would still know a face under one of them only."), |settings| {
            (350..=1000).contains(&settings.head)
        })),
    },
    Stop {
        target: "plots",
        text: t(
            "The same as curves: the logarithm of [signal to noise](snr) at each step. This is what a schedule is to a network.",
        ),
        set: |settings| {
            settings.quantity = Quantity::LogSnr;
            settings.head = 300;
        },
        at: Some(0.3),
        ask: None,
    },
    Stop {
        target: "curves",
        text: t(
            "Any curves can be laid over one another, and so can one that you draw yourself further down in the text.",
        ),
        set: |settings| settings.shown = vec![0, 2],
        at: Some(0.3),
        ask: Some((t("Do this: add a third."), |settings| settings.shown.len() > 2)),
    },
    Stop {
        target: "steps-t",
        text: t(
            "A thousand steps are a habit, not a law. With few of them, each must add much noise at once, and the old linear rule no longer reaches the end.",
        ),
        set: |settings| settings.head = 1000,
        at: Some(1.0),
        ask: Some((t("Do this: lower T below 100, and read the warning."), |settings| settings.total < 100)),
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tour_is_sound() {
        crate::app::tour::check(&super::STOPS);
    }
}
