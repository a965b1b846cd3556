//! `noisewalk eval`: metrics of two folders of pictures or two files of features.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::attributes_command::{self, SeenArgs};
use super::failure::{Context, Failure, Outcome};
use super::feature_file;
use super::prompts_command::{self, PromptsArgs};
use crate::metrics::bootstrap::Bootstrap;
use crate::metrics::frechet::frechet_distance;
use crate::metrics::image::psnr;
use crate::metrics::inception::inception_score;
use crate::metrics::kernel::kid;
use crate::metrics::manifold::{Rim, manifold};
use crate::metrics::ssim::{SsimOptions, ssim};
use crate::metrics::{Estimate, Features, registry};

/// Subsets of KID, as torchmetrics has them.
const KID_SUBSETS: usize = 100;

/// Largest subset of KID.
const KID_SUBSET_SIZE: usize = 1000;

/// Chunks of the inception score.
const IS_SPLITS: usize = 10;

/// What is measured.
#[derive(Debug, Clone, Copy, Default)]
enum Score {
    /// Fréchet distance of two sets
    #[default]
    Fid,
    /// Kernel distance of two sets
    Kid,
    /// Inception score of one set of class logits
    Is,
    /// Precision, recall, density and coverage; the real set first
    Prdc,
    /// Structural similarity, picture by picture
    Ssim,
    /// Peak signal-to-noise ratio, picture by picture
    Psnr,
}

/// `noisewalk eval`.
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Fréchet distance of two sets
    Fid(EvalArgs),
    /// Kernel distance of two sets
    Kid(EvalArgs),
    /// Inception score of one set of class logits
    Is(EvalArgs),
    /// Precision, recall, density and coverage; the real set first
    Prdc(EvalArgs),
    /// Structural similarity, picture by picture
    Ssim(EvalArgs),
    /// Peak signal-to-noise ratio, picture by picture
    Psnr(EvalArgs),
    /// How well a text-conditioned model follows prompts, by guidance
    Prompts(PromptsArgs),
    /// What the attribute classifier sees in a picture
    Attributes(SeenArgs),
}

/// Arguments of the metrics of sets.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The metric
    #[arg(skip)]
    score: Score,
    /// A folder of pictures, or features [samples, numbers] as .npy or .safetensors
    a: PathBuf,
    /// What it is compared with; `is` takes none
    b: Option<PathBuf>,
    /// Replicates of the bootstrap interval; 0 for none
    #[arg(long, default_value_t = 100)]
    replicates: usize,
    /// Neighbours of precision, recall, density and coverage
    #[arg(long, default_value_t = 5)]
    nearest_k: usize,
    /// Seed of subsets and resampling
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs the command and prints one line a score: name, value, interval, what the features were.
///
/// # Errors
/// Where a set cannot be read or the sets do not fit.
pub fn run(command: EvalCommand) -> Outcome<()> {
    let (score, args) = match command {
        EvalCommand::Fid(args) => (Score::Fid, args),
        EvalCommand::Kid(args) => (Score::Kid, args),
        EvalCommand::Is(args) => (Score::Is, args),
        EvalCommand::Prdc(args) => (Score::Prdc, args),
        EvalCommand::Ssim(args) => (Score::Ssim, args),
        EvalCommand::Psnr(args) => (Score::Psnr, args),
        EvalCommand::Prompts(args) => return prompts_command::run(&args),
        EvalCommand::Attributes(args) => return attributes_command::see(&args),
    };
    measure(&EvalArgs { score, ..args })
}

fn measure(args: &EvalArgs) -> Outcome<()> {
    match args.score {
        Score::Ssim | Score::Psnr => pictures(args),
        Score::Is => logits(args),
        Score::Fid | Score::Kid | Score::Prdc => sets(args),
    }
}

fn second(args: &EvalArgs) -> Outcome<&PathBuf> {
    args.b.as_ref().ok_or_else(|| Failure::new("this metric compares two sets; name the second one too"))
}

fn warn(name: &str, samples: usize, dimensions: usize) {
    if let Some(warning) = registry::find(name).and_then(|metric| metric.warning(samples, dimensions)) {
        eprintln!("warning: {warning}");
    }
}

fn sets(args: &EvalArgs) -> Outcome<()> {
    let (a, what) = feature_file::features(&args.a)?;
    let (b, _) = feature_file::features(second(args)?)?;
    let samples = a.len().min(b.len());
    let about = format!("{} and {} samples; {what}, {} numbers each", a.len(), b.len(), a.dimensions());
    match args.score {
        Score::Kid => {
            warn("kid", samples, a.dimensions());
            let size = samples.min(KID_SUBSET_SIZE);
            let scores = kid(&a, &b, KID_SUBSETS, size, args.seed).context("KID")?;
            println!(
                "kid {:.6} ± {:.6} over {KID_SUBSETS} subsets of {size} ({about})",
                scores.mean(),
                scores.std_sample()
            );
        }
        Score::Prdc => {
            let scores = manifold(&a, &b, args.nearest_k, Rim::Outside).context("precision and recall")?;
            warn("precision", samples, a.dimensions());
            let named = [("precision", scores.precision), ("recall", scores.recall)];
            for (name, value) in named.into_iter().chain([("density", scores.density), ("coverage", scores.coverage)]) {
                println!("{name} {value:.4} (k = {}; {about})", args.nearest_k);
            }
        }
        _ => {
            warn("fid", samples, a.dimensions());
            let score = |sets: &[Features]| frechet_distance(&sets[0], &sets[1]);
            if args.replicates == 0 {
                println!("fid {:.6} ({about})", frechet_distance(&a, &b).context("the Fréchet distance")?);
            } else {
                let estimate = bootstrap(args).interval(&[&a, &b], score).context("the Fréchet distance")?;
                print_estimate("fid", estimate, &about);
            }
        }
    }
    Ok(())
}

fn logits(args: &EvalArgs) -> Outcome<()> {
    let (logits, _) = feature_file::features(&args.a)?;
    warn("is", logits.len(), logits.dimensions());
    let scores = inception_score(&logits, IS_SPLITS).context("the inception score")?;
    println!(
        "is {:.6} ± {:.6} over {IS_SPLITS} splits ({} samples)",
        scores.mean(),
        scores.std_population(),
        logits.len()
    );
    Ok(())
}

fn pictures(args: &EvalArgs) -> Outcome<()> {
    let a = feature_file::pictures(&args.a)?;
    let b = feature_file::pictures(second(args)?)?;
    let about = format!("{} pairs of pictures", a.shape()[0]);
    if matches!(args.score, Score::Psnr) {
        println!("psnr {:.4} dB ({about})", psnr(&a, &b, 1.0).context("PSNR")?);
        return Ok(());
    }
    let scores = ssim(&a, &b, &SsimOptions::torchmetrics(1.0)).context("SSIM")?;
    let scores = Features::new(scores, 1).context("SSIM")?;
    let mean = |sets: &[Features]| Ok(sets[0].values().iter().sum::<f64>() / sets[0].len() as f64);
    let settings = Bootstrap { replicates: args.replicates.max(1), ..bootstrap(args) };
    print_estimate("ssim", settings.interval(&[&scores], mean).context("SSIM")?, &about);
    Ok(())
}

fn bootstrap(args: &EvalArgs) -> Bootstrap {
    Bootstrap { replicates: args.replicates, seed: args.seed, ..Bootstrap::default() }
}

fn print_estimate(name: &str, Estimate { value, low, high }: Estimate, about: &str) {
    println!("{name} {value:.6}, 95 % in [{low:.6}, {high:.6}] ({about})");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::grid;

    fn eval(score: Score, a: PathBuf, b: Option<PathBuf>) -> Outcome<()> {
        measure(&EvalArgs { score, a, b, replicates: 5, nearest_k: 2, seed: 0 })
    }

    #[test]
    fn folders_of_pictures_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        for seed in 0..4u8 {
            let picture = image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([(x * y) as u8 ^ seed, x as u8, seed]));
            grid::write_png(&folder.path().join(format!("{seed}.png")), &picture).unwrap();
        }
        let path = || folder.path().to_path_buf();
        for score in [Score::Fid, Score::Kid, Score::Prdc, Score::Ssim, Score::Psnr] {
            eval(score, path(), Some(path())).unwrap();
        }
        assert!(eval(Score::Fid, path(), None).unwrap_err().to_string().contains("second"));
        assert!(eval(Score::Is, path(), None).unwrap_err().to_string().contains("at least 10"));
        assert!(eval(Score::Fid, path().join("none"), None).is_err());
    }
}
