//! Pictures as numbers, and what compares them pixel by pixel.

use super::MetricError;
use crate::diffusion::math;

/// A batch of pictures `[N, C, H, W]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    values: Vec<f64>,
    shape: [usize; 4],
}

impl Images {
    /// Pictures of finite numbers, at least one.
    ///
    /// # Errors
    /// Where the numbers do not fill the shape, there are none, or one is not finite.
    pub fn new(values: Vec<f64>, shape: [usize; 4]) -> Result<Self, MetricError> {
        let size = shape.iter().try_fold(1usize, |size, &side| size.checked_mul(side));
        if values.is_empty() || size != Some(values.len()) {
            return Err(MetricError::Shape { found: values.len() });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(MetricError::NotFinite);
        }
        Ok(Self { values, shape })
    }

    /// `[N, C, H, W]`.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// All numbers, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The channel planes `[H, W]` of each picture.
    pub fn pictures(&self) -> impl Iterator<Item = std::slice::ChunksExact<'_, f64>> {
        let [_, channels, height, width] = self.shape;
        self.values.chunks_exact(channels * height * width).map(move |picture| picture.chunks_exact(height * width))
    }

    /// Refuses pictures of another shape.
    ///
    /// # Errors
    /// [`MetricError::Mismatch`] naming the first size that differs.
    pub fn same_shape(&self, other: &Self) -> Result<(), MetricError> {
        let names = ["numbers of pictures", "channels", "heights", "widths"];
        let mut sizes = names.into_iter().zip(self.shape.into_iter().zip(other.shape));
        match sizes.find(|(_, (left, right))| left != right) {
            Some((what, (left, right))) => Err(MetricError::Mismatch { what, left, right }),
            None => Ok(()),
        }
    }
}

/// Mean squared error (Wang and Bovik 2009), `mean (a − b)²` over all numbers of the batch (scikit-image, torchmetrics).
///
/// # Errors
/// Where the shapes differ.
pub fn mse(a: &Images, b: &Images) -> Result<f64, MetricError> {
    a.same_shape(b)?;
    Ok(super::features::squared_distance(&a.values, &b.values) / a.values.len() as f64)
}

/// Mean squared error (Wang and Bovik 2009) of each pair of pictures; their mean is [`mse`].
///
/// # Errors
/// Where the shapes differ.
pub fn mse_each(a: &Images, b: &Images) -> Result<Vec<f64>, MetricError> {
    a.same_shape(b)?;
    let [_, channels, height, width] = a.shape;
    let size = channels * height * width;
    let pairs = a.values.chunks_exact(size).zip(b.values.chunks_exact(size));
    Ok(pairs.map(|(a, b)| super::features::squared_distance(a, b) / size as f64).collect())
}

/// Peak signal-to-noise ratio, PSNR (Huynh-Thu and Ghanbari 2008), `10·log₁₀(range² / MSE)` in dB over the whole batch (torchmetrics, scikit-image); +∞ for equal pictures.
///
/// # Errors
/// Where the shapes differ or the range is not positive.
pub fn psnr(a: &Images, b: &Images, data_range: f64) -> Result<f64, MetricError> {
    psnr_of_mse(mse(a, b)?, data_range)
}

/// Peak signal-to-noise ratio of a mean squared error, `10·log₁₀(range² / MSE)` in dB (see [`psnr`]).
///
/// # Errors
/// Where the range is not positive.
pub fn psnr_of_mse(mse: f64, data_range: f64) -> Result<f64, MetricError> {
    positive_range(data_range)?;
    let decibels = 10.0 / core::f64::consts::LN_10;
    Ok(decibels * (2.0 * math::ln(data_range) - math::ln(mse)))
}

/// Total variation, anisotropic (Rudin, Osher and Fatemi 1992; torchmetrics), of each picture: the sum of |differences| of neighbours along both axes.
pub fn total_variation(images: &Images) -> Vec<f64> {
    let [.., width] = images.shape;
    let difference = |(a, b): (&f64, &f64)| (a - b).abs();
    let plane = |plane: &[f64]| {
        let along: f64 = plane.chunks_exact(width).flat_map(|row| row.iter().zip(&row[1..])).map(difference).sum();
        along + plane.iter().zip(&plane[width..]).map(difference).sum::<f64>()
    };
    images.pictures().map(|planes| planes.map(plane).sum()).collect()
}

pub(super) fn positive_range(data_range: f64) -> Result<(), MetricError> {
    if data_range > 0.0 && data_range.is_finite() {
        return Ok(());
    }
    Err(MetricError::Setting {
        what: "data_range",
        range: "it is the positive distance of the largest to the smallest possible value",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_tenth_of_the_range_is_twenty_decibels() {
        let a = Images::new(vec![0.5; 12], [1, 3, 2, 2]).unwrap();
        let b = Images::new(vec![0.6; 12], [1, 3, 2, 2]).unwrap();
        assert!((psnr(&a, &b, 1.0).unwrap() - 20.0).abs() < 1e-12);
        assert_eq!(psnr(&a, &a, 1.0), Ok(f64::INFINITY));
        assert!(psnr(&a, &b, 0.0).is_err());
        let both = |x: &Images, y: &Images| Images::new([x.values(), y.values()].concat(), [2, 3, 2, 2]).unwrap();
        let each = mse_each(&both(&a, &a), &both(&a, &b)).unwrap();
        assert!(each[0] == 0.0 && (each[1] - 0.01).abs() < 1e-15, "{each:?}");
    }

    #[test]
    fn the_variation_of_a_step_is_its_height_times_its_length() {
        let step = Images::new(vec![0.0, 0.0, 2.0, 0.0, 0.0, 2.0], [1, 1, 2, 3]).unwrap();
        assert_eq!(total_variation(&step), vec![4.0]);
        assert_eq!(total_variation(&Images::new(vec![1.0], [1, 1, 1, 1]).unwrap()), vec![0.0]);
    }

    #[test]
    fn other_shapes_are_refused() {
        let a = Images::new(vec![0.0; 4], [1, 1, 2, 2]).unwrap();
        let b = Images::new(vec![0.0; 4], [1, 1, 1, 4]).unwrap();
        assert_eq!(mse(&a, &b), Err(MetricError::Mismatch { what: "heights", left: 2, right: 1 }));
        assert!(Images::new(vec![], [0, 1, 2, 2]).is_err());
        assert!(Images::new(vec![f64::NAN], [1, 1, 1, 1]).is_err());
    }
}
