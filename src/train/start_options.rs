//! What a run starts from and what it keeps, on the command line.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;
use image::ImageReader;

use super::config::Fit;
use super::dataset::read_picture;
use super::failure::{Context, Failure, Outcome};
use crate::diffusion::inpaint::KnownNoise;
use crate::diffusion::plan::Plan;
use crate::model::sample::{KnownPixels, Sampling};
use crate::protocol::ModelSummary;

/// Share of the steps that a run from a picture takes where nothing else is said, as in diffusers.
const STRENGTH: f64 = 0.8;

/// A picture to start from, pixels to keep, a picture to find the noise of.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// Start from this picture, noised as far as --strength goes (0.8 where absent): image to image, SDEdit
    #[arg(long, value_name = "PICTURE")]
    init: Option<PathBuf>,
    /// Repaint only where this picture is white, and keep the rest of --init: inpainting
    #[arg(long, value_name = "PICTURE")]
    mask: Option<PathBuf>,
    /// Noise the kept pixels anew at every step, as RePaint does, instead of with one noise
    #[arg(long)]
    fresh_known_noise: bool,
    /// Find the noise that makes this picture (DDIM inversion), then draw it again from there, with --prompt where given
    #[arg(long, value_name = "PICTURE")]
    pub invert: Option<PathBuf>,
}

/// The pictures a run starts from, read and sized.
#[derive(Debug)]
pub struct Start {
    picture: Option<Tensor<4>>,
    /// 1 where the picture stays, `[1, 1, H, W]`.
    keep: Option<Tensor<4>>,
    known_noise: KnownNoise,
    is_partial: bool,
}

impl StartArgs {
    /// Whether any picture is given.
    pub fn reads_pictures(&self) -> bool {
        self.init.is_some() || self.mask.is_some() || self.invert.is_some()
    }

    /// The flags given, as people write them.
    pub fn given(&self) -> Vec<&'static str> {
        let Self { init, mask, fresh_known_noise, invert } = self;
        let flags = [
            ("--init", init.is_some()),
            ("--mask", mask.is_some()),
            ("--fresh-known-noise", *fresh_known_noise),
            ("--invert", invert.is_some()),
        ];
        flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect()
    }

    /// The `strength` of a run where `--strength` is absent: all steps from noise or with a mask, most of them from a picture.
    pub fn default_strength(&self) -> f64 {
        if self.init.is_some() && self.mask.is_none() { STRENGTH } else { 1.0 }
    }

    /// Reads the pictures for a model, for a run of this `strength`.
    ///
    /// # Errors
    /// Where flags do not go together, a file is no picture or the mask leaves nothing to paint.
    pub fn open(&self, strength: f64, model: &ModelSummary, device: &Device) -> Outcome<Start> {
        let misfit = |what: &str| Err(Failure::new(what));
        if self.invert.is_some() && (self.init.is_some() || self.mask.is_some()) {
            return misfit("--invert starts from the noise it finds; leave --init and --mask out");
        }
        if self.init.is_none() && self.mask.is_some() {
            return misfit("--mask says which part of --init is repainted; add --init PICTURE");
        }
        if self.mask.is_none() && self.fresh_known_noise {
            return misfit("--fresh-known-noise is about the pixels that --mask keeps; add --mask PICTURE");
        }
        if !(strength > 0.0 && strength <= 1.0) {
            return Err(Failure::new(format!("--strength is {strength}, but must be above 0 and at most 1")));
        }
        if strength < 1.0 && self.init.is_none() && self.invert.is_none() {
            return misfit("--strength below 1 starts midway, which needs something to start from; add --init PICTURE");
        }
        let picture = self.init.as_ref().map(|path| open_picture(path, model, device)).transpose()?;
        let keep = self.mask.as_ref().map(|path| open_mask(path, model, device)).transpose()?;
        let known_noise = if self.fresh_known_noise { KnownNoise::Fresh } else { KnownNoise::Fixed };
        Ok(Start { picture, keep, known_noise, is_partial: strength < 1.0 })
    }
}

impl Start {
    /// The plan, with the known pixels of an inpainting.
    pub fn plan(&self, plan: Plan) -> Plan {
        if self.keep.is_some() { plan.keeping_known(self.known_noise) } else { plan }
    }

    /// The run, started and kept as asked for.
    ///
    /// A masked run of full strength starts from noise alone, so that nothing shines through the part to paint (diffusers).
    pub fn apply<'a>(&self, sampling: Sampling<'a>) -> Sampling<'a> {
        let Some(picture) = self.picture.clone() else { return sampling };
        let from_noise = self.keep.is_some() && !self.is_partial;
        let sampling = if from_noise { sampling } else { sampling.from_picture(picture.clone()) };
        match self.keep.clone() {
            Some(mask) => sampling.keeping(KnownPixels { picture, mask }),
            None => sampling,
        }
    }
}

/// A picture as a state of the model, `[1, C, H, W]` in [−1, 1]; says so where it had to be resized.
///
/// # Errors
/// Where the file is no picture, or the model draws no pictures.
pub fn open_picture(path: &Path, model: &ModelSummary, device: &Device) -> Outcome<Tensor<4>> {
    let size = model.sample_size as usize;
    let planes = read_sized(path, size)?;
    let planes = match model.channels {
        3 => planes,
        1 => grey(&planes),
        channels => {
            let what = format!("{} works on {channels} channels, and pictures fit 1 or 3", model.name);
            return Err(Failure::new(what));
        }
    };
    Ok(Tensor::from_data(TensorData::new(planes, [1, model.channels as usize, size, size]), device))
}

/// What a mask keeps: 1 where it is darker than middle grey.
fn open_mask(path: &Path, model: &ModelSummary, device: &Device) -> Outcome<Tensor<4>> {
    let size = model.sample_size as usize;
    let keep: Vec<f32> = grey(&read_sized(path, size)?).into_iter().map(|v| if v < 0.0 { 1.0 } else { 0.0 }).collect();
    if keep.iter().all(|keep| *keep == 1.0) {
        let what = format!(
            "{} has no white part, so nothing would be repainted; paint white what is to change",
            path.display()
        );
        return Err(Failure::new(what));
    }
    Ok(Tensor::from_data(TensorData::new(keep, [1, 1, size, size]), device))
}

/// Planes `[3, size, size]`; the middle square of a picture of another size.
fn read_sized(path: &Path, size: usize) -> Outcome<Vec<f32>> {
    let context = format!("{} is not a picture this program can read", path.display());
    let reader = ImageReader::open(path).context(&context)?.with_guessed_format().context(&context)?;
    let (width, height) = reader.into_dimensions().context(&context)?;
    let planes = read_picture(path, size, Fit::Crop)?;
    if [width, height].map(|side| side as usize) != [size, size] {
        let cropped = if width == height { "" } else { "cut to its middle square and " };
        eprintln!("{} is {width} × {height} pixels; it was {cropped}resized to {size} × {size}", path.display());
    }
    Ok(planes)
}

/// The mean of three planes.
fn grey(planes: &[f32]) -> Vec<f32> {
    let pixels = planes.len() / 3;
    (0..pixels).map(|i| (planes[i] + planes[pixels + i] + planes[2 * pixels + i]) / 3.0).collect()
}
