//! Normalisations, activations and what EDM2 makes of them.

use burn::nn::{LayerNormConfig, RmsNormConfig};
use burn::tensor::{Tensor, activation};
use noisewalk::model::layers::adaptive_norm::AdaLayerNormZero;
use noisewalk::model::layers::magnitude_preserving::{EPS, mp_add, mp_cat, mp_silu, normalize_weight, pixel_norm};
use noisewalk::model::layers::{Activation, group_norm};

use crate::golden::{Case, Outcome, Settings, number, numbers, shape};
use crate::tensors::{device, load, param, read, size, tensor, vectors, wide};
use crate::{named, named_f32};

pub fn group_norm_silu(case: &Case, settings: &Settings) -> Outcome {
    let x: Tensor<4> = tensor(settings.need("x")?)?;
    let groups = number(settings.need("groups")?)? as usize;
    let mut norm = group_norm(groups, x.dims()[1], settings.number("eps", 1e-5)?, &device());
    norm.gamma = Some(param(settings.need("weight")?)?);
    norm.beta = Some(param(settings.need("bias")?)?);
    let y = norm.forward(x);
    named_f32(case, |name| match name {
        "group_norm" => Some(read(y.clone())),
        "group_norm_silu" => Some(read(Activation::Silu.apply(y.clone()))),
        _ => None,
    })
}

pub fn norms_and_activations(case: &Case, settings: &Settings) -> Outcome {
    let x = vectors(settings.need("x")?)?;
    let (width, eps) = (x.dims()[1], settings.number("eps", 1e-5)?);
    let mut layer_norm = LayerNormConfig::new(width).with_epsilon(eps).init(&device());
    layer_norm.gamma = param(settings.need("weight")?)?;
    layer_norm.beta = Some(param(settings.need("bias")?)?);
    let mut rms_norm = RmsNormConfig::new(width).with_epsilon(eps).init(&device());
    rms_norm.gamma = layer_norm.gamma.clone();
    named_f32(case, |name| {
        let x = x.clone();
        Some(read(match name {
            "layer_norm" => layer_norm.forward(x),
            "rms_norm" => rms_norm.forward(x),
            "silu" => Activation::Silu.apply(x),
            "gelu" => Activation::Gelu.apply(x),
            "mish" => Activation::Mish.apply(x),
            "relu" => Activation::Relu.apply(x),
            "gelu_tanh" => activation::gelu_approximate(x),
            "softmax" => activation::softmax(x, 1),
            "softplus" => activation::softplus(x, 1.0),
            _ => return None,
        }))
    })
}

pub fn adaptive_norm(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let mut layer = AdaLayerNormZero::new(size(weights, "linear.weight", 1)?, settings.number("eps", 1e-6)?, &device());
    load(&mut layer, weights, str::to_owned)?;
    let output = layer.forward(tensor(settings.need("x")?)?, tensor(settings.need("emb")?)?);
    named_f32(case, |name| match name {
        "x_norm" => Some(read(output.x.clone())),
        "gate_msa" => Some(read(output.gate_msa.clone())),
        "shift_mlp" => Some(read(output.shift_mlp.clone())),
        "scale_mlp" => Some(read(output.scale_mlp.clone())),
        "gate_mlp" => Some(read(output.gate_mlp.clone())),
        _ => None,
    })
}

pub fn magnitude_preserving(case: &Case, settings: &Settings) -> Outcome {
    let (a, b): (Tensor<4>, Tensor<4>) = (wide(settings.need("a")?)?, wide(settings.need("b")?)?);
    let b_cat: Tensor<4> = wide(settings.need("b_cat")?)?;
    let (t_add, t_cat) = (settings.number("t_add", 0.3)?, settings.number("t_cat", 0.5)?);
    let weight = settings.need("w")?;
    // Weights of linear maps and of convolutions: one row an output.
    let outputs = shape(weight)?.first().copied().ok_or("w is a number")?;
    let rows = wide::<1>(&numbers(weight)?.into())?.reshape([outputs as i32, -1]);
    named(&case.expected, |name| {
        // The name ends with the dimension, as in mp_cat_dim1.
        let (operation, dim) = name.split_once("_dim").unwrap_or((name, "1"));
        let dim: usize = dim.parse().ok()?;
        Some(match operation {
            "mp_silu" => read(mp_silu(a.clone())),
            "mp_add" => read(mp_add(a.clone(), b.clone(), t_add)),
            "mp_cat" => read(mp_cat(a.clone(), b_cat.clone(), dim, t_cat)),
            "pixel_norm" => read(pixel_norm(a.clone(), dim, EPS)),
            "normalize_weight" => read::<2>(normalize_weight(rows.clone(), EPS)),
            _ => return None,
        })
    })
}
