//! Magnitude-preserving operations of EDM2 (Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models"): inputs of variance 1 give outputs of variance 1.

use burn::tensor::{Tensor, activation};

use super::fourier::fourier_features;

/// ε of the normalisations, by the paper's code.
pub const EPS: f64 = 1e-4;

/// Root mean square of SiLU on standard normal numbers.
const SILU_MAGNITUDE: f64 = 0.596;

/// `silu(x) / 0.596` (equation 81).
pub fn mp_silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::silu(x) / SILU_MAGNITUDE
}

/// `((1 − t) a + t b) / √((1 − t)² + t²)` (equation 88): the share `t` of `b` is kept between uncorrelated inputs.
pub fn mp_add<const D: usize>(a: Tensor<D>, b: Tensor<D>, t: f64) -> Tensor<D> {
    (a * (1.0 - t) + b * t) / ((1.0 - t).powi(2) + t.powi(2)).sqrt()
}

/// Concatenation along `dim`, each part scaled so that `b` contributes the share `t` whatever the widths (equation 103).
pub fn mp_cat<const D: usize>(a: Tensor<D>, b: Tensor<D>, dim: usize, t: f64) -> Tensor<D> {
    let [widths_a, widths_b] = [a.dims()[dim] as f64, b.dims()[dim] as f64];
    let scale = ((widths_a + widths_b) / ((1.0 - t).powi(2) + t.powi(2))).sqrt();
    Tensor::cat(vec![a * (scale * (1.0 - t) / widths_a.sqrt()), b * (scale * t / widths_b.sqrt())], dim)
}

/// Scales each vector along `dim` to a root mean square of 1 (equation 30): `x √N / max(‖x‖, ε)`.
pub fn pixel_norm<const D: usize>(x: Tensor<D>, dim: usize, eps: f64) -> Tensor<D> {
    let width = x.dims()[dim] as f64;
    let norm = x.clone().square().sum_dim(dim).sqrt().clamp_min(eps);
    x * (norm.recip() * width.sqrt())
}

/// Forced weight normalisation (algorithm 1): every output's weights `[out, …]` get a root mean square of 1.
pub fn normalize_weight<const D: usize>(weight: Tensor<D>, eps: f64) -> Tensor<D> {
    let dims = weight.dims();
    let rows: Tensor<2> = weight.reshape([dims[0], dims[1..].iter().product()]);
    pixel_norm(rows, 1, eps).reshape(dims)
}

/// `√2 sin(2π w x)`, then `√2 cos(2π w x)`: Fourier features `[B, 2N]` of variance 1.
pub fn mp_fourier(x: Tensor<1>, frequencies: Tensor<1>) -> Tensor<2> {
    fourier_features(x, frequencies, false) * core::f64::consts::SQRT_2
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    /// The point of all these operations, within 2 %: what 65536 draws and the rounded 0.596 leave.
    #[test]
    fn standard_normal_inputs_give_outputs_of_magnitude_1() {
        let device = Device::flex();
        device.seed(1);
        let noise = |width: usize| Tensor::<2>::random([65_536 / 16, width], Distribution::Normal(0.0, 1.0), &device);
        let outputs = [
            mp_silu(noise(16)),
            mp_add(noise(16), noise(16), 0.3),
            mp_cat(noise(4), noise(12), 1, 0.7),
            pixel_norm(noise(16) * 5.0, 1, EPS),
            normalize_weight(noise(16) * 0.1, EPS),
            mp_fourier(noise(1).squeeze_dim(1), noise(1).squeeze_dim::<1>(1).narrow(0, 0, 8)),
        ];
        for (index, output) in outputs.into_iter().enumerate() {
            let magnitude: f32 = output.square().mean().sqrt().into_scalar();
            assert!((magnitude - 1.0).abs() < 0.02, "operation {index}: {magnitude}");
        }
    }
}
