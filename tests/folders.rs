//! `noisewalk verify`, `info` and `convert`, tried as a person would, on whole and damaged folders.
#![cfg(feature = "train")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

#[path = "common/zip_writer.rs"]
mod zip_writer;

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments).output().unwrap()
}

/// What is said of a refused folder, on both streams: no panic.
fn refusal(arguments: &[&str]) -> String {
    let output = noisewalk(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn accepted(arguments: &[&str]) -> String {
    let output = noisewalk(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { assert!(fs::copy(&path, &target).is_ok()) }
    }
}

#[test]
fn shipped_and_foreign_folders_verify() {
    for folder in ["public/models/avatars", "public/models/words", "public/models/clip"] {
        assert!(accepted(&["verify", folder]).contains("has the listed checksum"));
    }
    assert!(accepted(&["verify", "public/models/words"]).contains("ok: the golden input gives the golden output"));
    for folder in fs::read_dir("tests/interop").unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let said = accepted(&["verify", folder.to_str().unwrap()]);
        assert!(
            said.contains("checksums cannot be checked") && said.contains("ok: the network has the tensors"),
            "{said}"
        );
    }
}

#[test]
fn each_damage_is_named() {
    assert!(refusal(&["verify", "/nowhere"]).contains("/nowhere is not there"));
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("model");
    let name = folder.to_str().unwrap();
    copy(Path::new("public/models/avatars"), &folder);
    let weights = folder.join("unet/diffusion_pytorch_model.safetensors");
    let whole = fs::read(&weights).unwrap();

    fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    let said = refusal(&["verify", name]);
    assert!(said.contains("cut short or of another version") && said.contains("broken or cut short"), "{said}");

    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&weights, &changed).unwrap();
    assert!(refusal(&["verify", name]).contains("does not have the checksum"));

    // The largest exponent of an f16: infinity or no number.
    changed[whole.len() - 1] = 0x7C;
    fs::write(&weights, &changed).unwrap();
    assert!(refusal(&["verify", name]).contains("not finite"));

    fs::remove_file(&weights).unwrap();
    assert!(refusal(&["verify", name]).contains("lacks unet/diffusion_pytorch_model.safetensors"));
    fs::write(folder.join("manifest.json"), "{").unwrap();
    assert!(refusal(&["verify", name]).contains("manifest.json cannot be read"));
}

#[test]
fn weights_without_a_configuration_and_unlisted_files_are_checked_too() {
    assert!(accepted(&["verify", "public/models/attributes"]).contains("ok: model.safetensors is whole"));
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("model");
    let name = folder.to_str().unwrap();
    copy(Path::new("public/models/attributes"), &folder);
    let weights = folder.join("model.safetensors");
    let mut changed = fs::read(&weights).unwrap();
    // The exponent of the last f16.
    *changed.last_mut().unwrap() = 0x7C;
    fs::write(&weights, &changed).unwrap();
    assert!(refusal(&["verify", name]).contains("model.safetensors: tensor"));

    fs::remove_dir_all(&folder).unwrap();
    copy(Path::new("public/models/avatars"), &folder);
    fs::write(folder.join("note.txt"), "for people").unwrap();
    assert!(accepted(&["verify", name]).contains("note.txt is not listed, and no program reads it"));
    fs::copy("public/models/attributes/model.safetensors", folder.join("more.safetensors")).unwrap();
    assert!(refusal(&["verify", name]).contains("the manifest does not list more.safetensors"));
}

/// A pipeline's folder has parts that draw nothing; what this program leaves out when it draws, it leaves out when it looks.
#[test]
fn parts_that_draw_nothing_are_left_out() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("model");
    let name = folder.to_str().unwrap();
    copy(Path::new("public/models/avatars"), &folder);
    fs::remove_file(folder.join("manifest.json")).unwrap();
    for part in ["safety_checker", "image_encoder"] {
        fs::create_dir(folder.join(part)).unwrap();
        fs::write(folder.join(part).join("config.json"), r#"{"model_type": "clip_vision_of_another_kind"}"#).unwrap();
        fs::write(folder.join(part).join("model.safetensors"), "not looked at").unwrap();
    }
    let said = accepted(&["verify", name]);
    assert!(said.contains("safety_checker has no part in drawing") && said.contains("ok: the golden input"), "{said}");
    assert_eq!(accepted(&["info", name]), accepted(&["info", "public/models/avatars"]));
    // Without its folder's name it is a network that is not known.
    fs::rename(folder.join("safety_checker"), folder.join("checker")).unwrap();
    refusal(&["verify", name]);
}

#[test]
fn a_tokenizer_of_more_words_than_the_encoder_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("model");
    copy(Path::new("public/models/words"), &folder);
    fs::remove_file(folder.join("manifest.json")).unwrap();
    let path = folder.join("tokenizer/tokenizer.json");
    let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let vocabulary = file["model"]["vocab"].as_object_mut().unwrap();
    let count = vocabulary.len();
    vocabulary.insert("zebra".into(), json!(count));
    fs::write(&path, file.to_string()).unwrap();
    let said = refusal(&["sample", "--model", folder.to_str().unwrap(), "--prompt", "zebra", "--steps", "2"]);
    assert!(
        said.contains(&format!("the tokenizer has {} words, and the text encoder knows {count}", count + 1)),
        "{said}"
    );
}

#[test]
fn single_files_of_weights_are_converted_from_every_float() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let read = |path: &str| fs::read(path).unwrap();
    // A state dict is a zip too, and no folder.
    accepted(&["convert", "tests/torch/plain.pt", "-o", &at("plain.safetensors"), "--dtype", "f32"]);
    let bytes = read(&at("plain.safetensors"));
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("scalar").unwrap().data(), 7f32.to_le_bytes());
    accepted(&["convert", "tests/torch/linear.bin", "-o", &at("folder"), "--dtype", "f16"]);
    assert!(Path::new(&at("folder/linear.safetensors")).exists());
    assert!(refusal(&["verify", "tests/torch/plain.pt"]).contains("noisewalk convert"));
    assert!(refusal(&["convert", "tests/torch/system.pt", "-o", &at("no"), "--dtype", "f32"]).contains("posix.system"));

    // 1.5 as bfloat16 and as f64, and a count that stays a count.
    let (half, double, count) = (0x3FC0u16.to_le_bytes(), 1.5f64.to_le_bytes(), 3i64.to_le_bytes());
    let view = |dtype, data| safetensors::tensor::TensorView::new(dtype, vec![1], data).unwrap();
    let views = [
        ("bf16", view(safetensors::Dtype::BF16, &half[..])),
        ("f64", view(safetensors::Dtype::F64, &double[..])),
        ("count", view(safetensors::Dtype::I64, &count[..])),
    ];
    fs::write(at("mixed.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    for (dtype, wanted) in [("f32", 1.5f32.to_le_bytes().to_vec()), ("f16", 0x3E00u16.to_le_bytes().to_vec())] {
        let out = at(&format!("{dtype}.safetensors"));
        accepted(&["convert", &at("mixed.safetensors"), "-o", &out, "--dtype", dtype]);
        let bytes = read(&out);
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        assert!(["bf16", "f64"].iter().all(|name| tensors.tensor(name).unwrap().data() == wanted), "{dtype}");
        assert_eq!(tensors.tensor("count").unwrap().dtype(), safetensors::Dtype::I64);
    }
}

#[test]
fn a_folder_goes_to_f32_and_back_unchanged() {
    let scratch = tempfile::tempdir().unwrap();
    let [wide, narrow] = ["wide", "narrow"].map(|name| scratch.path().join(name).to_str().unwrap().to_owned());
    accepted(&["convert", "public/models/words", "-o", &wide, "--dtype", "f32"]);
    assert!(accepted(&["verify", &wide]).contains("ok: the golden input"));
    accepted(&["convert", &wide, "-o", &narrow, "--dtype", "f16"]);
    assert!(accepted(&["verify", &narrow]).contains("ok: the golden input"));
    let weights = "unet/diffusion_pytorch_model.safetensors";
    let tensors = |folder: &Path| {
        let bytes = fs::read(folder.join(weights)).unwrap();
        let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        read.tensors()
            .into_iter()
            .map(|(name, view)| (name, view.data().to_vec()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(tensors(Path::new(&narrow)), tensors(Path::new("public/models/words")));
    assert!(refusal(&["convert", &wide, "-o", &narrow, "--dtype", "f16"]).contains("already there"));
}

#[test]
fn state_dicts_of_torch_become_safetensors_and_none_is_run() {
    let scratch = tempfile::tempdir().unwrap();
    let from = scratch.path().join("from");
    let to = scratch.path().join("to");
    fs::create_dir_all(&from).unwrap();
    fs::copy("tests/torch/linear.bin", from.join("pytorch_model.bin")).unwrap();
    let arguments = ["convert", from.to_str().unwrap(), "-o", to.to_str().unwrap(), "--dtype", "f32"];
    accepted(&arguments);
    let bytes = fs::read(to.join("model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("bias").unwrap().data(), 3f32.to_le_bytes());

    fs::remove_dir_all(&to).unwrap();
    fs::copy("tests/torch/system.pt", from.join("pytorch_model.bin")).unwrap();
    let said = refusal(&arguments);
    assert!(said.contains("posix.system") && said.contains("nothing of it was run"), "{said}");
    assert!(!to.exists());
}

/// Parameters and FLOPs against PyTorch 2.9's `numel` and `FlopCounterMode` (whose attention is `AttnProcessor`, as it counts no fused one),
/// on one picture; texts have 77 words where the folder has no text encoder.
#[test]
fn networks_cost_what_pytorch_counts() {
    for (folder, part, parameters, flops) in [
        ("tests/interop/unet2d-plain", 0, 177_427, 34_459_648),
        ("tests/interop/unet2d-two-layers", 0, 103_585, 2_845_696),
        ("tests/interop/unet2dcond-words", 0, 201_635, 58_865_152),
        ("tests/interop/vae-two-level", 0, 43_711, 8_620_032),
        ("tests/interop/clip-text", 0, 11_520, 248_832),
        ("public/models/avatars", 0, 702_499, 132_759_552),
        ("public/models/words", 0, 107_008, 6_815_744),
        ("public/models/words", 1, 1_001_251, 170_508_288),
    ] {
        let said: Value = serde_json::from_str(&accepted(&["info", folder, "--json", "--batch", "1,8"])).unwrap();
        let total = &said[part]["total"];
        assert_eq!((&total["parameters"], &total["flops"]), (&json!(parameters), &json!(flops)), "{folder}");
        let batches = &said[part]["batches"];
        assert_eq!(batches[1]["flops"], json!(8 * flops));
        let activations = total["activations"].as_u64().unwrap();
        assert_eq!(batches[1]["bytes"], json!(4 * (parameters + 8 * activations)));
    }
    let table = accepted(&["info", "public/models/clip"]);
    assert!(table.contains("vision_model.encoder.layers.1") && table.contains("459489"), "{table}");
    assert!(refusal(&["info", "docs"]).contains("no config.json"));
}

/// Every file below `folder`, under the names it has in an archive of the folder.
fn contents(folder: &Path, name: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                return contents(&entry.path(), &name);
            }
            vec![(name, fs::read(entry.path()).unwrap())]
        })
        .collect()
}

#[test]
fn a_zip_of_a_folder_is_the_folder() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let (folder, zip) = ("public/models/words", at("words.zip"));
    let packed = zip_writer::zip(&contents(Path::new(folder), "some/words"));
    fs::write(&zip, &packed).unwrap();
    assert!(accepted(&["verify", &zip]).contains("ok: the golden input gives the golden output"));
    assert_eq!(accepted(&["info", &zip]), accepted(&["info", folder]));
    let pictures = [folder, &zip].map(|model| {
        let picture = at("picture.png");
        let prompt = ["--prompt", "red hair", "--steps", "2", "--count", "1", "-o", &picture];
        accepted(&[&["sample", "--model", model][..], &prompt].concat());
        fs::read(picture).unwrap()
    });
    assert_eq!(pictures[0], pictures[1]);

    fs::write(&zip, &packed[..packed.len() - 100]).unwrap();
    assert!(refusal(&["sample", "--model", &zip]).contains("no zip archive, or is cut short"));
    // A changed byte in the packed weights is found before anything is computed.
    let mut changed = packed.clone();
    changed[packed.len() / 2] ^= 1;
    fs::write(&zip, &changed).unwrap();
    assert!(refusal(&["info", &zip]).contains("is damaged in the archive"));
}
