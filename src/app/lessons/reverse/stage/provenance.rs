//! Where the run on the stage comes from, and how to make it again.

use super::*;
use crate::app::frames::Origin;
use crate::app::widgets::chip::Provenance;
use crate::diffusion::sampler::Sampler;
use crate::protocol::GenerateSpec;

/// The chip of the stage.
pub fn provenance(runs: Runs) -> Provenance {
    let (Some(spec), Some(model)) = (runs.shown_spec(), runs.model.get()) else {
        return Provenance { line: strings::NOT_YET.into(), ..Provenance::default() };
    };
    let name = format!("{} {}", model.name, model.short_hash);
    let line = runs.origin.get().line(use_shell(), &name);
    let facts = vec![
        ("model", format!("{name}, {} parameters", model.parameters)),
        ("sampler", format!("{}, {} steps, η = {}", spec.sampler.name(), spec.steps, spec.eta)),
        ("seed", spec.seed.to_string()),
    ];
    let shipped = "public/models/avatars";
    let is_recorded = runs.origin.get() == Origin::Recorded;
    let place = if is_recorded { shipped.into() } else { use_shell().engine.place(shipped) };
    // The pipelines of diffusers that this lesson's lines name take no words.
    let python = if model.words.is_none() { python(&spec, &place) } else { String::new() };
    Provenance { line, facts, command: command(&spec, &place), python }
}

/// The command line that makes the same picture.
pub fn command(spec: &GenerateSpec, place: &str) -> String {
    let mut command = format!(
        "cargo noisewalk sample --model {place} --sampler {} --steps {} --eta {} --seed {} --count {}",
        spec.sampler.name(),
        spec.steps,
        spec.eta,
        spec.seed,
        spec.count
    );
    for branch in &spec.branches {
        command.push_str(&format!(" --branch {}:{}", branch.step, branch.seed));
    }
    if !spec.add_noise {
        command.push_str(" --forget-noise");
    }
    command.push_str(" -o grid.png");
    command
}

/// Python that runs the same model; its own random numbers make another picture from another noise.
pub fn python(spec: &GenerateSpec, place: &str) -> String {
    let (class, call) = match spec.sampler {
        Sampler::Ddim => ("DDIM", format!(", eta={}, use_clipped_model_output=True", spec.eta)),
        _ => ("DDPM", String::new()),
    };
    format!(
        "# The same model and sampler; torch draws other noise for this seed.\n\
         import torch\n\
         from diffusers import {class}Pipeline, {class}Scheduler, UNet2DModel\n\
         folder = \"{folder}\"\n\
         unet = UNet2DModel.from_pretrained(folder, subfolder=\"unet\")\n\
         scheduler = {class}Scheduler.from_pretrained(folder, subfolder=\"scheduler\")\n\
         pipe = {class}Pipeline(unet, scheduler)\n\
         noise = torch.Generator().manual_seed({})\n\
         pipe(batch_size={}, num_inference_steps={}, generator=noise{call}).images[0].save(\"picture.png\")",
        spec.seed,
        spec.count,
        spec.steps,
        folder = place.trim_matches('\''),
    )
}
