//! The avatars against the style's own package, and the atlas against its source.
#![cfg(feature = "train")]

use std::collections::BTreeSet;

use noisewalk::data::avatar::atlas::ATLAS_TEXT;
use noisewalk::data::avatar::{Avatar, SIZE};
use noisewalk::train::data_command::rebuild;
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
    match rebuild(None) {
        Ok(text) => assert!(text == ATLAS_TEXT),
        // Without npm, or without its registry, there is nothing to compare with.
        Err(reason) => println!("skipped: {reason}"),
    }
}

#[test]
fn avatars_are_varied_and_say_what_they_are() {
    let avatars: Vec<Avatar> = (0..2000).map(Avatar::from_seed).collect();
    assert_eq!(avatars[7], Avatar::from_seed(7));
    let seen: BTreeSet<(&str, String)> = avatars.iter().flat_map(Avatar::package_options).collect();
    // Every style and every colour of the package: 45 + 12 + 23 + 23 + 14 + 8 + 10 + 4 styles, 59 colours.
    assert_eq!(seen.len(), 139 + 59);
    assert!(avatars.iter().all(|avatar| avatar.caption().contains("hair")));
    let pictures: BTreeSet<Vec<u8>> = avatars[..400].iter().map(Avatar::rgb).collect();
    assert_eq!(pictures.len(), 400);
}
