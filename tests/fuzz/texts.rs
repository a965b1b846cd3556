//! Text: the part atlas, names, a scheduler's settings.

use noisewalk::data::avatar::atlas::{ATLAS_TEXT, parse, write};
use noisewalk::diffusion::sampler::Sampler;
use noisewalk::diffusion::schedule::NoiseSchedule;
use noisewalk::diffusion::scheduler_config::SchedulerConfig;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::memory::assert_modest;
use crate::mutation::{damaged, with_another_value};
use crate::seeded;

/// Settings of one class of each kind, as diffusers writes them.
fn configs() -> Vec<Value> {
    vec![
        json!({"_class_name": "DDPMScheduler", "_diffusers_version": "0.42.1", "num_train_timesteps": 50, "beta_start": 1e-4,
            "beta_end": 0.02, "beta_schedule": "linear", "trained_betas": null, "variance_type": "fixed_small",
            "clip_sample": true, "clip_sample_range": 1.0, "prediction_type": "epsilon", "thresholding": false,
            "dynamic_thresholding_ratio": 0.995, "sample_max_value": 1.0, "timestep_spacing": "leading",
            "steps_offset": 0, "rescale_betas_zero_snr": false}),
        json!({"_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 40, "beta_schedule": "scaled_linear",
            "use_karras_sigmas": true, "sigma_min": 0.03, "sigma_max": 14.0, "timestep_type": "discrete",
            "interpolation_type": "linear", "final_sigmas_type": "zero", "rho": 7.0}),
        json!({"_class_name": "DPMSolverMultistepScheduler", "num_train_timesteps": 30, "solver_order": 3,
            "algorithm_type": "sde-dpmsolver++", "solver_type": "heun", "lower_order_final": true, "euler_at_final": false,
            "lambda_min_clipped": -5.1, "use_lu_lambdas": false, "use_flow_sigmas": false, "flow_shift": 1.0}),
        json!({"_class_name": "UniPCMultistepScheduler", "num_train_timesteps": 30, "solver_order": 2, "predict_x0": true,
            "disable_corrector": [0], "use_beta_sigmas": true, "lambda_min_clipped": "-inf"}),
        json!({"_class_name": "SASolverScheduler", "num_train_timesteps": 30, "predictor_order": 2, "corrector_order": 2}),
        json!({"_class_name": "PNDMScheduler", "num_train_timesteps": 30, "skip_prk_steps": true, "set_alpha_to_one": false}),
        json!({"_class_name": "EDMEulerScheduler", "sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5, "rho": 7.0}),
        json!({"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 30, "shift": 3.0,
            "shift_terminal": 0.1, "use_dynamic_shifting": false, "time_shift_type": "exponential"}),
        json!({"_class_name": "LCMScheduler", "num_train_timesteps": 50, "original_inference_steps": 25, "timestep_scaling": 10.0}),
        json!({"_class_name": "RePaintScheduler", "num_train_timesteps": 30, "eta": 0.5}),
    ]
}

/// Reads settings and, where they make a sampler and a schedule, the plan of four steps, whose numbers are then all finite.
fn use_config(config: &SchedulerConfig) -> Result<(), TestCaseError> {
    let Ok(mut reading) = config.read() else { return Ok(()) };
    reading.options.steps = 4;
    let Ok(schedule) = NoiseSchedule::new(&reading.schedule) else { return Ok(()) };
    if let Ok(plan) = reading.sampler.plan(&schedule, &reading.options) {
        prop_assert!(plan.init_noise_sigma.is_finite(), "{config:?}");
        for stage in &plan.stages {
            let terms = [&stage.states, &stage.denoised, &stage.unclipped, &stage.clamped, &stage.noise];
            prop_assert!(terms.into_iter().flatten().all(|term| term.coefficient.is_finite()), "{config:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(seeded(3000))]

    #[test]
    fn settings_in_broken_json_are_read_or_refused(
        bytes in damaged(configs().iter().map(|config| config.to_string().into_bytes()).collect())
    ) {
        if let Ok(config) = serde_json::from_slice::<SchedulerConfig>(&bytes) {
            use_config(&config)?;
        }
        assert_modest();
    }

    #[test]
    fn settings_with_foreign_values_are_read_or_refused(
        value in prop::sample::select(configs()).prop_flat_map(with_another_value)
    ) {
        if let Ok(config) = serde_json::from_value::<SchedulerConfig>(value) {
            use_config(&config)?;
        }
        assert_modest();
    }

    #[test]
    fn names_of_samplers_are_known_or_refused(name in ".{0,20}") {
        if let Ok(sampler) = name.parse::<Sampler>() {
            prop_assert_eq!(sampler.name(), name.trim().to_ascii_lowercase().replace('_', "-"));
        }
    }
}

proptest! {
    #![proptest_config(seeded(300))]

    #[test]
    fn the_atlas_is_read_as_far_as_it_goes(bytes in damaged(vec![ATLAS_TEXT.as_bytes()[..4000].to_vec()])) {
        let atlas = parse(&String::from_utf8_lossy(&bytes));
        prop_assert_eq!(parse(&write(&atlas, "")), atlas);
        assert_modest();
    }
}
