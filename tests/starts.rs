//! `noisewalk sample` from pictures: image to image, inpainting, inversion; and what it refuses.
#![cfg(feature = "train")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgb, RgbImage};
use noisewalk::data::avatar::{self, Avatar};
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::train::grid;
use tempfile::TempDir;

/// The pictures of a grid are this much larger than the model's, with two white pixels between.
const ZOOM: u32 = 4;
const SIZE: u32 = avatar::SIZE as u32;

struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A folder with an avatar to start from, and a mask whose right half is white.
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let me = RgbImage::from_raw(SIZE, SIZE, Avatar::from_seed(7).rgb()).unwrap();
        grid::write_png(&desk.path("me.png"), &me).unwrap();
        let right = |x, _| if x < SIZE / 2 { Rgb([0; 3]) } else { Rgb([255; 3]) };
        grid::write_png(&desk.path("mask.png"), &RgbImage::from_fn(SIZE, SIZE, right)).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `noisewalk sample` in the folder; words with a dot before `png` name files of it.
    fn sample(&self, model: &str, arguments: &str) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        Command::new(env!("CARGO_BIN_EXE_noisewalk"))
            .current_dir(self.folder.path())
            .args(["sample", "--model"])
            .arg(root.join("public/models").join(model))
            .args(arguments.split_whitespace())
            .output()
            .unwrap()
    }

    /// The pictures of a run that works, and what it said.
    fn draw(&self, model: &str, arguments: &str) -> (Vec<RgbImage>, String) {
        let output = self.sample(model, &format!("{arguments} -o out.png"));
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments}: {}", said(&output.stderr));
        (self.sheet("out.png"), said(&output.stdout) + &said(&output.stderr))
    }

    /// The pictures of a sheet of one row, at the model's size.
    fn sheet(&self, name: &str) -> Vec<RgbImage> {
        let sheet = image::open(self.path(name)).unwrap().to_rgb8();
        let pitch = ZOOM * SIZE + 2;
        let pixel = |index: u32| move |x, y| (index * pitch + x * ZOOM, y * ZOOM);
        (0..sheet.width().div_ceil(pitch))
            .map(|index| {
                RgbImage::from_fn(SIZE, SIZE, |x, y| {
                    let (x, y) = pixel(index)(x, y);
                    *sheet.get_pixel(x, y)
                })
            })
            .collect()
    }

    /// The one sentence with which a run is refused.
    fn refusal(&self, arguments: &str) -> String {
        let output = self.sample("avatars", arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
        said
    }

    fn me(&self) -> RgbImage {
        image::open(self.path("me.png")).unwrap().to_rgb8()
    }
}

/// Mean absolute difference in steps of 1/255, over the pixels that `counts`.
fn difference(a: &RgbImage, b: &RgbImage, counts: impl Fn(u32, u32) -> bool) -> f64 {
    let mut sum = (0.0, 0.0);
    for (x, y, a) in a.enumerate_pixels().filter(|(x, y, _)| counts(*x, *y)) {
        for (a, b) in a.0.iter().zip(b.get_pixel(x, y).0) {
            sum = (sum.0 + f64::from(a.abs_diff(b)), sum.1 + 1.0);
        }
    }
    sum.0 / sum.1
}

#[test]
fn strength_says_how_far_a_run_leaves_its_picture() {
    let desk = Desk::new();
    let far = |strength: f64| {
        let (pictures, _) =
            desk.draw("avatars", &format!("--init me.png --strength {strength} --count 1 --steps 20 --seed 4"));
        difference(&pictures[0], &desk.me(), |_, _| true)
    };
    let [little, half, most] = [0.1, 0.5, 0.95].map(far);
    assert!(little < half && half < most, "{little} {half} {most}");
    // A tenth of the steps begins where σ is below 0.2: less than a twelfth of the range of values.
    assert!(little < 20.0, "{little}");
    let default = desk.draw("avatars", "--init me.png --count 1 --steps 20 --seed 4").0;
    assert_eq!(default, desk.draw("avatars", "--init me.png --strength 0.8 --count 1 --steps 20 --seed 4").0);
    assert_ne!(default, desk.draw("avatars", "--count 1 --steps 20 --seed 4").0);
}

#[test]
fn a_mask_keeps_what_is_black_and_repaints_what_is_white() {
    let desk = Desk::new();
    for flags in ["", "--fresh-known-noise", "--sampler repaint --jump-length 2 --jump-n-sample 2", "--strength 0.6"] {
        let draw = |seed| {
            desk.draw("avatars", &format!("--init me.png --mask mask.png --steps 10 --count 1 --seed {seed} {flags}"))
                .0
                .remove(0)
        };
        let (one, other) = (draw(1), draw(2));
        let is_black = |x, _| x < SIZE / 2;
        assert_eq!(difference(&one, &desk.me(), is_black), 0.0, "{flags}");
        assert!(difference(&one, &other, |x, y| !is_black(x, y)) > 1.0, "{flags}");
    }
}

#[test]
fn inversion_finds_noise_that_makes_the_picture_again() {
    let desk = Desk::new();
    let psnr = |steps: usize| -> f64 {
        let (pictures, said) = desk.draw("avatars", &format!("--invert me.png --steps {steps}"));
        assert_eq!(pictures.len(), 3);
        assert_eq!(pictures[0], desk.me());
        said.split("PSNR ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap()
    };
    let (few, many) = (psnr(10), psnr(100));
    // The way there and the way back differ by the curvature of the path, which smaller steps see less of.
    assert!(few < many && many > 25.0, "{few} dB in 10 steps, {many} dB in 100");
}

#[test]
fn words_change_an_inverted_picture() {
    let desk = Desk::new();
    let (pictures, said) = desk.draw("words", "--invert me.png --steps 12 --prompt hat --prompt glasses");
    assert_eq!(pictures.len(), 4, "picture, noise and one a prompt");
    assert_eq!(said.matches("PSNR").count(), 2);
    assert_ne!(pictures[2], pictures[3]);
}

#[test]
fn pictures_of_another_size_are_fitted_and_said_so() {
    let desk = Desk::new();
    grid::write_png(&desk.path("wide.png"), &RgbImage::from_pixel(40, 24, Rgb([90, 10, 200]))).unwrap();
    let (_, said) = desk.draw("avatars", "--init wide.png --count 1 --steps 4");
    assert!(said.contains("40 × 24") && said.contains("16 × 16") && said.contains("middle square"), "{said}");
}

#[test]
fn every_sampler_draws() {
    let desk = Desk::new();
    for sampler in Sampler::ALL {
        let (pictures, _) = desk.draw("avatars", &format!("--sampler {} --steps 4 --count 1", sampler.name()));
        assert_eq!(pictures.len(), 1);
    }
}

#[test]
fn guidance_goes_by_method_interval_and_course() {
    let desk = Desk::new();
    let draw = |flags: &str| {
        let arguments = format!("--prompt hat --steps 6 --count 1 {flags}");
        desk.draw("words", &arguments).0.remove(0)
    };
    let plain = draw("--guidance 4");
    let others = [
        "--guidance 4 --guidance-method apg",
        "--guidance 4 --guidance-method apg --apg-norm 2 --apg-momentum -0.5",
        "--guidance 4 --guidance-method cfg-zero",
        "--guidance 4 --guidance-method tangential",
        "--guidance 4 --guidance-method magnitude-aware",
        "--guidance 4 --guidance-interval 0:0.5",
        "--guidance 4 --guidance-sigmas 0.3:5",
        "--guidance 4 --guidance-to 1",
        "--guidance 4 --guidance-to 1 --guidance-cosine",
        "--guidance 4 --dynamic-threshold 0.9",
    ];
    let drawn = others.map(draw);
    for (index, picture) in drawn.iter().enumerate() {
        assert_ne!(*picture, plain, "{}", others[index]);
        assert!(!drawn[..index].contains(picture), "{}", others[index]);
    }
    // Everything kept is plain guidance, but for rounding.
    let kept = draw("--guidance 4 --guidance-method apg --apg-eta 1");
    assert!(difference(&kept, &plain, |_, _| true) < 0.01);
    // An interval without any step: the prompt is followed plainly.
    assert_eq!(draw("--guidance 4 --guidance-sigmas 1000000:2000000"), draw("--guidance 1"));
}

#[test]
fn what_does_not_go_together_is_refused_in_one_sentence() {
    let desk = Desk::new();
    std::fs::write(desk.path("text.png"), "no picture").unwrap();
    grid::write_png(&desk.path("black.png"), &RgbImage::new(SIZE, SIZE)).unwrap();
    for (arguments, part) in [
        ("--init nowhere.png", "nowhere.png"),
        ("--init text.png", "not a picture"),
        ("--init me.png --strength 0", "--strength is 0"),
        ("--init me.png --strength=-1", "--strength is -1"),
        ("--init me.png --strength 1.5", "at most 1"),
        ("--init me.png --strength NaN", "--strength is NaN"),
        ("--strength 0.5", "add --init"),
        ("--mask mask.png", "add --init"),
        ("--init me.png --fresh-known-noise", "add --mask"),
        ("--init me.png --mask black.png", "no white part"),
        ("--invert me.png --init me.png", "leave --init"),
        ("--invert me.png --sampler heun", "leave --sampler"),
        ("--invert me.png --eta 0.5", "leave --sampler"),
        ("--dynamic-threshold 1.5", "quantile"),
        ("--sample-max-value 2", "--dynamic-threshold"),
        ("--dynamic-threshold 0.9 --clip 1", "exclude"),
        ("--sampler ddpm --variance learned_range", "does not learn its variance"),
        ("--variance odd", "fixed_small"),
        ("--final-sigmas odd", "sigma_min"),
        ("--guidance-method apg", "hears no words"),
        ("--guidance-interval 0:2", "between 0 and 1"),
        ("--guidance-interval 0:0.5 --guidance-sigmas 1:2", "exclude"),
        ("--guidance-cosine", "--guidance-to"),
        ("--apg-eta 2", "--apg-eta"),
    ] {
        let said = desk.refusal(arguments);
        assert!(said.contains(part), "{arguments}: {said}");
    }
}
