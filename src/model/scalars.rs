//! The one weight without an axis: PyTorch saves CLIP's `logit_scale` with shape `[]`, and burn knows no tensor below one axis.

use burn::store::burn_pack::Tensor;
use burn::store::{ModuleAdapter, ModuleContext, bridge};
use burn::tensor::{Shape, TensorData};

/// The name of that weight, in whatever module it stands.
const SCALAR: &str = "logit_scale";

/// Gives the weight the shape of the other side.
#[derive(Debug, Clone, Copy)]
pub enum Scalars {
    /// From `[]` to `[1]`, for burn; files with `[1]` are left as they are.
    Read,
    /// From `[1]` to `[]`, as transformers wants it.
    Write,
}

impl ModuleAdapter for Scalars {
    fn adapt(&self, tensor: Tensor, _: ModuleContext<'_>) -> Tensor {
        let shape: &[usize] = match self {
            Self::Read => &[1],
            Self::Write => &[],
        };
        let is_scalar = tensor.name == SCALAR || tensor.name.ends_with(".logit_scale");
        if !is_scalar || tensor.shape.num_elements() != 1 {
            return tensor;
        }
        let (name, dtype, shape) = (tensor.name.clone(), tensor.dtype, Shape::from(shape.to_vec()));
        let reshaped = shape.clone();
        bridge::map_data(tensor, name, dtype, shape, move |data| {
            let dtype = data.dtype();
            TensorData::from_bytes(data.into_bytes(), reshaped.clone(), dtype)
        })
    }

    fn clone_box(&self) -> Box<dyn ModuleAdapter> {
        Box::new(*self)
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;
    use safetensors::tensor::TensorView;

    use crate::model::clip::ClipModel;
    use crate::model::clip_config::{ClipTextConfig, ClipVisionConfig};
    use crate::model::clip_folder;
    use crate::model::folder::Files;
    use crate::model::weights::{self, StoredAs};

    const SHIPPED: &str = "public/models/clip/";

    fn shipped() -> Files {
        [clip_folder::CONFIG, clip_folder::WEIGHTS]
            .into_iter()
            .map(|path| (path.to_owned(), std::fs::read(format!("{SHIPPED}{path}")).unwrap()))
            .collect()
    }

    fn saved(clip: &ClipModel) -> Vec<u8> {
        weights::save(clip, StoredAs::F16).unwrap()
    }

    /// Stored numbers are f16 and f32 holds each of them, so not one bit may differ.
    #[test]
    fn the_shipped_clip_comes_back_bit_for_bit_with_its_scale_without_an_axis() {
        let clip = clip_folder::load(&mut shipped(), &Default::default()).unwrap();
        let bytes = saved(&clip);
        assert!(bytes == shipped()[clip_folder::WEIGHTS]);
        assert!(SafeTensors::deserialize(&bytes).unwrap().tensor("logit_scale").unwrap().shape().is_empty());
    }

    #[test]
    fn a_scale_with_one_axis_is_read_too() {
        let mut files = shipped();
        let bytes = files[clip_folder::WEIGHTS].clone();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let with_axis = tensors.tensors().into_iter().map(|(name, view)| {
            let shape = if name == "logit_scale" { vec![1] } else { view.shape().to_vec() };
            (name, TensorView::new(view.dtype(), shape, view.data()).unwrap())
        });
        let old = safetensors::serialize(with_axis, None).unwrap();
        assert!(old != bytes);
        files.insert(clip_folder::WEIGHTS.into(), old);
        let clip = clip_folder::load(&mut files, &Default::default()).unwrap();
        assert!(saved(&clip) == bytes);
    }

    #[test]
    fn a_scale_of_two_numbers_is_refused() {
        let clip = ClipModel::new(&ClipTextConfig::default(), &ClipVisionConfig::default(), &Default::default());
        let bytes = saved(&clip);
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let two = [0; 4];
        let wrong = tensors.tensors().into_iter().map(|(name, view)| match &*name {
            "logit_scale" => (name, TensorView::new(view.dtype(), vec![2], &two).unwrap()),
            _ => (name, view),
        });
        let error = weights::load(&mut clip.clone(), safetensors::serialize(wrong, None).unwrap()).unwrap_err();
        assert!(matches!(error, weights::WeightsError::Misfit(_)), "{error}");
    }
}
