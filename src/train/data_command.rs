//! `noisewalk data`: looking at, exporting and rebuilding the data.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use image::RgbImage;
use resvg::tiny_skia::Color;

use super::failure::{Context, Failure, Outcome};
use super::picture_captions::METADATA;
use super::{atlas, files, grid};
use crate::data::avatar::atlas::write;
use crate::data::avatar::compose::BACKGROUND;
use crate::data::avatar::{Avatar, SIZE};
use crate::data::captions::caption;
use crate::data::look::Look;
use crate::diffusion::noise::{Purpose, Stream};

/// What to do with the data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Draw a page of avatars
    Preview {
        /// Seed of the first avatar; the others follow
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many
        #[arg(long, default_value_t = 400)]
        count: u64,
        /// The picture to write
        #[arg(short, long, default_value = "avatars.png")]
        output: PathBuf,
    },
    /// Write avatars as PNG files with metadata.jsonl, as Hugging Face's imagefolder reads them
    Export {
        /// The folder to write
        folder: PathBuf,
        /// Seed of the first avatar; the others follow
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many
        #[arg(long, default_value_t = 1000)]
        count: u64,
        /// Captions of each picture: the first is its `text`, all are its `texts`
        #[arg(long, default_value_t = 1)]
        captions: u32,
    },
    /// Draw SVG files of the package's own onto one sheet: the reference of the composer's test
    Reference {
        /// The folder of SVG files, in the order of their names
        folder: PathBuf,
        /// The picture to write
        #[arg(short, long, default_value = "tests/avatars/reference.png")]
        output: PathBuf,
    },
    /// Rebuild the part atlas from the npm package
    Atlas {
        /// The unpacked package; fetched with npm where absent
        #[arg(long)]
        package: Option<PathBuf>,
        /// The file to write
        #[arg(short, long, default_value = "src/data/avatar/atlas.txt")]
        output: PathBuf,
    },
}

/// First lines of the atlas file.
const HEADER: &str = "# Parts of the DiceBear Pixel Art style, by DiceBear, CC0 1.0.\n\
                      # Made from the npm package @dicebear/pixel-art 9.4.3 by `noisewalk data atlas`.\n";

/// Runs the command.
///
/// # Errors
/// Where a file cannot be written or the package cannot be read.
pub fn run(command: &DataCommand) -> Outcome<()> {
    match command {
        DataCommand::Preview { seed, count, output } => {
            within("--count", *count, 10_000)?;
            let pictures: Vec<_> = seeds(*seed, *count).map(|seed| picture(&Avatar::from_seed(seed))).collect();
            grid::write_png(output, &grid::grid(&pictures, (*count as f64).sqrt().ceil() as usize, 3))
        }
        DataCommand::Export { folder, seed, count, captions } => {
            within("--count", *count, 1_000_000)?;
            within("--captions", u64::from(*captions), 100)?;
            export(folder, *seed, *count, *captions)
        }
        DataCommand::Reference { folder, output } => grid::write_png(output, &reference(folder)?),
        DataCommand::Atlas { package, output } => files::write(output, rebuild(package.as_deref())?.as_bytes()),
    }
}

/// The text of the atlas file, built anew.
///
/// # Errors
/// Where the package cannot be fetched or read.
pub fn rebuild(package: Option<&Path>) -> Outcome<String> {
    if let Some(package) = package {
        return Ok(write(&atlas::build(package)?, HEADER));
    }
    let folder = std::env::temp_dir().join(format!("noisewalk-atlas-{}", std::process::id()));
    let text = atlas::fetch(&folder).and_then(|package| Ok(write(&atlas::build(&package)?, HEADER)));
    std::fs::remove_dir_all(&folder).ok();
    text
}

/// Avatars to a row of the reference sheet.
const REFERENCE_COLUMNS: u32 = 16;

/// Every SVG of a folder on the avatars' background, side by side without gaps.
fn reference(folder: &Path) -> Outcome<RgbImage> {
    let context = format!("the folder {} could not be read", folder.display());
    let entries = std::fs::read_dir(folder).context(&context)?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "svg"));
    paths.sort();
    let size = SIZE as u32;
    let rows = (paths.len() as u32).div_ceil(REFERENCE_COLUMNS);
    let mut sheet = RgbImage::new(REFERENCE_COLUMNS * size, rows * size);
    for (index, path) in paths.iter().enumerate() {
        let svg = String::from_utf8_lossy(&files::read(path)?).into_owned();
        let [r, g, b] = BACKGROUND;
        let drawn = atlas::render(&svg, Color::from_rgba8(r, g, b, 255))?;
        let (left, top) = (index as u32 % REFERENCE_COLUMNS * size, index as u32 / REFERENCE_COLUMNS * size);
        for (at, pixel) in drawn.pixels().iter().enumerate() {
            let rgb = [pixel.red(), pixel.green(), pixel.blue()];
            sheet.put_pixel(left + at as u32 % size, top + at as u32 / size, image::Rgb(rgb));
        }
    }
    Ok(sheet)
}

fn export(folder: &Path, seed: u64, count: u64, captions: u32) -> Outcome<()> {
    files::create_folder(folder)?;
    let mut metadata = String::new();
    for seed in seeds(seed, count) {
        let avatar = Avatar::from_seed(seed);
        let name = format!("{seed:08}.png");
        grid::write_png(&folder.join(&name), &picture(&avatar))?;
        let attributes: BTreeMap<_, _> = avatar.package_options().into_iter().collect();
        let (look, stream) = (Look::of(&avatar), Stream::new(!seed, Purpose::Data));
        let texts: Vec<String> = (0..captions).map(|draw| caption(&look, stream.draw(draw)).text).collect();
        let line = serde_json::json!({
            "file_name": name, "seed": seed, "text": texts.first(), "texts": texts, "attributes": attributes,
        });
        metadata.push_str(&line.to_string());
        metadata.push('\n');
    }
    files::write(&folder.join(METADATA), metadata.as_bytes()).context("the export is not complete")
}

fn seeds(first: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| first.wrapping_add(index))
}

fn picture(avatar: &Avatar) -> RgbImage {
    let size = SIZE as u32;
    RgbImage::from_raw(size, size, avatar.rgb()).unwrap_or_else(|| RgbImage::new(size, size))
}

fn within(name: &str, value: u64, most: u64) -> Outcome<()> {
    match value {
        0 => Err(Failure::new(format!("{name} must be at least 1"))),
        value if value > most => Err(Failure::new(format!("{name} is {value}, but may be {most} at most"))),
        _ => Ok(()),
    }
}
