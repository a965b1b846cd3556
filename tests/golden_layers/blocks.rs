//! Convolutional blocks.

use burn::tensor::Tensor;
use noisewalk::model::layers::Activation;
use noisewalk::model::layers::resample::{Downsample2D, Upsample2D, pixel_shuffle, pixel_unshuffle};
use noisewalk::model::layers::resnet::{ResnetBlock2D, ResnetConfig};

use crate::embeddings::activation;
use crate::golden::{Case, Outcome, Settings, number};
use crate::named_f32;
use crate::tensors::{device, load, read, size, tensor};

pub fn resnet(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let scale_shift = match settings.get("time_embedding_norm").map(|norm| norm.as_str().unwrap_or_default()) {
        None | Some("default") => false,
        Some("scale_shift") => true,
        Some(other) => return Err(format!("unknown time_embedding_norm {other}")),
    };
    let config = ResnetConfig {
        time_embed_dim: size(weights, "time_emb_proj.weight", 1).ok(),
        groups: number(settings.need("groups")?)? as usize,
        eps: settings.number("eps", 1e-6)?,
        act_fn: settings.get("non_linearity").map_or(Ok(Activation::Silu), activation)?,
        scale_shift,
        output_scale_factor: settings.number("output_scale_factor", 1.0)?,
    };
    let channels = [size(weights, "conv1.weight", 1)?, size(weights, "conv1.weight", 0)?];
    let mut block = ResnetBlock2D::new(channels, &config, &device());
    load(&mut block, weights, str::to_owned)?;
    let x: Tensor<4> = tensor(settings.need("x")?)?;
    // A network activates the time once for all its blocks.
    let time = settings.get("temb").map(tensor::<2>).transpose()?.map(|time| config.act_fn.apply(time));
    named_f32(case, |name| (name == "y").then(|| read(block.forward(x.clone(), time.as_ref()))))
}

pub fn resampling(case: &Case, settings: &Settings) -> Outcome {
    let x: Tensor<4> = tensor(settings.need("x")?)?;
    let channels = x.dims()[1];
    let weights = settings.need("weights")?;
    // The peer's module has its convolution under two names.
    let rename = |name: &str| name.replace("Conv2d_0.", "conv.");
    named_f32(case, |name| {
        let x = x.clone();
        let own = &weights[name];
        if let Some(padding) = name.strip_prefix("down_conv_pad") {
            let mut layer = Downsample2D::new(channels, padding.parse().ok()?, &device());
            return Some(load(&mut layer, own, rename).and_then(|()| read(layer.forward(x))));
        }
        if let Some(factor) = name.strip_prefix("pixel_unshuffle") {
            return Some(read(pixel_unshuffle(x, factor.parse().ok()?)));
        }
        if let Some(factor) = name.strip_prefix("pixel_shuffle") {
            return Some(read(pixel_shuffle(x, factor.parse().ok()?)));
        }
        match name {
            "up_conv" => {
                let mut layer = Upsample2D::new(channels, &device());
                Some(load(&mut layer, own, rename).and_then(|()| read(layer.forward(x))))
            }
            "down_avgpool" => Some(read(Downsample2D::average().forward(x))),
            "up_nearest" => Some(read(Upsample2D::nearest().forward(x))),
            _ => None,
        }
    })
}
