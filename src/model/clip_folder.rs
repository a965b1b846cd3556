//! A whole CLIP as transformers' `CLIPModel` keeps it: `clip/config.json` and `clip/model.safetensors`.

use burn::tensor::Device;
use serde_json::{Value, json};

use super::clip::ClipModel;
use super::clip_config::{ClipTextConfig, ClipVisionConfig};
use super::config::ConfigError;
use super::folder::{Files, FolderError};
use super::weights;

/// Shapes of both encoders.
pub const CONFIG: &str = "clip/config.json";
/// Weights of both encoders, their projections and the scale.
pub const WEIGHTS: &str = "clip/model.safetensors";

/// The `config.json` of transformers' `CLIPModel`.
///
/// # Errors
/// [`ConfigError::Json`], which no value of these types causes.
pub fn config_json(text: &ClipTextConfig, vision: &ClipVisionConfig) -> Result<String, ConfigError> {
    let file = json!({
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": text.projection_dim,
        "text_config": text,
        "vision_config": vision,
    });
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}

/// Reads the two files on `device`.
///
/// # Errors
/// [`FolderError`] with the file and what is wrong with it.
pub fn load(files: &mut Files, device: &Device) -> Result<ClipModel, FolderError> {
    let mut take = |path: &str| files.remove(path).ok_or_else(|| FolderError::Missing(path.into()));
    let json = |error| FolderError::Json { path: CONFIG, error };
    let config: Value = serde_json::from_slice(&take(CONFIG)?).map_err(json)?;
    let text = ClipTextConfig::from_json(&config["text_config"].to_string())?;
    let vision = ClipVisionConfig::from_json(&config["vision_config"].to_string())?;
    let mut clip = ClipModel::new(&text, &vision, device);
    weights::load(&mut clip, take(WEIGHTS)?)?;
    Ok(clip)
}
