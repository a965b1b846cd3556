//! The optimal denoiser of a finite set of points of the plane, on tensors: what a network could learn at best.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use crate::diffusion::plan::Level;

/// Smallest σ of an answer; below it the nearest point wins anyway, and f32 would lose the differences.
const SMALLEST_SIGMA: f64 = 1e-3;

/// Points `m_k`, each as likely as the other.
#[derive(Debug, Clone)]
pub struct ExactPoints {
    /// `[N, 2]`.
    points: Tensor<2>,
    /// `[2, N]`.
    across: Tensor<2>,
    /// `|m_k|²`, `[1, N]`.
    squares: Tensor<2>,
}

impl ExactPoints {
    /// The denoiser of these points, of which there is at least one.
    pub fn new(points: &[[f32; 2]], device: &Device) -> Self {
        let count = points.len();
        let points = Tensor::<2>::from_data(TensorData::new(points.concat(), [count, 2]), device);
        let squares = points.clone().square().sum_dim(1).reshape([1, count]);
        Self { across: points.clone().transpose(), points, squares }
    }

    /// E[x0 | x] (Karras et al. 2022, equation 57) of states `[B, 2, 1, 1]` at a level: points weighted by `exp(−|x − α m_k|² / 2σ²)`.
    ///
    /// Takes `B · N` numbers of memory a few times over.
    pub fn denoised(&self, x: &Tensor<4>, level: &Level) -> Tensor<4> {
        let (alpha, sigma) = (level.alpha, level.sigma.max(SMALLEST_SIGMA * level.alpha.max(1e-6)));
        let [count, ..] = x.dims();
        let x = x.clone().reshape([count, 2]);
        // |x|² is the same for every point, and falls out.
        let near = x.matmul(self.across.clone()) * (alpha / (sigma * sigma));
        let logits = near - self.squares.clone() * (0.5 * alpha * alpha / (sigma * sigma));
        softmax(logits, 1).matmul(self.points.clone()).reshape([count, 2, 1, 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::points::PointSet;
    use crate::diffusion::mixture::GaussianMixture;

    #[test]
    fn tensors_say_what_the_mixture_says() {
        let (device, points) = (Device::flex(), PointSet::Spiral.points(3, 300));
        let exact = ExactPoints::new(&points, &device);
        let wide = |point: &[f32; 2]| point.map(f64::from).to_vec();
        let mixture = GaussianMixture::from_points(points.iter().map(wide)).unwrap();
        let asked = [[0.3f32, -0.4], [1.5, 1.1], [-2.6, 2.6]];
        for (alpha, sigma) in [(0.1, 0.995), (0.7, 0.714), (0.98, 0.2), (1.0, 3.0), (0.999, 0.03)] {
            let level = Level { timestep: 0.0, alpha, sigma, input_scale: 1.0 };
            let x = Tensor::from_data(TensorData::new(asked.concat(), [3, 2, 1, 1]), &device);
            let got: Vec<f32> = exact.denoised(&x, &level).into_data().try_to_vec().unwrap();
            for (point, got) in asked.iter().zip(got.chunks_exact(2)) {
                for (want, got) in mixture.denoised(&wide(point), alpha, sigma).into_iter().zip(got) {
                    // Logits of up to 5·10³ at σ = 0.03 lose 10⁻³ in f32, a thousandth of a weight.
                    assert!((want - f64::from(*got)).abs() < 2e-3, "{alpha} {sigma}: {want} {got}");
                }
            }
        }
    }

    #[test]
    fn one_point_is_the_answer_everywhere() {
        let exact = ExactPoints::new(&[[0.5, -0.25]], &Device::flex());
        let level = Level { timestep: 0.0, alpha: 1.0, sigma: 0.0, input_scale: 1.0 };
        let x = Tensor::from_data(TensorData::new(vec![9.0f32, 9.0], [1, 2, 1, 1]), &Device::flex());
        let got: Vec<f32> = exact.denoised(&x, &level).into_data().try_to_vec().unwrap();
        assert_eq!(got, [0.5, -0.25]);
    }
}
