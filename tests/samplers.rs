//! What every sampler must obey, measured on data whose best denoiser is known exactly.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what failed by panicking")]

use noisewalk::diffusion::mixture::{Component, GaussianMixture};
use noisewalk::diffusion::plan::{Level, Plan, Term, Threshold};
use noisewalk::diffusion::sampler::{
    Churn, FinalSigmas, Sampler, SamplerOptions, SigmaFamily, Space, TimeShift, TimestepRounding, TimestepSpacing,
    VarianceType,
};
use noisewalk::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use noisewalk::diffusion::simulate::{Inputs, simulate};
use proptest::prelude::*;

fn schedule(total: usize) -> NoiseSchedule {
    NoiseSchedule::new(&ScheduleConfig { num_train_timesteps: total, ..ScheduleConfig::default() }).unwrap()
}

fn two_bumps() -> GaussianMixture {
    let left = Component { weight: 0.35, mean: vec![-0.7], std_dev: 0.15 };
    let right = Component { weight: 0.65, mean: vec![0.5], std_dev: 0.25 };
    GaussianMixture::new(vec![left, right]).unwrap()
}

fn plain(steps: usize) -> SamplerOptions {
    SamplerOptions { steps, threshold: Threshold::None, skip_prk_steps: true, ..SamplerOptions::default() }
}

/// The last state of a run from `start` at the plan's first level, with the exact denoiser and no noise.
fn run(plan: &Plan, start: f64) -> f64 {
    let data = two_bumps();
    let denoise = |x: &[f64], level: &Level| data.denoised(x, level.alpha, level.sigma);
    simulate(plan, &[start], Inputs::default(), denoise).last()[0]
}

/// How the state after every stage depends on the picture and on each independent noise, if every estimate is the true picture.
fn propagate(plan: &Plan) -> Vec<(f64, Vec<f64>)> {
    let start = plan.stages[0].level;
    let mut noise = vec![0.0; plan.draws() + 1];
    noise[0] = start.sigma;
    let mut states = vec![(start.alpha, noise)];
    for stage in &plan.stages {
        let estimates: f64 = stage.denoised.iter().map(|term| term.coefficient).sum();
        let mut next = (estimates, vec![0.0; plan.draws() + 1]);
        for Term { index, coefficient } in &stage.states {
            next.0 += coefficient * states[*index].0;
            next.1.iter_mut().zip(&states[*index].1).for_each(|(sum, part)| *sum += coefficient * part);
        }
        stage.noise.iter().for_each(|term| next.1[term.index + 1] += term.coefficient);
        states.push(next);
    }
    states
}

/// LCM bends its estimate by the boundary condition, RePaint jumps by a stride too late, inversion starts from a clean picture,
/// and the SDE of DPM-Solver in ε has the right variance only in the limit of small steps.
const INEXACT: [Sampler; 4] = [Sampler::Lcm, Sampler::Repaint, Sampler::DdimInverse, Sampler::Dpm2mSde];

#[test]
fn a_perfect_estimate_stays_on_the_noising_path() {
    for sampler in Sampler::ALL.into_iter().filter(|sampler| !INEXACT.contains(sampler)) {
        for steps in 1..=12 {
            let options = SamplerOptions { eta: 0.3, ..plain(steps) };
            let plan = sampler.plan(&schedule(1000), &options).unwrap_or_else(|error| panic!("{sampler:?}: {error}"));
            for (i, (alpha, noise)) in propagate(&plan).iter().skip(1).enumerate() {
                let want = plan.reached(i);
                let variance: f64 = noise.iter().map(|part| part * part).sum();
                let scale = 1.0 + plan.stages[0].level.sigma;
                assert!((alpha - want.alpha).abs() < 1e-9 * scale, "{sampler:?} {steps} stage {i}: {alpha} {want:?}");
                let off = (variance.sqrt() - want.sigma).abs();
                assert!(off < 1e-7 * scale, "{sampler:?} {steps} stage {i}: {} {want:?}", variance.sqrt());
            }
            assert_eq!(plan.stages.last().map(|stage| stage.step + 1), Some(plan.steps()));
        }
    }
}

fn coefficients_agree(one: &Plan, other: &Plan) {
    assert_eq!(one.stages.len(), other.stages.len());
    for (a, b) in one.stages.iter().zip(&other.stages) {
        for (a, b) in [(&a.states, &b.states), (&a.denoised, &b.denoised), (&a.noise, &b.noise)] {
            assert_eq!(a.len(), b.len());
            for (a, b) in a.iter().zip(b) {
                assert!((a.coefficient - b.coefficient).abs() < 1e-12 && a.index == b.index, "{a:?} {b:?}");
            }
        }
    }
}

#[test]
fn ddim_with_full_noise_is_ddpm() {
    let options = SamplerOptions { eta: 1.0, ..plain(20) };
    let ddim = Sampler::Ddim.plan(&schedule(1000), &options).unwrap();
    coefficients_agree(&ddim, &Sampler::Ddpm.plan(&schedule(1000), &options).unwrap());
}

#[test]
fn euler_in_sigma_is_ddim() {
    let timesteps = (0..10).rev().map(|i| f64::from(i) * 100.0).collect();
    let options = SamplerOptions { timesteps: Some(timesteps), ..plain(10) };
    let ddim = Sampler::Ddim.plan(&schedule(1000), &options).unwrap();
    let euler = Sampler::Euler.plan(&schedule(1000), &options).unwrap();
    // The same picture in two scales: x of Euler is x / α of DDIM.
    let alpha = ddim.stages[0].level.alpha;
    assert!((run(&ddim, 0.7) - run(&euler, 0.7 / alpha)).abs() < 1e-12);
    let preserving = SamplerOptions { space: Some(Space::VariancePreserving), ..options };
    coefficients_agree(&ddim, &Sampler::Euler.plan(&schedule(1000), &preserving).unwrap());
}

#[test]
fn the_first_step_of_every_multistep_solver_is_ddim() {
    for sampler in
        [Sampler::Dpmpp2m, Sampler::Dpmpp3m, Sampler::Dpm2m, Sampler::Deis, Sampler::Unipc, Sampler::SaSolver]
    {
        let options = SamplerOptions { sde_eta: 0.0, ..plain(10) };
        let plan = sampler.plan(&schedule(1000), &options).unwrap();
        let (stage, from, to) = (&plan.stages[0], plan.stages[0].level, plan.reached(0));
        let ratio = to.sigma / from.sigma;
        assert!((stage.states[0].coefficient - ratio).abs() < 1e-12, "{sampler:?}");
        let of_d = to.alpha - from.alpha * ratio;
        assert!((stage.denoised[0].coefficient - of_d).abs() < 1e-12, "{sampler:?}");
    }
}

#[test]
fn a_flow_of_many_steps_reaches_the_data() {
    let plan = Sampler::FlowHeun.plan(&schedule(1000), &plain(60)).unwrap();
    // From the far right of the noise one ends at the right edge of the right bump.
    let end = run(&plan, 2.5);
    assert!((0.9..1.3).contains(&end), "{end}");
}

fn any_options() -> impl Strategy<Value = SamplerOptions> {
    let number = prop_oneof![-3.0..3.0f64, Just(0.0), Just(1.0), Just(1e300), Just(-1e300), Just(1e-300)];
    let family = prop_oneof![
        Just(SigmaFamily::Training),
        Just(SigmaFamily::Karras),
        Just(SigmaFamily::Exponential),
        Just(SigmaFamily::Polyexponential),
        Just(SigmaFamily::Beta),
        Just(SigmaFamily::LuLambdas),
        Just(SigmaFamily::LogLinear),
        Just(SigmaFamily::Flow),
        Just(SigmaFamily::FlowBelowOne),
        prop::collection::vec(-2.0..20.0f64, 0..5).prop_map(SigmaFamily::Custom),
    ];
    let spacing = prop_oneof![
        Just(None),
        Just(Some(TimestepSpacing::Leading)),
        Just(Some(TimestepSpacing::Trailing)),
        Just(Some(TimestepSpacing::Linspace))
    ];
    let space = prop_oneof![
        Just(None),
        Just(Some(Space::VarianceExploding)),
        Just(Some(Space::VariancePreserving)),
        Just(Some(Space::Flow)),
        number.clone().prop_map(|sigma_data| Some(Space::Edm { sigma_data }))
    ];
    let finals = prop_oneof![Just(FinalSigmas::Zero), Just(FinalSigmas::SigmaMin), Just(FinalSigmas::Repeat)];
    let counts = (0..60usize, 0..6usize, 0..6usize, 0..30usize, 0..5usize, 0..60usize);
    let numbers = prop::collection::vec(number, 12);
    let flags = prop::collection::vec(any::<bool>(), 8);
    (counts, numbers, flags, family, spacing, space, finals).prop_map(
        |(c, n, f, sigmas, timestep_spacing, space, finals)| SamplerOptions {
            steps: c.0,
            solver_order: Some(c.1),
            corrector_order: c.2,
            jump_length: c.3,
            jump_n_sample: c.4,
            original_inference_steps: c.5,
            eta: n[0],
            sde_eta: n[1],
            rho: n[2],
            sigma_min: f[0].then_some(n[3]),
            sigma_max: f[1].then_some(n[4]),
            strength: n[5],
            gam: n[6],
            mu: n[7],
            shift: if f[2] { TimeShift::Shift(n[8]) } else { TimeShift::Linear(n[8]) },
            shift_terminal: f[3].then_some(n[9]),
            timestep_scaling: n[10],
            lambda_min_clipped: n[11],
            steps_offset: (n[8] * 10.0) as i64,
            timesteps: f[4].then(|| (0..c.0 as i64).rev().map(|t| (t * 3) as f64).collect()),
            churn: Churn { s_churn: n[0], s_tmin: n[1], s_tmax: n[2], s_noise: n[3], after_network: f[5] },
            set_alpha_to_one: f[6],
            predict_x0: f[7],
            invert_sigmas: f[4],
            lower_order_final: f[5],
            skip_prk_steps: f[6],
            variance_type: if f[7] { VarianceType::LearnedRange } else { VarianceType::FixedLarge },
            timestep_rounding: if f[0] { TimestepRounding::Nearest } else { TimestepRounding::Truncate },
            sigmas,
            timestep_spacing,
            space,
            final_sigmas: finals,
            ..SamplerOptions::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the options: a plan of finite numbers that refer only to what exists by then, or an error; never a panic.
    #[test]
    fn no_options_make_a_bad_plan(options in any_options(), which in 0..Sampler::ALL.len(), total in 1..70usize) {
        if let Ok(plan) = Sampler::ALL[which].plan(&schedule(total), &options) {
            prop_assert!(!plan.stages.is_empty());
            for (i, stage) in plan.stages.iter().enumerate() {
                let terms = || stage.states.iter().chain(&stage.denoised).chain(&stage.unclipped).chain(&stage.clamped);
                prop_assert!(terms().all(|term| term.index <= i));
                prop_assert!(terms().chain(&stage.noise).all(|term| term.coefficient.is_finite()));
                prop_assert!(stage.denoised.iter().all(|term| plan.stages[term.index].evaluate));
            }
            prop_assert_eq!(plan.to_string().lines().count(), plan.stages.len() + 3);
        }
    }

    /// Every name leads back to its sampler, however it is spelled; anything else lists the names.
    #[test]
    fn names_are_read_back(which in 0..Sampler::ALL.len(), other in "[a-z]{1,12}") {
        let sampler = Sampler::ALL[which];
        prop_assert_eq!(sampler.name().to_uppercase().replace('-', "_").parse::<Sampler>(), Ok(sampler));
        if let Err(error) = other.parse::<Sampler>() {
            prop_assert!(error.to_string().contains("dpmpp-2m-sde"));
        }
    }
}
