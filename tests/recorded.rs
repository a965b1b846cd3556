//! The recorded runs that the page shows before the live engine is ready are runs of the models that it ships.

use std::fs::read;
use std::path::Path;

use noisewalk::protocol::{RecordedRun, decode};

fn public(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("public").join(path);
    read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn recorded(name: &str) -> RecordedRun {
    decode(&public(&format!("runs/{name}.run"))).expect("a run of this version; record it again")
}

/// The first eight digits of the weights' sha256, as the folder's manifest lists it.
fn shipped_hash(model: &str) -> String {
    let manifest = String::from_utf8(public(&format!("models/{model}/manifest.json"))).expect("text");
    let entry = manifest.split("\"unet/diffusion_pytorch_model.safetensors\"").nth(1).expect("weights are listed");
    let hash = entry.split("\"sha256\": \"").nth(1).expect("with their hash");
    hash.chars().take(8).collect()
}

#[test]
fn recorded_runs_are_of_the_shipped_models() {
    for (run, model) in [("reverse", "avatars"), ("words", "words")] {
        let recorded = recorded(run);
        let (seen, shipped) = (&recorded.model.short_hash, shipped_hash(model));
        assert_eq!(*seen, shipped, "runs/{run}.run is of another model; make it again: {}", recorded.command);
        assert_eq!(recorded.model.name, model);
        assert_eq!(recorded.frames.len() as u32, recorded.spec.steps + 1);
    }
}

#[test]
fn the_recorded_words_are_those_of_the_shipped_tokenizer() {
    let words = recorded("words").model.words.expect("a model that hears words");
    let shipped = String::from_utf8(public("models/words/tokenizer/tokenizer.json")).expect("text");
    for (id, word) in words.vocabulary.iter().enumerate() {
        assert!(shipped.contains(&format!("\"{word}\": {id}")), "{word} is not number {id}");
    }
}
