//! The catalogue of the chassis' words, in English; each lesson keeps its own prose in its `text.rs`.

use std::fmt::Display;

use crate::app::language::{Text, say, t};

mod engine;
mod numbers;

pub use engine::*;
pub use numbers::*;

/// What the page is, as `index.html` has it.
pub const DESCRIPTION: Text =
    t("Understand diffusion models by driving one: a tiny Stable Diffusion, live in your browser.");
/// The name of the page.
pub const TITLE: &str = "Noisewalk";
/// The sentence under it.
pub const CLAIM: Text = t(
    "Understand diffusion models by driving one: a complete, tiny Stable Diffusion runs live on this page, on your own device.",
);
/// Label of the list of lessons.
pub const LESSONS: Text = t("Lessons");
/// What stands above the title of the lab, which has no number.
pub const LAB: Text = t("Lab");
/// Mark of a lesson that does not exist yet.
pub const TO_COME: Text = t("to come");
/// Mark of a lesson that was read to its end.
pub const READ: Text = t("read");
/// Skip link.
pub const SKIP: Text = t("Skip to the lesson");
/// An empty list in a notice.
pub const NOTHING: Text = t("nothing");
/// Closes a notice, a dialog, a drawer.
pub const CLOSE: Text = t("Close");
/// Opens the second rank of controls.
pub const MORE: Text = t("More");
/// Label of the theme button, by theme.
pub const THEMES: [Text; 3] = [t("System colours"), t("Light"), t("Dark")];
/// Before the name of the page's language; title of the list of languages.
pub const LANGUAGE: Text = t("Language");
/// Under the list of languages.
pub const LANGUAGE_TO_ADD: Text =
    t("A language is one file of translated sentences. CONTRIBUTING, beside the sources, says how to add yours.");
/// Opens the list of keys.
pub const KEYS: Text = t("Keys");
/// Play button.
pub const PLAY: Text = t("Play");
/// Pause button.
pub const PAUSE: Text = t("Pause");
/// Undo button.
pub const UNDO: Text = t("Undo");
/// Redo button.
pub const REDO: Text = t("Redo");
/// Label of a seed field.
pub const SEED: Text = t("Seed");
/// The dice of a seed field.
pub const NEW_SEED: Text = t("New seed");
/// The lock of a seed field.
pub const LOCK_SEED: Text = t("Keep this seed");
/// The face of the lock.
pub const LOCK: Text = t("keep");
/// Opens a chart's data table.
pub const AS_TABLE: Text = t("The same as a table");
/// Copies a text.
pub const COPY: Text = t("Copy");
/// Said after copying.
pub const COPIED: Text = t("Copied");
/// Said where the browser did not copy.
pub const NOT_COPIED: Text = t("Not copied: select the text");

/// What the browser did not copy.
pub fn copy_by_hand(text: &str) -> String {
    say!("This browser does not let the page copy. Select this and copy it: {text}", text)
}

/// Opens the ways to take a lesson's state along.
pub const SHARE: Text = t("Share");
/// Copies the address.
pub const COPY_LINK: Text = t("Copy link");
/// Copies HTML.
pub const COPY_EMBED: Text = t("Copy embed code");
/// Copies the settings.
pub const COPY_JSON: Text = t("Copy settings as JSON");
/// Saves the settings as a file.
pub const SAVE_JSON: Text = t("Save settings as JSON");
/// Leaves an embedded page for the whole one.
pub const OPEN_LESSON: Text = t("Open the whole lesson");

/// What `hide` in a link may name.
pub fn hide_names(names: &str) -> String {
    say!(
        "Teachers: add hide= and any of these names, joined by commas, to a link to leave controls out: controls, {names}.",
        names
    )
}

/// Saves the strip of a run.
pub const SAVE_STRIP: Text = t("Save strip");
/// Saves a picture that is a file already.
pub const SAVE_PNG: Text = t("Save PNG");
/// Saves a run as a moving picture that every program shows.
pub const SAVE_GIF: Text = t("Save GIF");
/// Saves a run as a moving picture.
pub const SAVE_ANIMATION: Text = t("Save animation");

/// Clears what the browser keeps.
pub const CLEAR: Text = t("Clear");

/// How much the browser keeps.
pub fn kept_offline(count: u64) -> String {
    if count == 0 {
        return t("Nothing is kept in this browser any more. The next visit keeps the page again.").into();
    }
    say!("This page works without a network: your browser keeps {size} of it.", size = bytes(count))
}

/// Clears one part of it.
pub const CLEAR_ONE: Text = t("Clear this");

/// A kept part by the start of its paths.
fn part_name(start: &str) -> String {
    match start.trim_end_matches('/').split_once('/') {
        Some((_, model)) => say!("the model {model}", model),
        None if start.is_empty() => t("the page itself").into(),
        None => say!("recorded {experiment}", experiment = start.trim_end_matches('/')),
    }
}

/// A kept part with its size.
pub fn kept_part(start: &str, count: u64) -> String {
    format!("{}: {}", part_name(start), bytes(count))
}

/// What the button beside it does.
pub fn clear_part(start: &str) -> String {
    say!("Clear {part}", part = part_name(start))
}

/// The worker that keeps files met a file of another build.
pub const NEWER_BUILD: Text =
    t("The site has a newer build of this page, and the two do not mix. Reload the page to get it.");

/// Stops what runs.
pub const CANCEL: Text = t("Cancel");
/// Opens the controls on a phone.
pub const CONTROLS: Text = t("Controls");
/// Label of the link to the next lesson.
pub const NEXT: Text = t("Next lesson");
/// Label of the sources.
pub const SOURCES: Text = t("Sources");
/// Opens the glossary; its title.
pub const GLOSSARY: Text = t("Glossary");
/// Label of the glossary's search field.
pub const GLOSSARY_SEARCH: Text = t("Search");
/// The search found nothing.
pub const GLOSSARY_NOTHING: Text = t("No term has these letters.");

/// Begins a guided tour.
pub fn tour_begin(stops: usize) -> String {
    say!("Guided tour: {stops} stops", stops)
}

/// Goes on with a tour that was left.
pub fn tour_resume(stop: usize, stops: usize) -> String {
    say!("Go on with the tour: stop {stop} of {stops}", stop, stops)
}

/// Title of a tour's panel.
pub fn tour_stop(stop: usize, stops: usize) -> String {
    say!("Guided tour, stop {stop} of {stops}", stop, stops)
}

/// Begins a tour that was seen.
pub const TOUR_AGAIN: Text = t("Take the tour again");
/// To the stop before.
pub const TOUR_BACK: Text = t("Back");
/// To the next stop.
pub const TOUR_NEXT: Text = t("Next");
/// Ends a tour at its last stop.
pub const TOUR_FINISH: Text = t("Finish");
/// Leaves a tour.
pub const TOUR_SKIP: Text = t("Leave the tour");
/// What a stop asked for was done.
pub const TOUR_MET: Text = t("Done.");
/// Title of the key help.
pub const KEYS_TITLE: Text = t("Keys on this page");
/// Switch of the keys.
pub const KEYS_SWITCH: Text = t("Single keys do something on this page");
/// A lesson that the address names and that does not exist.
pub const NO_SUCH_LESSON: Text = t("The link names a lesson that this page does not have. Choose one from the list.");
/// A lesson that is planned.
pub const LESSON_TO_COME: Text = t("This lesson is not written yet.");

/// The link to the first lesson.
pub const START: Text = t("Start with lesson 1");
/// The picture of the first page.
pub const HERO: Text = t("A face comes out of noise; press to play it again");
/// Goes from the first page to lesson 3 with the same prompt.
pub const HERO_GO_ON: Text = t("Go on with this prompt in lesson 3");

/// The chip before the first frame.
pub const NOT_YET: Text = t("nothing to show yet");

/// A run is complete.
pub fn run_finished(steps: u32, millis_per_step: f64) -> String {
    say!(
        "Run of {steps} steps finished, {millis_per_step} milliseconds a step.",
        steps,
        millis_per_step = format_args!("{millis_per_step:.0}")
    )
}

/// Before a lesson's number.
pub const LESSON: Text = t("Lesson");
/// Heading of the recap.
pub const RECAP: Text = t("In three sentences");
/// Label of the stage.
pub const STAGE: Text = t("The figure of this lesson");
/// Label of the control that forces a device.
pub const DEVICE: Text = t("Device");
/// Before the field for a zip of the visitor's model.
pub const MODEL_ZIP: Text = t("A model of yours, as a zip");
/// Before the field for its folder.
pub const MODEL_FOLDER: Text = t("or its folder");
/// What such a model is.
pub const MODEL_DROP: Text = t(
    "A folder that diffusers saved: a UNet2DModel, or a UNet2DConditionModel with its CLIPTextModel. You may drop the zip, the folder or its files on the page. It stays in your browser.",
);
/// Offers the files of the model in use.
pub const SAVE_MODEL: Text = t("Save the model as a zip");
/// The files of the model could not be had.
pub const MODEL_NOT_SAVED: Text =
    t("The files of the model could not be read again, so there is no zip. Try again with a network.");
/// Ends the visitor's model.
pub const PAGES_MODEL: Text = t("Back to the page's model");
/// Files without a model among them.
pub const NO_MODEL: Text =
    t("There is no model among these files. Choose a zip of the model's folder, or the folder itself.");
/// More than a page can hold.
pub const MODEL_TOO_LARGE: Text = t(
    "These files have more than 512 MB, which is more than this page reads. The noisewalk command has no such limit.",
);
/// `?model=` names another site.
pub const FOREIGN_MODEL: Text = t(
    "The address names a model of another site, and this page asks no other site for anything. Download it and choose the file.",
);
/// Lesson 3 with a model that hears no words.
pub const MODEL_IS_DEAF: Text =
    t("Your model hears no words, so this lesson goes on with the page's own. Lesson 2 runs on yours.");

/// The visitor's model could not be used.
pub fn model_not_opened(why: &str) -> String {
    say!("Your model cannot be opened: {why}", why)
}

/// Above a command line that makes the same picture.
pub const AS_COMMAND: Text = t("The same on a command line");
/// Above the command line of a run that another is compared with.
pub const OTHER_AS_COMMAND: Text = t("The compared run on a command line");
/// Above Python that makes the same picture.
pub const AS_PYTHON: Text = t("The same with Python diffusers");
/// A sampler without Python.
pub const NO_PYTHON: Text = t("The Python is written for DDIM and DDPM; choose one of them to see it.");
/// Avatars are drawn by Rust.
pub const NO_PYTHON_AVATARS: Text =
    t("There is no Python for this picture, for the avatars are drawn by this program.");
/// The fact on a chip of who recorded a run.
pub const RECORDED_WITH: Text = t("recorded by");
/// Head of a column of values.
pub const VALUE: Text = t("value");
/// Head of a column of densities.
pub const DENSITY: Text = t("density");

/// The keys and what they do, as the help lists them.
pub const KEY_HELP: [(Text, Text); 15] = [
    (t("Space"), t("play or pause")),
    (t("← →"), t("one step")),
    (t("Shift + ← →"), t("ten steps")),
    (t("Home, End"), t("first and last state")),
    (t("R"), t("new seed")),
    (t("L"), t("keep this seed")),
    (t("C"), t("compare")),
    (t("B"), t("branch here")),
    (t("S"), t("save the picture")),
    (t("E"), t("the equation")),
    (t("Ctrl + Z"), t("undo")),
    (t("Ctrl + Shift + Z"), t("redo")),
    (t("?"), t("this list")),
    (t("Enter"), t("on a marked word: its place in the glossary")),
    (t("Esc"), t("close what is open")),
];

/// A value of a link that had to be changed.
pub fn value_replaced(key: &str, text: &str, used: &dyn Display) -> String {
    let shown: String = text.chars().take(24).collect();
    say!(
        "The link says {key} = “{shown}”, which this lesson cannot use. It shows {key} = {used} instead.",
        key,
        shown,
        used
    )
}

/// A value of a link that means nothing to the page.
pub fn value_unknown(key: &str, text: &str, known: &[&str]) -> String {
    let shown: String = text.chars().take(24).collect();
    say!(
        "The link says {key} = “{shown}”, which this page does not know. It knows {names}.",
        key,
        shown,
        names = known.join(", ")
    )
}

/// A text of a link that is too long.
pub fn text_cut(key: &str, most: usize) -> String {
    say!("The text “{key}” of the link is longer than {most} characters. The rest was cut.", key, most)
}

/// A link of a newer version.
pub fn newer_link(version: u32, ours: u32) -> String {
    say!(
        "The link is of version {version}, this page knows version {ours}. Reload the page to get the newest.",
        version,
        ours
    )
}
