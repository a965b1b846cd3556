//! The words of lesson 2, in English.

use crate::app::strings;
use crate::diffusion::parameterization::PredictionType;

/// The question.
pub const QUESTION: &str = "How does noise become a picture?";

/// Before anything is explained.
pub const HOOK: [&str; 2] = [
    "The figure starts from static and ends with a face. Nobody drew that face, and no such picture is stored anywhere.",
    "Drag the timeline. What you drag through are real states of a real network: a recorded run at first, then one computed on your own device. Which state is the first in which you see someone?",
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(&str, &[&str]); 6] = [
    (
        "It starts from nothing but noise",
        &[
            "[The state](xt) begins as pure [noise](eps): 768 draws from a bell curve, one for each colour of each of the 256 pixels. [The seed](seed) fixes every draw.",
            "Same seed, same noise, same face: here, on a phone, and on the command line. Throw the dice and another face comes.",
        ],
    ),
    (
        "The network guesses the picture",
        &[
            "At each step [the network](network) looks at [the state](xt) and answers one question: which clean picture is hidden in here? Its guess is [x̂₀](x0hat).",
            "The first guess is a blur, the average of every face it could be. That is the best answer there is while almost nothing is known.",
        ],
    ),
    (
        "A guess of the picture is a guess of the noise",
        &[
            "The state is a known mix of picture and noise. So whoever guesses the picture has also guessed the noise, [ε̂](epshat): it is what is left over.",
            "Early on the noise guess looks like the state itself. Late, when little noise is left, it looks like errors along the edges.",
        ],
    ),
    (
        "Then it takes one small step",
        &[
            "[The sampler](sampler) does not jump to the guess. It moves a little towards it and keeps most of the noise, because a later guess, made from a clearer state, will be better.",
            "The figure now shows [the change](update) of each step: orange up, blue down, pale where nothing moves. It is large where the guess has just changed its mind.",
        ],
    ),
    (
        "Two samplers, one noise",
        &[
            "DDIM goes straight: with η = 0 it adds no noise, so the noise alone decides the face. DDPM adds [fresh noise](z) after each step, and the face can still change its mind.",
            "Both begin with the same static here. Drag the split. The map on the right shows where they differ.",
        ],
    ),
    (
        "The arithmetic, in numbers",
        &[
            "Every sampler of this kind is three products and a sum. The factors come from the noise schedule alone; the network contributes [x̂₀](x0hat) and nothing else. Click a pixel of the picture, or move the slider: these are its red value's numbers in this step.",
        ],
    ),
];

/// The limit case.
pub const BREAK_IT: (&str, &[&str]) = (
    "Break it: forget the noise",
    &[
        "DDPM removes a little noise and then puts some back. Leave that out, the commonest mistake in a first implementation, and every step treats the state as noisier than it is.",
        "The result is flat and washed out: the samples collapse towards the average face. Drag to the end and compare.",
    ],
);

/// The full panel.
pub const LAB: (&str, &[&str]) = (
    "Your turn",
    &[
        "Everything is unlocked: steps, samplers, η, sixteen faces at once, branches from any step. Three things to try:",
    ],
);

/// Labels of the three chips.
pub const TRY: [&str; 3] = ["Two steps are not enough", "Sixteen faces", "Branch half-way"];

/// What to remember.
pub const RECAP: [&str; 3] = [
    "A network that can guess the clean picture in a noisy one is all it takes.",
    "A sampler turns its guesses into many small steps from pure noise to a picture; its factors come from the schedule, not from the network.",
    "The starting noise and the noise added on the way decide which picture it becomes.",
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 3] = [
    ("Ho, Jain and Abbeel 2020", "Denoising diffusion probabilistic models"),
    ("Song, Meng and Ermon 2021", "Denoising diffusion implicit models"),
    ("Salimans and Ho 2022", "Progressive distillation for fast sampling of diffusion models (v-prediction)"),
];

/// The question before the reveal.
pub const PREDICT: &str = "Before you scrub: when will the hair colour be decided?";
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(&str, &str); 3] = [
    (
        "In the first steps",
        "Yes. Large areas and their colours are settled while everything still looks like static. Watch x̂₀.",
    ),
    (
        "About half-way",
        "Earlier than that. Look at x̂₀ rather than at the state: the colour is there when the eye sees only static.",
    ),
    ("At the very end", "The end only sharpens edges. Look at x̂₀ in the first third: the colour is there already."),
];

/// Names of the layers.
pub const LAYERS: [&str; 5] = ["state x_t", "picture x̂₀", "noise ε̂", "change", "all four"];
/// Label of the choice of layers.
pub const LAYER: &str = "Show";
/// Label of the choice of samplers.
pub const SAMPLER: &str = "Sampler";
/// Label of the second sampler.
pub const OTHER: &str = "Compared with";
/// Names of the samplers.
pub const SAMPLERS: [&str; 2] = ["DDIM", "DDPM"];
/// Label of the number of steps.
pub const STEPS: &str = "Steps";
/// Label of η.
pub const ETA: &str = "η";
/// Label of the number of samples.
pub const MANY: &str = "16 samples";
/// Label of the mistake.
pub const FORGET: &str = "Forget to add noise";
/// Label of the comparison.
pub const COMPARE: &str = "Compare";
/// Label of the split.
pub const SPLIT: &str = "Split";
/// Label of the difference map.
pub const DIFFERENCE: &str = "difference";
/// Label of the branch button.
pub const BRANCH: &str = "Branch here";
/// Label of the button that forgets branches.
pub const NO_BRANCHES: &str = "Forget branches";
/// Label of the snapshot button.
pub const SAVE: &str = "Save picture";
/// Label of the timeline.
pub const TIMELINE: &str = "State of the run";
/// Label of the strip.
pub const STRIP: &str = "The run at a glance: states above, predicted pictures below";
/// Label of the numbers.
pub const NUMBERS: &str = "The numbers of this step at one pixel";
/// Heading of the check.
pub const CHECK: &str = "by the formula";
/// What the engine's own next state is called.
pub const ENGINE_SAYS: &str = "by the engine";
/// Beside the numbers of the finished picture.
pub const NOT_YET: &str = "This step is still being computed.";
pub const NOTHING_LEFT: &str = "The picture is finished: there is no further step.";

/// Where the head is.
pub fn state(head: usize, last: usize, timestep: f64) -> String {
    if head >= last { format!("{head} of {last}: finished") } else { format!("{head} of {last}: t = {timestep:.0}") }
}

/// A state that is still to come.
pub fn on_its_way(head: usize, last: usize) -> String {
    format!("{head} of {last}: on its way")
}

/// From which number to which the colours go.
pub fn range(low: f64, high: f64) -> String {
    format!("{} to {}", strings::short_number(low), strings::short_number(high))
}

/// A pixel by its place in a picture.
pub fn pixel(index: u32, size: u32) -> String {
    format!("row {}, column {}", index / size.max(1) + 1, index % size.max(1) + 1)
}

/// Label of the slider over the pixels.
pub const PIXEL: &str = "Pixel";
/// Where a recorded run was computed.
pub const RECORDED_ON: &str = "The computer that built this site, on its CPU.";
/// Label of the button that computes the recorded run again.
pub const RUN_AGAIN: &str = "Re-run live and compare";

/// How far the live run is from the recorded one.
pub fn against_recorded(worst: u8) -> String {
    match worst {
        0 => "the same in every pixel of every state".into(),
        1 => "the same to within one of 255 levels, in every pixel of every state".into(),
        _ => format!("up to {worst} of 255 levels apart"),
    }
}

/// What a network predicts.
pub fn prediction(kind: PredictionType) -> &'static str {
    match kind {
        PredictionType::Epsilon => "the noise ε",
        PredictionType::Sample => "the picture x₀",
        PredictionType::VPrediction => "the velocity v = α·ε − σ·x₀",
        PredictionType::FlowPrediction => "the velocity ε − x₀",
    }
}

/// What the large picture shows, for those who do not see it.
pub fn picture(layer: usize, head: usize, last: usize, many: bool) -> String {
    let what =
        ["the noisy state", "the predicted picture", "the predicted noise", "the change of this step", "all four"]
            [layer];
    let of = if many { "of sixteen samples" } else { "of one sample" };
    format!("{what} {of}, state {head} of {last}")
}

/// The caption of a saved comparison.
pub fn compared(samplers: [&str; 2], head: usize, last: usize) -> String {
    format!("left {}, right {}, after {head} of {last} steps", samplers[0], samplers[1])
}
