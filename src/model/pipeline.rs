//! `model_index.json`: which pipeline of diffusers a folder was saved by, and which parts it has.

use serde_json::Value;

/// Pipelines whose parts this program runs: noise to a picture, with words or without.
///
/// `DiffusionPipeline` is what diffusers writes for parts that belong to no pipeline of its own, as words without an autoencoder do.
const KNOWN: [&str; 5] =
    ["DDPMPipeline", "DDIMPipeline", "PNDMPipeline", "DiffusionPipeline", "StableDiffusionPipeline"];

/// Parts whose networks have no part in drawing, or that have none, and are left out.
pub const LEFT_OUT: [&str; 4] = ["feature_extractor", "image_encoder", "safety_checker", "scheduler"];

/// What the index says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its class.
    pub class: String,
    /// The parts the folder has, `unet`, `vae` and so on.
    pub parts: Vec<String>,
}

/// Why an index is refused.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Not JSON.
    #[error("model_index.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Another pipeline.
    #[error("the folder was saved by {0}, which this program does not run; it runs {known}", known = KNOWN.join(", "))]
    Class(String),
    /// A part of another kind.
    #[error("the folder of {class} has a part {part}, which this program does not know")]
    Part {
        /// The pipeline.
        class: String,
        /// The part.
        part: String,
    },
}

impl Pipeline {
    /// Reads a `model_index.json`.
    ///
    /// # Errors
    /// [`PipelineError`], naming the class or the part.
    pub fn from_json(text: &[u8]) -> Result<Self, PipelineError> {
        let value: Value = serde_json::from_slice(text)?;
        let class = value["_class_name"].as_str().unwrap_or("a pipeline without a name").to_owned();
        if !KNOWN.contains(&class.as_str()) {
            return Err(PipelineError::Class(class));
        }
        // A part is a pair of library and class; what is absent has none.
        let is_part = |value: &Value| value.as_array().is_some_and(|pair| pair.iter().all(Value::is_string));
        let all = value.as_object().into_iter().flatten().filter(|(_, value)| is_part(value)).map(|(name, _)| name);
        let parts: Vec<String> = all.filter(|name| !LEFT_OUT.contains(&name.as_str())).cloned().collect();
        match parts.iter().find(|part| !["unet", "vae", "text_encoder", "tokenizer"].contains(&part.as_str())) {
            Some(part) => Err(PipelineError::Part { class, part: part.clone() }),
            None => Ok(Self { class, parts }),
        }
    }

    /// Whether the folder has this part.
    pub fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|known| known == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_that_are_not_run_are_named() {
        let refusal = |text: &str| Pipeline::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(refusal(r#"{"_class_name": "FluxPipeline"}"#).contains("FluxPipeline"));
        assert!(refusal("{}").contains("without a name"));
        let two = r#"{"_class_name": "DiffusionPipeline", "unet": ["diffusers", "UNet2DModel"], "vqvae": ["diffusers", "VQModel"]}"#;
        assert!(refusal(two).contains("vqvae"));
    }

    #[test]
    fn absent_parts_are_absent() {
        let text = r#"{"_class_name": "StableDiffusionPipeline", "requires_safety_checker": false, "vae": ["diffusers", "AutoencoderKL"],
            "safety_checker": [null, null], "image_encoder": [null, null], "unet": ["diffusers", "UNet2DConditionModel"]}"#;
        let pipeline = Pipeline::from_json(text.as_bytes()).unwrap();
        assert!(pipeline.has("vae") && pipeline.has("unet") && !pipeline.has("safety_checker"));
    }
}
