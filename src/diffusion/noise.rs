//! Seeded standard normal noise: same seed, same bits, native and in the browser.
//!
//! The generator is counter-based: any block of any draw of any sample is computed on its own, without a state.
//! So the third picture of a batch is the third picture alone, and a branch changes only the draws after it.

use super::math;

/// Philox4x32-10 of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
///
/// Maps a 128-bit counter and a 64-bit key to 128 random bits.
pub fn philox4x32(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    for _ in 0..10 {
        let p0 = MULTIPLIERS[0] * u64::from(counter[0]);
        let p1 = MULTIPLIERS[1] * u64::from(counter[2]);
        counter =
            [(p1 >> 32) as u32 ^ counter[1] ^ key[0], p1 as u32, (p0 >> 32) as u32 ^ counter[3] ^ key[1], p0 as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// What a stream of random numbers is for; streams of different purposes never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// The noise of sampling: draw 0 is the starting state, draw `i + 1` the noise term `i` of a plan.
    Sampling = 0,
    /// The noise of the forward process in lessons.
    Forward = 1,
    /// Training: noise and timesteps.
    Training = 2,
    /// Choosing data: which avatar, which order.
    Data = 3,
    /// Initial network weights.
    Weights = 4,
    /// Random choices of metrics: subsets, directions, resampling.
    Evaluation = 5,
}

/// One stream of random numbers, named by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// The seed a person chose.
    pub seed: u64,
    /// What the numbers are for.
    pub purpose: Purpose,
    /// Which sample of a batch.
    pub sample: u32,
    /// Which draw of that sample.
    pub draw: u32,
}

impl Stream {
    /// The stream of `purpose` for sample 0, draw 0.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self { seed, purpose, sample: 0, draw: 0 }
    }

    /// The same stream for sample `sample`.
    pub fn sample(self, sample: u32) -> Self {
        Self { sample, ..self }
    }

    /// The same stream at draw `draw`.
    pub fn draw(self, draw: u32) -> Self {
        Self { draw, ..self }
    }

    /// Block `index` of 128 random bits.
    pub fn block(&self, index: u32) -> [u32; 4] {
        let key = [self.seed as u32, (self.seed >> 32) as u32];
        philox4x32([index, self.draw, self.sample, self.purpose as u32], key)
    }

    /// Block `index` as a 64-bit number: the seed of something else.
    pub fn seed_at(&self, index: u32) -> u64 {
        let [low, high, ..] = self.block(index);
        (u64::from(high) << 32) | u64::from(low)
    }

    /// Number `index` of the stream, uniform in [0, 1), with 53 random bits.
    pub fn uniform(&self, index: u32) -> f64 {
        let [a, b, ..] = self.block(index);
        to_unit(a, b)
    }

    /// Number `index` of the stream, a whole number uniform in `0..bound`; 0 where `bound` is 0.
    ///
    /// Multiply-shift of 64 random bits (Lemire 2019); its bias is below `bound / 2⁶⁴`.
    pub fn below(&self, index: u32, bound: u32) -> u32 {
        let [a, b, ..] = self.block(index);
        let bits = (u64::from(a) << 32) | u64::from(b);
        ((u128::from(bits) * u128::from(bound)) >> 64) as u32
    }

    /// Fills `out` with independent N(0, 1) numbers: Box and Muller (1958) on 53-bit uniforms, rounded to `f32`.
    pub fn fill_normal(&self, out: &mut [f32]) {
        for (index, pair) in out.chunks_mut(2).enumerate() {
            let normals = box_muller(self.block(index as u32));
            for (slot, value) in pair.iter_mut().zip(normals) {
                *slot = value as f32;
            }
        }
    }

    /// `count` independent N(0, 1) numbers.
    pub fn normal(&self, count: usize) -> Vec<f32> {
        let mut out = vec![0.0; count];
        self.fill_normal(&mut out);
        out
    }
}

/// Number `index` of [`batch_normal`] with `values` numbers a sample, without the others.
pub fn batch_normal_at(stream: Stream, values: usize, index: usize) -> f32 {
    let (sample, within) = (index / values.max(1), index % values.max(1));
    box_muller(stream.sample(sample as u32).block((within / 2) as u32))[within % 2] as f32
}

/// Noise of a batch, `[count, values]` row-major: row `k` is sample `k` of the stream.
pub fn batch_normal(stream: Stream, count: usize, values: usize) -> Vec<f32> {
    let mut out = vec![0.0; count * values];
    for (sample, row) in out.chunks_mut(values.max(1)).enumerate() {
        stream.sample(sample as u32).fill_normal(row);
    }
    out
}

fn to_unit(high: u32, low: u32) -> f64 {
    const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
    (((u64::from(high) << 32) | u64::from(low)) >> 11) as f64 * SCALE
}

fn box_muller([a, b, c, d]: [u32; 4]) -> [f64; 2] {
    // 1 − u lies in (0, 1], so the logarithm is finite.
    let radius = math::sqrt(-2.0 * math::ln(1.0 - to_unit(a, b)));
    let angle = 2.0 * core::f64::consts::PI * to_unit(c, d);
    [radius * math::cos(angle), radius * math::sin(angle)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_the_same_number() {
        let stream = Stream::new(5, Purpose::Forward).draw(2);
        for values in [1, 2, 7, 12] {
            let all = batch_normal(stream, 3, values);
            let alone: Vec<f32> = (0..3 * values).map(|index| batch_normal_at(stream, values, index)).collect();
            assert_eq!(alone, all, "{values} numbers a sample");
        }
    }

    /// Known answers of the Random123 distribution (`kat_vectors`, philox4x32-10).
    #[test]
    fn philox_matches_the_published_vectors() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn noise_is_standard_normal() {
        let n = 200_000;
        let x = Stream::new(7, Purpose::Sampling).normal(n);
        let moment = |k: i32| x.iter().map(|&v| f64::from(v).powi(k)).sum::<f64>() / n as f64;
        // Five standard errors of each moment's estimate: √(Var xᵏ / n).
        let bound = |variance: f64| 5.0 * (variance / n as f64).sqrt();
        assert!(moment(1).abs() < bound(1.0));
        assert!((moment(2) - 1.0).abs() < bound(2.0));
        assert!(moment(3).abs() < bound(15.0));
        assert!((moment(4) - 3.0).abs() < bound(96.0));
    }

    #[test]
    fn samples_draws_and_purposes_are_independent_streams() {
        let stream = Stream::new(7, Purpose::Sampling);
        let base = stream.normal(8);
        assert_ne!(base, stream.sample(1).normal(8));
        assert_ne!(base, stream.draw(1).normal(8));
        assert_ne!(base, Stream::new(7, Purpose::Training).normal(8));
        assert_eq!(base[..5], stream.normal(5)[..]);
        assert_eq!(batch_normal(stream, 3, 5)[10..], stream.sample(2).normal(5)[..]);
    }

    #[test]
    fn bounded_numbers_stay_in_their_range() {
        let stream = Stream::new(3, Purpose::Data);
        let mut seen = [0u32; 6];
        (0..6_000).for_each(|i| seen[stream.below(i, 6) as usize] += 1);
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(stream.below(0, 0), 0);
    }
}
