//! Every metric by name: what it needs, which direction is better, how many samples it takes to mean something.

/// What a metric compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Two sets of features.
    FeatureSets,
    /// Samples, training data and held-out data as features.
    TrainAndHeldOut,
    /// Class logits of one set.
    Logits,
    /// Pictures, pair by pair.
    PicturePairs,
    /// Feature maps of pictures, pair by pair and layer by layer.
    FeatureMapPairs,
    /// Embeddings of pictures and of prompts, pair by pair.
    EmbeddingPairs,
}

/// Which way a score improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Smaller is better.
    Lower,
    /// Larger is better.
    Higher,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its short name, as on the command line.
    pub name: &'static str,
    /// Its full name.
    pub title: &'static str,
    /// What it compares.
    pub needs: Needs,
    /// Which way it improves.
    pub better: Better,
    /// Fewer samples than this earn a warning: the count published scores use, or where bias drowns the score.
    pub usual_samples: usize,
}

const fn metric(name: &'static str, title: &'static str, needs: Needs, better: Better, usual_samples: usize) -> Metric {
    Metric { name, title, needs, better, usual_samples }
}

/// All metrics.
pub const METRICS: [Metric; 15] = [
    metric("fid", "Fréchet distance", Needs::FeatureSets, Better::Lower, 10_000),
    metric("kid", "Kernel distance", Needs::FeatureSets, Better::Lower, 1_000),
    metric("is", "Inception score", Needs::Logits, Better::Higher, 5_000),
    metric("precision", "Improved precision", Needs::FeatureSets, Better::Higher, 5_000),
    metric("recall", "Improved recall", Needs::FeatureSets, Better::Higher, 5_000),
    metric("density", "Density", Needs::FeatureSets, Better::Higher, 5_000),
    metric("coverage", "Coverage", Needs::FeatureSets, Better::Higher, 5_000),
    metric("swd", "Sliced Wasserstein distance", Needs::FeatureSets, Better::Lower, 1_000),
    metric("memorised", "Memorised share", Needs::FeatureSets, Better::Lower, 100),
    metric("copying", "Data-copying score", Needs::TrainAndHeldOut, Better::Higher, 100),
    metric("mse", "Mean squared error", Needs::PicturePairs, Better::Lower, 1),
    metric("psnr", "Peak signal-to-noise ratio", Needs::PicturePairs, Better::Higher, 1),
    metric("ssim", "Structural similarity", Needs::PicturePairs, Better::Higher, 1),
    metric("lpips", "Learned perceptual distance", Needs::FeatureMapPairs, Better::Lower, 1),
    metric("clip", "Cosine alignment", Needs::EmbeddingPairs, Better::Higher, 100),
];

/// The metric called `name`.
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

impl Metric {
    /// A warning where `samples` samples of `dimensions` numbers are too few to trust the score; 1 dimension where there is no such number.
    pub fn warning(&self, samples: usize, dimensions: usize) -> Option<String> {
        let title = self.title;
        if self.name == "fid" && samples <= dimensions {
            return Some(format!(
                "{samples} samples of {dimensions} features make a singular covariance, and the {title} is far too large; \
                 take more samples or fewer features"
            ));
        }
        let usual = self.usual_samples;
        (samples < usual).then(|| {
            format!(
                "{title} of {samples} samples is rough: {usual} or more are usual; compare only scores of equal counts"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (i, metric) in METRICS.iter().enumerate() {
            assert_eq!(METRICS.iter().position(|other| other.name == metric.name), Some(i));
            assert_eq!(find(metric.name), Some(metric));
        }
        assert_eq!(find("unknown"), None);
    }

    #[test]
    fn few_samples_earn_a_warning() {
        let fid = find("fid").unwrap();
        assert!(fid.warning(500, 512).unwrap().contains("singular"));
        assert!(fid.warning(5_000, 512).unwrap().contains("rough"));
        assert_eq!(fid.warning(10_000, 512), None);
    }
}
