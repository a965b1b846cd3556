//! Plans of every sampler, for options at and beyond every edge.

use noisewalk::diffusion::inpaint::KnownNoise;
use noisewalk::diffusion::mixture::{Component, GaussianMixture};
use noisewalk::diffusion::plan::{Plan, Threshold};
use noisewalk::diffusion::sampler::{
    Churn, FinalSigmas, PlanError, Sampler, SamplerOptions, SigmaFamily, Space, TimeShift, TimestepSpacing,
};
use noisewalk::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{finite, runs};

fn schedule(index: usize, total: usize, zero: bool) -> NoiseSchedule {
    let config = ScheduleConfig {
        num_train_timesteps: total,
        beta_schedule: BetaSchedule::ALL[index],
        rescale_betas_zero_snr: zero,
        ..ScheduleConfig::default()
    };
    NoiseSchedule::new(&config).unwrap()
}

fn counts() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![8 => 0..12usize, 1 => Just(1000), 1 => Just(usize::MAX), 1 => any::<usize>()]
}

fn families() -> impl Strategy<Value = SigmaFamily> {
    prop_oneof![
        Just(SigmaFamily::Training),
        Just(SigmaFamily::Karras),
        Just(SigmaFamily::Polyexponential),
        Just(SigmaFamily::Beta),
        Just(SigmaFamily::LogLinear),
        (finite(), finite(), finite()).prop_map(|(beta_d, beta_min, eps_s)| SigmaFamily::ContinuousVp {
            beta_d,
            beta_min,
            eps_s
        }),
        vec(finite(), 0..5).prop_map(SigmaFamily::Custom),
        Just(SigmaFamily::Custom(vec![3.0, 1.0, 0.0])),
    ]
}

fn shifts() -> impl Strategy<Value = TimeShift> {
    prop_oneof![
        finite().prop_map(TimeShift::Shift),
        finite().prop_map(TimeShift::Exponential),
        finite().prop_map(TimeShift::Linear)
    ]
}

fn spaces() -> impl Strategy<Value = Option<Space>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Space::VarianceExploding)),
        1 => Just(Some(Space::VariancePreserving)),
        1 => Just(Some(Space::Flow)),
        1 => finite().prop_map(|sigma_data| Some(Space::Edm { sigma_data })),
    ]
}

fn options() -> impl Strategy<Value = SamplerOptions> {
    let timesteps = prop::option::weighted(
        0.3,
        prop_oneof![
            3 => vec(0..40i64, 1..6).prop_map(|mut list| { list.sort_unstable_by(|a, b| b.cmp(a)); list.dedup(); list }),
            1 => vec(any::<i64>(), 0..4),
        ],
    );
    let threshold = (0..3usize, finite(), finite()).prop_map(|(kind, a, b)| match kind {
        0 => Threshold::None,
        1 => Threshold::Static { range: a },
        _ => Threshold::Dynamic { ratio: a, max: b },
    });
    let lists = (vec(counts(), 7), vec(finite(), 14), any::<i64>(), timesteps, threshold);
    (lists, families(), shifts(), spaces(), 0..3usize, any::<[bool; 4]>()).prop_map(
        |((c, n, offset, timesteps, threshold), sigmas, shift, space, ends, f)| SamplerOptions {
            steps: c[0],
            solver_order: f[0].then_some(c[1]),
            corrector_order: c[2],
            jump_length: c[3],
            jump_n_sample: c[4],
            original_inference_steps: c[5],
            disable_corrector: vec![c[6]],
            eta: n[0],
            sde_eta: n[1],
            rho: n[2],
            sigma_min: f[1].then_some(n[3]),
            sigma_max: f[2].then_some(n[4]),
            strength: n[5],
            gam: n[6],
            mu: n[7],
            shift_terminal: f[3].then_some(n[8]),
            timestep_scaling: n[9],
            lambda_min_clipped: n[10],
            midpoint_ratio: n[11],
            churn: Churn { s_churn: n[12], s_tmin: 0.0, s_tmax: n[13].abs(), s_noise: n[12], after_network: f[0] },
            steps_offset: offset,
            timestep_spacing: [None, Some(TimestepSpacing::Leading), Some(TimestepSpacing::Trailing)][ends],
            final_sigmas: [FinalSigmas::Zero, FinalSigmas::SigmaMin, FinalSigmas::Repeat][ends],
            predict_x0: f[1],
            skip_prk_steps: f[2],
            lower_order_final: f[3],
            timesteps: timesteps.map(|list| list.into_iter().map(|t| t as f64).collect()),
            threshold,
            sigmas,
            shift,
            space,
            ..SamplerOptions::default()
        },
    )
}

/// Every number of a plan is finite and refers to what is there by then.
fn assert_sound(plan: &Plan) -> Result<(), TestCaseError> {
    let levels = plan.stages.iter().map(|stage| stage.level).chain([plan.end]);
    for level in levels {
        let numbers = [level.timestep, level.alpha, level.sigma, level.input_scale];
        prop_assert!(numbers.iter().all(|number| number.is_finite()), "{level:?}");
    }
    prop_assert!(plan.init_noise_sigma.is_finite());
    for (i, stage) in plan.stages.iter().enumerate() {
        let terms = || stage.states.iter().chain(&stage.denoised).chain(&stage.unclipped).chain(&stage.clamped);
        prop_assert!(terms().chain(&stage.noise).all(|term| term.coefficient.is_finite()), "{stage:?}");
        prop_assert!(terms().all(|term| term.index <= i) && stage.noise.iter().all(|term| term.index < plan.draws()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(runs(1500))]

    #[test]
    fn options_at_every_edge_make_a_sound_plan_or_an_error(
        options in options(), which in 0..Sampler::ALL.len(), index in 0..BetaSchedule::ALL.len(), total in 1..41usize, zero: bool,
    ) {
        match Sampler::ALL[which].plan(&schedule(index, total, zero), &options) {
            Ok(plan) => {
                assert_sound(&plan)?;
                assert_sound(&plan.clone().keeping_known(KnownNoise::Fresh))?;
                // Any network and noise: the loop itself neither panics nor changes the length.
                let noise = vec![vec![0.5; 2]; plan.draws()];
                let run = simulate(&plan, &[0.1, -0.2], Inputs { noise: &noise, ..Inputs::default() }, |x, _| x.to_vec());
                prop_assert_eq!((run.states.len(), run.last().len()), (plan.stages.len() + 1, 2));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// One to three steps are where orders, histories and final steps meet: every sampler must do them on every common grid.
    #[test]
    fn few_steps_always_have_a_plan(
        which in 0..Sampler::ALL.len(), steps in 1..4usize, spacing in 0..3usize, family in 0..4usize,
    ) {
        let sigmas = [SigmaFamily::Training, SigmaFamily::Karras, SigmaFamily::Exponential, SigmaFamily::Beta][family].clone();
        let spacing = [TimestepSpacing::Leading, TimestepSpacing::Trailing, TimestepSpacing::Linspace][spacing];
        let options = SamplerOptions { steps, sigmas, timestep_spacing: Some(spacing), ..SamplerOptions::default() };
        let plan = Sampler::ALL[which].plan(&schedule(0, 1000, false), &options);
        // DPM-Solver in ε cannot step to σ = 0 but by order 1, which it takes; PNDM and inversion count from timestep 0.
        match plan {
            Ok(plan) => assert_sound(&plan)?,
            Err(PlanError::NotFinite { .. }) => prop_assert!(steps == 1 || Sampler::ALL[which] == Sampler::Pndm, "{which}"),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// Inversion leads to a noise from which DDIM leads back, up to the first-order error of both.
    #[test]
    fn inversion_leads_back(x in -0.9..0.9f64) {
        let data = GaussianMixture::new(vec![Component { weight: 1.0, mean: vec![0.2], std_dev: 0.5 }]).unwrap();
        let schedule = schedule(0, 1000, false);
        let gap = |steps: usize| {
            let options = SamplerOptions { steps, threshold: Threshold::None, ..SamplerOptions::default() };
            let go = |sampler: Sampler, x: f64| {
                let plan = sampler.plan(&schedule, &options).unwrap();
                simulate(&plan, &[x], Inputs::default(), |x, level| data.denoised(x, level.alpha, level.sigma)).last()[0]
            };
            (go(Sampler::Ddim, go(Sampler::DdimInverse, x)) - x).abs()
        };
        // Measured: at most 0.025 at 250 steps and half of that at 500; twice as much is allowed.
        prop_assert!(gap(250) < 0.05 && gap(500) < 0.025, "{} {}", gap(250), gap(500));
    }
}
