//! The words of lesson 1, in English.

use crate::app::language::{Text, say, t};
use crate::app::picture_file::{MAX_PIXELS, Refusal};

/// The question.
pub const QUESTION: Text = t("How does a picture become noise?");

/// Before anything is explained.
pub const HOOK: [Text; 2] = [
    t("Here is a face. Pull the timeline to the right and it drowns in static, a little at each of a thousand steps."),
    t(
        "Destroying a picture is easy, and that is the trick: a network that learns to undo one small piece of the damage can, step by step, make pictures out of nothing. This lesson is about the damage.",
    ),
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(Text, &[Text]); 6] = [
    (
        t("One step adds a little noise"),
        &[
            t(
                "Take the picture, make it slightly fainter, and add a pinch of [noise](eps): one draw from a bell curve for every number in it. That is one step, and [β_t](beta) says how big the pinch is.",
            ),
            t("The figure shows the first steps of a thousand. Nothing seems to happen."),
        ],
    ),
    (
        t("Many small steps are one big one"),
        &[
            t(
                "Bell curves have a gift: the sum of many is a bell curve again. So all steps up to t can be done in one jump, with one draw of noise.",
            ),
            t(
                "Here they are side by side. Left, every step is walked, with a draw of noise each. Right, one jump, with those draws added up into one. The line below says how far the two differ: only by rounding. The switch *step by step* turns this on and off.",
            ),
        ],
    ),
    (
        t("The picture's share and the noise's share"),
        &[
            t(
                "After t steps [the state](xt) holds a share of [√ᾱ_t](alpha) of the picture and a share of [√(1 − ᾱ_t)](sigma) of noise. Their squares always add up to 1, so the state never grows or fades as a whole.",
            ),
            t(
                "The two curves are these shares over all steps. Where they cross, picture and noise are equally strong.",
            ),
        ],
    ),
    (
        t("Watch the numbers become a bell"),
        &[
            t(
                "The histogram counts the values of the state: three for each pixel. A clean picture has a few tall spikes, its colours. Noise smears each spike into a hill, and the hills grow into one: [N(0, 1)](eps).",
            ),
            t("At the end the bars follow the dotted bell. Nothing tells this picture from any other."),
        ],
    ),
    (
        t("The schedule decides how fast"),
        &[
            t(
                "How [β_t](beta) grows is a choice, the noise schedule. The linear schedule of 2020 ruins small pictures early and wastes its last third on static. The cosine schedule of 2021 goes more evenly.",
            ),
            t("Switch between them while looking at one step in the middle."),
        ],
    ),
    (
        t("The jump, in numbers"),
        &[
            t(
                "This one line is the whole forward process. [x₀](x0) is one number of the clean picture, [ε](eps) its noise, and [x_t](xt) what the two make together.",
            ),
            t(
                "The frame marks one pixel. Click another, or move the slider: these are the numbers of its red value, now. Look at one channel, and they are that channel's.",
            ),
        ],
    ),
];

/// The limit case.
pub const BREAK_IT: (Text, &[Text]) = (
    t("Break it: too few steps"),
    &[
        t(
            "Here are ten linear steps whose β were meant for a thousand. They end too early: [SNR](snr) is still above 9, so the picture outweighs the noise nine to one, and the histogram is no bell.",
        ),
        t(
            "A network trained so never sees pure noise, but sampling starts from pure noise. It would begin every picture in a place it has never been. The rule: at the last step next to nothing of the picture may be left.",
        ),
    ],
);

/// The full panel.
pub const LAB: (Text, &[Text]) = (
    t("Your turn"),
    &[t(
        "Noise sixteen faces, a picture of your own, or something you paint. Your picture stays in this browser. Three things to try:",
    )],
);

/// Labels of the three chips.
pub const TRY: [Text; 3] = [t("Paint something"), t("Sixteen faces, half-way"), t("Fifty steps, one at a time")];

/// What to remember.
pub const RECAP: [Text; 3] = [
    t("The forward process fades a picture and adds noise until only N(0, 1) is left; nothing in it is learned."),
    t("Any state can be reached in one jump, with shares √ᾱ_t and √(1 − ᾱ_t); training lives on that."),
    t("The schedule sets the pace, and its end must be noise."),
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 3] = [
    ("Sohl-Dickstein and others 2015", "Deep unsupervised learning using nonequilibrium thermodynamics"),
    ("Ho, Jain and Abbeel 2020", "Denoising diffusion probabilistic models"),
    ("Nichol and Dhariwal 2021", "Improved denoising diffusion probabilistic models (the cosine schedule)"),
];

/// The question before the reveal.
pub const PREDICT: Text =
    t("Guess first: with the cosine schedule, after how many of the 1000 steps can you no longer tell it is a face?");
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(Text, Text); 3] = [
    (
        t("About 200"),
        t(
            "Most people still see it there: the noise has a third of its final strength, and eyes average over it. Scrub on.",
        ),
    ),
    (t("About 400"), t("Close to what most people find. Large colours can still be guessed; eyes and mouth are gone.")),
    (
        t("About 800"),
        t(
            "Earlier. At 800 only 0.3 of the picture is left, and nobody finds it. A trained network still can: that is lesson 2.",
        ),
    ),
];

/// Label of the choice of subjects.
pub const SUBJECT: Text = t("Picture");
/// Names of the subjects.
pub const SUBJECTS: [Text; 4] = [t("avatar"), t("16 avatars"), t("your own"), t("paint")];
/// Label of the choice of schedules.
pub const SCHEDULE: Text = t("Schedule");
/// Names of the schedules.
pub const SCHEDULES: [Text; 8] = [
    t("cosine"),
    t("linear"),
    t("quadratic"),
    t("sigmoid β"),
    t("exponential"),
    t("Laplace"),
    t("sigmoid ᾱ"),
    t("of the model"),
];
/// Label of T.
pub const TOTAL: Text = t("Steps T");
/// T where the model says it.
pub fn total_of_model(total: u32) -> String {
    say!("{total}, as the model has it", total)
}

/// Label of the switch between walking and jumping.
pub const WALK: Text = t("Step by step");
/// Label of the channel.
pub const CHANNEL: Text = t("Channel");
/// Names of the channels.
pub const CHANNELS: [Text; 4] = [t("all"), t("red"), t("green"), t("blue")];
/// Label of the timeline.
pub const TIMELINE: Text = t("Number of steps taken");
/// Label of the file field.
pub const FILE: Text = t("Choose a picture file");
/// Beside it.
pub const DROP: Text = t("or drop one anywhere, or paste it");
/// Label of the camera button.
pub const CAMERA: Text = t("Use the camera");
/// Said when a link is shared while a picture of the visitor's is shown.
pub const OWN_STAYS: Text =
    t("Your picture stays in this browser: it is not part of the link, so others will see an avatar.");
/// Several files were dropped.
pub const FIRST_OF_SEVERAL: Text = t("Several files came at once; the first is shown.");
/// The camera is not there or not allowed.
pub const NO_CAMERA: Text =
    t("The camera cannot be used: there is none, or this page may not use it. Choose a file instead.");
/// The browser could not decode the file.
pub const NOT_DECODED: Text =
    t("The file looks like a picture, but the browser cannot read it: it is damaged or cut short. Choose another.");
/// Label of the painter.
pub const PAINTER: Text = t("Painting of 16 by 16 pixels: arrows move, Space paints");
/// Label of the palette.
pub const PALETTE: Text = t("Colour");
/// Label of the button that empties the painting.
pub const CLEAR: Text = t("Clear");
/// Label of the curves.
pub const CURVES: Text = t("Shares of picture and noise over the steps");
/// Label of the histogram.
pub const HISTOGRAM: Text = t("How often each value of the state occurs, with the bell curve of N(0, 1)");
/// Label of the equation.
pub const EQUATION: Text = t("The state as a mix of picture and noise, in numbers");
/// Label of the slider over the pixels.
pub const PIXEL: Text = t("Pixel");
/// Label of the save button.
pub const SAVE: Text = t("Save picture");
/// The chip.
pub const PROVENANCE: Text = t("live · computed in this page");
/// The chip, when the GPU draws.
pub const PROVENANCE_GPU: Text = t("live · drawn by a shader on your GPU");
/// Below the picture that was walked to.
pub const WALKED: Text = t("walked: a draw of noise at each step");
/// Below the picture that was jumped to.
pub const JUMPED: Text = t("jumped: all those draws added up into one");
/// Why the chip has no command line for a picture of the visitor's.
pub const NO_COMMAND: Text =
    t("There is no command line for a picture of yours: it is in this browser only. With an avatar there is one.");
/// A schedule that no flags describe.
pub const NO_COMMAND_FOR_TABLE: Text =
    t("The model brings its own table of β, which no flags of the command line describe.");
/// What the command line leaves out.
pub const ALL_CHANNELS: Text = t("The command draws all channels together.");
/// Above the numbers of SNR and shares.
pub const WALK_AND_JUMP: Text = t("walking and jumping differ by at most");
/// A large picture does not walk.
pub const TOO_LARGE_TO_WALK: Text =
    t("walking so many numbers step by step would take too long: this picture only jumps");

/// Where the head is.
pub fn state(head: usize, total: usize) -> String {
    say!("{head} of {total} steps", head, total)
}

/// A pixel by its place in a raster of 16 by 16.
pub fn pixel(index: u32) -> String {
    say!("row {row}, column {column}", row = index / 16 + 1, column = index % 16 + 1)
}

/// A refused file.
pub fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::Empty => t("The file is empty. Choose another.").into(),
        Refusal::NotAPicture => {
            t("The file is not a picture this page can read. Choose a PNG, JPEG, GIF or WebP file.").into()
        }
        Refusal::TooLarge { megapixels } => say!(
            "The picture has {megapixels} megapixels, and this page takes up to {most}. Make it smaller and try again.",
            megapixels,
            most = MAX_PIXELS / 1_000_000
        ),
    }
}

/// What the picture shows, for those who do not see it.
pub fn picture(head: usize, total: usize, alpha: f64) -> String {
    say!(
        "the picture after {head} of {total} steps; {percent} percent of it is left",
        head,
        total,
        percent = format_args!("{:.0}", alpha * 100.0)
    )
}
