//! The words of lesson 3, in English.

use crate::app::language::{Text, t};

mod labels;

pub use labels::*;

/// The question.
pub const QUESTION: Text = t("How do words steer it?");

/// Before anything is explained.
pub const HOOK: [Text; 2] = [
    t(
        "Type over the figure, or throw its dice. A small network reads what you write and draws that person out of static, again with every key you press.",
    ),
    t(
        "Now pull the guidance dial. The noise stays the same and so do the words. What changes is how hard the words are believed.",
    ),
];

/// Headings and paragraphs of the beats.
pub const BEATS: [(Text, &[Text]); 6] = [
    (
        t("Words become numbers"),
        &[
            t(
                "The [prompt](prompt) is cut into words, and each word becomes a [token](token): its number in a list. This model knows fewer than a hundred. A word outside the list is marked: all such words share the number 1 and look alike to the model.",
            ),
            t(
                "A text encoder turns the tokens into one vector each. It has learned from pictures and their captions which words belong to which picture.",
            ),
        ],
    ),
    (
        t("Every pixel listens"),
        &[
            t(
                "Inside [the network](network), each place of the picture asks a question and every word offers an answer. How well they match sets the shares of [attention](attention), and the shares add up to one.",
            ),
            t(
                "Press a word under the prompt: violet shows where it is heard in this step, the strip over the whole run. Press a pixel: it says which words it listened to. Early maps are vague, for there is hardly a picture yet to listen with.",
            ),
        ],
    ),
    (
        t("Turn one word down"),
        &[
            t(
                "Attention is not only something to look at. Here the pressed word is muted: its shares are multiplied by the factor, 0 to begin with. On the left is the run as it was, on the right the run without that word's voice.",
            ),
            t("Same noise, same prompt, same everything else. Drag the factor up to 3 and the word speaks louder."),
        ],
    ),
    (
        t("Two answers, and a push"),
        &[
            t(
                "At each step the network answers twice: [ε∅](epsuncond) without the prompt, [ε_c](epscond) with it. The two differ only a little. That little is what the words change.",
            ),
            t(
                "[Guidance](w) takes the difference and multiplies it. At w = 1 the prompt counts plainly, at w = 4 four times over. A negative prompt takes the place of no prompt: guidance then pushes away from it.",
            ),
        ],
    ),
    (
        t("How much is too much?"),
        &[
            t(
                "Each row is one [guidance scale](w), 0, 1, 4 and 12 from top to bottom; each column is one [seed](seed). The top row has never heard the prompt.",
            ),
            t(
                "Going down, the pictures say the words more clearly, and the seeds differ less and less. Guidance buys agreement and pays in variety.",
            ),
        ],
    ),
    (
        t("Sentences are places"),
        &[
            t(
                "To the network a prompt is a row of vectors. Two prompts with the same noise: what the words do not mention tends to stay, for the noise decides it. The third picture shows where the two differ.",
            ),
            t(
                "Vectors can be mixed: walk in eight steps from one prompt to the other, through sentences that nobody wrote. And they can be added: the prompt, minus one text, plus another. That does not always work. Nobody asked the encoder for it.",
            ),
        ],
    ),
];

/// Labels of the chips of the last beat.
pub const VECTORS: [Text; 3] = [t("Two prompts"), t("Half-way between"), t("Minus and plus")];

/// The limit cases.
pub const BREAK_IT: (Text, &[Text]) = (
    t("Break it"),
    &[
        t(
            "At guidance 15 the push carries the state out of the range it was trained on: colours clip, shapes turn hard, and small differences grow into flaws.",
        ),
        t("A word it never saw says nothing. Two colours for one thing fight, and the noise often decides who wins."),
    ],
);
/// Labels of its chips.
pub const BREAKS: [Text; 3] = [t("Guidance 15"), t("A word it never saw"), t("Two colours that fight")];

/// The full panel.
pub const LAB: (Text, &[Text]) = (
    t("Your turn"),
    &[t(
        "Everything is unlocked: negative prompts, layers and heads, steps, rescaled guidance. Blue hair with a yellow shirt never occurred in training, so the model has to put it together itself. Three things to try:",
    )],
);
/// Labels of its chips.
pub const TRY: [Text; 3] = [t("Negative prompt: glasses"), t("Never seen together"), t("A random caption")];

/// What to remember.
pub const RECAP: [Text; 3] = [
    t(
        "A text encoder turns words into vectors, and cross-attention lets every place of the picture listen to each of them.",
    ),
    t("Guidance asks twice, with and without the words, and exaggerates the difference."),
    t("More guidance means more agreement with the words and less variety, and beyond some point, damage."),
];

/// Where it comes from.
pub const SOURCES: [(&str, &str); 4] = [
    ("Ho and Salimans 2022", "Classifier-free diffusion guidance"),
    ("Radford et al. 2021", "Learning transferable visual models from natural language supervision (CLIP)"),
    ("Rombach et al. 2022", "High-resolution image synthesis with latent diffusion models"),
    ("Hertz et al. 2022", "Prompt-to-Prompt image editing with cross-attention control"),
];

/// The question before the reveal.
pub const PREDICT: Text = t("Before you go on: what does a higher guidance scale cost?");
/// Answers to it, and what is said to each.
pub const PREDICTIONS: [(Text, Text); 3] = [
    (
        t("Time"),
        t("Every scale but 1 costs the same two answers a step, so it is not that. The next figure shows what it is."),
    ),
    (t("Variety"), t("Keep that in mind: in the next figure, look along the rows, one row a scale.")),
    (t("Nothing"), t("See whether that holds: in the next figure, compare the top row with the bottom row.")),
];

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
