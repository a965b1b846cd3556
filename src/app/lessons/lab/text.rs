//! The words of the 2-D lab, in English.

mod sentences;

pub use sentences::*;

/// The question.
pub const QUESTION: &str = "What does a network learn?";

/// Before anything is explained.
pub const HOOK: [&str; 2] = [
    "A network that has never seen these points is learning to make more of them, now, in this tab. Pull the timeline: each dot walks from noise to where the network thinks data should be.",
    "A point has two numbers, not 768 like an avatar. So all of it can be drawn: every particle, every arrow, and the best answer there is.",
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(&str, &[&str]); 6] = [
    (
        "Noise forgets the shape",
        &[
            "The forward process is the same as for pictures: shrink each point a little, add a little noise, again and again. In the end the cloud is a round blob, whatever it was.",
            "Blue dots are the data. Nothing has been learned here; this direction is a formula.",
        ],
    ),
    (
        "A network learns the way back",
        &[
            "Take a point, noise it, ask the network what was added, correct it by the error. A few hundred such updates and the cloud takes shape; a few thousand and it is sharp.",
            "Two sliders: one is the time of a particle on its way from noise, the other the time of the network in training. The noise is the same in each run, so only the network differs.",
        ],
    ),
    (
        "What it has learned is a field",
        &[
            "At each noise level the network is a wind over the plane. Particles drift with it. Early, the wind only pulls everything together; late, it sorts each particle into its place.",
            "Press anywhere on the plane to start a particle there, and follow its way.",
        ],
    ),
    (
        "The best there can be",
        &[
            "For a finite set of points the optimal answer is known exactly: an average of all points, each weighted by how likely it is to have become what we see. Here is the difference between network and optimum.",
            "A network that reached it would return nothing but its own training points. What it gets wrong is what makes it useful.",
        ],
    ),
    (
        "With or without dice",
        &[
            "The same network can be followed along smooth paths (an ODE), or with fresh noise at each step (an SDE). The paths differ in every detail; the clouds they end in should not.",
            "Colour shows how much a path bends. Straight paths can be taken in few steps.",
        ],
    ),
    (
        "Two schedules side by side",
        &[
            "Two networks, the same seed, the same batches; one learns under the cosine schedule, the other under the linear one. Watch the loss by timestep: the schedule decides where the hard part lies, and a loss of one is no measure of the other.",
            "The distance to points nobody has trained on is.",
        ],
    ),
];

/// The limit cases.
pub const BREAK_IT: (&str, &[&str]) = (
    "Break it",
    &[
        "A learning rate of 10 sends the weights out of all bounds within a few updates; the lab notices, goes back, and waits. Two sampling steps with a well-trained network jump past everything in between.",
        "And three points are a data set too: watch what the exact field makes of them.",
    ],
);
/// Labels of its chips.
pub const BREAKS: [&str; 3] = ["Learning rate 10", "Two steps", "Three points"];

/// The full panel.
pub const LAB: (&str, &[&str]) = (
    "Your turn",
    &[
        "Everything can be changed while it learns; a mark on the loss curve says where. Draw your own points, or write a word. Four things to try:",
    ],
);
/// Labels of its chips.
pub const TRY: [&str; 4] = ["Write a word", "The flow of a spiral", "Predict x0 instead", "A schedule that learns too"];

/// What to remember.
pub const RECAP: [&str; 3] = [
    "A diffusion network is a wind over the space of data, one for each noise level.",
    "The optimal wind is known exactly for a finite data set; it leads back to the training points.",
    "Sampling is following the wind, with or without dice; training is measuring it one noised point at a time.",
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
pub const DATA: &str = "Data";
/// Names of the data.
pub const SETS: [&str; 7] = ["Moons", "Eight Gaussians", "Spiral", "Checkerboard", "Rings", "A word", "Your drawing"];
/// Label of the views.
pub const VIEW: &str = "Show";
/// Names of the views.
pub const VIEWS: [&str; 5] = ["Particles", "Density", "Score", "Velocity", "Flow"];
/// Label of the owners.
pub const WHO: &str = "Of";
/// Names of the owners.
pub const WHOSE: [&str; 3] = ["the network", "the optimum", "their difference"];
/// Label of the schedules.
pub const SCHEDULE: &str = "Schedule";
/// Label of the rival's.
pub const RIVAL: &str = "Beside it";
/// No rival.
pub const NO_RIVAL: &str = "nothing";
/// Names of the schedules.
pub const SCHEDULES: [&str; 7] = ["linear", "quadratic", "cosine", "sigmoid β", "Laplace", "your own", "learned"];
/// Label of the predictions.
pub const PREDICTION: &str = "Predicts";
/// Names of the predictions.
pub const PREDICTIONS: [&str; 4] = ["ε", "x_0", "v", "flow"];
/// Label of the weights.
pub const WEIGHTING: &str = "Loss weight";
/// Names of the weights.
pub const WEIGHTINGS: [&str; 3] = ["uniform", "min-SNR-5", "truncated SNR"];
/// Label of the samplers.
pub const SAMPLER: &str = "Sampler";
/// Names of the samplers.
pub const SAMPLERS: [&str; 4] = ["DDIM", "Euler", "Heun", "DPM++ 2M"];
/// Label of the word.
pub const WORD: &str = "Word";
/// Labels of sliders.
pub const POINTS: &str = "Points";
/// Width of the network.
pub const WIDTH: &str = "Width";
/// Depth of the network.
pub const DEPTH: &str = "Depth";
/// Sinusoids of the timestep.
pub const EMBEDDING: &str = "Time features";
/// The learning rate.
pub const RATE: &str = "Learning rate";
/// Points of a batch.
pub const BATCH: &str = "Batch";
/// Number of particles.
pub const PARTICLES: &str = "Particles";
/// Steps of the sampler.
pub const STEPS: &str = "Steps";
/// The switches.
pub const SDE: &str = "Fresh noise at each step (SDE)";
/// Where there is no SDE.
pub const NO_SDE: &str = "Heun's method has no noise of its own; choose another sampler for an SDE.";
/// Time runs the other way.
pub const FORWARD: &str = "Forward: from data to noise";
/// Colour by bend.
pub const CURVATURE: &str = "Colour by bend";
/// Learns on.
pub const TRAIN: &str = "Train";
/// Waits.
pub const PAUSE: &str = "Pause training";
/// One update.
pub const ONE: &str = "One update";
/// Begins anew.
pub const RESTART: &str = "Start over";
/// Takes launched particles away.
pub const SWEEP: &str = "Remove launched";
/// Saves the picture.
pub const SAVE: &str = "Save picture";
/// Name of the particle timeline.
pub const TIMELINE: &str = "State of the particles";
/// Name of the training timeline.
pub const TRAINING: &str = "Moment of the training";
/// Label of the drawing.
pub const DRAWING: &str =
    "Drawing of points: press or drag; with keys, move by arrows and set a point with the space bar";
/// Its tools.
pub const TOOLS: [&str; 2] = ["Spray", "Line"];
/// Label of the tools.
pub const TOOL: &str = "Tool";
/// Empties it.
pub const CLEAR: &str = "Clear";
/// The loss plot.
pub const LOSS: &str = "mean loss of each 120th of the training, as a power of ten; marks are changes of the settings";
/// The other plot.
pub const BY_TIMESTEP: &str = "squared error lately, by timestep";
/// The plot of the schedules.
pub const LOG_SNR: &str = "ln SNR of the schedule, by timestep";
/// Where the learnt schedule can be compared.
pub const COMPARE_LEARNED: &str = "See it beside the others in lesson 4.";
/// Name of a plane that has the focus.
pub const LAUNCH: &str = "The plane: press to launch a particle; with keys, move by arrows and launch with Enter";

/// While there is no live device.
pub const NO_DEVICE: &str = "Training needs a live device; choose one above. There is no recorded run of this lab.";
/// A drawing without points.
pub const EMPTY_DRAWING: &str = "Nothing is drawn yet: press into the square above.";
/// A drawing that can have no more.
pub const FULL_DRAWING: &str = "The drawing is full: it holds 400 points, as many as a link can carry.";
/// A drawing of one point.
pub const ONE_POINT: &str = "One point: the best the network can learn is to go there from everywhere.";

/// Why the chip has no command line.
pub const NO_COMMAND: &str = "No command makes this again: the network is trained here, and how far it is depends on how long this page ran. The link holds every setting and the seed.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_short() {
        for (title, text) in BEATS.iter().chain([&BREAK_IT, &LAB]) {
            let words: usize = text.iter().map(|paragraph| paragraph.split_whitespace().count()).sum();
            assert!(words <= 90, "{title}: {words} words");
        }
    }
}
