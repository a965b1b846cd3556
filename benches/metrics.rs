//! Times of the metrics, as lines of `name milliseconds`; `benches/peers.py` times SciPy and torchmetrics on the very same numbers.
//!
//! `cargo bench --bench metrics -- [largest dimension] [folder]` also writes the numbers to the folder, as NumPy files, for the peers to read.

use std::path::PathBuf;
use std::time::Instant;

use noisewalk::diffusion::noise::{Purpose, Stream};
use noisewalk::metrics::image::Images;
use noisewalk::metrics::kernel::{Estimator, Kernel, mmd};
use noisewalk::metrics::manifold::{Rim, manifold};
use noisewalk::metrics::ssim::{SsimOptions, ssim};
use noisewalk::metrics::transport::sliced_wasserstein;
use noisewalk::metrics::{Features, frechet};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Where the data goes, if anywhere.
struct Data {
    folder: Option<PathBuf>,
}

impl Data {
    /// Normal numbers `[rows, dimensions]` of a seed, also written as `SEED_ROWSxDIMENSIONS.npy`.
    fn features(&self, seed: u64, rows: usize, dimensions: usize) -> Outcome<Features> {
        let normal = Stream::new(seed, Purpose::Evaluation).normal(rows * dimensions);
        let features = Features::new(normal.into_iter().map(f64::from).collect(), dimensions)?;
        if let Some(folder) = &self.folder {
            std::fs::create_dir_all(folder)?;
            let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {dimensions}), }}\n");
            let size = u16::try_from(header.len())?.to_le_bytes();
            let numbers = features.values().iter().flat_map(|value| value.to_le_bytes());
            let bytes = b"\x93NUMPY\x01\x00".iter().copied().chain(size).chain(header.bytes()).chain(numbers);
            std::fs::write(folder.join(format!("{seed}_{rows}x{dimensions}.npy")), bytes.collect::<Vec<u8>>())?;
        }
        Ok(features)
    }
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

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let largest = words.iter().find_map(|word| word.parse().ok()).unwrap_or(512);
    let data = Data { folder: words.iter().find(|word| word.parse::<usize>().is_err()).map(PathBuf::from) };
    for dimensions in [64, 512, 2048].into_iter().filter(|dimensions| *dimensions <= largest) {
        let [a, b] = [data.features(1, 1000, dimensions)?, data.features(2, 1000, dimensions)?];
        time(&format!("statistics_1000x{dimensions}"), || frechet::Statistics::of(&a));
        let [a, b] = [a, b].map(|set| frechet::Statistics::of(&set));
        time(&format!("frechet_{dimensions}"), || frechet::between(&a, &b));
    }
    let [a, b] = [data.features(1, 1000, 64)?, data.features(2, 1000, 64)?];
    time("kid_1000x64", || mmd(&a, &b, Kernel::default(), Estimator::Unbiased));
    time("prdc_1000x64", || manifold(&a, &b, 5, Rim::Outside));
    time("swd_1000x64_100", || sliced_wasserstein(&a, &b, 2.0, 100, 0));
    let pictures = |seed| -> Outcome<Images> {
        let set = data.features(seed, 16, 3 * 64 * 64)?;
        Ok(Images::new(set.values().to_vec(), [16, 3, 64, 64])?)
    };
    let (x, y) = (pictures(1)?, pictures(2)?);
    time("ssim_16x3x64x64", || ssim(&x, &y, &SsimOptions::torchmetrics(1.0)));
    Ok(())
}
