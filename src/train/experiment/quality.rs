//! How far pictures are from real ones, with its confidence.

use super::MeasureArgs;
use crate::data::avatar::SIZE;
use crate::metrics::bootstrap::Bootstrap;
use crate::metrics::frechet::frechet_distance;
use crate::metrics::{Features, MetricError, Scores, repeats};
use crate::model::clip::ClipModel;
use crate::protocol::Measured;
use crate::train::config::DataConfig;
use crate::train::dataset::Dataset;
use crate::train::failure::{Context, Outcome};
use crate::train::image_features::{features, open_clip, pictures};

/// Seeds of real pictures and of the examples that errors are measured on, far from those that training counts up from 0.
pub const HELD_OUT: u64 = 0x5eed_0000_0000;

/// The judge: an image encoder, and real pictures as it sees them.
pub struct Quality {
    clip: ClipModel,
    real: Features,
    bootstrap: Bootstrap,
    /// Fréchet distance between two sets of real pictures.
    pub floor: f64,
}

impl Quality {
    /// Reads the encoder and shows it as many real pictures as will be sampled.
    ///
    /// # Errors
    /// Where the encoder cannot be read.
    pub fn open(args: &MeasureArgs) -> Outcome<Self> {
        let clip = open_clip(&args.clip)?;
        let dataset = Dataset::open(&DataConfig::Avatars, SIZE)?;
        let real = |set: u64| {
            let mut planes = Vec::new();
            (0..args.samples as u64).for_each(|index| dataset.push(HELD_OUT + set, index, &mut planes));
            features(clip.image_features(pictures(&planes)))
        };
        let (real, other) = (real(1)?, real(2)?);
        let floor = frechet_distance(&real, &other).context("the Fréchet distance of real pictures")?;
        let bootstrap = Bootstrap { replicates: args.replicates, ..Bootstrap::default() };
        Ok(Self { clip, real, bootstrap, floor })
    }

    /// Features of pictures, planes in [−1, 1].
    ///
    /// # Errors
    /// Where they are not finite.
    pub fn features(&self, planes: &[f32]) -> Outcome<Features> {
        features(self.clip.image_features(pictures(planes)))
    }

    /// The Fréchet distance of samples to real pictures, averaged over the sets of several seeds.
    ///
    /// # Errors
    /// Where a set is too small.
    pub fn distance(&self, x: f64, sets: &[Features]) -> Outcome<Measured> {
        let of = |sets: &[Features]| -> Result<Vec<f64>, MetricError> {
            let (real, sampled) = sets.split_first().ok_or(MetricError::TooFew { found: 0, needed: 1 })?;
            sampled.iter().map(|set| frechet_distance(real, set)).collect()
        };
        let all: Vec<&Features> = std::iter::once(&self.real).chain(sets).collect();
        let whole: Vec<Features> = all.iter().map(|set| (*set).clone()).collect();
        let scores = Scores(of(&whole).context("the Fréchet distance")?);
        let mean = |sets: &[Features]| of(sets).map(|scores| Scores(scores).mean());
        self.measured(x, &scores, &all, mean)
    }

    /// The mean of numbers that several seeds have for the same examples: `[seeds][examples]`.
    ///
    /// # Errors
    /// Where a number is not finite.
    pub fn mean(&self, x: f64, errors: &[&[f32]]) -> Outcome<Measured> {
        let mean = |numbers: &[f32]| numbers.iter().map(|n| f64::from(*n)).sum::<f64>() / numbers.len().max(1) as f64;
        let scores = Scores(errors.iter().map(|errors| mean(errors)).collect());
        let examples = errors.first().map_or(0, |errors| errors.len());
        let of_example = |example: usize| {
            errors.iter().map(|errors| f64::from(errors[example])).sum::<f64>() / errors.len().max(1) as f64
        };
        let examples = Features::new((0..examples).map(of_example).collect(), 1).context("the errors")?;
        let mean = |sets: &[Features]| Ok(sets[0].values().iter().sum::<f64>() / sets[0].len().max(1) as f64);
        self.measured(x, &scores, &[&examples], mean)
    }

    /// The mean score with an interval that knows both of sampled pictures and of training seeds.
    ///
    /// Its half-width is `√(b² + s²)`: b is that of the bootstrap over pictures, s that of Student's t over seeds.
    /// It is centred on the score: a resample's Fréchet distance is too large by as much again as the score itself is, and so is the floor's,
    /// so only the width of the bootstrap's interval tells curves apart.
    fn measured(
        &self,
        x: f64,
        scores: &Scores,
        sets: &[&Features],
        metric: impl Fn(&[Features]) -> Result<f64, MetricError>,
    ) -> Outcome<Measured> {
        let interval = self.bootstrap.interval(sets, metric).context("the confidence interval")?;
        let half = (0.5 * (interval.high - interval.low)).hypot(repeats::half_width(scores));
        let value = scores.mean();
        Ok(Measured { x, value, low: (value - half).max(0.0), high: value + half })
    }
}
