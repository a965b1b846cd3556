//! The words of the 2-D lab, in English.

use crate::app::language::{Text, t};

mod sentences;

pub use sentences::*;

/// The question.
pub const QUESTION: Text = t("What does a network learn?");

/// Before anything is explained.
pub const HOOK: [Text; 2] = [
    t(
        "A network that has never seen these points is learning to make more of them, now, in this tab. Pull the timeline: each dot walks from noise to where the network thinks data should be.",
    ),
    t(
        "A point has two numbers, not 768 like an avatar. So all of it can be drawn: every particle, every arrow, and the best answer there is.",
    ),
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(Text, &[Text]); 6] = [
    (
        t("Noise forgets the shape"),
        &[
            t(
                "The forward process is the same as for pictures: shrink each point a little, add a little noise, again and again. In the end the cloud is a round blob, whatever it was.",
            ),
            t("Blue dots are the data. Nothing has been learned here; this direction is a formula."),
        ],
    ),
    (
        t("A network learns the way back"),
        &[
            t(
                "Take a point, noise it, ask the network what was added, correct it by the error. A few hundred such updates and the cloud takes shape; a few thousand and it is sharp.",
            ),
            t(
                "Two sliders: one is the time of a particle on its way from noise, the other the time of the network in training. The noise is the same in each run, so only the network differs.",
            ),
        ],
    ),
    (
        t("What it has learned is a field"),
        &[
            t(
                "At each noise level the network is a wind over the plane. Particles drift with it. Early, the wind only pulls everything together; late, it sorts each particle into its place.",
            ),
            t("Press anywhere on the plane to start a particle there, and follow its way."),
        ],
    ),
    (
        t("The best there can be"),
        &[
            t(
                "For a finite set of points the optimal answer is known exactly: an average of all points, each weighted by how likely it is to have become what we see. Here is the difference between network and optimum.",
            ),
            t(
                "A network that reached it would return nothing but its own training points. What it gets wrong is what makes it useful.",
            ),
        ],
    ),
    (
        t("With or without dice"),
        &[
            t(
                "The same network can be followed along smooth paths (an ODE), or with fresh noise at each step (an SDE). The paths differ in every detail; the clouds they end in should not.",
            ),
            t("Colour shows how much a path bends. Straight paths can be taken in few steps."),
        ],
    ),
    (
        t("Two schedules side by side"),
        &[
            t(
                "Two networks, the same seed, the same batches; one learns under the cosine schedule, the other under the linear one. Watch the loss by timestep: the schedule decides where the hard part lies, and a loss of one is no measure of the other.",
            ),
            t("The distance to points nobody has trained on is."),
        ],
    ),
];

/// The limit cases.
pub const BREAK_IT: (Text, &[Text]) = (
    t("Break it"),
    &[
        t(
            "A learning rate of 10 sends the weights out of all bounds within a few updates; the lab notices, goes back, and waits. Two sampling steps with a well-trained network jump past everything in between.",
        ),
        t("And three points are a data set too: watch what the exact field makes of them."),
    ],
);
/// Labels of its chips.
pub const BREAKS: [Text; 3] = [t("Learning rate 10"), t("Two steps"), t("Three points")];

/// The full panel.
pub const LAB: (Text, &[Text]) = (
    t("Your turn"),
    &[t(
        "Everything can be changed while it learns; a mark on the loss curve says where. Draw your own points, or write a word. Four things to try:",
    )],
);
/// Labels of its chips.
pub const TRY: [Text; 4] =
    [t("Write a word"), t("The flow of a spiral"), t("Predict x0 instead"), t("A schedule that learns too")];

/// What to remember.
pub const RECAP: [Text; 3] = [
    t("A diffusion network is a wind over the space of data, one for each noise level."),
    t("The optimal wind is known exactly for a finite data set; it leads back to the training points."),
    t("Sampling is following the wind, with or without dice; training is measuring it one noised point at a time."),
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 6] = [
    ("Ho et al. 2020", "Denoising diffusion probabilistic models"),
    ("Song et al. 2021", "Score-based generative modeling through stochastic differential equations"),
    ("Karras et al. 2022", "Elucidating the design space of diffusion-based generative models (the optimal denoiser)"),
    ("Hang et al. 2023", "Efficient diffusion training via min-SNR weighting strategy"),
    ("Kingma et al. 2021", "Variational diffusion models (the learned schedule)"),
    ("Cabral and Leedom 1993", "Imaging vector fields using line integral convolution"),
];

/// Labels of the controls.
pub const DATA: Text = t("Data");
/// Names of the data.
pub const SETS: [Text; 7] =
    [t("Moons"), t("Eight Gaussians"), t("Spiral"), t("Checkerboard"), t("Rings"), t("A word"), t("Your drawing")];
/// Label of the views.
pub const VIEW: Text = t("Show");
/// Names of the views.
pub const VIEWS: [Text; 5] = [t("Particles"), t("Density"), t("Score"), t("Velocity"), t("Flow")];
/// Label of the owners.
pub const WHO: Text = t("Of");
/// Names of the owners.
pub const WHOSE: [Text; 3] = [t("the network"), t("the optimum"), t("their difference")];
/// Label of the schedules.
pub const SCHEDULE: Text = t("Schedule");
/// Label of the rival's.
pub const RIVAL: Text = t("Beside it");
/// No rival.
pub const NO_RIVAL: Text = t("nothing");
/// Names of the schedules.
pub const SCHEDULES: [Text; 7] =
    [t("linear"), t("quadratic"), t("cosine"), t("sigmoid β"), t("Laplace"), t("your own"), t("learned")];
/// Label of the predictions.
pub const PREDICTION: Text = t("Predicts");
/// Names of the predictions.
pub const PREDICTIONS: [Text; 4] = [t("ε"), t("x_0"), t("v"), t("flow")];
/// Label of the weights.
pub const WEIGHTING: Text = t("Loss weight");
/// Names of the weights.
pub const WEIGHTINGS: [Text; 3] = [t("uniform"), t("min-SNR-5"), t("truncated SNR")];
/// Label of the samplers.
pub const SAMPLER: Text = t("Sampler");
/// Names of the samplers.
pub const SAMPLERS: [Text; 4] = [t("DDIM"), t("Euler"), t("Heun"), t("DPM++ 2M")];
/// Label of the word.
pub const WORD: Text = t("Word");
/// Labels of sliders.
pub const POINTS: Text = t("Points");
/// Width of the network.
pub const WIDTH: Text = t("Width");
/// Depth of the network.
pub const DEPTH: Text = t("Depth");
/// Sinusoids of the timestep.
pub const EMBEDDING: Text = t("Time features");
/// The learning rate.
pub const RATE: Text = t("Learning rate");
/// Points of a batch.
pub const BATCH: Text = t("Batch");
/// Number of particles.
pub const PARTICLES: Text = t("Particles");
/// Steps of the sampler.
pub const STEPS: Text = t("Steps");
/// The switches.
pub const SDE: Text = t("Fresh noise at each step (SDE)");
/// Where there is no SDE.
pub const NO_SDE: Text = t("Heun's method has no noise of its own; choose another sampler for an SDE.");
/// Time runs the other way.
pub const FORWARD: Text = t("Forward: from data to noise");
/// Colour by bend.
pub const CURVATURE: Text = t("Colour by bend");
/// Learns on.
pub const TRAIN: Text = t("Train");
/// Waits.
pub const PAUSE: Text = t("Pause training");
/// One update.
pub const ONE: Text = t("One update");
/// Begins anew.
pub const RESTART: Text = t("Start over");
/// Takes launched particles away.
pub const SWEEP: Text = t("Remove launched");
/// Saves the picture.
pub const SAVE: Text = t("Save picture");
/// Name of the particle timeline.
pub const TIMELINE: Text = t("State of the particles");
/// Name of the training timeline.
pub const TRAINING: Text = t("Moment of the training");
/// Label of the drawing.
pub const DRAWING: Text =
    t("Drawing of points: press or drag; with keys, move by arrows and set a point with the space bar");
/// Its tools.
pub const TOOLS: [Text; 2] = [t("Spray"), t("Line")];
/// Label of the tools.
pub const TOOL: Text = t("Tool");
/// Empties it.
pub const CLEAR: Text = t("Clear");
/// The loss in a word.
pub const LOSS_NAME: Text = t("mean loss");
/// The loss plot.
pub const LOSS: Text = t("mean loss of each 120th of the training; marks are changes of the settings");
/// The error in a word.
pub const ERROR_NAME: Text = t("squared error");
/// The other plot.
pub const BY_TIMESTEP: Text = t("squared error lately, by timestep");
/// ln SNR in a word.
pub const LOG_SNR_NAME: Text = t("ln SNR");
/// The plot of the schedules.
pub const LOG_SNR: Text = t("ln SNR of the schedule, by timestep");
/// Where the learnt schedule can be compared.
pub const COMPARE_LEARNED: Text = t("See it beside the others in lesson 4.");
/// Name of a plane that has the focus.
pub const LAUNCH: Text = t("The plane: press to launch a particle; with keys, move by arrows and launch with Enter");

/// While there is no live device.
pub const NO_DEVICE: Text = t("Training needs a live device; choose one above. There is no recorded run of this lab.");
/// A drawing without points.
pub const EMPTY_DRAWING: Text = t("Nothing is drawn yet: press into the square above.");
/// A drawing that can have no more.
pub const FULL_DRAWING: Text = t("The drawing is full: it holds 400 points, as many as a link can carry.");
/// A drawing of one point.
pub const ONE_POINT: Text = t("One point: the best the network can learn is to go there from everywhere.");

/// Why the chip has no command line.
pub const NO_COMMAND: Text = t(
    "No command makes this again: the network is trained here, and how far it is depends on how long this page ran. The link holds every setting and the seed.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_short() {
        for (title, text) in BEATS.iter().chain([&BREAK_IT, &LAB]) {
            let words: usize = text.iter().map(|paragraph| paragraph.english().split_whitespace().count()).sum();
            assert!(words <= 90, "{title}: {words} words");
        }
    }
}
