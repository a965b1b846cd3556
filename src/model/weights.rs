//! Weights in and out: safetensors files with the names and layouts of PyTorch.

use burn::module::Module;
use burn::store::{
    BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore,
};
use burn::tensor::DType;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::scalars::Scalars;

/// How numbers are stored in a file; they are f32 in memory either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum StoredAs {
    /// Four bytes a number.
    F32,
    /// Two bytes a number: half the download.
    #[default]
    F16,
}

/// Why weights cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Truncated, or not safetensors at all.
    #[error("the weight file is broken or cut short ({0})")]
    Format(#[from] safetensors::SafeTensorError),
    /// A type of number this crate does not read.
    #[error("tensor {name} is stored as {dtype:?}; only F32 and F16 are supported")]
    Dtype {
        /// The tensor.
        name: String,
        /// Its type in the file.
        dtype: Dtype,
    },
    /// NaN or infinity.
    #[error("tensor {name} holds a number that is not finite")]
    NotFinite {
        /// The tensor.
        name: String,
    },
    /// The network needs a tensor that the file lacks.
    #[error("the weight file lacks {first} and {others} more tensors that the architecture needs")]
    Missing {
        /// The first by name.
        first: String,
        /// How many more.
        others: usize,
    },
    /// The file has a tensor the network does not know.
    #[error("the weight file holds {first} and {others} more tensors that the architecture does not know")]
    Unknown {
        /// The first by name.
        first: String,
        /// How many more.
        others: usize,
    },
    /// A tensor of the wrong shape, or a failure of the store.
    #[error("the weights do not fit the architecture: {0}")]
    Misfit(String),
}

/// Puts the weights of a safetensors file into `module`.
///
/// # Errors
/// [`WeightsError`], naming the tensor where one is at fault; the module may then hold part of the file.
pub fn load<M: Module>(module: &mut M, bytes: Vec<u8>) -> Result<(), WeightsError> {
    load_renamed(module, bytes, ("^$", ""))
}

/// The same for a file that may lack tensors, as one of a smaller network does; returns the names of those that keep their values.
///
/// # Errors
/// As [`load`], but never [`WeightsError::Missing`].
pub fn load_part<M: Module>(module: &mut M, bytes: Vec<u8>) -> Result<Vec<String>, WeightsError> {
    load_found(module, bytes, ("^$", ""))
}

/// [`load`] with the part of each name that matches the regular expression `renamed.0` replaced by `renamed.1` first.
///
/// # Errors
/// As [`load`]; [`WeightsError::Misfit`] where the expression is none.
pub fn load_renamed<M: Module>(module: &mut M, bytes: Vec<u8>, renamed: (&str, &str)) -> Result<(), WeightsError> {
    let missing = load_found(module, bytes, renamed)?;
    match missing.first() {
        Some(first) => Err(WeightsError::Missing { first: first.clone(), others: missing.len() - 1 }),
        None => Ok(()),
    }
}

/// Puts what the file holds into `module`; returns the names of what it lacks, in order.
fn load_found<M: Module>(module: &mut M, bytes: Vec<u8>, renamed: (&str, &str)) -> Result<Vec<String>, WeightsError> {
    check(&SafeTensors::deserialize(&bytes)?)?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes))
        .with_from_adapter(PyTorchToBurnAdapter.chain(FloatCastAdapter::to(DType::F32)).chain(Scalars::Read))
        .skip_enum_variants(true)
        .with_key_remapping(renamed.0, renamed.1)
        .validate(false)
        .allow_partial(true);
    let result = module.load_from(&mut store).map_err(|error| WeightsError::Misfit(error.to_string()))?;
    if let Some(error) = result.errors.first() {
        return Err(WeightsError::Misfit(error.to_string()));
    }
    let unknown: Vec<&String> = result.unused.iter().filter(|name| !is_buffer(name)).collect();
    if let Some(first) = unknown.iter().min() {
        return Err(WeightsError::Unknown { first: (*first).clone(), others: unknown.len() - 1 });
    }
    let mut missing: Vec<String> = result.missing.into_iter().map(|(name, _)| name).collect();
    missing.sort_unstable();
    Ok(missing)
}

/// The weights of `module` as a safetensors file.
///
/// # Errors
/// [`WeightsError::Misfit`] where the device cannot be read.
pub fn save<M: Module>(module: &M, stored_as: StoredAs) -> Result<Vec<u8>, WeightsError> {
    let dtype = match stored_as {
        StoredAs::F32 => DType::F32,
        StoredAs::F16 => DType::F16,
    };
    let mut store = SafetensorsStore::from_bytes(None)
        .with_to_adapter(BurnToPyTorchAdapter.chain(FloatCastAdapter::to(dtype)).chain(Scalars::Write))
        .skip_enum_variants(true)
        .clear_metadata()
        .metadata("format", "pt");
    let misfit = |error: &dyn core::fmt::Display| WeightsError::Misfit(error.to_string());
    module.save_into(&mut store).map_err(|error| misfit(&error))?;
    store.get_bytes().map_err(|error| misfit(&error))
}

/// Whether a tensor is no weight but a list of numbers 0, 1, 2 … that older versions of transformers wrote.
fn is_buffer(name: &str) -> bool {
    name.ends_with("position_ids")
}

/// Checks a weight file that belongs to no network this crate knows: its form, types and numbers.
///
/// # Errors
/// [`WeightsError`], naming the tensor where one is at fault.
pub fn check_file(bytes: &[u8]) -> Result<(), WeightsError> {
    check(&SafeTensors::deserialize(bytes)?)
}

/// Refuses types that are not read and numbers that are not finite.
fn check(tensors: &SafeTensors<'_>) -> Result<(), WeightsError> {
    for (name, view) in tensors.tensors() {
        if is_buffer(&name) {
            continue;
        }
        // A float is not finite where its exponent bits are all ones.
        let is_finite = match view.dtype() {
            Dtype::F32 => view.data().chunks_exact(4).all(|b| u16::from_le_bytes([b[2], b[3]]) & 0x7F80 != 0x7F80),
            Dtype::F16 => view.data().chunks_exact(2).all(|b| u16::from_le_bytes([b[0], b[1]]) & 0x7C00 != 0x7C00),
            dtype => return Err(WeightsError::Dtype { name, dtype }),
        };
        if !is_finite {
            return Err(WeightsError::NotFinite { name });
        }
    }
    Ok(())
}
