//! The guided tour of lesson 2.

use super::settings::{Layer, Reverse};
use crate::app::language::t;
use crate::app::tour::Stop;

/// Its stops.
pub const STOPS: [Stop<Reverse>; 6] = [
    Stop {
        target: "timeline",
        text: t("This is a real run of a real network: twenty steps from pure [noise](eps), here at its start."),
        set: |settings| settings.head = 0,
        at: Some(0.0),
        ask: Some((t("Do this: drag to the end, or press the End key, and see who was in there."), |settings| {
            (settings.steps..=200).contains(&settings.head)
        })),
    },
    Stop {
        target: "figure",
        text: t(
            "Now the figure shows [x̂₀](x0hat), the clean picture as the network guesses it, three tenths of the way. The guess is far ahead of the state.",
        ),
        set: |settings| {
            settings.layer = Layer::Denoised;
            settings.head = 6;
        },
        at: Some(0.3),
        ask: None,
    },
    Stop {
        target: "strip",
        text: t("The whole run at a glance: states above, guesses below. Colours are settled early, edges late."),
        set: |_| {},
        at: Some(1.0),
        ask: None,
    },
    Stop {
        target: "seed",
        text: t(
            "Same [seed](seed), same noise, same face. Nothing else decides it, as long as the sampler adds no noise of its own.",
        ),
        set: |_| {},
        at: Some(1.0),
        ask: Some((t("Do this: throw the dice."), |settings| settings.seed != Reverse::default().seed)),
    },
    Stop {
        target: "chip",
        text: t(
            "Nothing here is a film. The chip says where the picture was computed, by which model and settings. Opened, it has the command and the Python that make the same.",
        ),
        set: |_| {},
        at: None,
        ask: None,
    },
    Stop {
        target: "branch-here",
        text: t(
            "We stand half-way. From here the run can go on with other noise: a face that shares its past with the first.",
        ),
        set: |settings| settings.head = 10,
        at: Some(0.5),
        ask: Some((t("Do this: branch, then drag to the end."), |settings| !settings.branches.is_empty())),
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tour_is_sound() {
        crate::app::tour::check(&super::STOPS);
    }
}
