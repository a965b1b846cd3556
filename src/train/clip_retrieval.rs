//! How well a CLIP tells which caption belongs to which picture.

use std::fmt;
use std::path::PathBuf;

use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;

use super::dataset::push_planes;
use super::failure::{Context, Outcome};
use super::image_features::open_clip;
use crate::data::avatar::SIZE;
use crate::data::look::Look;
use crate::data::tokenizer::Tokenizer;
use crate::data::{balanced, captions};
use crate::diffusion::noise::{Purpose, Stream};
use crate::model::clip::ClipModel;

/// Pictures, and captions, among which the right one is sought.
const CANDIDATES: usize = 100;
/// Sets of candidates.
const ROUNDS: usize = 5;

/// Finds captions by pictures and pictures by captions.
#[derive(Debug, Args)]
pub struct RetrievalArgs {
    /// Folder with clip/, as `noisewalk train-clip` writes it
    #[arg(long, default_value = "public/models/clip")]
    clip: PathBuf,
}

/// How often the right one of 100 is nearest, on pictures that training never saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retrieval {
    /// Of a caption's pictures: shares with the right one first, and among the first five.
    pub caption_to_picture: [f64; 2],
    /// Of a picture's captions, likewise.
    pub picture_to_caption: [f64; 2],
}

/// Runs the command.
///
/// # Errors
/// Where the folder cannot be used.
pub fn run(args: &RetrievalArgs) -> Outcome<()> {
    let found = Retrieval::of(&open_clip(&args.clip)?, &Tokenizer::of_captions(), &Device::flex())?;
    say_line!("{found}");
    Ok(())
}

impl Retrieval {
    /// Measures a CLIP on held-out avatars and their full captions.
    ///
    /// # Errors
    /// Where the device cannot be read.
    pub fn of(clip: &ClipModel, tokenizer: &Tokenizer, device: &Device) -> Outcome<Self> {
        let mut hits = [[0usize; 2]; 2];
        for round in 0..ROUNDS {
            let (mut planes, mut ids) = (Vec::new(), Vec::new());
            for index in 0..CANDIDATES {
                // Purpose Evaluation has seeds of its own; pictures with a held-out pair were never trained on anyway.
                let stream = Stream::new(round as u64, Purpose::Evaluation).draw(index as u32);
                let avatar = balanced::avatar_held_out(stream.seed_at(0));
                push_planes(&avatar.rgb(), &mut planes);
                ids.push(tokenizer.encode(&captions::full_caption(&Look::of(&avatar), stream).text).ids);
            }
            let pictures = Tensor::from_data(TensorData::new(planes, [CANDIDATES, 3, SIZE, SIZE]), device);
            let similar = clip.text_features(&ids, device).matmul(clip.image_features(pictures).transpose());
            for (direction, similar) in [similar.clone(), similar.transpose()].into_iter().enumerate() {
                let values: Vec<f32> = similar.into_data().try_to_vec().context("the result could not be read")?;
                for (row, scores) in values.chunks(CANDIDATES).enumerate() {
                    let better = scores.iter().filter(|score| **score > scores[row]).count();
                    hits[direction][0] += usize::from(better < 1);
                    hits[direction][1] += usize::from(better < 5);
                }
            }
        }
        let [caption_to_picture, picture_to_caption] =
            hits.map(|hits| hits.map(|hits| hits as f64 / (CANDIDATES * ROUNDS) as f64));
        Ok(Self { caption_to_picture, picture_to_caption })
    }

    /// The shares by the names a manifest has them.
    pub fn metrics(&self) -> Vec<(String, f64)> {
        let of = |direction: &str, [first, five]: [f64; 2]| {
            [(format!("{direction}_recall_at_1"), first), (format!("{direction}_recall_at_5"), five)]
        };
        let to_picture = of("caption_to_picture", self.caption_to_picture);
        to_picture.into_iter().chain(of("picture_to_caption", self.picture_to_caption)).collect()
    }
}

impl fmt::Display for Retrieval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |[first, five]: [f64; 2]| {
            format!("{:5.1} % first, {:5.1} % among the first five", 100.0 * first, 100.0 * five)
        };
        writeln!(f, "of {CANDIDATES} held-out pictures and their captions")?;
        writeln!(f, "  caption → picture: {}", text(self.caption_to_picture))?;
        write!(f, "  picture → caption: {}", text(self.picture_to_caption))
    }
}
