//! How a transformer is told where a token stands.

use burn::tensor::{Device, Tensor, TensorData};

use crate::diffusion::math;

/// Position embeddings `[height · width, dim]` of a grid, row-major, as DiT adds them to its patches; diffusers' `get_2d_sincos_pos_embed`.
///
/// The first half of the columns encodes the column of a patch, the second half its row, each as `sin(p f_i)` then `cos(p f_i)` with `f_i = 10000^(−4i / dim)`.
/// Positions run from 0 to (nearly) `base_size / interpolation_scale` whatever the size of the grid, so that larger pictures reuse what was learnt.
/// Columns that `dim` has beyond a multiple of four are 0.
/// Computed on the host in f64, so that every device sees the same embeddings.
pub fn sincos_2d(dim: usize, [height, width]: [usize; 2], base_size: f64, interpolation_scale: f64) -> Vec<f32> {
    let quarter = dim / 4;
    let position = |index: usize, size: usize| index as f64 * base_size / size as f64 / interpolation_scale;
    let angle = |position: f64, i: usize| position * math::exp(-math::ln(10_000.0) * i as f64 / quarter as f64);
    let mut embeddings = Vec::with_capacity(height * width * dim);
    for row in 0..height {
        for column in 0..width {
            for p in [position(column, width), position(row, height)] {
                embeddings.extend((0..quarter).map(|i| math::sin(angle(p, i)) as f32));
                embeddings.extend((0..quarter).map(|i| math::cos(angle(p, i)) as f32));
            }
            embeddings.extend((4 * quarter..dim).map(|_| 0.0));
        }
    }
    embeddings
}

/// Rotary position embedding (Su et al. 2021): turns each pair of neighbouring channels by an angle that grows with the position; diffusers' `get_1d_rotary_pos_embed` and `apply_rotary_emb`.
///
/// Pair i turns by `p θ^(−2i / dim)`; the products of queries and keys then depend on the distance of their tokens only.
#[derive(Debug, Clone)]
pub struct RotaryEmbedding {
    cos: Tensor<2>,
    sin: Tensor<2>,
}

impl RotaryEmbedding {
    /// Tables `[length, dim/2]` for tokens at 0, 1, …; `dim` is the width of a head, `theta` mostly 10000.
    pub fn new(dim: usize, length: usize, theta: f64, device: &Device) -> Self {
        let pairs = dim / 2;
        let angle = |p: usize, i: usize| p as f64 * math::exp(-math::ln(theta) * (2 * i) as f64 / dim as f64);
        let table = |of: fn(f64) -> f64| {
            let all = (0..length).flat_map(|p| (0..pairs).map(move |i| (p, i)));
            let values: Vec<f32> = all.map(|(p, i)| of(angle(p, i)) as f32).collect();
            Tensor::from_data(TensorData::new(values, [length, pairs]), device)
        };
        Self { cos: table(math::cos), sin: table(math::sin) }
    }

    /// Queries or keys `[B, heads, length, dim]`, turned.
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, heads, length, dim] = x.dims();
        let pairs: Tensor<5> = x.reshape([batch, heads, length, dim / 2, 2]);
        let (real, imaginary) = (pairs.clone().narrow(4, 0, 1), pairs.narrow(4, 1, 1));
        let shape = [1, 1, length, dim / 2, 1];
        let (cos, sin) = (self.cos.clone().reshape(shape), self.sin.clone().reshape(shape));
        let turned_real = real.clone() * cos.clone() - imaginary.clone() * sin.clone();
        let turned_imaginary = real * sin + imaginary * cos;
        Tensor::cat(vec![turned_real, turned_imaginary], 4).reshape([batch, heads, length, dim])
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    /// What rotary embedding is for: the product of a query and a key depends on their distance only.
    #[test]
    fn products_depend_on_the_distance() {
        let device = Device::flex();
        let rotary = RotaryEmbedding::new(8, 6, 10_000.0, &device);
        let everywhere = || Tensor::<4>::random([1, 1, 1, 8], Distribution::Default, &device).expand([1, 1, 6, 8]);
        let (q, k) = (rotary.apply(everywhere()), rotary.apply(everywhere()));
        let products: Vec<f32> = q.matmul(k.swap_dims(2, 3)).into_data().try_to_vec().unwrap();
        for n in 1..6 {
            for m in 1..6 {
                // f32 products of numbers below 1 over 8 channels.
                assert!((products[6 * n + m] - products[6 * (n - 1) + m - 1]).abs() < 1e-5);
            }
        }
    }
}
