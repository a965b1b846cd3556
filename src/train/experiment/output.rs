//! The files of an experiment: numbers for the page, the same as CSV, strips of pictures, a card.

use std::fmt::Write;
use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, Rgba, RgbaImage};

use super::MeasureArgs;
use super::sampled::Sampled;
use crate::data::avatar::SIZE;
use crate::protocol::{Experiment, Measured, Subject, encode};
use crate::train::device::DeviceName;
use crate::train::failure::{Context, Outcome};
use crate::train::{files, grid};

/// The numbers as the page reads them.
pub const RESULTS: &str = "results.experiment";

/// Pictures of one subject: a row for each number of steps, one transparent pixel between.
pub struct Strip {
    name: String,
    picture: RgbaImage,
}

impl Strip {
    /// The stored pictures of a subject; a number of steps without a plan leaves its row empty.
    pub fn of(name: &str, sampled: &[Sampled], args: &MeasureArgs) -> Self {
        let side = (SIZE + 1) as u32;
        let mut sheet = RgbaImage::new(args.columns as u32 * side - 1, (args.rows.len() as u32 * side).max(2) - 1);
        for (row, steps) in args.rows.iter().enumerate() {
            let planes = sampled.iter().find(|sampled| sampled.steps == *steps).map_or(&[][..], |s| &s.pictures);
            for (column, planes) in planes.chunks(3 * SIZE * SIZE).enumerate() {
                for (x, y, &image::Rgb([r, g, b])) in grid::picture(planes, SIZE).enumerate_pixels() {
                    sheet.put_pixel(column as u32 * side + x, row as u32 * side + y, Rgba([r, g, b, 255]));
                }
            }
        }
        Self { name: name.to_owned(), picture: sheet }
    }
}

/// The command line that runs now.
pub fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("cargo noisewalk {}", arguments.join(" "))
}

/// What the Fréchet distance is one of.
pub fn judged_by(args: &MeasureArgs) -> String {
    format!("Fréchet, {} samples against {0} real ones, features of {}", args.samples, args.clip.display())
}

/// What computes: cores, or a GPU.
pub fn machine(device: DeviceName) -> String {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match device {
        DeviceName::Cpu if cores() == 1 => "one core for each run".into(),
        DeviceName::Cpu => format!("{} cores", cores()),
        DeviceName::Vulkan => "a GPU through Vulkan".into(),
        DeviceName::Cuda => "a GPU through CUDA".into(),
    }
}

/// Writes everything into `folder`.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path, title: &str, experiment: &Experiment, strips: &[Strip]) -> Outcome<()> {
    files::create_folder(folder)?;
    for strip in strips {
        let mut bytes = Cursor::new(Vec::new());
        strip.picture.write_to(&mut bytes, ImageFormat::Png).context("the picture could not be encoded")?;
        files::write(&folder.join(format!("{}.png", strip.name)), bytes.get_ref())?;
    }
    if experiment.subjects.iter().any(|subject| !subject.loss.is_empty()) {
        let table = table("timestep,loss", experiment, |subject| &subject.loss);
        files::write(&folder.join("loss.csv"), table.as_bytes())?;
    }
    let distances = table("steps,distance", experiment, |subject| &subject.distance);
    files::write(&folder.join("distance.csv"), distances.as_bytes())?;
    files::write(&folder.join("README.md"), card(title, experiment).as_bytes())?;
    files::write(&folder.join(RESULTS), &encode(experiment).context("the results could not be stored")?)
}

/// One line a number: whose, where, value and interval.
fn table(names: &str, experiment: &Experiment, of: impl Fn(&Subject) -> &[Measured]) -> String {
    let mut text = format!("name,{names},low,high\n");
    for subject in &experiment.subjects {
        for &Measured { x, value, low, high } in of(subject) {
            let _ = writeln!(text, "{},{x},{value},{low},{high}", subject.name);
        }
    }
    text
}

/// The experiment for people: command, settings, and the distances as a table.
fn card(title: &str, experiment: &Experiment) -> String {
    let mut text = format!("# {title}\n\n```sh\n{}\n```\n\n", experiment.command);
    for (name, fact) in &experiment.facts {
        let _ = writeln!(text, "* {name}: {fact}");
    }
    let _ = writeln!(text, "* real against real: {:.4}\n\nFréchet distance by number of steps:\n", experiment.floor);
    let mut steps: Vec<f64> = experiment.subjects.iter().flat_map(|s| s.distance.iter().map(|d| d.x)).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let heads: Vec<String> = steps.iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(steps.len()));
    for subject in &experiment.subjects {
        let cell = |x: &f64| match subject.distance.iter().find(|distance| distance.x == *x) {
            Some(&Measured { value, low, high, .. }) => format!("{value:.3} ({low:.3} to {high:.3})"),
            None => "–".into(),
        };
        let cells: Vec<String> = steps.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} |", subject.name, cells.join(" | "));
    }
    let _ = writeln!(
        text,
        "\nEach picture `NAME.png` has a row for {:?} steps; every row of every picture begins with the same noise.",
        experiment.rows
    );
    text
}
