//! What a run of the diffusion trainer learns: a U-Net, and the text encoder where that learns too.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::config::TrainConfig;
use super::failure::{Context, Outcome};
use super::files;
use crate::model::clip_text::ClipTextModel;
use crate::model::prompt::WordModel;
use crate::model::unet2d::UNet2DModel;
use crate::model::weights;

/// The weights of a run.
#[derive(Module, Debug)]
pub struct Learner {
    /// The network.
    pub unet: UNet2DModel,
    /// The text encoder; absent where it stays as it is, or where there are no words.
    pub text_model: Option<ClipTextModel>,
}

/// What a batch of captions is to a network.
#[expect(clippy::large_enum_variant, reason = "one lives a pass, on the stack")]
pub enum Captions {
    /// States of an encoder that stays as it is, `[B, N, D]`.
    States(Tensor<3>),
    /// Token numbers, for the encoder that learns.
    Ids(Vec<Vec<u32>>),
}

impl Learner {
    /// A network with fresh weights, or with those of `[unet] init`.
    ///
    /// # Errors
    /// Where a file to start from cannot be read or belongs to another network.
    pub fn new(config: &TrainConfig, device: &Device) -> Outcome<Self> {
        let mut unet = UNet2DModel::new(&config.unet(), device);
        if let Some(path) = &config.unet.init {
            let context = format!("[unet] init: {} cannot be used", path.display());
            let bytes = files::read(path).context(&context)?;
            if config.unet.grows {
                weights::load_part(&mut unet, bytes).context(context)?;
            } else {
                weights::load(&mut unet, bytes).context(context)?;
            }
        }
        // Opened once more, on the device that keeps track of gradients.
        let learning = config.text.as_ref().filter(|text| text.learns).map(|text| text.open(device)).transpose()?;
        Ok(Self { unet, text_model: learning.map(|words| words.text_model) })
    }

    /// What the U-Net attends to.
    pub fn encode(&self, captions: Captions, device: &Device) -> Option<Tensor<3>> {
        match captions {
            Captions::States(states) => Some(states),
            Captions::Ids(ids) => Some(self.text_model.as_ref()?.forward(&ids, device).last_hidden_state),
        }
    }

    /// The words as they are heard now: `frozen` with the encoder that has learned.
    pub fn words(&self, frozen: Option<&WordModel>) -> Option<WordModel> {
        let frozen = frozen?;
        let text_model = self.text_model.as_ref().unwrap_or(&frozen.text_model).clone();
        Some(WordModel { tokenizer: frozen.tokenizer.clone(), text_model })
    }
}
