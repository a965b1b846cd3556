//! A folder of pictures as training data: shapes, formats, captions.
#![cfg(feature = "train")]

#[path = "common/tiny_model.rs"]
mod tiny_model;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::{Rgb, RgbImage};
use noisewalk::train::config::{DataConfig, Fit};
use noisewalk::train::dataset::{Dataset, read_picture};
use noisewalk::train::run::Run;
use tiny_model::{settings, train};

fn noisewalk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_noisewalk")).args(arguments).output().unwrap()
}

/// A picture of two halves, red left and blue right, with a green pixel in each corner.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x, y) {
        (x, y) if (x == 0 || x + 1 == width) && (y == 0 || y + 1 == height) => Rgb([0, 255, 0]),
        (x, _) if x < width / 2 => Rgb([255, 0, 0]),
        _ => Rgb([0, 0, 255]),
    })
}

#[test]
fn pictures_of_any_shape_become_squares() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.png");
    halves(60, 20).save(&path).unwrap();
    let at = |fit: Fit, x: usize, y: usize| -> [f32; 3] {
        let planes = read_picture(&path, 12, fit).unwrap();
        assert_eq!(planes.len(), 3 * 12 * 12);
        [0, 1, 2].map(|channel| planes[(channel * 12 + y) * 12 + x])
    };
    let near = |got: [f32; 3], want: [f32; 3]| {
        // Lanczos rings beside an edge by up to a tenth of its height, which is 2; another colour is off by 2.
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 0.25), "{got:?} {want:?}");
    };
    let (red, blue, white) = ([1.0, -1.0, -1.0], [-1.0, -1.0, 1.0], [1.0; 3]);
    // The middle third of the width has neither corner, and both halves.
    near(at(Fit::Crop, 1, 1), red);
    near(at(Fit::Crop, 10, 10), blue);
    near(at(Fit::Stretch, 3, 6), red);
    near(at(Fit::Stretch, 9, 6), blue);
    // A third of the height is picture, the rest is white above and below.
    near(at(Fit::Pad, 3, 1), white);
    near(at(Fit::Pad, 9, 10), white);
    near(at(Fit::Pad, 3, 6), red);
    near(at(Fit::Pad, 9, 6), blue);
}

#[test]
fn odd_sizes_and_jpegs_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in [(1, 1), (1, 7), (7, 1), (3, 500), (501, 33), (17, 16)] {
        let path = folder.path().join(format!("{width}x{height}.png"));
        halves(width, height).save(&path).unwrap();
        for fit in [Fit::Crop, Fit::Stretch, Fit::Pad] {
            let planes = read_picture(&path, 8, fit).unwrap();
            assert!(
                planes.len() == 192 && planes.iter().all(|value| (-1.0..=1.0).contains(value)),
                "{width} × {height}"
            );
        }
    }
    // A JPEG under the name of a PNG, as cameras and downloads make them.
    for name in ["photo.jpg", "photo.jpeg", "photo.png"] {
        let path = folder.path().join(name);
        halves(40, 40).save_with_format(&path, image::ImageFormat::Jpeg).unwrap();
        let planes = read_picture(&path, 8, Fit::Crop).unwrap();
        // JPEG is lossy: a tenth of the range, far from an edge.
        assert!((planes[8 * 4 + 1] - 1.0).abs() < 0.2 && (planes[128 + 8 * 4 + 6] - 1.0).abs() < 0.2, "{name}");
    }
    let config = DataConfig::Folder { path: folder.path().into(), fit: Fit::Crop, flip: false };
    assert!(Dataset::open(&config, 8).unwrap().describe().starts_with("9 pictures"));
}

#[test]
fn captions_beside_pictures_are_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert!(noisewalk(&["data", "export", &path("pictures"), "--count", "4", "--captions", "3"]).status.success());
    let metadata = fs::read_to_string(pictures.join("metadata.jsonl")).unwrap();
    let known: Vec<String> = metadata
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .flat_map(|row| {
            row["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    let config = DataConfig::Folder { path: pictures.clone(), fit: Fit::Crop, flip: false };
    let data = Dataset::open(&config, 16).unwrap();
    let mut told: Vec<String> = (0..200).map(|index| data.caption(0, index)).collect();
    assert!(told.iter().all(|caption| known.contains(caption)));
    // A caption is one of those of the picture that the same index gives.
    for index in 0..20 {
        let mut planes = Vec::new();
        data.push(0, index, &mut planes);
        let of_picture = known.iter().position(|text| *text == data.caption(0, index)).unwrap() / 3;
        let file = read_picture(&pictures.join(format!("{of_picture:08}.png")), 16, Fit::Crop).unwrap();
        assert_eq!(planes, file);
    }
    told.sort();
    told.dedup();
    assert!(told.len() > 8, "of twelve wordings only {} were used", told.len());
    // It trains, and without captions it says what is missing.
    let data = format!("data={{kind=\"folder\", path=\"{}\"}}", pictures.display());
    let words = [data.as_str(), "text.encoder=public/models/words", "optimizer.steps=1"];
    train(&folder.path().join("run"), &words);
    let kept: Vec<&str> = metadata.lines().skip(1).collect();
    fs::write(pictures.join("metadata.jsonl"), kept.join("\n")).unwrap();
    let refusal = |folder: &Path| Run::open(settings(&words), folder, false).err().unwrap().to_string();
    let said = refusal(&folder.path().join("new"));
    assert!(said.contains("1 of 4 pictures have none") && said.contains("metadata.jsonl"), "{said}");
    fs::write(pictures.join("metadata.jsonl"), "{\"text\": \"no name\"}").unwrap();
    assert!(refusal(&folder.path().join("new")).contains("line 1 of"));
    let avatars = settings(&["text.encoder=public/models/words"]);
    let said = Run::open(avatars, &folder.path().join("new"), false).err().unwrap().to_string();
    assert!(said.contains("captioned"), "{said}");
}
