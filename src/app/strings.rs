//! The catalogue of the chassis' words, in English; each lesson keeps its own prose in its `text.rs`.

use std::fmt::Display;

mod engine;

pub use engine::*;

/// The name of the page.
pub const TITLE: &str = "Noisewalk";
/// The sentence under it.
pub const CLAIM: &str = "Understand diffusion models by driving one: a complete, tiny Stable Diffusion runs live on this page, on your own device.";
/// Label of the list of lessons.
pub const LESSONS: &str = "Lessons";
/// What stands above the title of the lab, which has no number.
pub const LAB: &str = "Lab";
/// Mark of a lesson that does not exist yet.
pub const TO_COME: &str = "to come";
/// Mark of a lesson that was read to its end.
pub const READ: &str = "read";
/// Skip link.
pub const SKIP: &str = "Skip to the lesson";
/// An empty list in a notice.
pub const NOTHING: &str = "nothing";
/// Closes a notice, a dialog, a drawer.
pub const CLOSE: &str = "Close";
/// Opens the second rank of controls.
pub const MORE: &str = "More";
/// Label of the theme button, by theme.
pub const THEMES: [&str; 3] = ["System colours", "Light", "Dark"];
/// Opens the list of keys.
pub const KEYS: &str = "Keys";
/// Play button.
pub const PLAY: &str = "Play";
/// Pause button.
pub const PAUSE: &str = "Pause";
/// Undo button.
pub const UNDO: &str = "Undo";
/// Redo button.
pub const REDO: &str = "Redo";
/// Label of a seed field.
pub const SEED: &str = "Seed";
/// The dice of a seed field.
pub const NEW_SEED: &str = "New seed";
/// The lock of a seed field.
pub const LOCK_SEED: &str = "Keep this seed";
/// The face of the lock.
pub const LOCK: &str = "keep";
/// Opens a chart's data table.
pub const AS_TABLE: &str = "The same as a table";
/// Copies a text.
pub const COPY: &str = "Copy";
/// Said after copying.
pub const COPIED: &str = "Copied";
/// Said where the browser did not copy.
pub const NOT_COPIED: &str = "Not copied: select the text";

/// What the browser did not copy.
pub fn copy_by_hand(text: &str) -> String {
    format!("This browser does not let the page copy. Select this and copy it: {text}")
}

/// Opens the ways to take a lesson's state along.
pub const SHARE: &str = "Share";
/// Copies the address.
pub const COPY_LINK: &str = "Copy link";
/// Copies HTML.
pub const COPY_EMBED: &str = "Copy embed code";
/// Copies the settings.
pub const COPY_JSON: &str = "Copy settings as JSON";
/// Saves the settings as a file.
pub const SAVE_JSON: &str = "Save settings as JSON";
/// Leaves an embedded page for the whole one.
pub const OPEN_LESSON: &str = "Open the whole lesson";

/// What `hide` in a link may name.
pub fn hide_names(names: &str) -> String {
    format!(
        "Teachers: add hide= and any of these names, joined by commas, to a link to leave controls out: controls, {names}."
    )
}

/// Saves the strip of a run.
pub const SAVE_STRIP: &str = "Save strip";
/// Saves a picture that is a file already.
pub const SAVE_PNG: &str = "Save PNG";
/// Saves a run as a moving picture that every program shows.
pub const SAVE_GIF: &str = "Save GIF";
/// Saves a run as a moving picture.
pub const SAVE_ANIMATION: &str = "Save animation";

/// Clears what the browser keeps.
pub const CLEAR: &str = "Clear";

/// How much the browser keeps.
pub fn kept_offline(count: u64) -> String {
    if count == 0 {
        return "Nothing is kept in this browser any more. The next visit keeps the page again.".into();
    }
    format!("This page works without a network: your browser keeps {} of it.", bytes(count))
}

/// Clears one part of it.
pub const CLEAR_ONE: &str = "Clear this";

/// A kept part by the start of its paths.
fn part_name(start: &str) -> String {
    match start.trim_end_matches('/').split_once('/') {
        Some((_, model)) => format!("the model {model}"),
        None if start.is_empty() => "the page itself".into(),
        None => format!("recorded {}", start.trim_end_matches('/')),
    }
}

/// A kept part with its size.
pub fn kept_part(start: &str, count: u64) -> String {
    format!("{}: {}", part_name(start), bytes(count))
}

/// What the button beside it does.
pub fn clear_part(start: &str) -> String {
    format!("Clear {}", part_name(start))
}

/// The worker that keeps files met a file of another build.
pub const NEWER_BUILD: &str =
    "The site has a newer build of this page, and the two do not mix. Reload the page to get it.";

/// Stops what runs.
pub const CANCEL: &str = "Cancel";
/// Opens the controls on a phone.
pub const CONTROLS: &str = "Controls";
/// Label of the link to the next lesson.
pub const NEXT: &str = "Next lesson";
/// Label of the sources.
pub const SOURCES: &str = "Sources";
/// Opens the glossary; its title.
pub const GLOSSARY: &str = "Glossary";
/// Label of the glossary's search field.
pub const GLOSSARY_SEARCH: &str = "Search";
/// The search found nothing.
pub const GLOSSARY_NOTHING: &str = "No term has these letters.";

/// Begins a guided tour.
pub fn tour_begin(stops: usize) -> String {
    format!("Guided tour: {stops} stops")
}

/// Goes on with a tour that was left.
pub fn tour_resume(stop: usize, stops: usize) -> String {
    format!("Go on with the tour: stop {stop} of {stops}")
}

/// Title of a tour's panel.
pub fn tour_stop(stop: usize, stops: usize) -> String {
    format!("Guided tour, stop {stop} of {stops}")
}

/// Begins a tour that was seen.
pub const TOUR_AGAIN: &str = "Take the tour again";
/// To the stop before.
pub const TOUR_BACK: &str = "Back";
/// To the next stop.
pub const TOUR_NEXT: &str = "Next";
/// Ends a tour at its last stop.
pub const TOUR_FINISH: &str = "Finish";
/// Leaves a tour.
pub const TOUR_SKIP: &str = "Leave the tour";
/// What a stop asked for was done.
pub const TOUR_MET: &str = "Done.";
/// Title of the key help.
pub const KEYS_TITLE: &str = "Keys on this page";
/// Switch of the keys.
pub const KEYS_SWITCH: &str = "Single keys do something on this page";
/// A lesson that the address names and that does not exist.
pub const NO_SUCH_LESSON: &str = "The link names a lesson that this page does not have. Choose one from the list.";
/// A lesson that is planned.
pub const LESSON_TO_COME: &str = "This lesson is not written yet.";

/// The link to the first lesson.
pub const START: &str = "Start with lesson 1";
/// The picture of the first page.
pub const HERO: &str = "A face comes out of noise; press to play it again";
/// Goes from the first page to lesson 3 with the same prompt.
pub const HERO_GO_ON: &str = "Go on with this prompt in lesson 3";

/// The chip before the first frame.
pub const NOT_YET: &str = "nothing to show yet";

/// A run is complete.
pub fn run_finished(steps: u32, millis_per_step: f64) -> String {
    format!("Run of {steps} steps finished, {millis_per_step:.0} milliseconds a step.")
}

/// Before a lesson's number.
pub const LESSON: &str = "Lesson";
/// Heading of the recap.
pub const RECAP: &str = "In three sentences";
/// Label of the stage.
pub const STAGE: &str = "The figure of this lesson";
/// Label of the control that forces a device.
pub const DEVICE: &str = "Device";
/// Before the field for a zip of the visitor's model.
pub const MODEL_ZIP: &str = "A model of yours, as a zip";
/// Before the field for its folder.
pub const MODEL_FOLDER: &str = "or its folder";
/// What such a model is.
pub const MODEL_DROP: &str = "A folder that diffusers saved: a UNet2DModel, or a UNet2DConditionModel with its CLIPTextModel. You may drop the zip, the folder or its files on the page. It stays in your browser.";
/// Offers the files of the model in use.
pub const SAVE_MODEL: &str = "Save the model as a zip";
/// The files of the model could not be had.
pub const MODEL_NOT_SAVED: &str =
    "The files of the model could not be read again, so there is no zip. Try again with a network.";
/// Ends the visitor's model.
pub const PAGES_MODEL: &str = "Back to the page's model";
/// Files without a model among them.
pub const NO_MODEL: &str =
    "There is no model among these files. Choose a zip of the model's folder, or the folder itself.";
/// More than a page can hold.
pub const MODEL_TOO_LARGE: &str =
    "These files have more than 512 MB, which is more than this page reads. The noisewalk command has no such limit.";
/// `?model=` names another site.
pub const FOREIGN_MODEL: &str = "The address names a model of another site, and this page asks no other site for anything. Download it and choose the file.";
/// Lesson 3 with a model that hears no words.
pub const MODEL_IS_DEAF: &str =
    "Your model hears no words, so this lesson goes on with the page's own. Lesson 2 runs on yours.";

/// The visitor's model could not be used.
pub fn model_not_opened(why: &str) -> String {
    format!("Your model cannot be opened: {why}")
}

/// Above a command line that makes the same picture.
pub const AS_COMMAND: &str = "The same on a command line";
/// Above the command line of a run that another is compared with.
pub const OTHER_AS_COMMAND: &str = "The compared run on a command line";
/// Above Python that makes the same picture.
pub const AS_PYTHON: &str = "The same with Python diffusers";
/// A sampler without Python.
pub const NO_PYTHON: &str = "The Python is written for DDIM and DDPM; choose one of them to see it.";
/// Avatars are drawn by Rust.
pub const NO_PYTHON_AVATARS: &str = "There is no Python for this picture, for the avatars are drawn by this program.";
/// The fact on a chip of who recorded a run.
pub const RECORDED_WITH: &str = "recorded by";
/// Head of a column of values.
pub const VALUE: &str = "value";
/// Head of a column of densities.
pub const DENSITY: &str = "density";
/// A positive number over many orders of magnitude, in three digits.
pub fn ratio(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        0.01.. => format!("{value:.2}"),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number with a real minus sign.
pub fn whole(number: i32) -> String {
    if number < 0 { format!("−{}", number.unsigned_abs()) } else { number.to_string() }
}

/// The keys and what they do, as the help lists them.
pub const KEY_HELP: [(&str, &str); 15] = [
    ("Space", "play or pause"),
    ("← →", "one step"),
    ("Shift + ← →", "ten steps"),
    ("Home, End", "first and last state"),
    ("R", "new seed"),
    ("L", "keep this seed"),
    ("C", "compare"),
    ("B", "branch here"),
    ("S", "save the picture"),
    ("E", "the equation"),
    ("Ctrl + Z", "undo"),
    ("Ctrl + Shift + Z", "redo"),
    ("?", "this list"),
    ("Enter", "on a marked word: its place in the glossary"),
    ("Esc", "close what is open"),
];

/// A value of a link that had to be changed.
pub fn value_replaced(key: &str, text: &str, used: &dyn Display) -> String {
    let shown: String = text.chars().take(24).collect();
    format!("The link says {key} = “{shown}”, which this lesson cannot use. It shows {key} = {used} instead.")
}

/// A value of a link that means nothing to the page.
pub fn value_unknown(key: &str, text: &str, known: &[&str]) -> String {
    let shown: String = text.chars().take(24).collect();
    format!("The link says {key} = “{shown}”, which this page does not know. It knows {}.", known.join(", "))
}

/// A text of a link that is too long.
pub fn text_cut(key: &str, most: usize) -> String {
    format!("The text “{key}” of the link is longer than {most} characters. The rest was cut.")
}

/// A link of a newer version.
pub fn newer_link(version: u32, ours: u32) -> String {
    format!("The link is of version {version}, this page knows version {ours}. Reload the page to get the newest.")
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} B"),
        1000..1_000_000 => format!("{} kB", count / 1000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// A number for a readout: three digits after the point, a real minus sign, never wider than its box.
pub fn number(value: f64) -> String {
    signed(format!("{value:.3}"))
}

/// A confidence interval behind a number.
pub fn interval(low: &str, high: &str) -> String {
    format!(" ({low} to {high})")
}

/// A number with two digits after the point.
pub fn short_number(value: f64) -> String {
    signed(format!("{value:.2}"))
}

/// The same text with a real minus sign, and none before a zero.
pub fn signed(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(-0.00004), "0.000");
        assert_eq!(number(-0.5), "−0.500");
        assert_eq!((bytes(999), bytes(1999), bytes(2_340_000)), ("999 B".into(), "1 kB".into(), "2.3 MB".into()));
    }
}
