//! `noisewalk eval`: metrics of two folders of pictures or two files of features.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::attributes_command::{self, SeenArgs};
use super::failure::{Context, Failure, Outcome};
use super::feature_file;
use super::prompts_command::{self, PromptsArgs};
use crate::metrics::bootstrap::Bootstrap;
use crate::metrics::frechet::frechet_distance;
use crate::metrics::image::{mse_each, psnr_of_mse};
use crate::metrics::inception::inception_score;
use crate::metrics::kernel::kid;
use crate::metrics::manifold::{Membership, Rim, membership};
use crate::metrics::ssim::{SsimOptions, ssim};
use crate::metrics::{Estimate, Features, MetricError, registry};

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
            let spread = scores.std_sample();
            let about = format!("± {spread:.6} over {KID_SUBSETS} subsets of {size}; {about}");
            print_mean(args, "kid", scores.0, &about)?;
        }
        Score::Prdc => {
            warn("precision", samples, a.dimensions());
            let about = format!("k = {}; {about}", args.nearest_k);
            let each = membership(&a, &b, args.nearest_k, Rim::Outside).context("precision and recall")?;
            let Membership { precision, recall, density, coverage } = each;
            let named = [("precision", precision), ("recall", recall), ("density", density), ("coverage", coverage)];
            named.into_iter().try_for_each(|(name, each)| print_mean(args, name, each, &about))?;
        }
        _ => {
            warn("fid", samples, a.dimensions());
            print_score(args, "fid", &[&a, &b], |sets| frechet_distance(&sets[0], &sets[1]), &about)?;
        }
    }
    Ok(())
}

fn logits(args: &EvalArgs) -> Outcome<()> {
    let (logits, _) = feature_file::features(&args.a)?;
    warn("is", logits.len(), logits.dimensions());
    let spread = inception_score(&logits, IS_SPLITS).context("the inception score")?.std_population();
    let about = format!("± {spread:.6} over {IS_SPLITS} splits; {} samples", logits.len());
    print_score(args, "is", &[&logits], |sets| Ok(inception_score(&sets[0], IS_SPLITS)?.mean()), &about)
}

fn pictures(args: &EvalArgs) -> Outcome<()> {
    let a = feature_file::pictures(&args.a)?;
    let b = feature_file::pictures(second(args)?)?;
    let about = format!("{} pairs of pictures", a.shape()[0]);
    if matches!(args.score, Score::Psnr) {
        let errors = Features::new(mse_each(&a, &b).context("PSNR")?, 1).context("PSNR")?;
        return print_score(args, "psnr", &[&errors], |sets| psnr_of_mse(mean(&sets[0]), 1.0), &about);
    }
    let scores = ssim(&a, &b, &SsimOptions::torchmetrics(1.0)).context("SSIM")?;
    print_mean(args, "ssim", scores, &about)
}

fn mean(scores: &Features) -> f64 {
    scores.values().iter().sum::<f64>() / scores.len() as f64
}

/// Prints the mean of one score a picture or subset.
fn print_mean(args: &EvalArgs, name: &str, scores: Vec<f64>, about: &str) -> Outcome<()> {
    let scores = Features::new(scores, 1).context(name)?;
    print_score(args, name, &[&scores], |sets| Ok(mean(&sets[0])), about)
}

/// Prints a score of sets and, unless none is wanted, its bootstrap interval.
fn print_score(
    args: &EvalArgs,
    name: &str,
    sets: &[&Features],
    score: impl Fn(&[Features]) -> Result<f64, MetricError>,
    about: &str,
) -> Outcome<()> {
    let whole: Vec<Features> = sets.iter().map(|set| (*set).clone()).collect();
    let value = score(&whole).context(name)?;
    // The PSNR of equal pictures is infinite.
    if args.replicates == 0 || !value.is_finite() {
        say_line!("{name} {value:.6} ({about})");
        return Ok(());
    }
    let bootstrap = Bootstrap { replicates: args.replicates, seed: args.seed, ..Bootstrap::default() };
    let Estimate { low, high, .. } = bootstrap.interval(sets, score).context(name)?;
    say_line!("{name} {value:.6}, 95 % in [{low:.6}, {high:.6}] ({about})");
    Ok(())
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
