//! Attention and what stands beside it in a transformer.

use burn::tensor::Tensor;
use noisewalk::model::layers::attention::Attention;
use noisewalk::model::layers::cross_attention::{CrossAttention, CrossAttentionConfig};
use noisewalk::model::layers::feed_forward::{FeedForward, FeedForwardActivation};
use noisewalk::model::layers::group_norm;
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

pub fn attention(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let [heads, dim_head] =
        [settings.number("heads", 8.0)?, settings.number("dim_head", 64.0)?].map(|number| number as usize);
    let groups = settings.number("norm_num_groups", 0.0)? as usize;
    let (eps, residual) = (settings.number("group_norm_eps", 1e-5)?, settings.flag("residual_connection", false)?);
    let rescale = settings.number("rescale_output_factor", 1.0)?;
    let watch = &mut Watch::none();
    let over_pixels = shape(settings.need("x")?)?.len() == 4;
    // What the U-Net and the VAE use is one layer; any other form of attention over pixels is that over sequences with a norm before it.
    let is_of_unet = over_pixels && groups > 0 && residual && heads * dim_head == size(weights, "to_out.0.weight", 0)?;
    let y = if over_pixels && !is_of_unet {
        by_parts(settings, [heads, dim_head, groups], eps, residual)?.into_iter().map(|y| y / rescale).collect()
    } else if is_of_unet {
        let x: Tensor<4> = tensor(settings.need("x")?)?;
        let mut layer = Attention::new(x.dims()[1], dim_head, groups, eps, rescale, &device());
        load(&mut layer, weights, str::to_owned)?;
        read(layer.forward(x, watch))?
    } else if groups > 0 {
        return Err("cannot interpret a norm before attention over a sequence".into());
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

/// Attention over pixels as diffusers builds it: perhaps a group norm, attention over the pixels as a sequence, perhaps the input added.
fn by_parts(
    settings: &Settings,
    [heads, dim_head, groups]: [usize; 3],
    eps: f64,
    residual: bool,
) -> Result<Vec<f64>, String> {
    let weights = settings.need("weights")?.as_object().ok_or("the weights are no object")?;
    let (norms, rest): (Vec<_>, Vec<_>) =
        weights.clone().into_iter().partition(|(name, _)| name.starts_with("group_norm."));
    let x: Tensor<4> = tensor(settings.need("x")?)?;
    let [batch, channels, height, width] = x.dims();
    let mut normed = x.clone();
    if groups > 0 {
        let mut norm = group_norm(groups, channels, eps, &device());
        load(&mut norm, &Value::Object(norms.into_iter().collect()), |name| name.replace("group_norm.", ""))?;
        normed = norm.forward(normed);
    }
    let config = CrossAttentionConfig {
        query_dim: channels,
        context_dim: channels,
        heads,
        dim_head,
        bias: weights.contains_key("to_q.bias"),
    };
    let mut layer = CrossAttention::new(&config, &device());
    load(&mut layer, &Value::Object(rest.into_iter().collect()), str::to_owned)?;
    let tokens: Tensor<3> = normed.reshape([batch, channels, height * width]).swap_dims(1, 2);
    let out = layer.forward(tokens.clone(), tokens, &AttentionMask::default(), &mut Watch::none());
    let out: Tensor<4> = out.swap_dims(1, 2).reshape([batch, channels, height, width]);
    read(if residual { x + out } else { out })
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
