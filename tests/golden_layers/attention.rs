//! Attention and what stands beside it in a transformer.

use burn::tensor::Tensor;
use noisewalk::model::layers::attention::Attention;
use noisewalk::model::layers::cross_attention::{CrossAttention, CrossAttentionConfig};
use noisewalk::model::layers::feed_forward::{FeedForward, FeedForwardActivation};
use noisewalk::model::layers::scaled_dot_product::{AttentionMask, scaled_dot_product_attention};
use noisewalk::model::probe::Watch;
use serde_json::Value;

use crate::golden::{Case, Outcome, Settings, number, numbers, shape};
use crate::tensors::{device, load, read, size, tensor, wide};
use crate::{named, named_f32};

/// A mask of truth values, or of numbers to add.
fn mask(value: &Value) -> Result<AttentionMask, String> {
    // Missing dimensions in front are shared.
    let shape = shape(value)?;
    let [.., queries, keys] = shape[..] else { return Err("a mask has two dimensions at least".into()) };
    let heads = if shape.len() > 2 { shape[shape.len() - 3] } else { 1 };
    let numbers: Tensor<4> =
        wide::<1>(&numbers(value)?.into())?.reshape([-1, heads as i32, queries as i32, keys as i32]);
    match value["meaning"].as_str() {
        None | Some("1 = may attend") => Ok(AttentionMask { allowed: Some(numbers.not_equal_elem(0.0)), bias: None }),
        Some(meaning) if meaning.contains("added") => Ok(AttentionMask { allowed: None, bias: Some(numbers) }),
        Some(other) => Err(format!("cannot interpret a mask with the meaning {other}")),
    }
}

pub fn scaled_dot_product(case: &Case, settings: &Settings) -> Outcome {
    let [q, k, v] = ["q", "k", "v"].map(|name| settings.need(name).and_then(wide::<4>));
    let qkv = [q?, k?, v?];
    let ([.., queries, width], [.., keys, _]) = (qkv[0].dims(), qkv[1].dims());
    let scale = match settings.get("scale") {
        None => (width as f64).sqrt().recip(),
        Some(Value::String(text)) if text == "1/sqrt(D)" => (width as f64).sqrt().recip(),
        Some(value) => number(value)?,
    };
    let mask = match (settings.get("mask"), settings.flag("is_causal", false)?) {
        (Some(_), true) => return Err("a mask and is_causal exclude each other".into()),
        (Some(value), false) => mask(value)?,
        (None, true) => AttentionMask::causal(queries, keys, &device()),
        (None, false) => AttentionMask::default(),
    };
    let y = scaled_dot_product_attention(qkv, &mask, scale, &mut Watch::none());
    named(&case.expected, |name| (name == "y").then(|| read(y.clone())))
}

/// Pixels are attended to as the U-Net and the VAE do: normalised, added to the input, the heads sharing its width.
pub fn reason_to_skip(case: &Case) -> Option<String> {
    let inputs = &case.inputs;
    let [normed, residual] = [!inputs["norm_num_groups"].is_null(), inputs["residual_connection"] == true];
    let inner = inputs["heads"].as_u64()? * inputs["dim_head"].as_u64()?;
    let channels = shape(&inputs["x"]).ok()?.get(1).copied()? as u64;
    let is_sequence = shape(&inputs["x"]).ok()?.len() == 3;
    let fits = if is_sequence { !normed } else { normed && residual && inner == channels };
    (!fits).then(|| "attention over pixels is normalised, residual and as wide as its input".into())
}

pub fn attention(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let [heads, dim_head] =
        [settings.number("heads", 8.0)?, settings.number("dim_head", 64.0)?].map(|number| number as usize);
    let groups = settings.number("norm_num_groups", 0.0)? as usize;
    let (eps, residual) = (settings.number("group_norm_eps", 1e-5)?, settings.flag("residual_connection", false)?);
    let rescale = settings.number("rescale_output_factor", 1.0)?;
    let watch = &mut Watch::none();
    let y = if groups > 0 {
        let x: Tensor<4> = tensor(settings.need("x")?)?;
        let mut layer = Attention::new(x.dims()[1], dim_head, groups, eps, rescale, &device());
        load(&mut layer, weights, str::to_owned)?;
        read(layer.forward(x, watch))?
    } else {
        let x: Tensor<3> = tensor(settings.need("x")?)?;
        let context = settings.get("context").map_or(Ok(x.clone()), tensor::<3>)?;
        let mask = match settings.get("key_mask") {
            Some(mask) => padding(mask, settings.text("key_mask_meaning")?)?,
            None => AttentionMask::default(),
        };
        let config = CrossAttentionConfig {
            query_dim: size(weights, "to_q.weight", 1)?,
            context_dim: size(weights, "to_k.weight", 1)?,
            heads,
            dim_head,
            bias: weights.get("to_q.bias").is_some(),
        };
        let mut layer = CrossAttention::new(&config, &device());
        load(&mut layer, weights, str::to_owned)?;
        let y = layer.forward(x.clone(), context, &mask, watch);
        // A transformer block adds its input itself.
        read(if residual { y + x } else { y } / rescale)?
    };
    named_f32(case, |name| (name == "y").then(|| Ok(y.clone())))
}

/// Keys to leave out.
fn padding(mask: &Value, meaning: &str) -> Result<AttentionMask, String> {
    if meaning.contains("0 = padding") && meaning.contains("-10000") {
        Ok(AttentionMask::padding(tensor(mask)?))
    } else {
        Err(format!("cannot interpret a mask with the meaning {meaning}"))
    }
}

pub fn feed_forward(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let activation = settings.get("activation_fn").cloned().map(serde_json::from_value::<FeedForwardActivation>);
    let activation = activation.transpose().map_err(|error| error.to_string())?.unwrap_or_default();
    let widths =
        [size(weights, "net.0.proj.weight", 1)?, size(weights, "net.2.weight", 1)?, size(weights, "net.2.weight", 0)?];
    let mut layer = FeedForward::new(widths, activation, &device());
    load(&mut layer, weights, str::to_owned)?;
    let y = read(layer.forward(tensor(settings.need("x")?)?))?;
    named_f32(case, |name| (name == "y").then(|| Ok(y.clone())))
}
