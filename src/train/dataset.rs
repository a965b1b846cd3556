//! Pictures to learn from, as batches of numbers in [−1, 1].

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{ImageReader, RgbImage};

use super::config::{DataConfig, Fit};
use super::failure::{Context, Failure, Outcome};
use super::picture_captions::{self, METADATA};
use crate::data::avatar::{self, Avatar};
use crate::data::look::Look;
use crate::data::{balanced, captions, pixel};
use crate::diffusion::noise::{Purpose, Stream};

/// A source of pictures; picture `index` of a seed is always the same.
pub enum Dataset {
    /// Avatars without end.
    Avatars,
    /// Avatars without end in which everything that has a word is common, with captions.
    Captioned,
    /// A folder read into memory: planes `[3, size, size]` in [−1, 1].
    Folder {
        /// One picture each.
        pictures: Vec<Vec<f32>>,
        /// What each shows, in one wording or several; nothing where nothing is known.
        captions: Vec<Vec<String>>,
        /// Width and height.
        size: usize,
        /// Whether to mirror at random.
        flip: bool,
    },
}

impl Dataset {
    /// Opens the data of a configuration for pictures of `size` × `size`.
    ///
    /// # Errors
    /// Where the folder has no picture, a file cannot be decoded, or the size does not fit the data.
    pub fn open(config: &DataConfig, size: usize) -> Outcome<Self> {
        match config {
            DataConfig::Avatars if size == avatar::SIZE => Ok(Self::Avatars),
            DataConfig::Captioned if size == avatar::SIZE => Ok(Self::Captioned),
            DataConfig::Avatars | DataConfig::Captioned => Err(Failure::new(format!(
                "avatars are {0} × {0} pixels; set unet.sample_size = {0}, not {size}",
                avatar::SIZE
            ))),
            DataConfig::Folder { path, fit, flip } => {
                let (files, captions) = picture_files(path)?.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
                let pictures = files.iter().map(|file| read_picture(file, size, *fit)).collect::<Outcome<Vec<_>>>()?;
                if pictures.is_empty() {
                    return Err(Failure::new(format!("{} holds no PNG or JPEG file", path.display())));
                }
                Ok(Self::Folder { pictures, captions, size, flip: *flip })
            }
        }
    }

    /// One sentence: what this is.
    pub fn describe(&self) -> String {
        match self {
            Self::Avatars => "avatars, drawn on the fly".into(),
            Self::Captioned => "avatars with captions, drawn on the fly".into(),
            Self::Folder { pictures, size, .. } => format!("{} pictures of {size} × {size}", pictures.len()),
        }
    }

    /// Refuses data in which a picture lacks a caption.
    ///
    /// # Errors
    /// One sentence that says where captions come from.
    pub fn check_captions(&self) -> Outcome<()> {
        match self {
            Self::Captioned => Ok(()),
            Self::Avatars => Err(Failure::new("[text] needs captions; set [data] kind = \"captioned\"")),
            Self::Folder { captions, .. } => match captions.iter().filter(|texts| texts.is_empty()).count() {
                0 => Ok(()),
                bare => Err(Failure::new(format!(
                    "[text] needs captions, and {bare} of {} pictures have none; write {METADATA} into their folder, \
                     a line {{\"file_name\": \"…\", \"text\": \"…\"}} for each",
                    captions.len()
                ))),
            },
        }
    }

    /// The caption of picture `index`, in words that change with the index; empty for data without captions.
    pub fn caption(&self, seed: u64, index: u64) -> String {
        match self {
            Self::Captioned => {
                let stream = stream(seed, index);
                let look = Look::of(&balanced::avatar_for_training(stream.seed_at(0)));
                captions::caption(&look, Stream { seed: !seed, ..stream }).text
            }
            Self::Folder { captions, .. } => {
                let stream = stream(seed, index);
                // Block 1: block 0 chose the picture.
                captions.get(picked(stream, captions.len())).map_or_else(String::new, |texts| {
                    let wording = stream.below(1, texts.len().max(1) as u32) as usize;
                    texts.get(wording).cloned().unwrap_or_default()
                })
            }
            Self::Avatars => String::new(),
        }
    }

    /// Appends picture `index` of the endless order of `seed`, planes `[3, size, size]`.
    pub fn push(&self, seed: u64, index: u64, out: &mut Vec<f32>) {
        let stream = stream(seed, index);
        let avatar = stream.seed_at(0);
        match self {
            Self::Avatars => push_planes(&Avatar::from_seed(avatar).rgb(), out),
            Self::Captioned => push_planes(&balanced::avatar_for_training(avatar).rgb(), out),
            Self::Folder { pictures, size, flip, .. } => {
                let picture = &pictures[picked(stream, pictures.len())];
                let [.., mirror] = stream.block(0);
                if *flip && mirror & 1 == 1 {
                    picture.chunks(*size).for_each(|row| out.extend(row.iter().rev()));
                } else {
                    out.extend_from_slice(picture);
                }
            }
        }
    }
}

/// The random numbers that choose picture `index`.
fn stream(seed: u64, index: u64) -> Stream {
    Stream::new(seed, Purpose::Data).sample((index >> 32) as u32).draw(index as u32)
}

/// Which of `count` pictures of a folder these random numbers choose.
fn picked(stream: Stream, count: usize) -> usize {
    let [_, _, choice, _] = stream.block(0);
    ((u64::from(choice) * count as u64) >> 32) as usize
}

/// RGB bytes, pixel after pixel, to planes in [−1, 1].
pub fn push_planes(rgb: &[u8], out: &mut Vec<f32>) {
    for channel in 0..3 {
        out.extend(rgb.iter().skip(channel).step_by(3).copied().map(pixel::normalized));
    }
}

/// Every PNG and JPEG below `folder` with its captions, by path, so that the order does not depend on the file system.
fn picture_files(folder: &Path) -> Outcome<Vec<(PathBuf, Vec<String>)>> {
    let mut files = Vec::new();
    let mut told = HashMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let context = format!("the folder {} could not be read", folder.display());
        told.extend(picture_captions::read(&folder)?);
        for entry in std::fs::read_dir(&folder).context(&context)? {
            let path = entry.context(&context)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|e| ["png", "jpg", "jpeg"].contains(&e.to_string_lossy().to_lowercase().as_str()))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    let captions = files.iter().map(|file| told.remove(file).unwrap_or_default()).collect::<Vec<_>>();
    Ok(files.into_iter().zip(captions).collect())
}

/// A picture file as planes `[3, size, size]` in [−1, 1].
///
/// # Errors
/// Where the file is no picture.
pub fn read_picture(path: &Path, size: usize, fit: Fit) -> Outcome<Vec<f32>> {
    let context = format!("{} is not a picture this program can read", path.display());
    let reader = ImageReader::open(path).context(&context)?.with_guessed_format().context(&context)?;
    let picture = flatten(&reader.decode().context(&context)?.to_rgba8());
    let mut planes = Vec::with_capacity(3 * size * size);
    push_planes(fit_square(&picture, size as u32, fit).as_raw(), &mut planes);
    Ok(planes)
}

/// Puts a transparent picture on white.
fn flatten(picture: &image::RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, a] = picture.get_pixel(x, y).0;
        let over = |v: u8| ((u32::from(v) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

fn fit_square(picture: &RgbImage, size: u32, fit: Fit) -> RgbImage {
    let (width, height) = picture.dimensions();
    match fit {
        Fit::Stretch => imageops::resize(picture, size, size, FilterType::Lanczos3),
        Fit::Crop => {
            let side = width.min(height);
            let square = imageops::crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side).to_image();
            imageops::resize(&square, size, size, FilterType::Lanczos3)
        }
        Fit::Pad => {
            let side = width.max(height);
            let mut square = RgbImage::from_pixel(side, side, image::Rgb([255; 3]));
            imageops::replace(&mut square, picture, i64::from((side - width) / 2), i64::from((side - height) / 2));
            imageops::resize(&square, size, size, FilterType::Lanczos3)
        }
    }
}
