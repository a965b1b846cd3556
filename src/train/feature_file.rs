//! Features and pictures from disk: NumPy and safetensors files, folders of pictures.

use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

use super::failure::{Context, Failure, Outcome};
use super::files;
use crate::metrics::Features;
use crate::metrics::image::Images;

/// Pictures are averaged to at most so many pixels a side before they serve as features.
const FEATURE_SIDE: usize = 16;

/// First bytes of a NumPy file.
const NPY_MAGIC: &[u8] = b"\x93NUMPY";

/// Feature vectors of `path` and what they are: a `.npy` or `.safetensors` file of `[samples, numbers]`, or a folder of pictures.
///
/// # Errors
/// Where the file cannot be read or holds something else.
pub fn features(path: &Path) -> Outcome<(Features, String)> {
    if path.is_dir() {
        let pictures = pictures(path)?;
        let (values, dimensions) = pooled(&pictures);
        let what = format!("pixels averaged to at most {FEATURE_SIDE} x {FEATURE_SIDE}");
        return Ok((Features::new(values, dimensions).context(path.display())?, what));
    }
    let (values, shape) = numbers(path)?;
    let dimensions = shape.iter().skip(1).fold(1, |size: usize, side| size.saturating_mul(*side)).max(1);
    Ok((Features::new(values, dimensions).context(path.display())?, "the features given".into()))
}

/// Pictures of `path`: a folder of them, or a `.npy` or `.safetensors` file of `[N, C, H, W]`, whose values are taken as they are.
///
/// # Errors
/// Where the file cannot be read or holds something else.
pub fn images(path: &Path) -> Outcome<Images> {
    if path.is_dir() {
        return pictures(path);
    }
    let (values, shape) = numbers(path)?;
    let shape: [usize; 4] = shape.try_into().map_err(|shape| {
        Failure::new(format!("{} holds numbers of shape {shape:?}, but pictures are [N, C, H, W]", path.display()))
    })?;
    Images::new(values, shape).context(path.display())
}

/// The numbers of a NumPy or safetensors file and their shape; there is at least one.
fn numbers(path: &Path) -> Outcome<(Vec<f64>, Vec<usize>)> {
    let bytes = files::read(path)?;
    let read = if bytes.starts_with(NPY_MAGIC) { npy(&bytes) } else { safetensors(&bytes) };
    let (values, shape) = read.map_err(|reason| Failure::new(format!("{}: {reason}", path.display())))?;
    if values.is_empty() {
        return Err(Failure::new(format!("{} holds no sample", path.display())));
    }
    Ok((values, shape))
}

/// All PNG and JPEG pictures of a folder by name, as `[N, 3, H, W]` in [0, 1].
///
/// # Errors
/// Where there is none, one cannot be read, or their sizes differ.
pub fn pictures(folder: &Path) -> Outcome<Images> {
    let read = std::fs::read_dir(folder).context(format_args!("{} cannot be opened", folder.display()))?;
    let is_picture =
        |path: &PathBuf| path.extension().is_some_and(|end| ["png", "jpg", "jpeg"].iter().any(|e| end == *e));
    let mut paths: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).filter(is_picture).collect();
    paths.sort();
    let mut values = Vec::new();
    let mut size = None;
    for path in &paths {
        let picture = image::open(path).context(format_args!("{} is no picture", path.display()))?.to_rgb8();
        if *size.get_or_insert(picture.dimensions()) != picture.dimensions() {
            return Err(Failure::new(format!(
                "{} is of another size than the first picture; make them equal",
                path.display()
            )));
        }
        let channel = |c: usize| picture.pixels().map(move |pixel| f64::from(pixel.0[c]) / 255.0).collect::<Vec<_>>();
        (0..3).for_each(|c| values.extend(channel(c)));
    }
    let (width, height) = size.ok_or_else(|| {
        Failure::new(format!("{} holds no PNG or JPEG pictures; name a folder that does", folder.display()))
    })?;
    Images::new(values, [paths.len(), 3, height as usize, width as usize]).context(folder.display())
}

/// Each plane averaged over blocks, so that no side is longer than [`FEATURE_SIDE`]; the numbers and how many a picture has.
fn pooled(pictures: &Images) -> (Vec<f64>, usize) {
    let [_, channels, height, width] = pictures.shape();
    let (rows, columns) = (height.min(FEATURE_SIDE), width.min(FEATURE_SIDE));
    let pool = |plane: &[f64]| {
        let mut sums = vec![(0.0, 0.0); rows * columns];
        for (i, value) in plane.iter().enumerate() {
            let (sum, count) = &mut sums[i / width * rows / height * columns + i % width * columns / width];
            *sum += value;
            *count += 1.0;
        }
        sums.into_iter().map(|(sum, count): (f64, f64)| sum / count).collect::<Vec<f64>>()
    };
    (pictures.pictures().flatten().flat_map(pool).collect(), channels * rows * columns)
}

type Numbers = Result<(Vec<f64>, Vec<usize>), String>;

/// A NumPy file of version 1 to 3: little-endian float32 or float64, C order.
fn npy(bytes: &[u8]) -> Numbers {
    let broken = || "the NumPy file is cut short".to_owned();
    let wide = *bytes.get(6).ok_or_else(broken)? > 1;
    let (start, length) = if wide {
        let size: [u8; 4] = bytes.get(8..12).and_then(|b| b.try_into().ok()).ok_or_else(broken)?;
        (12, u32::from_le_bytes(size) as usize)
    } else {
        let size: [u8; 2] = bytes.get(8..10).and_then(|b| b.try_into().ok()).ok_or_else(broken)?;
        (10, usize::from(u16::from_le_bytes(size)))
    };
    let header = String::from_utf8_lossy(bytes.get(start..start + length).ok_or_else(broken)?).into_owned();
    let after = |key: &str| header.split(key).nth(1).map(str::trim_start).unwrap_or_default();
    if !after("'fortran_order':").starts_with("False") {
        return Err("its order is Fortran's; save it with numpy.ascontiguousarray".into());
    }
    let sizes = after("'shape':").trim_start_matches('(').split(')').next().unwrap_or_default();
    let shape: Vec<usize> = sizes.split(',').filter_map(|size| size.trim().parse().ok()).collect();
    let dtype = match after("'descr':") {
        kind if kind.starts_with("'<f4'") => Dtype::F32,
        kind if kind.starts_with("'<f8'") => Dtype::F64,
        _ => return Err("its numbers are not float32 or float64; save it with .astype('float32')".into()),
    };
    floats(&bytes[start + length..], dtype, shape)
}

/// The tensor called "features", or the only one, of a safetensors file.
fn safetensors(bytes: &[u8]) -> Numbers {
    let file = SafeTensors::deserialize(bytes).map_err(|error| format!("neither NumPy nor safetensors ({error})"))?;
    let tensors = file.tensors();
    let named = tensors.iter().find(|(name, _)| name == "features");
    let only = tensors.first().filter(|_| tensors.len() == 1);
    let (_, view) = named.or(only).ok_or("it holds several tensors and none is called features")?;
    floats(view.data(), view.dtype(), view.shape().to_vec())
}

fn floats(bytes: &[u8], dtype: Dtype, shape: Vec<usize>) -> Numbers {
    let values: Vec<f64> = match dtype {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
        Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        other => return Err(format!("its numbers are {other:?}; save them as float32 or float64")),
    };
    let wanted = shape.iter().try_fold(1usize, |size, &side| size.checked_mul(side));
    if wanted != Some(values.len()) {
        return Err(format!("it holds {} numbers, which do not fill {shape:?}", values.len()));
    }
    Ok((values, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy_bytes(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let size = (header.len() as u16).to_le_bytes();
        [NPY_MAGIC, &[1, 0], &size, header.as_bytes(), data].concat()
    }

    #[test]
    fn numpy_files_are_read() {
        let data: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let want = Ok(((0..6).map(f64::from).collect(), vec![2, 3]));
        assert_eq!(npy(&npy_bytes("<f4", "False", "(2, 3)", &data)), want);
        assert!(npy(&npy_bytes("<f4", "True", "(2, 3)", &data)).is_err());
        assert!(npy(&npy_bytes("<i8", "False", "(2, 3)", &data)).is_err());
        assert!(npy(&npy_bytes("<f4", "False", "(2, 4)", &data)).is_err());
    }

    #[test]
    fn cut_files_are_errors() {
        let whole = npy_bytes("<f8", "False", "(2,)", &[0; 16]);
        assert_eq!(npy(&whole), Ok((vec![0.0; 2], vec![2])));
        assert!((NPY_MAGIC.len()..whole.len()).all(|end| npy(&whole[..end]).is_err()));
        assert!(safetensors(&whole).is_err());
    }

    #[test]
    fn pooling_averages_blocks() {
        let pictures = Images::new((0..32).map(f64::from).collect(), [1, 1, 1, 32]).unwrap();
        let (values, dimensions) = pooled(&pictures);
        assert_eq!((dimensions, values[0], values[15]), (16, 0.5, 30.5));
    }
}
