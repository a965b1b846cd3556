//! Times of building plans, as lines of `plan_SAMPLER_STEPS milliseconds`; `benches/plan_peers.py` times diffusers on the same work.
//!
//! `cargo bench --bench plans -- [largest number of steps]`

use std::time::{Duration, Instant};

use noisewalk::diffusion::plan::Threshold;
use noisewalk::diffusion::sampler::{Sampler, SamplerOptions};
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};

/// The shortest of many runs, which is the one that nothing else on the machine has disturbed.
fn shortest<T>(work: impl Fn() -> T) -> Duration {
    let begin = Instant::now();
    let mut best = Duration::MAX;
    for run in 0..1000 {
        if run >= 3 && begin.elapsed() > Duration::from_millis(200) {
            break;
        }
        let start = Instant::now();
        std::hint::black_box(work());
        best = best.min(start.elapsed());
    }
    best
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let largest = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1000);
    // Twice as many timesteps as steps, so that every sampler finds enough of them.
    let num_train_timesteps = 2 * largest.max(500);
    let beta_schedule = BetaSchedule::Linear;
    let config = ScheduleConfig { num_train_timesteps, beta_schedule, ..ScheduleConfig::default() };
    let schedule = NoiseSchedule::new(&config)?;
    for sampler in Sampler::ALL {
        for steps in [20, 50, 1000].into_iter().filter(|steps| *steps <= largest) {
            let options = SamplerOptions {
                steps,
                threshold: Threshold::None,
                skip_prk_steps: true,
                original_inference_steps: steps.max(50),
                jump_n_sample: 2,
                ..SamplerOptions::default()
            };
            sampler.plan(&schedule, &options)?;
            let time = shortest(|| sampler.plan(&schedule, &options));
            println!("plan_{}_{steps} {:.4}", sampler.name(), time.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}
