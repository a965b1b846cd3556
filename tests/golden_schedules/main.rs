//! Noise schedules, sigma grids and timesteps against diffusers, k-diffusion, denoising-diffusion-pytorch and smalldiffusion.

#[path = "../common/golden.rs"]
mod golden;
#[path = "../common/peers.rs"]
mod peers;

mod grids;
mod tables;

use golden::{Case, Outcome, Settings};

#[test]
fn schedules_match_the_peers() {
    golden::run("schedules.json", |case: &Case| -> Outcome {
        let settings = Settings::new(&case.inputs)?;
        let comparisons = match settings.text("group")? {
            "betas" => tables::betas(case, &settings),
            "lucid" => tables::lucidrains(case, &settings),
            "zsnr" => tables::zero_snr(case, &settings),
            "continuous" => tables::continuous(case, &settings),
            "smalldiffusion" => grids::smalldiffusion(case, &settings),
            "sigmas" if case.inputs.get("scheduler").is_some() => grids::scheduler(case, &settings),
            "sigmas" => grids::k_diffusion(case, &settings),
            "timesteps" => grids::timesteps(case, &settings),
            other => Err(format!("unknown group {other}")),
        }?;
        settings.finish()?;
        Ok(comparisons)
    });
}
