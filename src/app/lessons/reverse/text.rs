//! The words of lesson 2, in English.

use crate::app::language::{Text, say, t};
use crate::app::strings;
use crate::diffusion::parameterization::PredictionType;

/// The question.
pub const QUESTION: Text = t("How does noise become a picture?");

/// Before anything is explained.
pub const HOOK: [Text; 2] = [
    t(
        "The figure starts from static and ends with a face. Nobody drew that face, and no such picture is stored anywhere.",
    ),
    t(
        "Drag the timeline. What you drag through are real states of a real network: a recorded run at first, then one computed on your own device. Which state is the first in which you see someone?",
    ),
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(Text, &[Text]); 6] = [
    (
        t("It starts from nothing but noise"),
        &[
            t(
                "[The state](xt) begins as pure [noise](eps): 768 draws from a bell curve, one for each colour of each of the 256 pixels. [The seed](seed) fixes every draw.",
            ),
            t(
                "Same seed, same noise, same face: here, on a phone, and on the command line. Throw the dice and another face comes.",
            ),
        ],
    ),
    (
        t("The network guesses the picture"),
        &[
            t(
                "At each step [the network](network) looks at [the state](xt) and answers one question: which clean picture is hidden in here? Its guess is [x̂₀](x0hat).",
            ),
            t(
                "The first guess is a blur, the average of every face it could be. That is the best answer there is while almost nothing is known.",
            ),
        ],
    ),
    (
        t("A guess of the picture is a guess of the noise"),
        &[
            t(
                "The state is a known mix of picture and noise. So whoever guesses the picture has also guessed the noise, [ε̂](epshat): it is what is left over.",
            ),
            t(
                "Early on the noise guess looks like the state itself. Late, when little noise is left, it looks like errors along the edges.",
            ),
        ],
    ),
    (
        t("Then it takes one small step"),
        &[
            t(
                "[The sampler](sampler) does not jump to the guess. It moves a little towards it and keeps most of the noise, because a later guess, made from a clearer state, will be better.",
            ),
            t(
                "The figure now shows [the change](update) of each step: orange up, blue down, pale where nothing moves. It is large where the guess has just changed its mind.",
            ),
        ],
    ),
    (
        t("Two samplers, one noise"),
        &[
            t(
                "DDIM goes straight: with η = 0 it adds no noise, so the noise alone decides the face. DDPM adds [fresh noise](z) after each step, and the face can still change its mind.",
            ),
            t("Both begin with the same static here. Drag the split. The map on the right shows where they differ."),
        ],
    ),
    (
        t("The arithmetic, in numbers"),
        &[t(
            "Every sampler of this kind is three products and a sum. The factors come from the noise schedule alone; the network contributes [x̂₀](x0hat) and nothing else. Click a pixel of the picture, or move the slider: these are its red value's numbers in this step.",
        )],
    ),
];

/// The limit case.
pub const BREAK_IT: (Text, &[Text]) = (
    t("Break it: forget the noise"),
    &[
        t(
            "DDPM removes a little noise and then puts some back. Leave that out, the commonest mistake in a first implementation, and every step treats the state as noisier than it is.",
        ),
        t(
            "The result is flat and washed out: the samples collapse towards the average face. Drag to the end and compare.",
        ),
    ],
);

/// The full panel.
pub const LAB: (Text, &[Text]) = (
    t("Your turn"),
    &[t(
        "Everything is unlocked: steps, samplers, η, sixteen faces at once, branches from any step. Three things to try:",
    )],
);

/// Labels of the three chips.
pub const TRY: [Text; 3] = [t("Two steps are not enough"), t("Sixteen faces"), t("Branch half-way")];

/// What to remember.
pub const RECAP: [Text; 3] = [
    t("A network that can guess the clean picture in a noisy one is all it takes."),
    t(
        "A sampler turns its guesses into many small steps from pure noise to a picture; its factors come from the schedule, not from the network.",
    ),
    t("The starting noise and the noise added on the way decide which picture it becomes."),
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 3] = [
    ("Ho, Jain and Abbeel 2020", "Denoising diffusion probabilistic models"),
    ("Song, Meng and Ermon 2021", "Denoising diffusion implicit models"),
    ("Salimans and Ho 2022", "Progressive distillation for fast sampling of diffusion models (v-prediction)"),
];

/// The question before the reveal.
pub const PREDICT: Text = t("Before you scrub: when will the hair colour be decided?");
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(Text, Text); 3] = [
    (
        t("In the first steps"),
        t("Yes. Large areas and their colours are settled while everything still looks like static. Watch x̂₀."),
    ),
    (
        t("About half-way"),
        t("Earlier than that. Look at x̂₀ rather than at the state: the colour is there when the eye sees only static."),
    ),
    (
        t("At the very end"),
        t("The end only sharpens edges. Look at x̂₀ in the first third: the colour is there already."),
    ),
];

/// Names of the layers.
pub const LAYERS: [Text; 5] = [t("state x_t"), t("picture x̂₀"), t("noise ε̂"), t("change"), t("all four")];
/// Label of the choice of layers.
pub const LAYER: Text = t("Show");
/// Label of the choice of samplers.
pub const SAMPLER: Text = t("Sampler");
/// Label of the second sampler.
pub const OTHER: Text = t("Compared with");
/// Names of the samplers.
pub const SAMPLERS: [Text; 2] = [t("DDIM"), t("DDPM")];
/// Label of the number of steps.
pub const STEPS: Text = t("Steps");
/// Label of η.
pub const ETA: Text = t("η");
/// Label of the number of samples.
pub const MANY: Text = t("16 samples");
/// Label of the mistake.
pub const FORGET: Text = t("Forget to add noise");
/// Label of the comparison.
pub const COMPARE: Text = t("Compare");
/// Label of the split.
pub const SPLIT: Text = t("Split");
/// Label of the difference map.
pub const DIFFERENCE: Text = t("difference");
/// Label of the branch button.
pub const BRANCH: Text = t("Branch here");
/// Label of the button that forgets branches.
pub const NO_BRANCHES: Text = t("Forget branches");
/// Label of the snapshot button.
pub const SAVE: Text = t("Save picture");
/// Label of the timeline.
pub const TIMELINE: Text = t("State of the run");
/// Label of the strip.
pub const STRIP: Text = t("The run at a glance: states above, predicted pictures below");
/// Label of the numbers.
pub const NUMBERS: Text = t("The numbers of this step at one pixel");
/// Heading of the check.
pub const CHECK: Text = t("by the formula");
/// What the engine's own next state is called.
pub const ENGINE_SAYS: Text = t("by the engine");
/// Beside the numbers of the finished picture.
pub const NOT_YET: Text = t("This step is still being computed.");
pub const NOTHING_LEFT: Text = t("The picture is finished: there is no further step.");

/// Where the head is.
pub fn state(head: usize, last: usize, timestep: f64) -> String {
    if head >= last {
        say!("{head} of {last}: finished", head, last)
    } else {
        say!("{head} of {last}: t = {timestep}", head, last, timestep = format_args!("{timestep:.0}"))
    }
}

/// A state that is still to come.
pub fn on_its_way(head: usize, last: usize) -> String {
    say!("{head} of {last}: on its way", head, last)
}

/// From which number to which the colours go.
pub fn range(low: f64, high: f64) -> String {
    say!("{low} to {high}", low = strings::short_number(low), high = strings::short_number(high))
}

/// A pixel by its place in a picture.
pub fn pixel(index: u32, size: u32) -> String {
    say!("row {row}, column {column}", row = index / size.max(1) + 1, column = index % size.max(1) + 1)
}

/// Label of the slider over the pixels.
pub const PIXEL: Text = t("Pixel");
/// Where a recorded run was computed.
pub const RECORDED_ON: Text = t("The computer that built this site, on its CPU.");
/// Label of the button that computes the recorded run again.
pub const RUN_AGAIN: Text = t("Re-run live and compare");

/// How far the live run is from the recorded one.
pub fn against_recorded(worst: u8) -> String {
    match worst {
        0 => t("the same in every pixel of every state").into(),
        1 => t("the same to within one of 255 levels, in every pixel of every state").into(),
        _ => say!("up to {worst} of 255 levels apart", worst),
    }
}

/// What a network predicts.
pub fn prediction(kind: PredictionType) -> Text {
    match kind {
        PredictionType::Epsilon => t("the noise ε"),
        PredictionType::Sample => t("the picture x₀"),
        PredictionType::VPrediction => t("the velocity v = α·ε − σ·x₀"),
        PredictionType::FlowPrediction => t("the velocity ε − x₀"),
    }
}

/// What the large picture shows, for those who do not see it.
pub fn picture(layer: usize, head: usize, last: usize, many: bool) -> String {
    let what = [
        t("the noisy state"),
        t("the predicted picture"),
        t("the predicted noise"),
        t("the change of this step"),
        t("all four"),
    ][layer];
    let of = if many { t("of sixteen samples") } else { t("of one sample") };
    say!("{what} {of}, state {head} of {last}", what, of, head, last)
}

/// The caption of a saved comparison.
pub fn compared(samplers: [&str; 2], head: usize, last: usize) -> String {
    say!(
        "left {left}, right {right}, after {head} of {last} steps",
        left = samplers[0],
        right = samplers[1],
        head,
        last
    )
}
