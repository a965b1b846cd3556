//! A small convolutional network that says which attributes an avatar has: the judge of what prompts achieve.

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::layers::{SAME, conv3x3, linear};
use crate::data::avatar::SIZE;
use crate::data::look::{ATTRIBUTES, Attribute, Look};

/// Three convolutions and one linear head an attribute; it never sees text, and is trained apart from every generator.
#[derive(Module, Debug)]
pub struct AttributeNet {
    convs: Vec<Conv2d>,
    hidden: Linear,
    heads: Vec<Linear>,
}

impl AttributeNet {
    /// A network with fresh weights.
    pub fn new(device: &Device) -> Self {
        const WIDTH: usize = 128;
        let conv = |channels, stride| conv3x3(channels, stride, SAME, device);
        let rest = SIZE / 4;
        Self {
            convs: vec![conv([3, 32], 1), conv([32, 64], 2), conv([64, 64], 2)],
            hidden: linear(64 * rest * rest, WIDTH, device),
            heads: Attribute::ALL.iter().map(|attribute| linear(WIDTH, attribute.values().len(), device)).collect(),
        }
    }

    /// Pictures `[B, 3, 16, 16]` in [−1, 1] to logits, one `[B, values]` an attribute.
    pub fn forward(&self, pictures: Tensor<4>) -> Vec<Tensor<2>> {
        let features = self.convs.iter().fold(pictures, |x, conv| activation::silu(conv.forward(x)));
        let hidden = activation::silu(self.hidden.forward(features.flatten(1, 3)));
        self.heads.iter().map(|head| head.forward(hidden.clone())).collect()
    }

    /// Cross-entropy, summed over the attributes; an attribute that cannot be seen in a picture does not count there, `[1]`.
    pub fn loss(&self, pictures: Tensor<4>, looks: &[Look]) -> Tensor<1> {
        let device = pictures.device();
        let count = looks.len();
        let logits = self.forward(pictures);
        let terms = Attribute::ALL.iter().zip(logits).map(|(&attribute, logits)| {
            let values = looks.iter().map(|look| look.get(attribute));
            let targets: Vec<i32> = values.clone().map(|value| i32::from(value.unwrap_or(0))).collect();
            let seen: Vec<f32> = values.map(|value| f32::from(u8::from(value.is_some()))).collect();
            let targets = Tensor::<2, Int>::from_data(TensorData::new(targets, [count, 1]), &device);
            let seen = Tensor::<2>::from_data(TensorData::new(seen, [count, 1]), &device);
            let likelihood = activation::log_softmax(logits, 1).gather(1, targets);
            -(likelihood * seen.clone()).sum() / seen.sum().clamp_min(1.0)
        });
        terms.reduce(|sum, term| sum + term).unwrap_or_else(|| Tensor::zeros([1], &device))
    }

    /// The likeliest value of each attribute, one row a picture.
    ///
    /// Fails only where the device cannot be read.
    pub fn predict(&self, pictures: Tensor<4>) -> Result<Vec<[u8; ATTRIBUTES]>, burn::tensor::DataError> {
        let [count, ..] = pictures.dims();
        let mut looks = vec![[0; ATTRIBUTES]; count];
        for (attribute, logits) in self.forward(pictures).into_iter().enumerate() {
            let best: Vec<i32> = logits.argmax(1).into_data().convert::<i32>().try_to_vec()?;
            for (look, value) in looks.iter_mut().zip(best) {
                look[attribute] = value as u8;
            }
        }
        Ok(looks)
    }
}
