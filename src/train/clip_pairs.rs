//! Pictures with their captions, for contrastive training.

use burn::tensor::{Device, Tensor, TensorData};

use super::clip_command::ClipConfig;
use super::dataset::{Dataset, push_planes};
use crate::data::captions;
use crate::data::look::Look;
use crate::data::look_alikes::look_alikes;
use crate::data::tokenizer::Tokenizer;
use crate::diffusion::noise::{Purpose, Stream};

/// Pictures `[B, 3, H, W]` and the numbers of their captions: strangers, and families of look-alikes of whom everything is said.
pub fn pairs(
    config: &ClipConfig,
    first: u64,
    count: u64,
    tokenizer: &Tokenizer,
    device: &Device,
) -> (Tensor<4>, Vec<Vec<u32>>) {
    let (mut planes, mut ids) = (Vec::new(), Vec::new());
    let alike = if config.look_alikes > 1 { count / 2 } else { 0 };
    for index in first..first + count - alike {
        Dataset::Captioned.push(config.seed, index, &mut planes);
        ids.push(tokenizer.encode(&Dataset::Captioned.caption(config.seed, index)).ids);
    }
    let mut index = first + count - alike;
    while ids.len() < count as usize {
        let wanted = config.look_alikes.min(count as usize - ids.len());
        let stream = Stream::new(config.seed, Purpose::Data).sample((index >> 32) as u32).draw(index as u32);
        for (member, avatar) in look_alikes(stream.seed_at(0), wanted).iter().enumerate() {
            push_planes(&avatar.rgb(), &mut planes);
            // The grammar's own choices are sample 0; each member of a family speaks in words of its own.
            let words = Stream { seed: !config.seed, ..stream }.sample(stream.sample ^ (1 << 31) ^ member as u32);
            ids.push(tokenizer.encode(&captions::full_caption(&Look::of(avatar), words).text).ids);
        }
        index += 1;
    }
    let side = crate::data::avatar::SIZE;
    (Tensor::from_data(TensorData::new(planes, [count as usize, 3, side, side]), device), ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_batch_is_families_and_every_picture_has_words_of_its_own() {
        let tokenizer = Tokenizer::of_captions();
        let config = ClipConfig { look_alikes: 4, ..ClipConfig::default() };
        let (pictures, ids) = pairs(&config, 32, 32, &tokenizer, &Device::flex());
        assert_eq!((pictures.dims(), ids.len()), ([32, 3, 16, 16], 32));
        // The hair of a family is one and the same, so its first rows agree far more than those of strangers.
        let planes: Vec<f32> = pictures.into_data().try_to_vec().unwrap();
        let apart = |a: usize, b: usize| (0..768).filter(|i| planes[a * 768 + i] != planes[b * 768 + i]).count();
        let families: usize =
            (16..32).step_by(4).map(|first| (1..4).map(|i| apart(first, first + i)).sum::<usize>()).sum();
        let strangers: usize =
            (0..16).step_by(4).map(|first| (1..4).map(|i| apart(first, first + i)).sum::<usize>()).sum();
        assert!(families * 2 < strangers, "{families} pixels differ in families, {strangers} among strangers");
        assert!((16..32).step_by(4).all(|first| (1..4).all(|i| ids[first] != ids[first + i])));
        let again = pairs(&config, 32, 32, &tokenizer, &Device::flex()).1;
        assert_eq!(ids, again);
    }
}
