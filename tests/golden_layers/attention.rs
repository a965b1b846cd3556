//! Attention and what stands beside it in a transformer.

use burn::tensor::Tensor;
use noisewalk::model::layers::scaled_dot_product::{AttentionMask, scaled_dot_product_attention};
use noisewalk::model::probe::Watch;
use serde_json::Value;

use crate::golden::{Case, Outcome, Settings, number, numbers, shape};
use crate::named;
use crate::tensors::{device, read, wide};

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
