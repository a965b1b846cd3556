//! The guided tour of lesson 1.

use super::settings::{Curve, Forward};
use crate::app::language::t;
use crate::app::tour::Stop;
use crate::diffusion::schedule::BetaSchedule;

/// Its stops.
pub const STOPS: [Stop<Forward>; 6] = [
    Stop {
        target: "figure",
        text: t(
            "This avatar is 768 numbers: three colours for each of 16 by 16 pixels. Step by step, [noise](eps) will take their place.",
        ),
        set: |settings| settings.head = 0,
        at: Some(0.0),
        ask: None,
    },
    Stop {
        target: "timeline",
        text: t("The timeline counts the steps of noise. After three tenths of them the face is still there."),
        set: |settings| settings.head = 300,
        at: Some(0.3),
        ask: Some((t("Do this: drag it, or press the arrow keys, until no face is left."), |settings| {
            (800..=1000).contains(&settings.head)
        })),
    },
    Stop {
        target: "plots",
        text: t(
            "How often each value occurs comes to look like a bell curve. The shares of [picture](alpha) and [noise](sigma) trade places, and their squares always add up to 1.",
        ),
        set: |settings| settings.head = 600,
        at: Some(0.6),
        ask: None,
    },
    Stop {
        target: "schedule",
        text: t("The schedule says how fast the noise comes. This is the cosine schedule, half-way."),
        set: |settings| settings.head = 500,
        at: Some(0.5),
        ask: Some((t("Do this: choose linear. The same step shows far less of the face."), |settings| {
            settings.schedule == Curve::Named(BetaSchedule::Linear)
        })),
    },
    Stop {
        target: "step-by-step",
        text: t(
            "The figure jumps to any step by one formula. It can also walk there, with fresh noise at each of, here, a hundred steps.",
        ),
        set: |settings| {
            settings.total = 100;
            settings.head = 50;
        },
        at: Some(0.5),
        ask: Some((t("Do this: switch it on. Another noise, and as much of it."), |settings| settings.walk)),
    },
    Stop {
        target: "seed",
        text: t(
            "[The seed](seed) fixes the avatar and every draw of its noise. The same number gives the same picture on any device.",
        ),
        set: |settings| settings.head = 200,
        at: Some(0.2),
        ask: Some((t("Do this: throw the dice, and watch another face go."), |settings| {
            settings.seed != Forward::default().seed
        })),
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tour_is_sound() {
        crate::app::tour::check(&super::STOPS);
    }
}
