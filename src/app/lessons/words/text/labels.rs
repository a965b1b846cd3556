//! Labels and sentences of the stage of lesson 3.

use super::super::arithmetic::Triangle;
use super::super::settings::Mode;
use crate::app::language::{Text, say, t};
use crate::app::strings::{number, short_number};

/// Label of the prompt.
pub const PROMPT: Text = t("Prompt");
/// Label of its dice.
pub const DICE: Text = t("A random prompt");
/// Label of the row of tokens.
pub const TOKENS: Text = t("The prompt as the model reads it");
/// The number beside a token.
pub const TOKEN_NUMBER: Text = t("Its number in the model's list");
/// What pressing a token does.
pub const LOOK: Text = t("Show where this word is heard");
/// Mark of an unknown word.
pub const UNKNOWN: Text = t("unknown");
/// Beside an unknown word that resembles no known one.
pub const NO_NEAR_WORD: Text = t("no known word is near");
/// Said of a prompt without words.
pub const EMPTY: Text = t("The prompt is empty: the model draws whatever the noise suggests (unconditional).");
/// The same, with a negative prompt.
pub const EMPTY_BUT_NEGATIVE: Text =
    t("The prompt is empty: guidance leads from the negative prompt towards whatever the noise suggests.");
/// Said of an empty second prompt.
pub const OTHER_EMPTY: Text =
    t("The other prompt is empty: its picture is whatever the noise suggests (unconditional).");
/// Said where nothing is taken away.
pub const MINUS_EMPTY: Text = t("Nothing named: what is taken away is the empty prompt.");
/// Said where nothing is added.
pub const PLUS_EMPTY: Text = t("Nothing named: what is added is the empty prompt.");
/// Said of a text without a known word.
pub const NONE_KNOWN: Text = t("The model knows none of these words. To it they are all the same unknown word.");
/// Said where a word should be weighed and there is none.
pub const NO_WORD: Text = t("The prompt has no word to weigh, so there is one picture only.");
/// Said of a grid, where a word or a pixel is looked at.
pub const GRID_IS_DEAF: Text = t(
    "A grid keeps no attention: its first picture never hears the prompt. Choose another comparison to see who listens.",
);
/// Label of the modes.
pub const MODE: Text = t("Compare");
/// Names of the modes.
pub const MODES: [Text; 6] = [t("one"), t("mute a word"), t("two prompts"), t("grid"), t("walk"), t("sum")];
/// Label of the guidance dial.
pub const GUIDANCE: Text = t("Guidance w");
/// Label of the negative prompt.
pub const NEGATIVE: Text = t("Negative");
/// Label of the second prompt.
pub const OTHER: Text = t("Other prompt");
/// Label of the text taken away.
pub const MINUS: Text = t("Minus");
/// Label of the text added.
pub const PLUS: Text = t("Plus");
/// Label of a word's factor.
pub const FACTOR: Text = t("Word × factor");
/// Label of the number of steps.
pub const STEPS: Text = t("Steps");
/// Label of the rescaling.
pub const RESCALE: Text = t("Rescale φ");
/// Label of the choice of layers.
pub const LAYER: Text = t("Show");
/// Names of the layers.
pub const LAYERS: [Text; 3] = [t("state x_t"), t("picture x̂₀"), t("noise ε̂")];
/// Label of the attention layer.
pub const ATTENTION_LAYER: Text = t("Attention of");
/// Label of the attention head.
pub const ATTENTION_HEAD: Text = t("Head");
/// All layers or heads together.
pub const MEAN: Text = t("mean of all");
/// Label of the snapshot button.
pub const SAVE: Text = t("Save picture");
/// Label of the timeline.
pub const TIMELINE: Text = t("State of the run");
/// Label of the strip.
pub const STRIP: Text = t("The run at a glance: predicted pictures above, states below");
/// Label of the difference map.
pub const DIFFERENCE: Text = t("difference");
/// Label of the numbers.
pub const NUMBERS: Text =
    t("Guidance in numbers: the red value of the marked pixel, or of the middle one, in this step");
/// Label of the pixel that is asked.
pub const PIXEL: Text = t("Ask pixel");
/// What is not a word among the tokens.
pub const MARKS: Text = t("begin, end and padding");
/// Beside a step without two predictions.
pub const UNGUIDED: Text =
    t("There are no two predictions here: the picture is finished, or nothing is guided. Step back.");

/// Where the head is.
pub fn state(head: usize, last: usize, timestep: f64) -> String {
    if head >= last {
        say!("{head} of {last}: finished", head, last)
    } else {
        say!("{head} of {last}: t = {timestep}", head, last, timestep = format_args!("{timestep:.0}"))
    }
}

/// Where a long text is cut.
pub fn cut(words: usize, lost: &str) -> String {
    say!("The model reads {words} words and marks. Everything from “{lost}” on is cut.", words, lost)
}

/// What a suggestion does.
pub fn replace_with(unknown: &str, known: &str) -> String {
    say!("Replace {unknown} with {known}", unknown, known)
}

/// A layer of the network by its path and the width of its maps.
pub fn layer_name(path: &str, size: u32) -> String {
    let number =
        |after: &str| path.split(after).nth(1).and_then(|rest| rest.split('.').next()).unwrap_or("0").to_owned();
    let part = match path.split('_').next() {
        Some("down") => say!("down, attention {number}", number = number("attentions.")),
        Some("up") => say!("up, attention {number}", number = number("attentions.")),
        Some("mid") => t("the middle").into(),
        _ => path.replace('_', " "),
    };
    format!("{part} ({size} × {size})")
}

/// One of the three predictions: without the prompt, with it, guided.
pub fn predicted(index: usize, has_negative: bool) -> Text {
    match index {
        0 if has_negative => t("ε∅: negative prompt"),
        0 => t("ε∅: no prompt"),
        1 => t("ε_c: with prompt"),
        _ => t("ε_w: guided"),
    }
}

/// A share in whole percent.
pub fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The scale of the map over the picture.
pub fn legend(word: &str, most: f32) -> String {
    say!(
        "Share of attention on “{word}” in the first picture, in this step: 0 to {percent}.",
        word,
        percent = percent(most)
    )
}

/// The scale of the maps on the strip.
pub fn strip_of_word(most: f32) -> String {
    say!(
        "The run at a glance: predicted pictures above; below, where the pressed word was heard, 0 to {percent}.",
        percent = percent(most)
    )
}

/// Above the words of a pixel.
pub fn listened(column: usize, row: usize) -> String {
    say!("In this step, column {column}, row {row} of the first picture listened to:", column, row)
}

/// The pixel that is asked; 0 is none.
pub fn pixel(pixel: u32, size: u32) -> String {
    match pixel.checked_sub(1) {
        Some(place) if size > 0 => {
            say!("column {column}, row {row}", column = place % size + 1, row = place / size + 1)
        }
        _ => t("none").into(),
    }
}

/// Which run is on the stage, where it is not the one asked for.
pub fn shown_instead(prompt: &str, recorded: bool) -> String {
    let kind = if recorded { t("a recorded run") } else { t("the last live run") };
    say!("On the stage is {kind} of “{prompt}”. Your settings run as soon as a device computes.", kind, prompt)
}

/// What stands under the picture.
pub fn caption(mode: Mode) -> Text {
    match mode {
        Mode::One => t(""),
        Mode::Weigh => t("Left: as it is. Right: with the pressed word × factor. Both from the same noise."),
        Mode::Versus => t("Left: the prompt. Right: the other prompt. Both from the same noise."),
        Mode::Grid => t("Rows: guidance 0, 1, 4, 12. Columns: four seeds."),
        Mode::Walk => t("From the prompt, top left, to the other prompt, bottom right."),
        Mode::Sum => t("Left: the prompt. Right: the prompt minus one text plus another."),
    }
}

/// What the large picture shows, for those who do not see it.
pub fn picture(layer: usize, head: usize, last: usize, mode: Mode) -> String {
    let what = [t("the noisy state"), t("the predicted picture"), t("the predicted noise")][layer];
    let of = match mode {
        Mode::One => t("one sample"),
        Mode::Weigh | Mode::Versus | Mode::Sum => t("two samples"),
        Mode::Grid => t("sixteen samples"),
        Mode::Walk => t("eight samples"),
    };
    say!("{what} of {of}, state {head} of {last}", what, of, head, last)
}

/// The vectors of a step in a sentence.
pub fn vectors(w: f64, triangle: Triangle) -> String {
    say!(
        "Length of ε∅ {length}; of what the prompt changes, ε_c − ε∅, {change}; of the push, w times that, {push}.",
        length = short_number(triangle.unconditional),
        change = number(triangle.change()),
        push = number(w * triangle.change())
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
