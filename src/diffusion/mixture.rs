//! Ground truth: data whose density, score and best denoiser are known exactly at every noise level.
//!
//! For data `x0 ~ Σ_k w_k N(m_k, s_k² I)` and `x = α·x0 + σ·ε`, the noised data is again a mixture, with means `α m_k` and variances
//! `V_k = α² s_k² + σ²`; everything here is read off it.
//! A finite data set is the case s_k = 0, whose best denoiser is the "ideal" one a network would learn by memorising.

use super::math;

/// One bump of a mixture: an isotropic normal distribution in any dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Share of the data, in (0, 1]; the shares of a mixture are scaled to sum to 1.
    pub weight: f64,
    /// Centre, one number a dimension.
    pub mean: Vec<f64>,
    /// Standard deviation in every direction; 0 is a single point.
    pub std_dev: f64,
}

/// Why a mixture cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MixtureError {
    /// Nothing to mix.
    #[error("a mixture needs at least one component; give it some data")]
    Empty,
    /// Centres of different lengths.
    #[error("component {index} has {found} dimensions, but the first has {expected}; give all the same number")]
    Dimensions {
        /// Which component.
        index: usize,
        /// Its dimensions.
        found: usize,
        /// Those of the first.
        expected: usize,
    },
    /// A weight that is not positive, a negative spread, or a number that is not finite.
    #[error("component {index} needs a positive weight, a spread of at least 0 and finite numbers")]
    Component {
        /// Which component.
        index: usize,
    },
}

/// A mixture of isotropic Gaussians, or a finite set of points.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    components: Vec<Component>,
}

/// Keeps the arithmetic finite where a point mass meets no noise.
const SMALLEST_VARIANCE: f64 = 1e-30;

impl GaussianMixture {
    /// A mixture of `components`; weights are scaled to sum to 1.
    ///
    /// # Errors
    /// [`MixtureError`] for no component, unequal dimensions, or numbers out of range.
    pub fn new(mut components: Vec<Component>) -> Result<Self, MixtureError> {
        let expected = components.first().ok_or(MixtureError::Empty)?.mean.len();
        for (index, component) in components.iter().enumerate() {
            let found = component.mean.len();
            if found != expected {
                return Err(MixtureError::Dimensions { index, found, expected });
            }
            let Component { weight, mean, std_dev } = component;
            let finite = mean.iter().chain([weight, std_dev]).all(|number| number.is_finite());
            if !(finite && *weight > 0.0 && *std_dev >= 0.0) {
                return Err(MixtureError::Component { index });
            }
        }
        let total: f64 = components.iter().map(|component| component.weight).sum();
        components.iter_mut().for_each(|component| component.weight /= total);
        Ok(Self { components })
    }

    /// A finite data set: every point with the same weight and no spread.
    ///
    /// # Errors
    /// [`MixtureError`] for no point, or points of different dimensions.
    pub fn from_points(points: impl IntoIterator<Item = Vec<f64>>) -> Result<Self, MixtureError> {
        let component = |mean| Component { weight: 1.0, mean, std_dev: 0.0 };
        Self::new(points.into_iter().map(component).collect())
    }

    /// The components, with weights that sum to 1.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The exact log-density ln p(x) of the data noised to level (`alpha`, `sigma`), in nats (Karras et al. 2022, appendix B.3 for finite data).
    pub fn log_density(&self, x: &[f64], alpha: f64, sigma: f64) -> f64 {
        let logs = self.log_joint(x, alpha, sigma);
        log_sum_exp(&logs) - 0.5 * x.len() as f64 * math::ln(2.0 * core::f64::consts::PI)
    }

    /// The exact score ∇ ln p(x) (Song et al. 2021b, section 2) of the data noised to level (`alpha`, `sigma`).
    ///
    /// `Σ_k r_k · (α m_k − x) / V_k`, with `r_k` the probability that x came from component k.
    pub fn score(&self, x: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
        self.average(x, alpha, sigma, |x, mean, _, variance| (alpha * mean - x) / variance)
    }

    /// The optimal denoiser E[x0 | x] (Karras et al. 2022, equation 57 for finite data), which no network can beat in mean squared error, at level (`alpha`, `sigma`).
    ///
    /// `Σ_k r_k · (m_k + α s_k² (x − α m_k) / V_k)`; by Tweedie's formula it equals `(x + σ² · score) / α`.
    pub fn denoised(&self, x: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
        self.average(x, alpha, sigma, |x, mean, std_dev, variance| {
            mean + alpha * std_dev * std_dev * (x - alpha * mean) / variance
        })
    }

    /// The optimal ε-prediction E[ε | x] (minimiser of Ho et al. 2020, equation 14): `(x − α · denoised) / σ` without its cancellation.
    pub fn noise(&self, x: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
        self.average(x, alpha, sigma, |x, mean, _, variance| sigma * (x - alpha * mean) / variance)
    }

    /// `Σ_k r_k · value(x_i, m_{k,i}, s_k, V_k)` for every dimension i.
    fn average(&self, x: &[f64], alpha: f64, sigma: f64, value: impl Fn(f64, f64, f64, f64) -> f64) -> Vec<f64> {
        let logs = self.log_joint(x, alpha, sigma);
        let total = log_sum_exp(&logs);
        let mut sum = vec![0.0; x.len()];
        for (component, log) in self.components.iter().zip(logs) {
            let (responsibility, variance) = (math::exp(log - total), variance(component, alpha, sigma));
            for ((sum, x), mean) in sum.iter_mut().zip(x).zip(&component.mean) {
                *sum += responsibility * value(*x, *mean, component.std_dev, variance);
            }
        }
        sum
    }

    /// `ln w_k + ln N(x; α m_k, V_k I)` without the `(2π)^{−d/2}` that all share.
    fn log_joint(&self, x: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
        let log = |component: &Component| {
            let variance = variance(component, alpha, sigma);
            let square: f64 =
                x.iter().zip(&component.mean).map(|(x, mean)| (x - alpha * mean) * (x - alpha * mean)).sum();
            math::ln(component.weight) - 0.5 * (x.len() as f64 * math::ln(variance) + square / variance)
        };
        self.components.iter().map(log).collect()
    }
}

fn variance(component: &Component, alpha: f64, sigma: f64) -> f64 {
    let spread = alpha * component.std_dev;
    (spread * spread + sigma * sigma).max(SMALLEST_VARIANCE)
}

/// `ln Σ exp(l_k)` without overflow.
fn log_sum_exp(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + math::ln(logs.iter().map(|log| math::exp(log - largest)).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two_bumps() -> GaussianMixture {
        let left = Component { weight: 1.0, mean: vec![-1.0, 0.5], std_dev: 0.2 };
        let right = Component { weight: 3.0, mean: vec![0.8, -0.3], std_dev: 0.5 };
        GaussianMixture::new(vec![left, right]).unwrap()
    }

    #[test]
    fn one_gaussian_has_its_textbook_posterior() {
        let data = GaussianMixture::new(vec![Component { weight: 2.0, mean: vec![0.3], std_dev: 0.5 }]).unwrap();
        // N(0.3, 0.25) seen through x = 0.8 x0 + 0.6 ε: V = 0.16 + 0.36.
        let expected = 0.3 + 0.8 * 0.25 * (1.0 - 0.24) / 0.52;
        assert!((data.denoised(&[1.0], 0.8, 0.6)[0] - expected).abs() < 1e-15);
        let log_density = -0.5 * ((1.0f64 - 0.24).powi(2) / 0.52 + (2.0 * core::f64::consts::PI * 0.52f64).ln());
        assert!((data.log_density(&[1.0], 0.8, 0.6) - log_density).abs() < 1e-14);
    }

    #[test]
    fn a_data_set_denoises_to_its_nearest_point_when_noise_is_small() {
        let data = GaussianMixture::from_points([vec![0.0, 0.0], vec![1.0, 1.0]]).unwrap();
        assert_eq!(data.denoised(&[0.9, 0.8], 1.0, 0.0), [1.0, 1.0]);
        assert_eq!(data.denoised(&[0.5, 0.5], 1.0, 1.0), [0.5, 0.5]);
    }

    #[test]
    fn faulty_mixtures_are_refused() {
        assert_eq!(GaussianMixture::new(Vec::new()), Err(MixtureError::Empty));
        let uneven = GaussianMixture::from_points([vec![0.0], vec![0.0, 1.0]]);
        assert_eq!(uneven, Err(MixtureError::Dimensions { index: 1, found: 2, expected: 1 }));
        let weightless = GaussianMixture::new(vec![Component { weight: 0.0, mean: vec![0.0], std_dev: 1.0 }]);
        assert_eq!(weightless, Err(MixtureError::Component { index: 0 }));
    }

    proptest! {
        /// The score is the slope of the log-density, and Tweedie's formula ties it to the denoiser.
        #[test]
        fn score_density_and_denoiser_agree(x in -3.0..3.0f64, y in -3.0..3.0f64, sigma in 0.05..2.0f64) {
            let (data, alpha, step) = (two_bumps(), 0.7, 1e-5);
            let score = data.score(&[x, y], alpha, sigma);
            let slope = (data.log_density(&[x + step, y], alpha, sigma) - data.log_density(&[x - step, y], alpha, sigma)) / (2.0 * step);
            // Central differences err by step² times a third derivative of at most about σ⁻⁶ here.
            prop_assert!((score[0] - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{} against {slope}", score[0]);
            let denoised = data.denoised(&[x, y], alpha, sigma);
            let noise = data.noise(&[x, y], alpha, sigma);
            for i in 0..2 {
                let point = [x, y][i];
                prop_assert!((denoised[i] - (point + sigma * sigma * score[i]) / alpha).abs() < 1e-12);
                prop_assert!((alpha * denoised[i] + sigma * noise[i] - point).abs() < 1e-12);
            }
        }
    }
}
