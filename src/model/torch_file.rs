//! PyTorch's state dicts (`.bin`, `.pt`) as safetensors, without running their pickle.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::pickle::{self, Id, Pickle, PickleError, Value};
use super::zip::{self, ZipError};

/// Why a state dict is refused.
#[derive(Debug, thiserror::Error)]
pub enum TorchError {
    /// The container; files of before PyTorch 1.6 have none.
    #[error("{0}; a file of before PyTorch 1.6 has to be saved again by a newer version")]
    Zip(#[from] ZipError),
    /// The pickle in it.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// A file of the archive is not there.
    #[error("the archive lacks {0}")]
    Missing(String),
    /// The outermost value is no dictionary of tensors.
    #[error("the file holds no state dict, but something else: save model.state_dict()")]
    NoStateDict,
    /// A tensor outside of its storage, or of an unknown type.
    #[error("tensor {0} is broken, or of a type other than float, half, bfloat16, double and long")]
    Tensor(String),
    /// The numbers were written by a big-endian machine.
    #[error("the numbers are big-endian, which this program does not read")]
    BigEndian,
    /// Tensors that share their storage add up to far more than the file.
    #[error("the tensors are more than four times as large as the file")]
    TooLarge,
    /// The safetensors file could not be made.
    #[error("the tensors make no safetensors file: {0}")]
    Write(#[from] safetensors::SafeTensorError),
}

struct Archive<'a> {
    files: HashMap<String, &'a [u8]>,
    pickle: Pickle,
}

struct Read {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// Rewrites a file of `torch.save(model.state_dict(), …)`, or one with a dictionary `state_dict` in it, as safetensors.
///
/// Numbers keep their type, but bfloat16 and double become F32, which this crate reads.
///
/// # Errors
/// [`TorchError`], naming the tensor where one is at fault.
pub fn to_safetensors(bytes: &[u8]) -> Result<Vec<u8>, TorchError> {
    // Names start with the archive's own name.
    let inner = |name: String| name.split_once('/').map(|(_, rest)| rest.to_owned()).unwrap_or(name);
    let entries = zip::entries(bytes)?.into_iter().map(|entry| Ok((inner(entry.name.clone()), entry.stored()?)));
    let files = entries.collect::<Result<HashMap<_, _>, ZipError>>()?;
    if files.get("byteorder").is_some_and(|order| order.starts_with(b"big")) {
        return Err(TorchError::BigEndian);
    }
    let program = files.get("data.pkl").ok_or_else(|| TorchError::Missing("data.pkl".into()))?;
    let archive = Archive { pickle: pickle::read(program)?, files };
    let mut read = BTreeMap::new();
    let mut total = 0usize;
    for (name, id) in archive.state_dict()? {
        let tensor = archive.tensor(id, bytes.len()).ok_or_else(|| TorchError::Tensor(name.clone()))?;
        total = total.saturating_add(tensor.data.len());
        if total > bytes.len().saturating_mul(4) {
            return Err(TorchError::TooLarge);
        }
        read.insert(name, tensor);
    }
    let views = read.iter().map(|(name, t)| Ok((name, TensorView::new(t.dtype, t.shape.clone(), &t.data)?)));
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    Ok(safetensors::serialize(views, Some(HashMap::from([("format".into(), "pt".into())])))?)
}

/// Whether these bytes are an archive of `torch.save`, by the pickle in it.
pub fn is_state_dict(bytes: &[u8]) -> bool {
    let holds_pickle = |name: &str| name == "data.pkl" || name.ends_with("/data.pkl");
    zip::is_zip(bytes) && zip::entries(bytes).is_ok_and(|entries| entries.iter().any(|entry| holds_pickle(&entry.name)))
}

impl Archive<'_> {
    fn value(&self, id: Id) -> &Value {
        self.pickle.values.get(id).unwrap_or(&Value::Other)
    }

    fn named(&self, id: Id) -> Vec<(String, Id)> {
        let Value::Dict(pairs) = self.value(id) else { return Vec::new() };
        let text = |id| if let Value::Text(text) = self.value(id) { Some(text.clone()) } else { None };
        pairs.iter().filter_map(|(key, value)| Some((text(*key)?, *value))).collect()
    }

    fn state_dict(&self) -> Result<Vec<(String, Id)>, TorchError> {
        let outer = self.named(self.pickle.root);
        let nested = outer.iter().find(|(name, _)| name == "state_dict").map(|(_, id)| self.named(*id));
        let tensors = nested.unwrap_or(outer);
        let are_calls = tensors.iter().all(|(_, id)| matches!(self.value(*id), Value::Call(..)));
        if tensors.is_empty() || !are_calls { Err(TorchError::NoStateDict) } else { Ok(tensors) }
    }

    fn numbers(&self, id: Id) -> Option<Vec<usize>> {
        let Value::Tuple(items) = self.value(id) else { return None };
        let number = |id: &Id| if let Value::Int(n) = self.value(*id) { usize::try_from(*n).ok() } else { None };
        items.iter().map(number).collect()
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, …)`, perhaps inside `_rebuild_parameter(tensor, …)`.
    fn tensor(&self, id: Id, limit: usize) -> Option<Read> {
        let arguments = |id: Id| match self.value(id) {
            Value::Call(name, arguments) => match self.value(*arguments) {
                Value::Tuple(items) => Some((name.as_str(), items)),
                _ => None,
            },
            _ => None,
        };
        let (mut name, mut items) = arguments(id)?;
        if name == "torch._utils._rebuild_parameter" {
            (name, items) = arguments(*items.first()?)?;
        }
        let [storage, offset, size, stride, ..] = items[..] else { return None };
        if name != "torch._utils._rebuild_tensor_v2" {
            return None;
        }
        let Value::Int(offset) = self.value(offset) else { return None };
        let offset = usize::try_from(*offset).ok()?;
        let (shape, strides) = (self.numbers(size)?, self.numbers(stride)?);
        let (kind, bytes) = self.storage(storage)?;
        let count = shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side))?;
        // An expanded tensor repeats numbers; none has more than the file has bytes.
        if shape.len() != strides.len() || count > limit {
            return None;
        }
        let (dtype, width, convert) = number_type(kind)?;
        let mut data = Vec::with_capacity(count.saturating_mul(width));
        for index in 0..count {
            let at = place(index, &shape, &strides)?.checked_add(offset)?.checked_mul(width)?;
            data.extend(convert(bytes.get(at..at.checked_add(width)?)?));
        }
        Some(Read { dtype, shape, data })
    }

    /// The persistent `("storage", type, key, device, count)`: the type's name and the bytes.
    fn storage(&self, id: Id) -> Option<(&str, &[u8])> {
        let Value::Persistent(what) = self.value(id) else { return None };
        let Value::Tuple(items) = self.value(*what) else { return None };
        let [_, kind, key, ..] = items[..] else { return None };
        let (Value::Global(kind), Value::Text(key)) = (self.value(kind), self.value(key)) else { return None };
        Some((kind, self.files.get(&format!("data/{key}"))?))
    }
}

/// Where the element with this row-major index lies.
fn place(mut index: usize, shape: &[usize], strides: &[usize]) -> Option<usize> {
    let mut at = 0usize;
    for (side, stride) in shape.iter().zip(strides).rev() {
        at = at.checked_add((index % side).checked_mul(*stride)?)?;
        index /= side;
    }
    Some(at)
}

type Convert = fn(&[u8]) -> Vec<u8>;

/// The type to write, the bytes of a number in the file, and how to turn them.
fn number_type(storage: &str) -> Option<(Dtype, usize, Convert)> {
    Some(match storage {
        "torch.FloatStorage" => (Dtype::F32, 4, <[u8]>::to_vec),
        "torch.HalfStorage" => (Dtype::F16, 2, <[u8]>::to_vec),
        "torch.LongStorage" => (Dtype::I64, 8, <[u8]>::to_vec),
        "torch.BFloat16Storage" => {
            (Dtype::F32, 2, |b| bf16::from_le_bytes([b[0], b[1]]).to_f32().to_le_bytes().to_vec())
        }
        "torch.DoubleStorage" => (Dtype::F32, 8, |b| {
            (f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32).to_le_bytes().to_vec()
        }),
        _ => return None,
    })
}

/// One number of a safetensors file as f32.
pub fn f32_of(dtype: Dtype, bytes: &[u8]) -> Option<f32> {
    match (dtype, bytes) {
        (Dtype::F32, &[a, b, c, d]) => Some(f32::from_le_bytes([a, b, c, d])),
        (Dtype::F16, &[a, b]) => Some(f16::from_le_bytes([a, b]).to_f32()),
        (Dtype::BF16, &[a, b]) => Some(bf16::from_le_bytes([a, b]).to_f32()),
        (Dtype::F64, bytes) => Some(f64::from_le_bytes(bytes.try_into().ok()?) as f32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new("tests/torch").join(name)).unwrap()
    }

    fn numbers(bytes: &[u8], name: &str) -> (Vec<usize>, Vec<f32>) {
        let tensors = SafeTensors::deserialize(bytes).unwrap();
        let view = tensors.tensor(name).unwrap();
        let width = if view.dtype() == Dtype::F16 { 2 } else { 4 };
        let numbers = view.data().chunks(width).map(|b| f32_of(view.dtype(), b).unwrap()).collect();
        (view.shape().to_vec(), numbers)
    }

    #[test]
    fn state_dicts_of_torch_are_read() {
        let plain = to_safetensors(&file("plain.pt")).unwrap();
        assert_eq!(numbers(&plain, "a"), (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        assert_eq!(numbers(&plain, "transposed"), (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]));
        assert_eq!(numbers(&plain, "half"), (vec![2], vec![0.5, -2.0]));
        assert_eq!(numbers(&plain, "bfloat"), (vec![1], vec![1.5]));
        assert_eq!(numbers(&plain, "tail"), (vec![2], vec![4.0, 5.0]));
        assert_eq!(numbers(&plain, "scalar"), (vec![], vec![7.0]));
        let linear = to_safetensors(&file("linear.bin")).unwrap();
        assert_eq!(numbers(&linear, "weight"), (vec![1, 2], vec![1.0, 2.0]));
        assert_eq!(numbers(&to_safetensors(&file("nested.pt")).unwrap(), "p"), (vec![2], vec![1.0, 1.0]));
    }

    #[test]
    fn a_pickle_that_calls_the_system_is_refused_by_name() {
        let refusal = to_safetensors(&file("system.pt")).unwrap_err().to_string();
        assert!(refusal.contains("posix.system") && refusal.contains("nothing of it was run"), "{refusal}");
    }

    /// Each prefix, and each byte changed in turn: an answer or a typed error, never a panic.
    #[test]
    fn damaged_files_do_not_panic() {
        let whole = file("plain.pt");
        for length in 0..whole.len() {
            assert!(to_safetensors(&whole[..length]).is_err(), "{length}");
        }
        for place in 0..whole.len() {
            for change in [0x01, 0x80, 0xFF] {
                let mut damaged = whole.clone();
                damaged[place] ^= change;
                let _ = to_safetensors(&damaged);
            }
        }
    }
}
