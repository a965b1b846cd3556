//! The avatars against the style's own package, and the atlas against its source.
#![cfg(feature = "train")]

use std::collections::BTreeSet;
use std::io::Write;

use noisewalk::data::avatar::atlas::ATLAS_TEXT;
use noisewalk::data::avatar::{Avatar, SIZE};
use noisewalk::data::tokenizer::Tokenizer;
use noisewalk::train::atlas::fetch;
use noisewalk::train::data_command::{DataCommand, rebuild, run};
use sha2::{Digest, Sha256};

/// Avatars on the reference sheet, which `tests/tools/avatar_reference.mjs` says how to make.
const REFERENCE: u64 = 256;
const COLUMNS: u32 = 16;

#[test]
fn avatars_are_those_of_the_package_pixel_for_pixel() {
    let sheet = image::open("tests/avatars/reference.png").unwrap().to_rgb8();
    let size = SIZE as u32;
    for seed in 0..REFERENCE {
        let (left, top) = (seed as u32 % COLUMNS * size, seed as u32 / COLUMNS * size);
        let expected: Vec<u8> =
            (0..size * size).flat_map(|at| sheet.get_pixel(left + at % size, top + at / size).0).collect();
        let drawn = Avatar::from_seed(seed).rgb();
        let worst = drawn.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
        assert_eq!(worst, Some(0), "seed {seed}: {:?}", Avatar::from_seed(seed));
    }
}

#[test]
fn the_atlas_is_the_recorded_one() {
    let hash: String = Sha256::digest(ATLAS_TEXT).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "b283b42bf871af84557a856bf0cd6f0848650d1550323d2dca805ee6dfa503ba");
}

#[test]
fn the_atlas_can_be_rebuilt_from_the_package() {
    let folder = tempfile::tempdir().unwrap();
    match fetch(folder.path()) {
        Ok(package) => assert!(rebuild(Some(&package)).unwrap() == ATLAS_TEXT),
        // Without npm, or without its registry, there is nothing to compare with.
        // Written past the capture of the tests, so that it is seen.
        Err(reason) => writeln!(std::io::stderr(), "the rebuilt atlas was not compared: {reason}").unwrap(),
    }
}

#[test]
fn an_export_holds_each_avatar_with_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let export = |count, captions| run(&DataCommand::Export { folder: folder.path().into(), seed: 5, count, captions });
    assert!(export(0, 1).unwrap_err().to_string().contains("--count"));
    assert!(export(1, 0).unwrap_err().to_string().contains("--captions"));
    export(12, 6).unwrap();
    let tokenizer = Tokenizer::of_captions();
    let metadata = std::fs::read_to_string(folder.path().join("metadata.jsonl")).unwrap();
    for (line, seed) in metadata.lines().zip(5..) {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let avatar = Avatar::from_seed(seed);
        let picture = image::open(folder.path().join(row["file_name"].as_str().unwrap())).unwrap();
        assert_eq!(picture.to_rgb8().into_raw(), avatar.rgb());
        assert_eq!(row["seed"].as_u64(), Some(seed));
        let texts: Vec<&str> = row["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        assert_eq!((texts.len(), row["text"].as_str()), (6, Some(texts[0])));
        // Streams of one look say different things of it, in words that the shipped models know.
        let wordings: BTreeSet<&str> = texts.iter().copied().collect();
        assert!(wordings.len() >= 4, "{texts:?}");
        assert!(texts.iter().all(|text| tokenizer.encode(text).tokens.iter().all(|token| token.known)), "{texts:?}");
        assert_eq!(row["attributes"].as_object().unwrap().len(), avatar.package_options().len());
    }
    // Twelve pictures and their words, and no temporary file left behind.
    assert_eq!((metadata.lines().count(), std::fs::read_dir(folder.path()).unwrap().count()), (12, 13));
}

#[test]
fn avatars_are_varied() {
    let avatars: Vec<Avatar> = (0..2000).map(Avatar::from_seed).collect();
    assert_eq!(avatars[7], Avatar::from_seed(7));
    let seen: BTreeSet<(&str, String)> = avatars.iter().flat_map(Avatar::package_options).collect();
    // Every style and every colour of the package: 45 + 12 + 23 + 23 + 14 + 8 + 10 + 4 styles, 59 colours.
    assert_eq!(seen.len(), 139 + 59);
    let pictures: BTreeSet<Vec<u8>> = avatars[..400].iter().map(Avatar::rgb).collect();
    assert_eq!(pictures.len(), 400);
}
