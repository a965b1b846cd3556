//! Low-rank adapters.

use burn::module::{Module, Param, Reparameterizer};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Tensor, TensorData};
use noisewalk::model::layers::lora::{LoraAdapter, LoraConfig};
use serde_json::Value;

use crate::golden::{Case, Outcome, Settings, number, numbers, shape};
use crate::named_f32;
use crate::tensors::{device, param, read, tensor, vectors};

/// Attaches one adapter whose numbers are known.
struct Given(Option<LoraAdapter>);

impl Reparameterizer for Given {
    type Reparam = LoraAdapter;

    fn reparameterize<const D: usize>(
        &mut self,
        path: &str,
        param: Param<Tensor<D>>,
    ) -> (Param<Tensor<D>>, Option<LoraAdapter>) {
        let adapter = if path == "weight" { self.0.take() } else { None };
        (param, adapter)
    }
}

/// A tensor of the case as `[first dimension, rest]`.
fn matrix(weights: &Value, name: &str) -> Result<Param<Tensor<2>>, String> {
    let value = &weights[name];
    let rows = shape(value)?.first().copied().ok_or_else(|| format!("{name} is missing"))?;
    let numbers = numbers(value)?;
    let columns = numbers.len() / rows;
    Ok(Param::from_tensor(Tensor::from_data(TensorData::new(numbers, [rows, columns]).convert::<f32>(), &device())))
}

fn adapter(weights: &Value, config: &LoraConfig) -> Result<LoraAdapter, String> {
    let magnitude = weights.get("lora_magnitude_vector.default.weight").map(numbers).transpose()?;
    if magnitude.is_some() != config.use_dora {
        return Err("a magnitude vector belongs to DoRA, and DoRA needs one".into());
    }
    Ok(LoraAdapter {
        lora_A: matrix(weights, "lora_A.default.weight")?,
        lora_B: matrix(weights, "lora_B.default.weight")?,
        lora_magnitude_vector: magnitude.map(|numbers| param(&numbers.into())).transpose()?,
        scaling: config.scaling(),
    })
}

fn linear(weights: &Value) -> Result<Linear, String> {
    let weight: Tensor<2> = tensor(&weights["base_layer.weight"])?;
    let [outputs, inputs] = weight.dims();
    let mut layer = LinearConfig::new(inputs, outputs).init(&device());
    layer.weight = Param::from_tensor(weight.transpose());
    layer.bias = weights.get("base_layer.bias").map(param).transpose()?;
    Ok(layer)
}

fn convolution(weights: &Value, settings: &Settings) -> Result<Conv2d, String> {
    let weight: Tensor<4> = tensor(&weights["base_layer.weight"])?;
    let [outputs, inputs, height, width] = weight.dims();
    let (padding, stride) = (settings.number("padding", 0.0)? as usize, settings.number("stride", 1.0)? as usize);
    let config = Conv2dConfig::new([inputs, outputs], [height, width]).with_stride([stride, stride]);
    let padding = PaddingConfig2d::Explicit(padding, padding, padding, padding);
    let mut layer = config.with_padding(padding).init(&device());
    layer.weight = Param::from_tensor(weight);
    layer.bias = weights.get("base_layer.bias").map(param).transpose()?;
    Ok(layer)
}

/// What the peer expects: output, strength, merged weight as torch keeps it, and the output with that.
fn compare(case: &Case, scaling: f64, [y, weight, merged_y]: [Result<Vec<f64>, String>; 3]) -> Outcome {
    named_f32(case, |name| match name {
        "y" => Some(y.clone()),
        "scaling" => Some(Ok(vec![scaling])),
        "merged_weight" => Some(weight.clone()),
        "merged_y" => Some(merged_y.clone()),
        _ => None,
    })
}

pub fn lora(case: &Case, settings: &Settings) -> Outcome {
    let config = LoraConfig {
        r: number(settings.need("r")?)? as usize,
        lora_alpha: number(settings.need("lora_alpha")?)?,
        use_rslora: settings.flag("use_rslora", false)?,
        use_dora: settings.flag("use_dora", false)?,
        ..LoraConfig::default()
    };
    let (x, weights) = (settings.need("x")?, settings.need("weights")?);
    let adapter = adapter(weights, &config)?;
    match settings.text("layer")? {
        "linear" => {
            settings.get("padding");
            let layer = linear(weights)?.apply_reparameterization(Given(Some(adapter)));
            let merged = layer.clone().materialize();
            let x = vectors(x)?;
            let y = [layer.forward(x.clone()), merged.weight.val().transpose(), merged.forward(x)];
            compare(case, config.scaling(), y.map(read))
        }
        "conv" => {
            let layer = convolution(weights, settings)?.apply_reparameterization(Given(Some(adapter)));
            let merged = layer.clone().materialize();
            let x: Tensor<4> = tensor(x)?;
            let y = [layer.forward(x.clone()), merged.weight.val(), merged.forward(x)];
            compare(case, config.scaling(), y.map(read))
        }
        other => Err(format!("unknown layer {other}")),
    }
}
