//! Times of the metrics, as lines of `name milliseconds`; `benches/peers.py` times SciPy on the same data.
//!
//! `cargo bench --bench metrics -- [largest dimension]`

use std::time::Instant;

use noisewalk::diffusion::noise::{Purpose, Stream};
use noisewalk::metrics::image::Images;
use noisewalk::metrics::kernel::{Estimator, Kernel, mmd};
use noisewalk::metrics::manifold::{Rim, manifold};
use noisewalk::metrics::ssim::{SsimOptions, ssim};
use noisewalk::metrics::transport::sliced_wasserstein;
use noisewalk::metrics::{Features, MetricError, frechet};

fn features(seed: u64, rows: usize, dimensions: usize) -> Result<Features, MetricError> {
    let normal = Stream::new(seed, Purpose::Evaluation).normal(rows * dimensions);
    Features::new(normal.into_iter().map(f64::from).collect(), dimensions)
}

/// Best of three.
fn time<T>(name: &str, work: impl Fn() -> T) {
    let one = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64() * 1e3
    };
    println!("{name} {:.3}", (0..3).map(one).fold(f64::INFINITY, f64::min));
}

fn main() -> Result<(), MetricError> {
    let largest = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(512);
    for dimensions in [64, 512, 2048].into_iter().filter(|dimensions| *dimensions <= largest) {
        let [a, b] = [features(1, 1000, dimensions)?, features(2, 1000, dimensions)?];
        time(&format!("statistics_1000x{dimensions}"), || frechet::Statistics::of(&a));
        let [a, b] = [a, b].map(|set| frechet::Statistics::of(&set));
        time(&format!("frechet_{dimensions}"), || frechet::between(&a, &b));
    }
    let [a, b] = [features(1, 1000, 64)?, features(2, 1000, 64)?];
    time("kid_1000x64", || mmd(&a, &b, Kernel::default(), Estimator::Unbiased));
    time("prdc_1000x64", || manifold(&a, &b, 5, Rim::Outside));
    time("swd_1000x64_100", || sliced_wasserstein(&a, &b, 2.0, 100, 0));
    let pictures = |seed| {
        let set = features(seed, 16, 3 * 64 * 64)?;
        Images::new(set.values().to_vec(), [16, 3, 64, 64])
    };
    let (x, y) = (pictures(1)?, pictures(2)?);
    time("ssim_16x3x64x64", || ssim(&x, &y, &SsimOptions::torchmetrics(1.0)));
    Ok(())
}
