//! Python of diffusers that makes the pictures of a run, from the very same noise.

use super::super::ModelSummary;
use super::super::spec::GenerateSpec;
use super::super::words::{Term, Variant};
use super::{json_quoted, spacing_name};
use crate::diffusion::sampler::Sampler;

/// The noise of [`crate::diffusion::noise`] in NumPy: Philox4x32-10, then Box and Muller, a row a sample.
const NOISE: &str = r#"def noise(seed, draw):
    """N(0, 1) as Noisewalk draws it: Philox4x32-10 and Box-Muller, each sample on its own."""
    values = int(np.prod(SHAPE))
    sample, block = np.indices((COUNT, (values + 1) // 2)).astype(np.uint64)
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    a, b, c, d = block, 0 * block + np.uint64(draw), sample, 0 * block + np.uint64(PURPOSE)
    for turn in range(10):
        k, m = ((key + turn * weyl) & 0xFFFFFFFF for key, weyl in ((seed, 0x9E3779B9), (seed >> 32, 0xBB67AE85)))
        p, q = a * np.uint64(0xD2511F53), c * np.uint64(0xCD9E8D57)
        a, b, c, d = q >> half ^ b ^ np.uint64(k), q & low, p >> half ^ d ^ np.uint64(m), p & low
    u, v = (((x << half | y) >> np.uint64(11)) * 2.0**-53 for x, y in ((a, b), (c, d)))
    radius = np.sqrt(-2 * np.log(1 - u))
    pair = np.stack([radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v)], -1)
    return torch.tensor(pair.reshape(COUNT, -1)[:, :values].astype(np.float32)).reshape(COUNT, *SHAPE)
"#;

/// The sheet of pictures as `noisewalk sample` writes it.
const SHEET: &str = r#"
pixels = ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
pixels = pixels.repeat(4, 1).repeat(4, 2)  # each pixel four wide, as the command line has it
pixels = np.pad(pixels, ((0, 0), (0, 2), (0, 2), (0, 0)), constant_values=255)
rows = [np.concatenate(list(pixels[i : i + COLUMNS]), 1) for i in range(0, len(pixels), COLUMNS)]
Image.fromarray(np.concatenate(rows)[:-2, :-2]).save("picture.png")
"#;

/// Python that draws the pictures of `spec` with the model at `place` and saves them as `picture.png`; `None` for a sampler it has no lines for.
///
/// It differs from the page by the rounding of f32 only: noise, branches, guidance and the sheet are the same.
/// A variant that edits the attention is left out, for diffusers has no argument for that; the text says so.
pub fn python(spec: &GenerateSpec, model: &ModelSummary, place: &str) -> Option<String> {
    let class = match spec.sampler {
        Sampler::Ddim => "DDIM",
        Sampler::Ddpm => "DDPM",
        _ => return None,
    };
    let variants = model.words.as_ref().map(|_| kept_variants(spec));
    let rows = variants.as_ref().map_or(1, Vec::len);
    let is_whole = spec.words.as_ref().is_none_or(|words| words.variants.len() == rows);
    let network = if variants.is_some() { "UNet2DConditionModel" } else { "UNet2DModel" };
    let mut out = String::from("# pip install torch numpy pillow diffusers");
    out.push_str(if variants.is_some() { " transformers\n" } else { "\n" });
    if !is_whole {
        out.push_str(
            "# diffusers has no argument that weighs a word, so the picture with a word weighed is left out.\n",
        );
    }
    let folder = place.strip_suffix(".zip").unwrap_or(place);
    if folder != place {
        out.push_str(&format!("# Unzip {place} first; folder is where its model_index.json lies.\n"));
    }
    out.push_str(&format!(
        "import numpy as np\nimport torch\nfrom PIL import Image\nfrom diffusers import {class}Scheduler, {network}\n"
    ));
    if spec.sampler == Sampler::Ddpm {
        out.push_str("from diffusers.schedulers import scheduling_ddpm\n");
    }
    if variants.is_some() {
        out.push_str("from transformers import CLIPTextModel, PreTrainedTokenizerFast\n");
    }
    let size = model.sample_size;
    // As `noisewalk sample` lays them out: one row a prompt, else a square.
    let columns = if rows > 1 { spec.count } else { f64::from(spec.count).sqrt().ceil() as u32 };
    out.push_str(&format!(
        "\nfolder = {}\nSHAPE, COUNT, COLUMNS, PURPOSE = ({}, {size}, {size}), {}, {columns}, 0\n\n\n{NOISE}\n\n",
        json_quoted(folder),
        model.channels,
        spec.count,
    ));
    out.push_str(&format!("unet = {network}.from_pretrained(folder, subfolder=\"unet\").eval()\n"));
    out.push_str(&scheduler(spec, class));
    out.push_str(&match &variants {
        Some(variants) => steered(variants),
        None => "\n\ndef predict(x, t):\n    return unet(x, t).sample\n".into(),
    });
    out.push_str(&steps(spec, rows));
    if model.channels < 3 {
        out.push_str("\nx = x[:, [0, 0, 0]]");
    } else if model.channels > 3 {
        out.push_str("\nx = x[:, :3]");
    }
    Some(out + SHEET)
}

/// The variants that diffusers can draw; of a run without words the empty prompt, followed plainly.
fn kept_variants(spec: &GenerateSpec) -> Vec<Variant> {
    let Some(words) = &spec.words else { return vec![Variant::prompt("", 1.0)] };
    words.variants.iter().filter(|variant| variant.edits.is_empty()).cloned().collect()
}

/// The scheduler with the settings that Noisewalk's plan has, whatever the folder says of sampling.
fn scheduler(spec: &GenerateSpec, class: &str) -> String {
    let more = match spec.sampler {
        Sampler::Ddpm => "variance_type=\"fixed_small\"",
        _ => "set_alpha_to_one=True",
    };
    let spacing = spacing_name(spec.spacing.unwrap_or_default());
    format!(
        "scheduler = {class}Scheduler.from_pretrained(\n    folder, subfolder=\"scheduler\", clip_sample=True, clip_sample_range=1.0, thresholding=False,\n    \
         timestep_spacing=\"{spacing}\", steps_offset=0, {more},\n)\nscheduler.set_timesteps({})\n",
        spec.steps
    )
}

/// Texts to states, and classifier-free guidance with rescaling (Lin et al. 2023).
fn steered(variants: &[Variant]) -> String {
    let rows: Vec<String> = variants.iter().map(variant).collect();
    let rescales = variants.iter().any(|variant| variant.guidance_rescale > 0.0);
    let rescale = if rescales {
        "    spread = prompted.std((1, 2, 3), keepdim=True) / guided.std((1, 2, 3), keepdim=True)\n    \
         return phi * guided * spread + (1 - phi) * guided\n"
    } else {
        "    return guided\n"
    };
    let phi = if rescales { "phi = each([row[3] for row in rows])\n" } else { "" };
    format!(
        "encoder = CLIPTextModel.from_pretrained(folder, subfolder=\"text_encoder\").float().eval()\n\
         tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, subfolder=\"tokenizer\")\n\
         # One a row of pictures: the prompt as texts with weights, the negative prompt, guidance_scale, guidance_rescale.\n\
         rows = [\n{}\n]\n\n\n\
         def encode(terms):\n    \
         texts = tokenizer([text for _, text in terms], padding=\"max_length\", truncation=True, return_tensors=\"pt\")\n    \
         weights = torch.tensor([weight for weight, _ in terms], dtype=torch.float32)[:, None, None]\n    \
         return (encoder(texts.input_ids)[0] * weights).sum(0, keepdim=True)\n\n\n\
         def each(numbers):\n    \
         return torch.tensor(numbers, dtype=torch.float32).repeat_interleave(COUNT).reshape(-1, 1, 1, 1)\n\n\n\
         with torch.no_grad():\n    \
         without = [encode([(1, row[1])]) for row in rows]\n    \
         prompts = [encode(row[0]) for row in rows]\n    \
         words = torch.cat(without + prompts).repeat_interleave(COUNT, 0)\n\
         w = each([row[2] for row in rows])\n{phi}\n\n\
         def predict(x, t):\n    \
         without, prompted = unet(torch.cat([x, x]), t, words).sample.chunk(2)\n    \
         guided = without + w * (prompted - without)\n{rescale}",
        rows.join("\n"),
    )
}

fn variant(variant: &Variant) -> String {
    let term = |term: &Term| format!("({}, {})", term.weight, json_quoted(&term.text));
    let mut terms: Vec<String> = variant.prompt.iter().map(term).collect();
    if terms.is_empty() {
        terms.push("(1, \"\")".into());
    }
    format!(
        "    ([{}], {}, {}, {}),",
        terms.join(", "),
        json_quoted(&variant.negative_prompt),
        variant.guidance_scale,
        variant.guidance_rescale
    )
}

/// The loop over the timesteps, with the branches of the run.
fn steps(spec: &GenerateSpec, rows: usize) -> String {
    let repeated = if rows > 1 { format!(".repeat({rows}, 1, 1, 1)") } else { String::new() };
    let is_random = spec.sampler == Sampler::Ddpm || spec.eta > 0.0;
    let seed = spec.seed;
    let mut out = format!("\n\nx = noise({seed}, 0){repeated}\n");
    let branches: Vec<String> =
        spec.branches.iter().map(|branch| format!("({}, {})", branch.step, branch.seed)).collect();
    if !branches.is_empty() {
        out.push_str(&format!("branches = [{}]  # step and seed\n", branches.join(", ")));
    }
    let draws = is_random && spec.add_noise;
    if spec.sampler == Sampler::Ddpm {
        out.push_str("# DDPMScheduler takes no noise from outside, so what it draws from is replaced.\n");
        out.push_str("scheduling_ddpm.randn_tensor = lambda *_, **__: z\n");
    }
    out.push_str("with torch.no_grad():\n    for i, t in enumerate(scheduler.timesteps):\n");
    let z = match (draws, branches.is_empty()) {
        (true, true) => format!("noise({seed}, i + 1){repeated}"),
        (true, false) => format!("noise([{seed}, *(s for step, s in branches if step <= i)][-1], i + 1){repeated}"),
        (false, _) => "torch.zeros_like(x)".into(),
    };
    if is_random {
        let remark = if draws { "" } else { "  # the noise is forgotten, as asked for" };
        out.push_str(&format!("        z = {z}{remark}\n"));
    }
    let with_noise = match spec.sampler {
        Sampler::Ddim if is_random => format!(", eta={}, use_clipped_model_output=True, variance_noise=z", spec.eta),
        Sampler::Ddim => ", use_clipped_model_output=True".into(),
        _ => String::new(),
    };
    if !branches.is_empty() {
        out.push_str(&format!(
            "        for seed in [s for step, s in branches if step == i][-1:]:  # other noise around the same x̂0\n            \
             x0, a = scheduler.step(predict(x, t), t, x).pred_original_sample, scheduler.alphas_cumprod[t]\n            \
             x = a**0.5 * x0 + (1 - a)**0.5 * noise(seed, 2**31 + i){repeated}\n",
        ));
    }
    out.push_str(&format!("        x = scheduler.step(predict(x, t), t, x{with_noise}).prev_sample\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::parameterization::PredictionType;
    use crate::diffusion::schedule::ScheduleConfig;
    use crate::protocol::{AttentionEdit, Branch, WordSpec, WordSummary};

    fn model(hears: bool) -> ModelSummary {
        ModelSummary {
            name: "m".into(),
            short_hash: String::new(),
            parameters: 1,
            sample_size: 16,
            channels: 3,
            prediction_type: PredictionType::VPrediction,
            schedule: ScheduleConfig::default(),
            words: hears.then(|| WordSummary { vocabulary: Vec::new(), max_length: 32 }),
        }
    }

    fn text(spec: &GenerateSpec, hears: bool) -> String {
        python(spec, &model(hears), "mine").unwrap()
    }

    #[test]
    fn texts_cannot_leave_their_quotes() {
        let variants = vec![Variant::prompt("a\u{200d}\"\\\n", 2.0)];
        let spec =
            GenerateSpec { words: Some(WordSpec { variants, watch_attention: true }), ..GenerateSpec::default() };
        assert!(text(&spec, true).contains("([(1, \"a\u{200d}\\\"\\\\\\u000a\")], \"\", 2, 0),"));
    }

    #[test]
    fn only_what_a_run_needs_is_there() {
        let plain = text(&GenerateSpec::default(), false);
        for absent in ["branches", "encoder", "variance_noise", "Unzip", "DDPM", "phi"] {
            assert!(!plain.contains(absent), "{absent}");
        }
        let branches = vec![Branch { step: 2, seed: 5 }];
        let branched = text(&GenerateSpec { branches, eta: 1.0, ..GenerateSpec::default() }, false);
        assert!(branched.contains("branches = [(2, 5)]") && branched.contains("variance_noise=z"));
        let forgets =
            text(&GenerateSpec { sampler: Sampler::Ddpm, add_noise: false, ..GenerateSpec::default() }, false);
        assert!(forgets.contains("torch.zeros_like(x)") && !forgets.contains("noise(0, i + 1)"));
        assert!(
            python(&GenerateSpec::default(), &model(false), "mine.zip").unwrap().contains("# Unzip mine.zip first")
        );
        assert!(text(&GenerateSpec::default(), true).contains("([(1, \"\")], \"\", 1, 0),"));
        assert!(
            python(&GenerateSpec { sampler: Sampler::Euler, ..GenerateSpec::default() }, &model(false), "m").is_none()
        );
    }

    #[test]
    fn a_weighed_word_is_left_out_and_said() {
        let edit = AttentionEdit { token: Some(1), layer: None, head: None, factor: 0.0 };
        let variants = vec![Variant::prompt("a", 2.0), Variant { edits: vec![edit], ..Variant::prompt("a", 2.0) }];
        let spec =
            GenerateSpec { words: Some(WordSpec { variants, watch_attention: true }), ..GenerateSpec::default() };
        let text = text(&spec, true);
        assert!(text.contains("weighed is left out") && !text.contains(".repeat(2, 1, 1, 1)"));
    }
}
