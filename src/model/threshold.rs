//! Limits on denoised estimates, on tensors.

use burn::tensor::Tensor;

use crate::diffusion::plan::Threshold;

/// Applies `threshold` to the estimates `[B, C, H, W]`, each sample by itself: [`crate::diffusion::simulate::threshold`] on tensors.
///
/// Dynamic thresholding (Saharia et al. 2022, section 2.3) sorts, which burn does on the host: it is for native runs, not for a browser's GPU.
pub fn threshold(threshold: Threshold, denoised: Tensor<4>) -> Tensor<4> {
    match threshold {
        Threshold::None => denoised,
        Threshold::Static { range } => denoised.clamp(-range, range),
        Threshold::Dynamic { ratio, max } => {
            let scale = quantile(denoised.clone().abs(), ratio).clamp_min(1.0).clamp_max(max);
            (denoised / scale).clamp(-1.0, 1.0)
        }
    }
}

/// The `q` quantile of each sample's numbers, interpolating linearly between neighbours, `[B, 1, 1, 1]`.
fn quantile(x: Tensor<4>, q: f64) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let numbers = channels * height * width;
    let sorted: Tensor<2> = x.reshape([batch, numbers]).sort(1);
    let last = numbers.saturating_sub(1);
    let position = q.clamp(0.0, 1.0) * last as f64;
    let low = position.floor() as usize;
    let below = sorted.clone().narrow(1, low, 1);
    let above = sorted.narrow(1, (low + 1).min(last), 1);
    (below.clone() + (above - below) * (position - low as f64)).reshape([batch, 1, 1, 1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::diffusion::noise::{Purpose, Stream};
    use crate::diffusion::simulate;

    #[test]
    fn tensors_are_limited_as_numbers_are() {
        let mut numbers = Stream::new(3, Purpose::Sampling).normal(2 * 3 * 5 * 5);
        numbers.iter_mut().for_each(|z| *z *= 1.5);
        for limit in [
            Threshold::None,
            Threshold::Static { range: 0.7 },
            Threshold::Dynamic { ratio: 0.9, max: 10.0 },
            Threshold::Dynamic { ratio: 0.995, max: 1.7 },
            Threshold::Dynamic { ratio: 0.9, max: 0.6 },
            Threshold::Dynamic { ratio: 1.0, max: f64::from(f32::MAX) },
        ] {
            let x = Tensor::from_data(TensorData::new(numbers.clone(), [2, 3, 5, 5]), &Device::flex());
            let got: Vec<f32> = threshold(limit, x).into_data().try_to_vec().unwrap();
            for (sample, got) in numbers.chunks(75).zip(got.chunks(75)) {
                let sample: Vec<f64> = sample.iter().copied().map(f64::from).collect();
                for (want, got) in simulate::threshold(limit, &sample).iter().zip(got) {
                    // A few roundings of f32 at numbers up to 5.
                    assert!((want - f64::from(*got)).abs() < 2e-6, "{limit:?}: {want} {got}");
                }
            }
        }
    }
}
