//! `noisewalk eval`: metrics of two folders of pictures or two files of features.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::attributes_command::{self, SeenArgs};
use super::clip_retrieval::{self, RetrievalArgs};
use super::eval_scores::{Resampling, mean};
use super::failure::{Context, Failure, Outcome};
use super::feature_file;
use super::prompts_command::{self, PromptsArgs};
use crate::metrics::frechet::frechet_distance;
use crate::metrics::image::{mse_each, psnr_of_mse};
use crate::metrics::inception::inception_score;
use crate::metrics::manifold::{Membership, Rim, membership};
use crate::metrics::ssim::{SsimOptions, ssim};
use crate::metrics::{Features, registry};

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
    /// How well a CLIP tells which caption belongs to which picture
    Retrieval(RetrievalArgs),
}

/// Arguments of the metrics of sets.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The metric
    #[arg(skip)]
    score: Score,
    /// A folder of pictures, or features [samples, numbers] as .npy or .safetensors; ssim and psnr take pictures [N, C, H, W] there
    a: PathBuf,
    /// What it is compared with; `is` takes none
    b: Option<PathBuf>,
    /// Replicates of the bootstrap interval; 0 for no interval. 100 where absent, fewer or none for fid of more than 512 numbers
    #[arg(long)]
    replicates: Option<usize>,
    /// ssim and psnr: largest value less the smallest that a picture can have
    #[arg(long, default_value_t = 1.0)]
    data_range: f64,
    /// Neighbours of precision, recall, density and coverage
    #[arg(long, default_value_t = 5)]
    nearest_k: usize,
    /// Seed of subsets and resampling
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl EvalArgs {
    fn resampling(&self) -> Resampling {
        Resampling { replicates: self.replicates, seed: self.seed }
    }
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
        EvalCommand::Retrieval(args) => return clip_retrieval::run(&args),
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
            args.resampling().print_kid(&a, &b, &about)?;
        }
        Score::Prdc => {
            warn("precision", samples, a.dimensions());
            let about = format!("k = {}; {about}", args.nearest_k);
            let each = membership(&a, &b, args.nearest_k, Rim::Outside).context("precision and recall")?;
            let Membership { precision, recall, density, coverage } = each;
            let named = [("precision", precision), ("recall", recall), ("density", density), ("coverage", coverage)];
            let resampling = args.resampling();
            named.into_iter().try_for_each(|(name, each)| resampling.print_mean(name, each, &about))?;
        }
        _ => {
            warn("fid", samples, a.dimensions());
            let resampling = args.resampling().of_frechet(a.dimensions());
            resampling.print("fid", &[&a, &b], |sets| frechet_distance(&sets[0], &sets[1]), &about)?;
        }
    }
    Ok(())
}

fn logits(args: &EvalArgs) -> Outcome<()> {
    if args.b.is_some() {
        return Err(Failure::new("the inception score judges one set by itself; name only that"));
    }
    if args.a.is_dir() {
        return Err(Failure::new(
            "the inception score needs class logits [samples, classes] as .npy or .safetensors, not pictures; \
             run a classifier on them first",
        ));
    }
    let (logits, _) = feature_file::features(&args.a)?;
    warn("is", logits.len(), logits.dimensions());
    let spread = inception_score(&logits, IS_SPLITS).context("the inception score")?.std_population();
    let about = format!("± {spread:.6} over {IS_SPLITS} splits; {} samples", logits.len());
    args.resampling().print("is", &[&logits], |sets| Ok(inception_score(&sets[0], IS_SPLITS)?.mean()), &about)
}

fn pictures(args: &EvalArgs) -> Outcome<()> {
    let range = args.data_range;
    if !(range > 0.0 && range.is_finite()) {
        return Err(Failure::new(format!("--data-range is {range}, but must be above 0")));
    }
    let a = feature_file::images(&args.a)?;
    let b = feature_file::images(second(args)?)?;
    let about = format!("{} pairs of pictures", a.shape()[0]);
    if matches!(args.score, Score::Psnr) {
        let errors = Features::new(mse_each(&a, &b).context("PSNR")?, 1).context("PSNR")?;
        return args.resampling().print("psnr", &[&errors], |sets| psnr_of_mse(mean(&sets[0]), range), &about);
    }
    let scores = ssim(&a, &b, &SsimOptions::torchmetrics(range)).context("SSIM")?;
    args.resampling().print_mean("ssim", scores, &about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::grid;

    fn eval(score: Score, a: PathBuf, b: Option<PathBuf>) -> Outcome<()> {
        measure(&EvalArgs { score, a, b, replicates: Some(5), data_range: 1.0, nearest_k: 2, seed: 0 })
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
        assert!(eval(Score::Is, path(), None).unwrap_err().to_string().contains("classifier"));
        assert!(eval(Score::Is, path(), Some(path())).unwrap_err().to_string().contains("one set"));
        assert!(eval(Score::Fid, path().join("none"), None).is_err());
    }

    #[test]
    fn files_of_pictures_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, shape: &str| {
            let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
            let data: Vec<u8> = (0..2 * 3 * 16 * 16).flat_map(|i| ((i * i % 97) as f32 / 97.0).to_le_bytes()).collect();
            let size = (header.len() as u16).to_le_bytes();
            let bytes = [b"\x93NUMPY\x01\x00", &size[..], header.as_bytes(), &data].concat();
            std::fs::write(folder.path().join(name), bytes).unwrap();
        };
        write("four.npy", "(2, 3, 16, 16)");
        write("flat.npy", "(2, 768)");
        let path = |name: &str| folder.path().join(name);
        for score in [Score::Ssim, Score::Psnr] {
            eval(score, path("four.npy"), Some(path("four.npy"))).unwrap();
            assert!(
                eval(score, path("flat.npy"), Some(path("four.npy"))).unwrap_err().to_string().contains("[N, C, H, W]")
            );
        }
    }
}
