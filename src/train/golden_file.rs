//! `golden.safetensors`: one input of a model and its answer, by which every reader can tell whether it computes the same.
//!
//! | tensor | shape | what |
//! |---|---|---|
//! | `sample`, `timestep` | [1, C, H, W], [1] | the network's input: seed 0's noise in the middle of the schedule |
//! | `sample_out` | [1, C, H, W] | its answer |
//! | `input_ids` | [1, N] | of models that hear words: the tokens of the metadata's `prompt` |
//! | `encoder_hidden_states` | [1, N, D] | the text encoder's last states of them, which the network heard |

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::config::TrainConfig;
use super::failure::{Context, Failure, Outcome};
use super::sample::numbers;
use crate::diffusion::noise::{Purpose, Stream};
use crate::model::folder::Model;
use crate::model::probe::Watch;
use crate::model::prompt::WordModel;
use crate::model::unet2d::UNet2DModel;

/// What a model of words is asked; shorter than any sequence.
const PROMPT: &str = "short brown hair, blue shirt";

/// A tensor of the file: its name, type, shape and bytes.
type Entry = (String, Dtype, Vec<usize>, Vec<u8>);

/// The file of a network as it is stored, and of its words.
///
/// # Errors
/// Where the answer cannot be read.
pub fn make(config: &TrainConfig, unet: &UNet2DModel, words: Option<&WordModel>) -> Outcome<Vec<u8>> {
    let size = config.unet.sample_size;
    let shape = [1, 3, size, size];
    let total = config.schedule.trained_betas.as_ref().map_or(config.schedule.num_train_timesteps, Vec::len);
    let timestep = (total / 2) as f64;
    let sample = Stream::new(0, Purpose::Sampling).normal(3 * size * size);
    let input = Tensor::from_data(TensorData::new(sample.clone(), shape), &Device::flex());
    let mut entries = vec![floats("sample", &shape, &sample), floats("timestep", &[1], &[timestep as f32])];
    let states = match words {
        Some(words) => {
            let ids = words.tokenizer.encode(PROMPT).ids;
            let bytes = ids.iter().flat_map(|id| i64::from(*id).to_le_bytes()).collect();
            entries.push(("input_ids".into(), Dtype::I64, vec![1, ids.len()], bytes));
            let (states, entry) = hear(words, ids)?;
            entries.push(entry);
            Some(states)
        }
        None => None,
    };
    let output = unet.forward(input, &[timestep], states.as_ref(), &mut Watch::none());
    entries.push(floats("sample_out", &shape, &numbers(output)?));
    write(&entries, words.map(|_| HashMap::from([("prompt".to_owned(), PROMPT.to_owned())])))
}

/// The file with the same questions and the answers of `model`, whose stored weights differ.
///
/// # Errors
/// Where the file is not a golden file.
pub fn asked_again(model: &Model, golden: &[u8]) -> Outcome<Vec<u8>> {
    let context = "the golden file cannot be used";
    let (_, header) = SafeTensors::read_metadata(golden).context(context)?;
    let tensors = SafeTensors::deserialize(golden).context(context)?;
    let mut entries: Vec<Entry> = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    if let (Some(words), Ok(ids)) = (&model.words, tensors.tensor("input_ids")) {
        let known = words.tokenizer.words().len() as i64;
        let ids = ids.data().chunks_exact(8).filter_map(|b| Some(i64::from_le_bytes(b.try_into().ok()?)));
        let ids: Option<Vec<u32>> = ids.map(|id| (0..known).contains(&id).then_some(id as u32)).collect();
        let ids = ids.filter(|ids| !ids.is_empty());
        let ids = ids.ok_or_else(|| Failure::new(format!("{context}: its tokens are not the tokenizer's")))?;
        replace(&mut entries, hear(words, ids)?.1);
    }
    let questions = write(&entries, None)?;
    let (output, _) = model.run_golden(&questions).context(context)?;
    let shape = output.dims();
    replace(&mut entries, floats("sample_out", &shape, &numbers(output)?));
    write(&entries, header.metadata().clone())
}

/// The states of token numbers, and their entry.
fn hear(words: &WordModel, ids: Vec<u32>) -> Outcome<(Tensor<3>, Entry)> {
    let states = words.text_model.forward(&[ids], &Device::flex()).last_hidden_state;
    let values: Vec<f32> = states.clone().into_data().try_to_vec().context("the words could not be encoded")?;
    let entry = floats("encoder_hidden_states", &states.dims(), &values);
    Ok((states, entry))
}

fn floats(name: &str, shape: &[usize], values: &[f32]) -> Entry {
    (name.into(), Dtype::F32, shape.to_vec(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

fn replace(entries: &mut Vec<Entry>, entry: Entry) {
    entries.retain(|(name, ..)| *name != entry.0);
    entries.push(entry);
}

fn write(entries: &[Entry], metadata: Option<HashMap<String, String>>) -> Outcome<Vec<u8>> {
    let context = "the golden file could not be put together";
    let views: Result<Vec<_>, _> = entries
        .iter()
        .map(|(name, dtype, shape, data)| TensorView::new(*dtype, shape.clone(), data).map(|view| (name, view)))
        .collect();
    safetensors::serialize(views.context(context)?, metadata).context(context)
}
