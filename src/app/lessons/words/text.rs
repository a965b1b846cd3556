//! The words of lesson 3, in English.

use super::guidance::Triangle;
use super::settings::Mode;
use crate::app::strings::{number, short_number};

/// The question.
pub const QUESTION: &str = "How do words steer it?";

/// Before anything is explained.
pub const HOOK: [&str; 2] = [
    "Type over the figure, or throw its dice. A small network reads what you write and draws that person out of static, again with every key you press.",
    "Now pull the guidance dial. The noise stays the same and so do the words. What changes is how hard the words are believed.",
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(&str, &[&str]); 8] = [
    (
        "Words become numbers",
        &[
            "The [prompt](prompt) is cut into words, and each word becomes a [token](token): its number in a list. This model knows fewer than a hundred. A word outside the list is marked, and all such words look alike to the model.",
            "A text encoder turns the tokens into one vector each. It has learned from pictures and their captions which words belong to which picture.",
        ],
    ),
    (
        "Every pixel listens",
        &[
            "Inside [the network](network), each place of the picture asks a question and every word offers an answer. How well they match sets the shares of [attention](attention), and the shares add up to one.",
            "Press a word under the prompt. Violet shows where it is heard in this step, the strip shows it over the whole run. Early maps are vague: there is hardly a picture yet to listen with.",
        ],
    ),
    (
        "Turn one word down",
        &[
            "Attention is not only something to look at. Here the pressed word is muted: its shares are multiplied by the factor, 0 to begin with. On the left is the run as it was, on the right the run without that word's voice.",
            "Same noise, same prompt, same everything else. Drag the factor up to 3 and the word speaks louder.",
        ],
    ),
    (
        "Two answers, and a push",
        &[
            "At each step the network answers twice: [ε∅](epsuncond) without the prompt, [ε_c](epscond) with it. The two differ only a little. That little is what the words change.",
            "[Guidance](w) takes the difference and multiplies it. At w = 1 the prompt counts plainly, at w = 4 four times over. A negative prompt takes the place of no prompt: guidance then pushes away from it.",
        ],
    ),
    (
        "How much is too much?",
        &[
            "Each row is one [guidance scale](w), 0, 1, 4 and 12 from top to bottom; each column is one [seed](seed). The top row has never heard the prompt.",
            "Going down, the pictures say the words more clearly and grow more alike. Guidance buys agreement and pays in variety.",
        ],
    ),
    (
        "Change a word, keep the noise",
        &[
            "Two prompts begin with the same noise. What the words do not mention tends to stay, for the noise decides it. The third picture shows where the two differ.",
            "Edit either prompt and watch how little, or how much, one word moves.",
        ],
    ),
    (
        "Half-way between two sentences",
        &[
            "To the network a prompt is a row of vectors, and vectors can be mixed. These eight pictures walk in equal steps from one prompt to the other.",
            "Nobody wrote the prompts in between; they have no words. Some attributes fade, others flip at one step.",
        ],
    ),
    (
        "Sums of words",
        &[
            "The same vectors can be added and subtracted: the prompt, minus one text, plus another. With “red hair” taken away and “green hair” added, the hair should change and the rest should stay.",
            "It does not always work. The encoder was never asked to make such sums come out; where they do, it is a by-product of how it learned.",
        ],
    ),
];

/// The limit cases.
pub const BREAK_IT: (&str, &[&str]) = (
    "Break it",
    &[
        "At guidance 15 the push carries the state out of the range it was trained on: colours clip, shapes turn hard, and small differences grow into flaws.",
        "A word it never saw says nothing. Two colours for one thing fight, and the noise often decides who wins.",
    ],
);
/// Labels of its chips.
pub const BREAKS: [&str; 3] = ["Guidance 15", "A word it never saw", "Two colours that fight"];

/// The full panel.
pub const LAB: (&str, &[&str]) = (
    "Your turn",
    &[
        "Everything is unlocked: negative prompts, layers and heads, steps, rescaled guidance. Blue hair with a yellow shirt never occurred in training, so the model has to put it together itself. Three things to try:",
    ],
);
/// Labels of its chips.
pub const TRY: [&str; 3] = ["Negative prompt: glasses", "Never seen together", "A random caption"];

/// What to remember.
pub const RECAP: [&str; 3] = [
    "A text encoder turns words into vectors, and cross-attention lets every place of the picture listen to each of them.",
    "Guidance asks twice, with and without the words, and exaggerates the difference.",
    "More guidance means more agreement with the words and less variety, and beyond some point, damage.",
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 4] = [
    ("Ho and Salimans 2022", "Classifier-free diffusion guidance"),
    ("Radford et al. 2021", "Learning transferable visual models from natural language supervision (CLIP)"),
    ("Rombach et al. 2022", "High-resolution image synthesis with latent diffusion models"),
    ("Hertz et al. 2022", "Prompt-to-Prompt image editing with cross-attention control"),
];

/// The question before the reveal.
pub const PREDICT: &str = "Before you look: what does a higher guidance scale cost?";
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(&str, &str); 3] = [
    ("Time", "No. Every scale but 1 costs the same two answers a step. Look along a row instead."),
    ("Variety", "Yes. Look along the rows: the seeds differ less and less the further down you go."),
    ("Nothing", "Look along the bottom row: the four seeds have become nearly one person, and colours clip."),
];

/// Label of the prompt.
pub const PROMPT: &str = "Prompt";
/// Label of its dice.
pub const DICE: &str = "A random prompt";
/// Label of the row of tokens.
pub const TOKENS: &str = "The prompt as the model reads it";
/// What pressing a token does.
pub const LOOK: &str = "Show where this word is heard";
/// Mark of an unknown word.
pub const UNKNOWN: &str = "unknown";
/// Said of a prompt without words.
pub const EMPTY: &str = "The prompt is empty: the model draws whatever the noise suggests (unconditional).";
/// Said of a prompt without a known word.
pub const NONE_KNOWN: &str = "The model knows none of these words. To it they are all the same unknown word.";
/// Label of the modes.
pub const MODE: &str = "Compare";
/// Names of the modes.
pub const MODES: [&str; 6] = ["one", "mute a word", "two prompts", "grid", "walk", "sum"];
/// Label of the guidance dial.
pub const GUIDANCE: &str = "Guidance w";
/// Label of the negative prompt.
pub const NEGATIVE: &str = "Negative";
/// Label of the second prompt.
pub const OTHER: &str = "Other prompt";
/// Label of the text taken away.
pub const MINUS: &str = "Minus";
/// Label of the text added.
pub const PLUS: &str = "Plus";
/// Label of a word's factor.
pub const FACTOR: &str = "Word × factor";
/// Label of the number of steps.
pub const STEPS: &str = "Steps";
/// Label of the rescaling.
pub const RESCALE: &str = "Rescale φ";
/// Label of the choice of layers.
pub const LAYER: &str = "Show";
/// Names of the layers.
pub const LAYERS: [&str; 3] = ["state x_t", "picture x̂₀", "noise ε̂"];
/// Label of the attention layer.
pub const ATTENTION_LAYER: &str = "Attention of";
/// Label of the attention head.
pub const ATTENTION_HEAD: &str = "Head";
/// All layers or heads together.
pub const MEAN: &str = "mean of all";
/// Label of the snapshot button.
pub const SAVE: &str = "Save picture";
/// Label of the timeline.
pub const TIMELINE: &str = "State of the run";
/// Label of the strip.
pub const STRIP: &str =
    "The run at a glance: predicted pictures above; below the states, or where the pressed word was heard";
/// Label of the difference map.
pub const DIFFERENCE: &str = "difference";
/// Label of the numbers.
pub const NUMBERS: &str = "Guidance in numbers: the red value of the middle pixel in this step";
/// Names of the three predictions.
pub const PREDICTED: [&str; 3] = ["ε∅: no prompt", "ε_c: with prompt", "ε_w: guided"];
/// Beside a step without two predictions.
pub const UNGUIDED: &str =
    "There are no two predictions here: the picture is finished, or nothing is guided. Step back.";

/// Where the head is.
pub fn state(head: usize, last: usize, timestep: f64) -> String {
    if head >= last { format!("{head} of {last}: finished") } else { format!("{head} of {last}: t = {timestep:.0}") }
}

/// Where a long text is cut.
pub fn cut(words: usize, lost: &str) -> String {
    format!("The model reads {words} words and marks. Everything from “{lost}” on is cut.")
}

/// What a suggestion does.
pub fn replace_with(unknown: &str, known: &str) -> String {
    format!("Replace {unknown} with {known}")
}

/// A layer of the network by its path.
pub fn layer_name(path: &str) -> String {
    let number =
        |after: &str| path.split(after).nth(1).and_then(|rest| rest.split('.').next()).unwrap_or("0").to_owned();
    match path.split('_').next() {
        Some("down") => format!("down, attention {}", number("attentions.")),
        Some("up") => format!("up, attention {}", number("attentions.")),
        Some("mid") => "the middle".to_owned(),
        _ => path.to_owned(),
    }
}

/// What stands under the picture.
pub fn caption(mode: Mode) -> &'static str {
    match mode {
        Mode::One => "",
        Mode::Weigh => "Left: as it is. Right: with the pressed word × factor. Both from the same noise.",
        Mode::Versus => "Left: the prompt. Right: the other prompt. Both from the same noise.",
        Mode::Grid => "Rows: guidance 0, 1, 4, 12. Columns: four seeds.",
        Mode::Walk => "From the prompt, top left, to the other prompt, bottom right.",
        Mode::Sum => "Left: the prompt. Right: the prompt minus one text plus another.",
    }
}

/// What the large picture shows, for those who do not see it.
pub fn picture(layer: usize, head: usize, last: usize, mode: Mode) -> String {
    let what = ["the noisy state", "the predicted picture", "the predicted noise"][layer];
    let of = match mode {
        Mode::One => "one sample",
        Mode::Weigh | Mode::Versus | Mode::Sum => "two samples",
        Mode::Grid => "sixteen samples",
        Mode::Walk => "eight samples",
    };
    format!("{what} of {of}, state {head} of {last}")
}

/// The vectors of a step in a sentence.
pub fn vectors(w: f64, triangle: Triangle) -> String {
    format!(
        "Length of ε∅ {}; of what the prompt changes, ε_c − ε∅, {}; of the push, w times that, {}.",
        short_number(triangle.unconditional),
        number(triangle.change()),
        number(w * triangle.change())
    )
}

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

    #[test]
    fn layers_have_names() {
        assert_eq!(layer_name("up_blocks.0.attentions.1.transformer_blocks.0.attn2"), "up, attention 1");
        assert_eq!(layer_name("mid_block.attentions.0.transformer_blocks.0.attn2"), "the middle");
    }
}
