//! Continuous and discrete latents.

use burn::tensor::Tensor;
use noisewalk::model::layers::diagonal_gaussian::DiagonalGaussianDistribution;
use noisewalk::model::layers::vector_quantizer::VectorQuantizer;

use crate::golden::{Case, Outcome, Settings, shape};
use crate::tensors::{device, load, read, tensor, wide};
use crate::{named, named_f32};

pub fn diagonal_gaussian(case: &Case, settings: &Settings) -> Outcome {
    let distribution = DiagonalGaussianDistribution::new(wide(settings.need("moments")?)?);
    let other = settings.get("other_moments").map(wide).transpose()?.map(DiagonalGaussianDistribution::new);
    let noise = settings.get("noise").map(wide).transpose()?;
    let x = settings.get("x").map(wide).transpose()?;
    named(&case.expected, |name| {
        Some(match name {
            "mean" => read(distribution.mean.clone()),
            "logvar" => read(distribution.logvar.clone()),
            "std" => read(distribution.std()),
            "mode" => read(distribution.mode()),
            "sample" => read(distribution.sample(noise.clone()?)),
            "kl" => read(distribution.kl()),
            "kl_other" => read(distribution.kl_to(other.as_ref()?)),
            "nll" => read(distribution.nll(x.clone()?)),
            _ => return None,
        })
    })
}

pub fn vector_quantizer(case: &Case, settings: &Settings) -> Outcome {
    let codebook = settings.need("codebook")?;
    let [n_e, width] = shape(codebook)?[..] else { return Err("the codebook is no matrix".into()) };
    let (beta, legacy) = (settings.number("beta", 0.25)?, settings.flag("legacy", true)?);
    let mut layer = VectorQuantizer::new(n_e, width, beta, legacy, &device());
    load(&mut layer, &serde_json::json!({ "embedding.weight": codebook }), str::to_owned)?;
    let quantized = layer.forward(tensor::<4>(settings.need("z")?)?);
    let indices: Tensor<1> = quantized.indices.float();
    named_f32(case, |name| match name {
        "z_q" => Some(read(quantized.z_q.clone())),
        "loss" => Some(read(quantized.loss.clone())),
        "indices" => Some(read(indices.clone())),
        _ => None,
    })
}
