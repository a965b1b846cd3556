//! LPIPS (Zhang et al. 2018): a weighted distance between the feature maps of two pictures.
//!
//! The trunk is the caller's; its layers' maps come in, whatever network made them.

use super::MetricError;
use super::image::Images;

/// Keeps a pixel without any feature finite, as in the lpips package.
const EPSILON: f64 = 1e-10;

/// Input shift of LPIPS' scaling layer, one number a colour channel of a picture in [−1, 1].
pub const SHIFT: [f64; 3] = [-0.030, -0.088, -0.188];

/// Input scale of LPIPS' scaling layer.
pub const SCALE: [f64; 3] = [0.458, 0.448, 0.450];

/// The scaling layer of LPIPS (Zhang et al. 2018): the picture as it is shown to the trunk, `(x − shift) / scale` per channel.
///
/// # Errors
/// Where there are not three channels.
pub fn scaled(images: &Images) -> Result<Images, MetricError> {
    let [_, channels, height, width] = images.shape();
    if channels != SHIFT.len() {
        return Err(MetricError::Mismatch { what: "colour channels", left: channels, right: SHIFT.len() });
    }
    let value = |(i, x): (usize, &f64)| {
        let channel = i / (height * width) % channels;
        (x - SHIFT[channel]) / SCALE[channel]
    };
    Images::new(images.values().iter().enumerate().map(value).collect(), images.shape())
}

/// One layer's share of LPIPS (Zhang et al. 2018, equation 1) for each pair of pictures: `mean_hw Σ_c w_c (f̂_c − ĝ_c)²`.
///
/// f̂ is the feature vector of a pixel over its norm + 1e-10; `weights` has one number a channel, all 1 without calibration.
///
/// # Errors
/// Where the shapes differ or the weights do not fit the channels.
pub fn layer_distance(f: &Images, g: &Images, weights: &[f64]) -> Result<Vec<f64>, MetricError> {
    f.same_shape(g)?;
    let [_, channels, height, width] = f.shape();
    if weights.len() != channels {
        return Err(MetricError::Mismatch { what: "channels and their weights", left: channels, right: weights.len() });
    }
    let picture = |(f, g): (std::slice::ChunksExact<'_, f64>, std::slice::ChunksExact<'_, f64>)| {
        let (f, g): (Vec<&[f64]>, Vec<&[f64]>) = (f.collect(), g.collect());
        let pixel = |at: usize| {
            let (of_f, of_g) = (norm_at(&f, at), norm_at(&g, at));
            let term = |((f, g), w): ((&&[f64], &&[f64]), &f64)| {
                let difference = f[at] / of_f - g[at] / of_g;
                w * difference * difference
            };
            f.iter().zip(&g).zip(weights).map(term).sum::<f64>()
        };
        (0..height * width).map(pixel).sum::<f64>() / (height * width) as f64
    };
    super::finite(f.pictures().zip(g.pictures()).map(picture).collect())
}

fn norm_at(planes: &[&[f64]], at: usize) -> f64 {
    planes.iter().map(|plane| plane[at] * plane[at]).sum::<f64>().sqrt() + EPSILON
}

/// LPIPS (Zhang et al. 2018, equation 1) of each pair of pictures: the sum over layers of `(f, g, weights)`.
///
/// # Errors
/// As [`layer_distance`], for no layer, and where layers have different numbers of pictures.
pub fn lpips(layers: &[(Images, Images, Vec<f64>)]) -> Result<Vec<f64>, MetricError> {
    let (first, _, _) = layers.first().ok_or(MetricError::TooFew { found: 0, needed: 1 })?;
    let mut total = vec![0.0; first.shape()[0]];
    for (f, g, weights) in layers {
        let distances = layer_distance(f, g, weights)?;
        if distances.len() != total.len() {
            let (left, right) = (total.len(), distances.len());
            return Err(MetricError::Mismatch { what: "numbers of pictures", left, right });
        }
        total.iter_mut().zip(distances).for_each(|(total, distance)| *total += distance);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_direction_of_a_pixels_features_counts() {
        let f = Images::new(vec![3.0, 4.0], [1, 2, 1, 1]).unwrap();
        let longer = Images::new(vec![6.0, 8.0], [1, 2, 1, 1]).unwrap();
        let turned = Images::new(vec![-4.0, 3.0], [1, 2, 1, 1]).unwrap();
        assert!(layer_distance(&f, &longer, &[1.0, 1.0]).unwrap()[0] < 1e-18);
        // Unit vectors at right angles: |f̂ − ĝ|² = 2.
        assert!((layer_distance(&f, &turned, &[1.0, 1.0]).unwrap()[0] - 2.0).abs() < 1e-9);
        let nothing = Images::new(vec![0.0, 0.0], [1, 2, 1, 1]).unwrap();
        assert!(lpips(&[(nothing.clone(), nothing, vec![1.0, 1.0])]).unwrap()[0] == 0.0);
    }

    #[test]
    fn weights_and_channels_must_fit() {
        let f = Images::new(vec![3.0, 4.0], [1, 2, 1, 1]).unwrap();
        assert!(layer_distance(&f, &f, &[1.0]).is_err());
        assert!(scaled(&f).is_err());
        assert!(lpips(&[]).is_err());
    }
}
