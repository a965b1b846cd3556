//! The words of lesson 4, in English.

use crate::app::language::{Text, t};

mod sentences;

pub use sentences::*;

/// The question.
pub const QUESTION: Text = t("Which noise schedule?");

/// Before anything is explained.
pub const HOOK: [Text; 2] = [
    t(
        "The same face, the same noise, four ways to spend a thousand steps. Pull the timeline and see who is lost first.",
    ),
    t(
        "A noise schedule says how much of the picture is left after each step. It costs nothing to change, and it decides what a network gets to practise on.",
    ),
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(Text, &[Text]); 6] = [
    (
        t("A schedule is one curve"),
        &[
            t(
                "Everything about a schedule follows from one falling curve: ᾱ_t, the share of the picture's variance that is left after t steps. It starts at 1, all picture, and should end at 0, all noise.",
            ),
            t(
                "The curve shown is the linear one of 2020: its [β_t](beta) rises in a straight line, and ᾱ_t, the product of all 1 − β_t, does not.",
            ),
        ],
    ),
    (
        t("Four well-known curves"),
        &[
            t(
                "Linear and quadratic choose how β_t rises. Cosine chooses ᾱ_t itself, so that it falls evenly in the middle and gently at both ends. The sigmoid spends its steps in another way again.",
            ),
            t(
                "Each row of the picture is one of them. In the same column every face has taken the same share of the steps.",
            ),
        ],
    ),
    (
        t("Signal against noise"),
        &[
            t(
                "What a network can still see depends on the [ratio of signal to noise](snr) alone. Its logarithm is the best ruler for it: equal distances are equal factors.",
            ),
            t(
                "A straight line on this plot would halve the ratio again and again at the same pace. Where a curve is steep, a few steps do much; where it is flat, steps are spent on nearly the same task.",
            ),
        ],
    ),
    (
        t("Where is the picture lost?"),
        &[
            t(
                "How many bits about each number of the picture does one step destroy? If the numbers were drawn from a bell curve, it is half the base-two logarithm of the growth of 1 − ᾱ_t.",
            ),
            t(
                "All four destroy more than half of it in the first tenth of their steps: fine detail goes first. What differs is how many steps remain for the coarse things, the outline and the colours.",
            ),
        ],
    ),
    (
        t("Does it end in pure noise?"),
        &[
            t(
                "Sampling begins with noise alone. If the last training state still holds some of the picture, the network has learned to look for a hint that is not there, mostly the mean brightness.",
            ),
            t(
                "Under the plot stand the curves that stop short, with the ratio they keep. Stable Diffusion's own schedule is one that did.",
            ),
        ],
    ),
    (
        t("Draw your own"),
        &[
            t(
                "Drag the points, or focus one and use the arrow keys. A curve must never rise: noise that is in does not come out again. A point that would break this rule stops at its neighbour, and the page says so.",
            ),
            t("Between the points runs a smooth curve that never overshoots."),
        ],
    ),
];

/// What schedules do to training.
pub const TRAINING: (Text, &[Text]) = (
    t("What it does to training"),
    &[
        t(
            "The same small network was trained under each of the four, with the same budget and three seeds. The first plot shows where it errs: at which timestep, and by how much, with 95 % bands.",
        ),
        t(
            "The second shows how far its pictures are from real ones when they are drawn in few steps or in many. In three steps those of the linear schedule are half as far again as those of the cosine; in twenty the bands overlap. Under the plots are samples, all from the same noise.",
        ),
    ],
);
/// What samplers do with few steps.
pub const SAMPLERS: (Text, &[Text]) = (
    t("How few steps will do?"),
    &[
        t(
            "One trained model, several [samplers](sampler), all from the same noise. Heun asks the network twice a step, so its steps cost double; DDPM adds fresh noise in each step and needs many steps to remove it again.",
        ),
        t(
            "Heun walks the levels of its paper, from σ = 80 on. Ten evenly spaced timesteps would begin with a step from σ = 20 000 to 6, where its correction multiplies each error of the network by thousands.",
        ),
        t("Few pictures were judged: where bands overlap, nothing is decided."),
    ],
);
/// What spacing does.
pub const SPACING: (Text, &[Text]) = (
    t("Same network, other steps"),
    &[
        t(
            "A trained network knows a thousand levels of noise. A run visits a few of them, and which ones is free: evenly by timestep, from either end, or evenly by some ruler of σ. Here every row begins with the same noise.",
        ),
        t(
            "The plot shows where each row asks. *Leading* never asks at the noisiest level; the families of σ spend more of their steps near the end, on detail.",
        ),
    ],
);
/// The lab.
pub const SIDE_BY_SIDE: (Text, &[Text]) = (
    t("Two schedules, side by side"),
    &[t(
        "In the plane a network trains in seconds. The lab trains two of them at once in this tab, one under the linear and one under the cosine schedule, from the same points and the same seed.",
    )],
);
/// Label of the link there.
pub const OPEN_LAB: Text = t("Train linear beside cosine in the lab");
/// Label of the link with the visitor's curve.
pub const OPEN_LAB_DRAWN: Text = t("Train your own curve beside cosine");

/// The limit cases.
pub const BREAK_IT: (Text, &[Text]) = (
    t("Break it"),
    &[
        t(
            "With ten steps instead of a thousand, curves that fix β_t hardly begin: ten times at most two percent of noise. Curves that fix ᾱ_t do not care how many steps there are.",
        ),
        t(
            "Or draw a cliff: every step but one does nothing, and that one does everything. No network can undo it in one go.",
        ),
    ],
);
/// Labels of its chips.
pub const BREAKS: [Text; 2] = [t("Ten steps"), t("A cliff")];

/// The full panel.
pub const LAB: (Text, &[Text]) = (
    t("Your turn"),
    &[t("All eight curves and five quantities are yours, as tables and files too. Three things to try:")],
);
/// Labels of its chips.
pub const TRY: [Text; 3] = [t("All curves at once"), t("A sigmoid drawn by hand"), t("β of the cosine")];

/// What to remember.
pub const RECAP: [Text; 3] = [
    t("One falling curve, ᾱ_t, says everything about a schedule; β_t and the signal-to-noise ratio follow from it."),
    t("Schedules differ in where they spend their steps: on detail, on outlines, or on near-static."),
    t("The last step should leave nothing of the picture, because sampling starts from nothing."),
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 6] = [
    ("Ho et al. 2020", "Denoising diffusion probabilistic models (the linear schedule)"),
    ("Nichol and Dhariwal 2021", "Improved denoising diffusion probabilistic models (the cosine schedule)"),
    ("Xu et al. 2022", "GeoDiff: a geometric diffusion model for molecular conformation (the sigmoid of β)"),
    ("Jabri et al. 2023", "Scalable adaptive computation for iterative generation (the sigmoid of ᾱ)"),
    ("Lin et al. 2024", "Common diffusion noise schedules and sample steps are flawed"),
    ("Fritsch and Carlson 1980", "Monotone piecewise cubic interpolation"),
];

/// The question before the reveal.
pub const PREDICT: Text = t("Before you look: which of the four keeps a face to be seen longest?");
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(Text, Text); 3] = [
    (t("Linear"), t("No. Look at the middle columns of its row: half-way there is hardly anything left.")),
    (t("Cosine"), t("Yes. Half-way, half of the variance is still picture; the last traces go at step 855 of 1000.")),
    (
        t("Sigmoid"),
        t("At first, yes: up to step 350 nothing keeps more. Then it falls, and half-way the cosine has more left."),
    ),
];

/// What people call the curves.
pub const NAMES: [Text; 8] = [
    t("linear"),
    t("quadratic"),
    t("cosine"),
    t("sigmoid β"),
    t("exponential"),
    t("Laplace"),
    t("sigmoid ᾱ"),
    t("yours"),
];
/// Label of the curves.
pub const CURVES: Text = t("Curves");
/// Label of the quantities.
pub const QUANTITY: Text = t("Plot");
/// Names of the quantities.
pub const QUANTITIES: [Text; 5] = [t("β_t"), t("ᾱ_t"), t("SNR"), t("log SNR"), t("bits lost")];
/// What each plot shows, with its unit.
pub const PLOTTED: [Text; 5] = [
    t("β_t, the variance of the noise that step t adds"),
    t("ᾱ_t, the share of the picture's variance left after t steps"),
    t("SNR, ᾱ_t / (1 − ᾱ_t)"),
    t("ln SNR, cut at ±12"),
    t("bits about each number of the picture that step t destroys"),
];
/// The horizontal axis of a schedule.
pub const TIMESTEP: Text = t("timestep t");
/// The horizontal axis of distances.
pub const STEPS_AXIS: Text = t("number of steps");
/// The horizontal axis of levels.
pub const STEP_AXIS: Text = t("step of the run");
/// The errors in a word.
pub const LOSS_NAME: Text = t("error of v");
/// The errors.
pub const LOSS: Text = t("mean squared error of v on avatars never seen, by timestep");
/// The distance in a word.
pub const DISTANCE_NAME: Text = t("Fréchet distance");
/// The distance.
pub const DISTANCE: Text = t("Fréchet distance to real avatars in CLIP features, lower is better");
/// The distance of real pictures.
pub const FLOOR: Text = t("real against real");
/// The levels of a run.
pub const LEVEL: Text = t("σ/α where the network is asked");
/// What was measured by its name on the command line, and what people call it: the first curves of [`NAMES`], in their order.
pub const MEASURED: [(&str, Text); 4] =
    [("linear", NAMES[0]), ("quadratic", NAMES[1]), ("cosine", NAMES[2]), ("sigmoid", NAMES[3])];
/// What records the schedules.
pub const SCHEDULES_COMMAND: &str = "cargo noisewalk experiment schedules";
/// What records the samplers.
pub const SAMPLERS_COMMAND: &str = "cargo noisewalk experiment samplers";
/// The chip of an experiment.
pub const RECORDED: Text = t("recorded · measured once by a command");
/// Runs the variants.
pub const DRAW_VARIANTS: Text = t("Draw all rows");
/// Steps of the variants.
pub const VARIANT_STEPS: Text = t("Steps of each row");
/// Before the variants ran.
pub const NEEDS_ENGINE: Text = t("These rows are drawn live; they need the engine.");
/// While they are on their way.
pub const WAITS: Text = t("The rows come as soon as the engine is ready.");
/// What the equation is.
pub const RATIO: Text = t("the ratio of signal to noise from the shares of picture and noise");

/// Label of T.
pub const TOTAL: Text = t("Steps T");
/// Label of the snapshot button.
pub const SAVE: Text = t("Save picture");
/// Label of the timeline.
pub const TIMELINE: Text = t("Number of steps taken");
/// Where the numbers come from.
pub const PROVENANCE: Text = t("live · computed in this page");
/// Label of the points.
pub const EDITOR: Text = t("Your curve: ᾱ at six points after the first step");
/// Said when a point is held back.
pub const HELD_BACK: Text = t("A curve cannot rise: the point stops at its neighbour.");
/// Said of points that rise, from a link.
pub const NOT_FALLING: Text =
    t("The points of this link rise somewhere; they have been lowered until the curve falls.");

/// Before the warnings.
pub const WARNINGS: Text = t("Not pure noise at the last step:");
/// Where there is none.
pub const NO_WARNING: Text = t("Every curve shown ends in pure noise.");

/// What the strips show.
pub const STRIPS: Text = t("one row a curve, the same avatar after equal shares of the steps");

/// Above the command line of the strips.
pub const STRIPS_AS_COMMAND: Text = t("The strips on a command line");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_short() {
        for (title, text) in BEATS.iter().chain([&TRAINING, &SAMPLERS, &SPACING, &SIDE_BY_SIDE, &BREAK_IT, &LAB]) {
            let words: usize = text.iter().map(|paragraph| paragraph.english().split_whitespace().count()).sum();
            assert!(words <= 90, "{title}: {words} words");
        }
    }
}
