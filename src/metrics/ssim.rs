//! Structural similarity of pictures (Wang et al. 2004).
//!
//! In every window: `(2μ_xμ_y + c₁)(2σ_xy + c₂) / ((μ_x² + μ_y² + c₁)(σ_x² + σ_y² + c₂))`, then the mean over windows and channels.

use super::image::{Images, positive_range};
use super::{MetricError, finite};
use crate::diffusion::math;

/// The weights of a window, the same along both axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    /// A Gaussian cut at 3.5 σ: σ = 1.5 gives the paper's 11 × 11.
    Gaussian {
        /// σ in pixels.
        sigma: f64,
    },
    /// Equal weights.
    Uniform {
        /// Side in pixels, odd.
        size: usize,
    },
}

/// Where windows may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Border {
    /// Around every pixel; pictures are mirrored at their border without repeating it (torchmetrics).
    #[default]
    Reflect,
    /// Only inside the picture (scikit-image, the paper).
    Valid,
}

/// The conventions in which libraries differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SsimOptions {
    /// The window.
    pub window: Window,
    /// The border.
    pub border: Border,
    /// Divides variances by n − 1 instead of n for a window of n pixels (scikit-image's `use_sample_covariance`).
    pub sample_covariance: bool,
    /// Distance of the largest to the smallest possible value.
    pub data_range: f64,
    /// `c₁ = (k₁·range)²`.
    pub k1: f64,
    /// `c₂ = (k₂·range)²`.
    pub k2: f64,
}

impl SsimOptions {
    /// torchmetrics' defaults: Gaussian of σ 1.5, mirrored border, divisor n.
    pub fn torchmetrics(data_range: f64) -> Self {
        let window = Window::Gaussian { sigma: 1.5 };
        Self { window, border: Border::Reflect, sample_covariance: false, data_range, k1: 0.01, k2: 0.03 }
    }

    /// scikit-image's defaults: uniform 7 × 7, inside the picture, divisor n − 1.
    pub fn skimage(data_range: f64) -> Self {
        let window = Window::Uniform { size: 7 };
        Self { window, border: Border::Valid, sample_covariance: true, ..Self::torchmetrics(data_range) }
    }
}

impl Window {
    fn weights(self) -> Result<Vec<f64>, MetricError> {
        match self {
            Self::Gaussian { sigma } if sigma > 0.0 && sigma < 1e3 => {
                let radius = (3.5 * sigma + 0.5) as i64;
                let weights = (-radius..=radius).map(|x| math::exp(-0.5 * (x * x) as f64 / (sigma * sigma)));
                let weights: Vec<f64> = weights.collect();
                let total: f64 = weights.iter().sum();
                Ok(weights.into_iter().map(|w| w / total).collect())
            }
            Self::Uniform { size } if size % 2 == 1 && size < 10_000 => Ok(vec![1.0 / size as f64; size]),
            _ => Err(MetricError::Setting {
                what: "the window",
                range: "take σ in (0, 1000) or an odd side below 10000",
            }),
        }
    }
}

/// Structural similarity (Wang et al. 2004, equation 13) of each pair of pictures; 1 for equal ones.
///
/// # Errors
/// Where the shapes differ, a picture is too small for the window, or a setting is out of range.
pub fn ssim(a: &Images, b: &Images, options: &SsimOptions) -> Result<Vec<f64>, MetricError> {
    a.same_shape(b)?;
    positive_range(options.data_range)?;
    let weights = options.window.weights()?;
    let [_, channels, height, width] = a.shape();
    let needed = match options.border {
        Border::Reflect => weights.len() / 2 + 1,
        Border::Valid => weights.len(),
    };
    if height.min(width) < needed {
        return Err(MetricError::Mismatch { what: "picture side and window", left: height.min(width), right: needed });
    }
    let plane = |(x, y): (&[f64], &[f64])| plane(x, y, [height, width], &weights, options);
    let picture = |(a, b): (std::slice::ChunksExact<'_, f64>, std::slice::ChunksExact<'_, f64>)| {
        a.zip(b).map(plane).sum::<f64>() / channels as f64
    };
    finite(a.pictures().zip(b.pictures()).map(picture).collect())
}

/// Mean over the windows of one channel.
fn plane(x: &[f64], y: &[f64], size: [usize; 2], weights: &[f64], options: &SsimOptions) -> f64 {
    let filtered = |of: fn(f64, f64) -> f64| {
        let product: Vec<f64> = x.iter().zip(y).map(|(&x, &y)| of(x, y)).collect();
        filter(&product, size, weights, options.border)
    };
    let (means_x, means_y) = (filtered(|x, _| x), filtered(|_, y| y));
    let (squares_x, squares_y, products) = (filtered(|x, _| x * x), filtered(|_, y| y * y), filtered(|x, y| x * y));
    let pixels = (weights.len() * weights.len()) as f64;
    let correction = if options.sample_covariance && pixels > 1.0 { pixels / (pixels - 1.0) } else { 1.0 };
    let squared = |k: f64| (k * options.data_range) * (k * options.data_range);
    let (c1, c2) = (squared(options.k1), squared(options.k2));
    let score = |i: usize| {
        let (mx, my) = (means_x[i], means_y[i]);
        let variances = correction * ((squares_x[i] - mx * mx).max(0.0) + (squares_y[i] - my * my).max(0.0));
        let covariance = correction * (products[i] - mx * my);
        (2.0 * mx * my + c1) * (2.0 * covariance + c2) / ((mx * mx + my * my + c1) * (variances + c2))
    };
    (0..means_x.len()).map(score).sum::<f64>() / means_x.len() as f64
}

/// A separable filter: rows, then columns by way of a transpose.
fn filter(plane: &[f64], [height, width]: [usize; 2], weights: &[f64], border: Border) -> Vec<f64> {
    let rows = filter_rows(plane, width, weights, border);
    let narrow = rows.len() / height;
    let columns = filter_rows(&transpose(&rows, narrow), height, weights, border);
    transpose(&columns, columns.len() / narrow)
}

fn filter_rows(plane: &[f64], width: usize, weights: &[f64], border: Border) -> Vec<f64> {
    let radius = weights.len() / 2;
    let centres = match border {
        Border::Reflect => 0..width,
        Border::Valid => radius..width - radius,
    };
    let mirrored = |at: usize| {
        // `at` is counted from `radius` left of the row.
        let inside = at.abs_diff(radius);
        inside.min((2 * (width - 1)).abs_diff(inside))
    };
    let mut out = Vec::with_capacity(plane.len());
    for row in plane.chunks_exact(width) {
        let sum = |centre: usize| weights.iter().enumerate().map(|(k, w)| w * row[mirrored(centre + k)]).sum::<f64>();
        out.extend(centres.clone().map(sum));
    }
    out
}

fn transpose(plane: &[f64], width: usize) -> Vec<f64> {
    (0..width).flat_map(|column| plane.iter().skip(column).step_by(width)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_pictures_score_one_and_none_scores_more(
            x in proptest::collection::vec(0.0..1.0f64, 144),
            y in proptest::collection::vec(0.0..1.0f64, 144),
        ) {
            let (x, y) = (Images::new(x, [1, 1, 12, 12]).unwrap(), Images::new(y, [1, 1, 12, 12]).unwrap());
            for options in [SsimOptions::torchmetrics(1.0), SsimOptions::skimage(1.0)] {
                prop_assert!((ssim(&x, &x, &options).unwrap()[0] - 1.0).abs() < 1e-12);
                let score = ssim(&x, &y, &options).unwrap()[0];
                prop_assert!((-1.0..1.0).contains(&score));
                prop_assert!((ssim(&y, &x, &options).unwrap()[0] - score).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn flat_pictures_compare_by_their_brightness_alone() {
        let flat = |value| Images::new(vec![value; 98], [2, 1, 7, 7]).unwrap();
        let want = (2.0 * 0.2 * 0.8 + 1e-4) / (0.04 + 0.64 + 1e-4);
        let scores = ssim(&flat(0.2), &flat(0.8), &SsimOptions::skimage(1.0)).unwrap();
        assert!(scores.len() == 2 && scores.iter().all(|score| (score - want).abs() < 1e-12));
    }

    #[test]
    fn pictures_smaller_than_the_window_are_refused() {
        let small = Images::new(vec![0.0; 25], [1, 1, 5, 5]).unwrap();
        assert!(ssim(&small, &small, &SsimOptions::torchmetrics(1.0)).is_err());
        assert!(ssim(&small, &small, &SsimOptions::skimage(1.0)).is_err());
        let even = SsimOptions { window: Window::Uniform { size: 4 }, ..SsimOptions::skimage(1.0) };
        assert!(matches!(ssim(&small, &small, &even), Err(MetricError::Setting { .. })));
    }
}
