//! What pictures are compared by: the features of a CLIP's image encoder.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::failure::{Context, Outcome};
use super::files;
use crate::data::avatar::SIZE;
use crate::metrics::Features;
use crate::model::clip::ClipModel;
use crate::model::clip_folder;
use crate::model::folder::Files;

/// Rows `[N, D]` as features.
///
/// # Errors
/// Where they cannot be read, or are not finite.
pub fn features(rows: Tensor<2>) -> Outcome<Features> {
    let [_, width] = rows.dims();
    let values: Vec<f32> = rows.into_data().try_to_vec().context("the features could not be read")?;
    Features::new(values.into_iter().map(f64::from).collect(), width).context("the features")
}

/// Planes of avatars in [−1, 1], one after the other, as a batch `[N, 3, 16, 16]`.
pub fn pictures(planes: &[f32]) -> Tensor<4> {
    let count = planes.len() / (3 * SIZE * SIZE);
    Tensor::from_data(TensorData::new(planes.to_vec(), [count, 3, SIZE, SIZE]), &Device::flex())
}

/// The shipped pair of encoders, or another like it.
///
/// # Errors
/// Where a file of the folder is missing or does not fit.
pub fn open_clip(folder: &Path) -> Outcome<ClipModel> {
    let context = format!("the CLIP in {} cannot be used", folder.display());
    let mut contents = Files::new();
    for path in [clip_folder::CONFIG, clip_folder::WEIGHTS] {
        contents.insert(path.into(), files::read(&folder.join(path)).context(&context)?);
    }
    clip_folder::load(&mut contents, &Device::flex()).context(&context)
}
