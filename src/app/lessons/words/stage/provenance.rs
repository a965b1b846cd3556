//! Where the run on the stage comes from, and how to make it again.

use super::*;
use crate::app::frames::Origin;
use crate::app::widgets::chip::Provenance;
use crate::protocol::{GenerateSpec, ModelSummary, Variant};

/// The chip of the stage.
pub fn provenance(runs: Runs) -> Provenance {
    let (Some(spec), Some(model)) = (runs.shown_spec(), runs.model.get()) else {
        return Provenance { line: strings::NOT_YET.into(), ..Provenance::default() };
    };
    let name = format!("{} {}", model.name, model.short_hash);
    let line = runs.origin.get().line(&name);
    let first = spec.words.as_ref().and_then(|words| words.variants.first().cloned());
    let first = first.unwrap_or_else(|| Variant::prompt("", 1.0));
    let prompt = first.prompt.first().map_or("", |term| term.text.as_str());
    let mut facts = vec![
        ("model", format!("{name}, {} parameters", model.parameters)),
        ("prompt", prompt.to_owned()),
        ("guidance", first.guidance_scale.to_string()),
        ("sampler", format!("{}, {} steps", spec.sampler.name(), spec.steps)),
        ("seed", spec.seed.to_string()),
    ];
    if spec.pictures() > 1 {
        facts.push(("pictures", format!("{}; the lines below make the first", spec.pictures())));
    }
    let shipped = "public/models/words";
    let is_recorded = runs.origin.get() == Origin::Recorded;
    let place = if is_recorded { shipped.into() } else { use_shell().engine.place(shipped) };
    Provenance {
        line,
        facts,
        command: command(&spec, &first, prompt, &place),
        python: python(&spec, &first, prompt, &place, &model),
    }
}

/// The command line that makes the first picture.
fn command(spec: &GenerateSpec, first: &Variant, prompt: &str, place: &str) -> String {
    let mut command = format!(
        "cargo noisewalk sample --model {place} --sampler {} --steps {} --eta {} --seed {} --count {} --prompt {} --guidance {}",
        spec.sampler.name(),
        spec.steps,
        spec.eta,
        spec.seed,
        spec.count,
        quoted(prompt),
        first.guidance_scale
    );
    if !first.negative_prompt.is_empty() {
        command.push_str(&format!(" --negative {}", quoted(&first.negative_prompt)));
    }
    if first.guidance_rescale > 0.0 {
        command.push_str(&format!(" --guidance-rescale {}", first.guidance_rescale));
    }
    command.push_str(" -o picture.png");
    command
}

/// A text as a shell takes it whole.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The lines of Python for the rescaling φ: what they need, and what they do.
fn rescaled(phi: f64) -> [String; 2] {
    if phi == 0.0 {
        return [String::new(), String::new()];
    }
    [
        "from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg\n".into(),
        format!("guided = rescale_noise_cfg(guided, prompted, guidance_rescale={phi})\n        "),
    ]
}

/// Python that runs the same model; its own random numbers make another picture from another noise.
fn python(spec: &GenerateSpec, first: &Variant, prompt: &str, place: &str, model: &ModelSummary) -> String {
    let [import, rescale] = rescaled(first.guidance_rescale);
    format!(
        "# The same model, sampler and guidance; torch draws other noise for this seed.\n\
         import torch\n\
         from diffusers import DDIMScheduler, UNet2DConditionModel\n\
         {import}from transformers import CLIPTextModel, PreTrainedTokenizerFast\n\
         folder = \"{folder}\"\n\
         unet = UNet2DConditionModel.from_pretrained(folder, subfolder=\"unet\")\n\
         scheduler = DDIMScheduler.from_pretrained(folder, subfolder=\"scheduler\")\n\
         encoder = CLIPTextModel.from_pretrained(folder, subfolder=\"text_encoder\", torch_dtype=torch.float32)\n\
         tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, subfolder=\"tokenizer\")\n\
         texts = tokenizer([{negative:?}, {prompt:?}], padding=\"max_length\", truncation=True, return_tensors=\"pt\")\n\
         words = encoder(texts.input_ids)[0]\n\
         x = torch.randn(1, {channels}, {size}, {size}, generator=torch.Generator().manual_seed({seed}))\n\
         scheduler.set_timesteps({steps})\n\
         with torch.no_grad():\n    for t in scheduler.timesteps:\n        \
         without, prompted = unet(torch.cat([x, x]), t, words).sample.chunk(2)\n        \
         guided = without + {w} * (prompted - without)\n        \
         {rescale}x = scheduler.step(guided, t, x, use_clipped_model_output=True).prev_sample",
        negative = first.negative_prompt,
        seed = spec.seed,
        steps = spec.steps,
        w = first.guidance_scale,
        folder = place.trim_matches('\''),
        channels = model.channels,
        size = model.sample_size,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_rescales_where_the_run_did() {
        assert_eq!(rescaled(0.0).concat(), "");
        let [import, line] = rescaled(0.5);
        assert!(import.starts_with("from diffusers") && line.contains("guidance_rescale=0.5"));
    }

    #[test]
    fn a_quote_in_a_prompt_does_not_end_the_argument() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
