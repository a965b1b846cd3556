//! Numbers of cases as tensors, and back.

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use noisewalk::model::weights;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use serde_json::Value;

use crate::golden::{numbers, shape};

pub fn device() -> Device {
    Device::flex()
}

fn data<const D: usize>(value: &Value) -> Result<TensorData, String> {
    let shape = shape(value)?;
    if shape.len() == D {
        Ok(TensorData::new(numbers(value)?, shape))
    } else {
        Err(format!("{shape:?} is not {D}-dimensional"))
    }
}

/// An f32 tensor, as the product computes.
pub fn tensor<const D: usize>(value: &Value) -> Result<Tensor<D>, String> {
    Ok(Tensor::from_data(data::<D>(value)?.convert::<f32>(), &device()))
}

/// An f64 tensor, for functions without weights.
pub fn wide<const D: usize>(value: &Value) -> Result<Tensor<D>, String> {
    Ok(Tensor::from_data(data::<D>(value)?, (&device(), DType::F64)))
}

/// The vectors along the last dimension, `[rows, C]`, whatever stands before it.
pub fn vectors(value: &Value) -> Result<Tensor<2>, String> {
    let shape = shape(value)?;
    let width = shape.last().copied().ok_or("a number is no vector")?;
    let flat = Tensor::<1>::from_data(
        TensorData::new(numbers(value)?, [shape.iter().product::<usize>()]).convert::<f32>(),
        &device(),
    );
    Ok(flat.reshape([shape.iter().product::<usize>() / width.max(1), width]))
}

pub fn param<const D: usize>(value: &Value) -> Result<Param<Tensor<D>>, String> {
    Ok(Param::from_tensor(tensor(value)?))
}

/// All numbers of a tensor, row-major.
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, String> {
    tensor.into_data().convert::<f64>().try_to_vec().map_err(|error| format!("{error:?}"))
}

/// Size `index` of the weight `name`.
pub fn size(weights: &Value, name: &str, index: usize) -> Result<usize, String> {
    shape(&weights[name])?.get(index).copied().ok_or_else(|| format!("{name} has no dimension {index}"))
}

/// Puts weights into a module as a file of diffusers would, every name and shape checked; `rename` gives the module's name for one.
pub fn load<M: Module>(module: &mut M, weights: &Value, rename: impl Fn(&str) -> String) -> Result<(), String> {
    let mut tensors = BTreeMap::new();
    for (name, value) in weights.as_object().ok_or("the weights are no object")? {
        let bytes: Vec<u8> = numbers(value)?.into_iter().flat_map(|value| (value as f32).to_le_bytes()).collect();
        tensors.insert(rename(name), (shape(value)?, bytes));
    }
    let views =
        tensors.iter().map(|(name, (shape, bytes))| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let views = views.collect::<Result<Vec<_>, SafeTensorError>>().map_err(|error| error.to_string())?;
    let file = safetensors::serialize(views, None).map_err(|error| error.to_string())?;
    weights::load(module, file).map_err(|error| error.to_string())
}
