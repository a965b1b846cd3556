//! Labels and sentences of the stage of lesson 3.

use super::super::arithmetic::Triangle;
use super::super::settings::Mode;
use crate::app::strings::{number, short_number};

/// Label of the prompt.
pub const PROMPT: &str = "Prompt";
/// Label of its dice.
pub const DICE: &str = "A random prompt";
/// Label of the row of tokens.
pub const TOKENS: &str = "The prompt as the model reads it";
/// The number beside a token.
pub const TOKEN_NUMBER: &str = "Its number in the model's list";
/// What pressing a token does.
pub const LOOK: &str = "Show where this word is heard";
/// Mark of an unknown word.
pub const UNKNOWN: &str = "unknown";
/// Beside an unknown word that resembles no known one.
pub const NO_NEAR_WORD: &str = "no known word is near";
/// Said of a prompt without words.
pub const EMPTY: &str = "The prompt is empty: the model draws whatever the noise suggests (unconditional).";
/// The same, with a negative prompt.
pub const EMPTY_BUT_NEGATIVE: &str =
    "The prompt is empty: guidance leads from the negative prompt towards whatever the noise suggests.";
/// Said of an empty second prompt.
pub const OTHER_EMPTY: &str = "The other prompt is empty: its picture is whatever the noise suggests (unconditional).";
/// Said where nothing is taken away.
pub const MINUS_EMPTY: &str = "Nothing named: what is taken away is the empty prompt.";
/// Said where nothing is added.
pub const PLUS_EMPTY: &str = "Nothing named: what is added is the empty prompt.";
/// Said of a text without a known word.
pub const NONE_KNOWN: &str = "The model knows none of these words. To it they are all the same unknown word.";
/// Said where a word should be weighed and there is none.
pub const NO_WORD: &str = "The prompt has no word to weigh, so there is one picture only.";
/// Said of a grid, where a word or a pixel is looked at.
pub const GRID_IS_DEAF: &str = "A grid keeps no attention: its first picture never hears the prompt. Choose another comparison to see who listens.";
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
pub const STRIP: &str = "The run at a glance: predicted pictures above, states below";
/// Label of the difference map.
pub const DIFFERENCE: &str = "difference";
/// Label of the numbers.
pub const NUMBERS: &str = "Guidance in numbers: the red value of the marked pixel, or of the middle one, in this step";
/// In place of a number that is not there.
pub const NO_NUMBER: &str = "·";
/// Label of the pixel that is asked.
pub const PIXEL: &str = "Ask pixel";
/// What is not a word among the tokens.
pub const MARKS: &str = "begin, end and padding";
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

/// A layer of the network by its path and the width of its maps.
pub fn layer_name(path: &str, size: u32) -> String {
    let number =
        |after: &str| path.split(after).nth(1).and_then(|rest| rest.split('.').next()).unwrap_or("0").to_owned();
    let part = match path.split('_').next() {
        Some("down") => format!("down, attention {}", number("attentions.")),
        Some("up") => format!("up, attention {}", number("attentions.")),
        Some("mid") => "the middle".to_owned(),
        _ => path.replace('_', " "),
    };
    format!("{part} ({size} × {size})")
}

/// One of the three predictions: without the prompt, with it, guided.
pub fn predicted(index: usize, has_negative: bool) -> &'static str {
    match index {
        0 if has_negative => "ε∅: negative prompt",
        0 => "ε∅: no prompt",
        1 => "ε_c: with prompt",
        _ => "ε_w: guided",
    }
}

/// A share in whole percent.
pub fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The scale of the map over the picture.
pub fn legend(word: &str, most: f32) -> String {
    format!("Share of attention on “{word}” in the first picture, in this step: 0 to {}.", percent(most))
}

/// The scale of the maps on the strip.
pub fn strip_of_word(most: f32) -> String {
    format!(
        "The run at a glance: predicted pictures above; below, where the pressed word was heard, 0 to {}.",
        percent(most)
    )
}

/// Above the words of a pixel.
pub fn listened(column: usize, row: usize) -> String {
    format!("In this step, column {column}, row {row} of the first picture listened to:")
}

/// The pixel that is asked; 0 is none.
pub fn pixel(pixel: u32, size: u32) -> String {
    match pixel.checked_sub(1) {
        Some(place) if size > 0 => format!("column {}, row {}", place % size + 1, place / size + 1),
        _ => "none".into(),
    }
}

/// Which run is on the stage, where it is not the one asked for.
pub fn shown_instead(prompt: &str, recorded: bool) -> String {
    let kind = if recorded { "a recorded run" } else { "the last live run" };
    format!("On the stage is {kind} of “{prompt}”. Your settings run as soon as a device computes.")
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
    fn layers_have_names() {
        assert_eq!(layer_name("up_blocks.0.attentions.1.transformer_blocks.0.attn2", 8), "up, attention 1 (8 × 8)");
        assert_eq!(layer_name("mid_block.attentions.0.transformer_blocks.0.attn2", 8), "the middle (8 × 8)");
        let two = [("down_blocks.0", 16), ("down_blocks.1", 8)]
            .map(|(block, size)| layer_name(&format!("{block}.attentions.0.transformer_blocks.0.attn2"), size));
        assert_ne!(two[0], two[1], "the same place at another resolution is another layer");
    }

    #[test]
    fn the_prediction_without_the_prompt_says_what_it_is() {
        assert_ne!(predicted(0, true), predicted(0, false));
        assert_eq!(predicted(1, true), predicted(1, false));
    }

    #[test]
    fn pixels_are_counted_from_one() {
        assert_eq!(pixel(0, 16), "none");
        assert_eq!(pixel(18, 16), "column 2, row 2");
    }
}
