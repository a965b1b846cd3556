//! Prompts: the tokenizer against Python's, and what the shipped text-conditioned model draws.
#![cfg(feature = "train")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use burn::tensor::Device;
use noisewalk::data::tokenizer::Tokenizer;
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::model::folder::Model;
use noisewalk::model::sample::{NoiseSource, Sampling};
use noisewalk::model::tokenizer_file;
use noisewalk::protocol::{AttentionEdit, GenerateSpec, Term, Variant, WordSpec};
use noisewalk::train::sample::open_model;

fn model() -> Model {
    open_model(Path::new("public/models/words"), &Device::flex()).unwrap()
}

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments).output().unwrap()
}

/// The pictures of variants from one noise, each as numbers.
fn draw(model: &Model, variants: Vec<Variant>) -> Vec<Vec<f32>> {
    let count = variants.len();
    let spec = GenerateSpec { sampler: Sampler::Ddim, steps: 6, ..GenerateSpec::default() };
    let plan = spec.plan(&model.schedule, model.summary.prediction_type).unwrap();
    let words = model.words.as_ref().unwrap();
    let prompt = words.prompt(&WordSpec { variants, watch_attention: true }, 1, &Device::flex());
    let denoiser = model.denoiser.steered(prompt);
    let shape = [1, 3, 16, 16];
    let source = NoiseSource { seed: 3, branches: Vec::new(), add_noise: true, shape, repeats: count };
    let mut sampling = Sampling::new(&denoiser, &plan, source);
    while let Some(seen) = sampling.step() {
        assert!(!seen.attention.is_empty());
        // The first picture's, which no test edits upwards.
        for (layer, map) in seen.attention {
            let sums: Vec<f32> = map.sum_dim(3).into_data().try_to_vec().unwrap();
            assert!(sums.iter().all(|sum| *sum <= 1.0 + 1e-4), "{layer}");
        }
    }
    let x: Vec<f32> = sampling.x().cloned().unwrap().into_data().try_to_vec().unwrap();
    x.chunks(3 * 16 * 16).map(<[f32]>::to_vec).collect()
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn tokens_are_those_of_the_python_library() {
    let tokenizer = Tokenizer::of_captions();
    let file: serde_json::Value = serde_json::from_str(include_str!("words/tokens.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let ids: Vec<u32> = case["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        assert_eq!(tokenizer.encode(case["text"].as_str().unwrap()).ids, ids, "{}", case["text"]);
    }
    assert!(cases.len() > 10);
}

/// Where words end, in scripts whose marks and digits are not those of English.
#[test]
fn pieces_are_those_of_the_python_library() {
    let tokenizer = Tokenizer::of_captions();
    let file: serde_json::Value = serde_json::from_str(include_str!("words/pieces.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 10);
    for case in cases {
        let wanted: Vec<&str> =
            case["pieces"].as_array().unwrap().iter().map(|piece| piece.as_str().unwrap()).collect();
        let encoding = tokenizer.encode(case["text"].as_str().unwrap());
        let got: Vec<&str> = encoding.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(got, wanted, "{}", case["text"]);
    }
}

#[test]
fn the_shipped_tokenizers_are_the_captions_own() {
    let tokenizer = Tokenizer::of_captions();
    for folder in ["words", "clip"] {
        let read = |name: &str| std::fs::read_to_string(Path::new("public/models").join(folder).join(name)).unwrap();
        assert_eq!(read("tokenizer/tokenizer.json"), tokenizer_file::to_json(&tokenizer).unwrap(), "{folder}");
        assert_eq!(
            read("tokenizer/tokenizer_config.json"),
            tokenizer_file::config_json(&tokenizer).unwrap(),
            "{folder}"
        );
    }
}

#[test]
fn a_tokenizer_file_reads_back_and_others_are_refused_by_name() {
    let tokenizer = Tokenizer::of_captions();
    let text = tokenizer_file::to_json(&tokenizer).unwrap();
    assert_eq!(tokenizer_file::from_json(text.as_bytes()).unwrap(), tokenizer);
    let refusal = |from: &str, to: &str| tokenizer_file::from_json(text.replace(from, to).as_bytes()).unwrap_err();
    assert!(refusal("WordLevel", "BPE").to_string().contains("BPE"));
    assert!(refusal("Lowercase", "NFC").to_string().contains("NFC"));
    assert!(refusal("\"[EOS]\": 3", "\"[EOS]\": 9999").to_string().contains("9999"));
    assert!(tokenizer_file::from_json(b"{").is_err());
}

#[test]
fn guidance_at_one_is_the_prompt_alone_and_edits_change_the_picture() {
    let model = model();
    let plain = Variant::prompt("red hair, blue shirt", 3.0);
    let muted = |factor| {
        let edit = AttentionEdit { token: None, layer: None, head: None, factor };
        Variant { edits: vec![edit], ..plain.clone() }
    };
    let half = |text: &str| Term { weight: 0.5, text: text.into() };
    let mixed = Variant { prompt: vec![half("red hair, blue shirt"), half("red hair, blue shirt")], ..plain.clone() };
    let negative = Variant { negative_prompt: "hat".into(), ..plain.clone() };
    let pictures = draw(&model, vec![plain.clone(), muted(1.0), muted(0.0), mixed, negative]);
    // The first three share a batch and noise: a factor of one must change nothing at all.
    assert_eq!(difference(&pictures[0], &pictures[1]), 0.0);
    assert!(difference(&pictures[0], &pictures[2]) > 0.1, "muting every word changed nothing");
    // Two halves of one prompt are the prompt, up to rounding that six steps amplify.
    assert!(difference(&pictures[0], &pictures[3]) < 1e-3);
    assert!(difference(&pictures[0], &pictures[4]) > 0.1, "the negative prompt changed nothing");

    // "red" is token 1 of the sequence; heard louder, the picture is another, and louder only in one head, another again.
    let louder = |head| {
        let edit = AttentionEdit { token: Some(1), layer: None, head, factor: 4.0 };
        Variant { edits: vec![edit], ..plain.clone() }
    };
    let loud = draw(&model, vec![plain.clone(), louder(None), louder(Some(0))]);
    assert!(difference(&loud[0], &loud[1]) > 0.01 && difference(&loud[1], &loud[2]) > 0.01);

    let alone = draw(&model, vec![Variant::prompt("red hair, blue shirt", 1.0)]);
    let beside = draw(&model, vec![Variant::prompt("red hair, blue shirt", 1.0), plain]);
    // With a guided neighbour the batch asks twice and joins by 1 · c + 0 · u.
    assert!(difference(&alone[0], &beside[0]) < 1e-3);
}

/// Draws one prompt with the command line and asks the classifier what it sees.
fn seen(prompt: &str, folder: &Path) -> String {
    let picture: PathBuf = folder.join("picture.png");
    let path = picture.to_str().unwrap();
    let arguments = ["sample", "--model", "public/models/words", "--steps", "20", "--count", "1", "--seed", "1"];
    let output = noisewalk(&[&arguments[..], &["--prompt", prompt, "--guidance", "4", "-o", path]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = noisewalk(&["eval", "attributes", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_is_asked_for_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let asked = [
        ("long red hair, blue shirt", vec!["hair: long", "hair colour: red", "shirt colour: blue"]),
        ("a person with a pink hat and a yellow shirt", vec!["hat: hat", "hat colour: pink", "shirt colour: yellow"]),
        (
            "short black hair, sunglasses, red shirt",
            vec!["hair colour: black", "glasses: sunglasses", "shirt colour: red"],
        ),
        ("bald, green shirt", vec!["hair: bald", "shirt colour: green"]),
    ];
    for (prompt, wanted) in asked {
        let seen = seen(prompt, folder.path());
        for line in wanted {
            assert!(seen.lines().any(|found| found == line), "{prompt}: no {line} in\n{seen}");
        }
    }
}

#[test]
fn bad_prompts_are_told_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    let path = path.to_str().unwrap();
    let sample = |model: &str, prompt: &str, guidance: &str| {
        let few = ["--steps", "2", "--count", "1", "-o", path];
        noisewalk(&[&["sample", "--model", model, "--prompt", prompt, "--guidance", guidance], &few[..]].concat())
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let words = "public/models/words";
    let unknown = sample(words, "gren hair", "3");
    assert!(unknown.status.success() && said(&unknown).contains("does not know the word gren"), "{}", said(&unknown));
    let long = sample(words, &"red hair ".repeat(250), "3");
    assert!(long.status.success() && said(&long).contains("too long"), "{}", said(&long));
    for prompt in ["", "👩🏽‍🦰 שלום", "xylophone quark"] {
        assert!(sample(words, prompt, "3").status.success(), "{prompt}");
    }
    let deaf = sample("public/models/avatars", "red hair", "3");
    assert!(!deaf.status.success() && said(&deaf).contains("hears no words"), "{}", said(&deaf));
    // Texts and numbers may begin with a dash; each word that is not known is told, of both prompts.
    let dashed = sample(words, "-gren hair", "-1");
    assert!(dashed.status.success() && said(&dashed).contains("gren"), "{}", said(&dashed));
    let both =
        ["--prompt", "red hair", "--negative", "-purpel hat", "--steps", "2", "--count", "1", "--time", "-o", path];
    let both = noisewalk(&[&["sample", "--model", words], &both[..]].concat());
    assert!(both.status.success() && said(&both).contains("did you mean purple"), "{}", said(&both));
    assert!(String::from_utf8_lossy(&both.stdout).contains(" ms a step (2 steps, 1 pictures)"));
    assert!(said(&sample(words, " ", "3")).contains("unconditionally"));
    for guidance in ["1e9", "NaN", "-1e9"] {
        let refused = sample(words, "red hair", guidance);
        assert!(!refused.status.success() && said(&refused).contains("--guidance"), "{}", said(&refused));
    }
}
