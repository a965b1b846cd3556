//! The guided tour of lesson 3.

use super::settings::{Mode, Words};
use crate::app::language::t;
use crate::app::tour::Stop;

/// Its stops.
pub const STOPS: [Stop<Words>; 6] = [
    Stop {
        target: "prompt",
        text: t(
            "The model reads this line and nothing else. Words it knows become numbers, and the picture is drawn from [noise](eps) to fit them.",
        ),
        set: |_| {},
        at: Some(1.0),
        ask: None,
    },
    Stop {
        target: "strip",
        text: t(
            "One word is chosen now. Below each guess is where the network looked for it while it drew: its [attention](attention).",
        ),
        set: |settings| settings.word = 2,
        at: Some(0.5),
        ask: None,
    },
    Stop {
        target: "guidance-w",
        text: t("[Guidance](w) pushes each step further towards the prompt. At 1 the words are merely heard."),
        set: |settings| settings.guidance = 1.0,
        at: Some(1.0),
        ask: Some((
            t("Do this: turn it above 6, by dragging or with the arrow keys. The words win, and the colours suffer."),
            |settings| settings.guidance > 6.0,
        )),
    },
    Stop {
        target: "figure",
        text: t(
            "Sixteen runs: each row has its own guidance, 0, 1, 4 and 12; each column its own noise. The first row never heard the prompt.",
        ),
        set: |settings| settings.mode = Mode::Grid,
        at: Some(1.0),
        ask: None,
    },
    Stop {
        target: "compare",
        text: t(
            "Everything here can be compared from the same noise: a muted word, a second prompt, a walk between two, a sum.",
        ),
        set: |_| {},
        at: Some(1.0),
        ask: Some((t("Do this: choose a walk, and see one prompt become another."), |settings| {
            settings.mode == Mode::Walk
        })),
    },
    Stop {
        target: "prompt",
        text: t("The rest is yours. The dice writes a prompt as the training captions were written."),
        set: |_| {},
        at: Some(1.0),
        ask: Some((t("Do this: change a word. What about green hair?"), |settings| {
            settings.prompt != Words::default().prompt
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
