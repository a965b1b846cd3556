//! How to make a run's pictures again outside of the page: as a command line, and as Python.

mod noising;
mod python;

pub use noising::{Noising, noising};
pub use python::python;

use super::spec::GenerateSpec;
use super::words::{AttentionEdit, Term, Variant, WordSpec};
use crate::diffusion::sampler::{SigmaFamily, TimestepSpacing};

/// The command line that draws the pictures of `spec`, all of them, with the model at `place`.
pub fn command(spec: &GenerateSpec, place: &str) -> String {
    let mut command = format!(
        "cargo noisewalk sample --model {} --sampler {} --steps {} --eta {} --seed {} --count {}",
        argument(place),
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
    command.push_str(&grid_flags(spec));
    if let Some(words) = &spec.words {
        command.push_str(&word_flags(words));
    }
    let is_single = spec.pictures() == 1;
    command.push_str(if is_single { " -o picture.png" } else { " -o grid.png" });
    command
}

/// How the steps are spread, where it is not the sampler's own custom.
fn grid_flags(spec: &GenerateSpec) -> String {
    let spacing = spec.spacing.map(|spacing| format!(" --spacing {}", spacing_name(spacing)));
    let sigmas = match &spec.sigmas {
        SigmaFamily::Training => String::new(),
        SigmaFamily::Custom(list) => {
            let list: Vec<String> = list.iter().map(f64::to_string).collect();
            format!(" --sigma-list {}", list.join(","))
        }
        SigmaFamily::Karras => " --sigmas karras".into(),
        SigmaFamily::Exponential => " --sigmas exponential".into(),
        SigmaFamily::Polyexponential => " --sigmas polyexponential".into(),
        SigmaFamily::Beta => " --sigmas beta".into(),
        SigmaFamily::LuLambdas => " --sigmas lu_lambdas".into(),
        SigmaFamily::LogLinear => " --sigmas log_linear".into(),
        SigmaFamily::Flow => " --sigmas flow".into(),
        SigmaFamily::FlowBelowOne => " --sigmas flow_below_one".into(),
        SigmaFamily::ContinuousVp { .. } => " --sigmas continuous_vp".into(),
    };
    spacing.unwrap_or_default() + &sigmas
}

/// A spacing by its name in diffusers.
fn spacing_name(spacing: TimestepSpacing) -> &'static str {
    match spacing {
        TimestepSpacing::Leading => "leading",
        TimestepSpacing::Trailing => "trailing",
        TimestepSpacing::Linspace => "linspace",
    }
}

/// The words of a run as flags: prompts where those say everything, else the variants as JSON.
fn word_flags(words: &WordSpec) -> String {
    let Some(first) = words.variants.first() else { return String::new() };
    let plain_text = |variant: &Variant| match variant.prompt.as_slice() {
        [Term { weight: 1.0, text }] if variant.edits.is_empty() => Some(text.clone()),
        _ => None,
    };
    let same = |variant: &Variant| {
        variant.guidance_scale == first.guidance_scale
            && variant.guidance_rescale == first.guidance_rescale
            && variant.negative_prompt == first.negative_prompt
    };
    let texts: Option<Vec<String>> = words.variants.iter().map(plain_text).collect();
    let Some(texts) = texts.filter(|_| words.variants.iter().all(same)) else {
        let variants: Vec<String> = words.variants.iter().map(variant_json).collect();
        return format!(" --variants {}", shell_quoted(&format!("[{}]", variants.join(", "))));
    };
    // With an equals sign, a prompt may begin with a dash.
    let mut flags: String = texts.iter().map(|text| format!(" --prompt={}", shell_quoted(text))).collect();
    flags.push_str(&format!(" --guidance {}", first.guidance_scale));
    if !first.negative_prompt.is_empty() {
        flags.push_str(&format!(" --negative={}", shell_quoted(&first.negative_prompt)));
    }
    if first.guidance_rescale > 0.0 {
        flags.push_str(&format!(" --guidance-rescale {}", first.guidance_rescale));
    }
    flags
}

/// A variant as the JSON that `--variants` takes, without what is at its default.
fn variant_json(variant: &Variant) -> String {
    let term = |term: &Term| format!("{{\"weight\": {}, \"text\": {}}}", term.weight, json_quoted(&term.text));
    let terms: Vec<String> = variant.prompt.iter().map(term).collect();
    let mut json = format!("{{\"prompt\": [{}], \"guidance_scale\": {}", terms.join(", "), variant.guidance_scale);
    if !variant.negative_prompt.is_empty() {
        json.push_str(&format!(", \"negative_prompt\": {}", json_quoted(&variant.negative_prompt)));
    }
    if variant.guidance_rescale > 0.0 {
        json.push_str(&format!(", \"guidance_rescale\": {}", variant.guidance_rescale));
    }
    if !variant.edits.is_empty() {
        let edits: Vec<String> = variant.edits.iter().map(edit_json).collect();
        json.push_str(&format!(", \"edits\": [{}]", edits.join(", ")));
    }
    json + "}"
}

fn edit_json(edit: &AttentionEdit) -> String {
    let places = [("token", edit.token), ("layer", edit.layer), ("head", edit.head)];
    let places = places.into_iter().filter_map(|(name, place)| Some(format!("\"{name}\": {}, ", place?)));
    format!("{{{}\"factor\": {}}}", places.collect::<String>(), edit.factor)
}

/// A text as one argument of a shell, in quotes only where it needs them.
pub fn argument(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { shell_quoted(text) }
}

/// A text as a POSIX shell takes it whole.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as JSON has it (RFC 8259), which Python reads as the same text.
pub fn json_quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            // Python's strings end at the end of a line, and these are ends of lines to some readers.
            '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Branch;

    fn words(variants: Vec<Variant>) -> GenerateSpec {
        GenerateSpec { words: Some(WordSpec { variants, watch_attention: false }), ..GenerateSpec::default() }
    }

    #[test]
    fn a_plain_run_has_its_flags() {
        let branches = vec![Branch { step: 3, seed: 11 }];
        let spec = GenerateSpec { branches, add_noise: false, eta: 0.5, count: 16, ..GenerateSpec::default() };
        assert_eq!(
            command(&spec, "public/models/avatars"),
            "cargo noisewalk sample --model public/models/avatars --sampler ddim --steps 20 --eta 0.5 --seed 0 --count 16 --branch 3:11 --forget-noise -o grid.png"
        );
        assert!(command(&spec, "my model.zip").contains("--model 'my model.zip'"));
        let spec = GenerateSpec {
            spacing: Some(TimestepSpacing::Trailing),
            sigmas: SigmaFamily::Karras,
            ..GenerateSpec::default()
        };
        assert!(command(&spec, "m").contains(" --count 1 --spacing trailing --sigmas karras -o"));
    }

    #[test]
    fn a_quote_in_a_prompt_does_not_end_the_argument() {
        let line = command(&words(vec![Variant::prompt("it's $HOME", 2.0)]), "m");
        assert!(line.ends_with(r"--prompt='it'\''s $HOME' --guidance 2 -o picture.png"), "{line}");
    }

    #[test]
    fn prompts_alike_but_for_their_texts_need_no_json() {
        let two = words(vec![Variant::prompt("a", 4.0), Variant::prompt("-b", 4.0)]);
        assert!(command(&two, "m").contains("--prompt='a' --prompt='-b' --guidance 4 -o grid.png"));
    }

    #[test]
    fn the_json_of_variants_reads_back_as_what_it_was() {
        let edit = AttentionEdit { token: Some(2), layer: None, head: Some(1), factor: 0.5 };
        let terms = [(0.25, "red \"hair\" it's\n"), (0.75, "👩🏽‍🦰")];
        let variants = vec![
            Variant::prompt("red", 0.0),
            Variant {
                edits: vec![edit],
                guidance_rescale: 0.7,
                negative_prompt: "hat".into(),
                ..Variant::prompt("red", 4.0)
            },
            Variant {
                prompt: terms.map(|(weight, text)| Term { weight, text: text.into() }).to_vec(),
                ..Variant::prompt("", 12.0)
            },
        ];
        let list: Vec<String> = variants.iter().map(variant_json).collect();
        let read: Vec<Variant> = serde_json::from_str(&format!("[{}]", list.join(","))).unwrap();
        assert_eq!(read, variants);
        let line = command(&words(variants), "m");
        assert!(
            line.contains(r#" --variants '[{"prompt": [{"weight": 1, "text": "red"}], "guidance_scale": 0}"#),
            "{line}"
        );
    }
}
