//! The pure layer gives the same bits natively and in a browser: this file runs in both.
//!
//! A fingerprint is FNV-1a (64 bits) over the little-endian bytes of the numbers; one bit that differs changes it.

use noisewalk::diffusion::noise::{Purpose, Stream};
use noisewalk::diffusion::sampler::{Sampler, SamplerOptions};
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

// A number that changes on purpose changes here too; links that people shared then show other pictures.
const NOISE: u64 = 0x1152_df72_073c_85cf;
const SCHEDULES: u64 = 0x85dd_213f_8026_da42;
const PLANS: u64 = 0x848e_e9c7_fa5c_c7a2;

#[cfg(target_family = "wasm")]
wasm_bindgen_test_configure!(run_in_browser);

fn fingerprint(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_fingerprint_is_fnv_1a() {
    // The test vectors of the hash's own authors (Fowler, Noll, Vo).
    assert_eq!(fingerprint(*b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fingerprint(*b"a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fingerprint(*b"foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn noise_has_the_same_bits_everywhere() {
    let mut noise = [0.0f32; 4096];
    Stream::new(7, Purpose::Sampling).sample(3).draw(2).fill_normal(&mut noise);
    assert_eq!(fingerprint(noise.into_iter().flat_map(f32::to_le_bytes)), NOISE);
}

#[test]
fn schedules_have_the_same_bits_everywhere() {
    let curves =
        [BetaSchedule::Linear, BetaSchedule::ScaledLinear, BetaSchedule::SquaredcosCapV2, BetaSchedule::Sigmoid];
    let bytes = curves.into_iter().flat_map(|beta_schedule| {
        let schedule = NoiseSchedule::new(&ScheduleConfig { beta_schedule, ..ScheduleConfig::default() }).unwrap();
        schedule.alphas_cumprod().to_vec().into_iter().flat_map(f64::to_le_bytes)
    });
    assert_eq!(fingerprint(bytes), SCHEDULES);
    // Past the end is the end, also where a usize has 32 bits.
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).unwrap();
    assert_eq!(schedule.alpha_cumprod(i64::MAX).to_bits(), schedule.alpha_cumprod(999).to_bits());
}

#[test]
fn plans_have_the_same_bits_everywhere() {
    let schedule = NoiseSchedule::new(&ScheduleConfig::default()).unwrap();
    let options = SamplerOptions { steps: 12, eta: 0.5, ..SamplerOptions::default() };
    let plans = [Sampler::Ddpm, Sampler::Ddim].map(|sampler| sampler.plan(&schedule, &options).unwrap());
    let numbers = plans.iter().flat_map(|plan| &plan.stages).flat_map(|stage| {
        let terms = stage.states.iter().chain(&stage.denoised).chain(&stage.noise);
        [stage.level.alpha, stage.level.sigma].into_iter().chain(terms.map(|term| term.coefficient))
    });
    assert_eq!(fingerprint(numbers.flat_map(f64::to_le_bytes)), PLANS);
}
