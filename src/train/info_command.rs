//! `noisewalk info`: what a model folder holds, and what it costs to run.

use std::path::PathBuf;

use clap::Args;
use safetensors::SafeTensors;
use serde::Serialize;

use super::failure::{Context, Failure, Outcome};
use super::folder_files::read_all;
use super::verify_command::{network, networks, place};
use crate::model::autoencoder_config::{self, AutoencoderKlConfig};
use crate::model::clip_config::{ClipTextConfig, ClipVisionConfig};
use crate::model::config::ConfigError;
use crate::model::cost::{BlockCost, blocks};
use crate::model::folder::{Files, FolderError, unet_config};
use crate::model::geometry::Geometry;

/// Prints the architecture of a model folder, and parameters, FLOPs and memory by block and by batch.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// The model folder, or a zip of one
    folder: PathBuf,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Batch sizes to list
    #[arg(long, value_delimiter = ',', default_value = "1,4,16,64")]
    batch: Vec<u64>,
}

/// Text lengths where the folder has no text encoder: CLIP's.
const WORDS: usize = 77;
/// Width and height of pictures where no configuration tells: that of the shipped models.
const SIDE: usize = 16;

/// One network of a folder.
#[derive(Debug, Serialize)]
struct Part {
    /// Its folder, or its class where it is the whole folder.
    name: String,
    class: String,
    /// What its configuration says, in a few words.
    shape: String,
    /// How its numbers are stored.
    stored_as: String,
    total: BlockCost,
    blocks: Vec<BlockCost>,
    batches: Vec<Batch>,
}

/// One evaluation of a batch.
#[derive(Debug, Serialize)]
struct Batch {
    batch: u64,
    flops: u64,
    bytes: u64,
}

/// Runs the command.
///
/// # Errors
/// Where the folder cannot be read or holds no network that this program knows.
pub fn run(args: &InfoArgs) -> Outcome<()> {
    let files = read_all(&args.folder)?;
    let context = format!("{} cannot be used", args.folder.display());
    let folders = networks(&files);
    if folders.is_empty() {
        return Err(Failure::new(format!("{context}: there is no config.json of a network in it")));
    }
    let parts: Vec<Part> = folders
        .iter()
        .map(|folder| part(&files, folder, &args.batch).context(format_args!("{context}: {}", place(folder))))
        .collect::<Outcome<_>>()?;
    if args.json {
        say_line!("{}", serde_json::to_string_pretty(&parts).context("the answer could not be written")?);
    } else {
        parts.iter().for_each(print);
        say_line!("A multiply-accumulate is 2 FLOPs. Memory is f32: the weights once, and what every layer puts out,");
        say_line!(
            "which training keeps; sampling frees it block by block, and guidance asks the network twice a step."
        );
    }
    Ok(())
}

/// Checks that the weights fit the configuration, then counts.
fn part(files: &Files, folder: &str, sizes: &[u64]) -> Result<Part, FolderError> {
    network(files, folder)?;
    let read = |name: &str| files.get(&format!("{folder}{name}")).ok_or_else(|| FolderError::Missing(name.into()));
    let text = String::from_utf8_lossy(read("config.json")?).into_owned();
    let (class, shape, geometry) = geometry(files, &text)?;
    let weights = read("diffusion_pytorch_model.safetensors").or_else(|_| read("model.safetensors"))?;
    let tensors = SafeTensors::deserialize(weights).map_err(crate::model::weights::WeightsError::from)?;
    let mut rows: Vec<(String, Vec<usize>)> = tensors
        .iter()
        .filter(|(name, _)| !name.ends_with("position_ids"))
        .map(|(name, view)| {
            (name.strip_prefix("text_model.").filter(|_| class == "CLIPTextModel").unwrap_or(name), view)
        })
        .map(|(name, view)| (name.to_owned(), view.shape().to_vec()))
        .collect();
    rows.sort_by_key(|(name, _)| (order(name), name.clone()));
    let blocks = blocks(&geometry, rows.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())));
    let total = BlockCost::total("all", &blocks);
    let mut types: Vec<String> = tensors.iter().map(|(_, view)| format!("{:?}", view.dtype())).collect();
    types.sort_unstable();
    types.dedup();
    let batches =
        sizes.iter().map(|&batch| Batch { batch, flops: total.batch_flops(batch), bytes: total.bytes(batch) });
    Ok(Part {
        name: if folder.is_empty() { class.clone() } else { place(folder).into() },
        stored_as: types.join(", "),
        batches: batches.collect(),
        class,
        shape,
        total,
        blocks,
    })
}

/// The class of a network, its shape in words, and how often its weights are applied.
fn geometry(files: &Files, text: &str) -> Result<(String, String, Geometry), FolderError> {
    let config: serde_json::Value = serde_json::from_str(text).map_err(ConfigError::from)?;
    let class = config["_class_name"].as_str();
    if class == Some(autoencoder_config::CLASS) {
        let config = AutoencoderKlConfig::from_json(text)?;
        let shape = format!(
            "{0}×{0}×{1} pixels to {2}×{2}×{3} latents, channels {4:?}",
            config.sample_size,
            config.in_channels,
            config.sample_size / config.downscale_factor(),
            config.latent_channels,
            config.block_out_channels
        );
        return Ok((autoencoder_config::CLASS.into(), shape, Geometry::of_autoencoder(&config)));
    }
    if let Some(class) = class {
        let words = files
            .iter()
            .filter(|(path, _)| path.ends_with("text_encoder/config.json"))
            .find_map(|(_, bytes)| ClipTextConfig::from_json(&String::from_utf8_lossy(bytes)).ok())
            .map_or(WORDS, |text| text.max_position_embeddings);
        let config = unet_config(text)?;
        let side = config.sample_size.unwrap_or(SIDE);
        let heard = config.cross_attention.as_ref().map(|shape| format!(", {words} words of width {}", shape.dim));
        let shape = format!(
            "{side}×{side}×{}, channels {:?}, {} layers a block{}",
            config.in_channels,
            config.block_out_channels,
            config.layers_per_block,
            heard.unwrap_or_default()
        );
        return Ok((class.into(), shape, Geometry::of_unet(&config, SIDE, words)));
    }
    let is_whole = config["model_type"] == "clip";
    let inner = |name: &str| if is_whole { config[name].to_string() } else { text.to_owned() };
    let text = ClipTextConfig::from_json(&inner("text_config"))?;
    let vision = if is_whole { Some(ClipVisionConfig::from_json(&inner("vision_config"))?) } else { None };
    let shape = format!(
        "{} words in texts of {}, width {}, {} layers",
        text.vocab_size, text.max_position_embeddings, text.hidden_size, text.num_hidden_layers
    );
    let class = if is_whole { "CLIPModel" } else { "CLIPTextModel" };
    Ok((class.into(), shape, Geometry::of_clip(&text, vision.as_ref())))
}

/// Where a weight comes in the order in which a network runs.
fn order(name: &str) -> usize {
    const RUN: [&str; 16] = [
        "time_embedding",
        "text_model",
        "vision_model",
        "embeddings",
        "conv_in",
        "encoder.conv_in",
        "encoder.down",
        "down_blocks",
        "encoder.mid",
        "encoder",
        "quant_conv",
        "post_quant_conv",
        "decoder.conv_in",
        "decoder.mid",
        "mid_block",
        "decoder.up",
    ];
    const LAST: [&str; 2] = ["conv_norm_out", "conv_out"];
    let last = LAST.iter().position(|end| name.starts_with(end)).map(|at| RUN.len() + 2 + at);
    last.or_else(|| RUN.iter().position(|start| name.starts_with(start))).unwrap_or(RUN.len() + 1)
}

fn print(part: &Part) {
    say_line!("{}: {} ({}), stored as {}", part.name, part.class, part.shape, part.stored_as);
    say_line!("  {:<24} {:>12} {:>12} {:>12} {:>12}", "block", "parameters", "FLOPs", "weights", "activations");
    for block in part.blocks.iter().chain([&part.total]) {
        let bytes = [4 * block.parameters, 4 * block.activations].map(|bytes| scaled(bytes, "B"));
        let flops = scaled(block.flops, "");
        say_line!("  {:<24} {:>12} {flops:>12} {:>12} {:>12}", block.name, block.parameters, bytes[0], bytes[1]);
    }
    say_line!("  {:<24} {:>12} {:>12}", "batch", "FLOPs", "memory");
    for row in &part.batches {
        say_line!("  {:<24} {:>12} {:>12}", row.batch, scaled(row.flops, ""), scaled(row.bytes, "B"));
    }
    say_line!("");
}

/// Three digits with a decimal prefix: 1.23 M.
fn scaled(number: u64, unit: &str) -> String {
    let prefixes = ["", "k", "M", "G", "T", "P"];
    let mut scaled = number as f64;
    let mut at = 0;
    while scaled >= 999.5 && at + 1 < prefixes.len() {
        scaled /= 1000.0;
        at += 1;
    }
    let digits = if at == 0 || scaled >= 99.95 { 0 } else { 1 + usize::from(scaled < 9.995) };
    format!("{scaled:.digits$} {}{unit}", prefixes[at]).trim_end().to_owned()
}
