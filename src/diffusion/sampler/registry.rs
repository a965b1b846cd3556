//! The names of the samplers.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The samplers, by the names the command line, the page and links use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Ancestral sampling (Ho et al. 2020, algorithm 2).
    Ddpm,
    /// Denoising diffusion implicit models (Song et al. 2021).
    #[default]
    Ddim,
    /// DDIM run backwards, from a picture to its noise (Song et al. 2021, section 4.3).
    DdimInverse,
    /// Euler's method in σ, with churn (Karras et al. 2022).
    Euler,
    /// Euler with noise added back at each step (k-diffusion).
    EulerAncestral,
    /// Heun's method with churn (Karras et al. 2022, algorithm 2).
    Heun,
    /// The midpoint method in ln σ (k-diffusion's DPM2, diffusers' KDPM2).
    Dpm2,
    /// DPM2 ancestral: the midpoint method in ln σ to σ_down, then noise up to σ' (k-diffusion's `sample_dpm_2_ancestral`).
    Dpm2Ancestral,
    /// Linear multistep in σ (k-diffusion).
    Lms,
    /// Pseudo-numerical methods: PLMS, or with a Runge–Kutta start (Liu et al. 2022).
    Pndm,
    /// DPM-Solver of order 2, multistep (Lu et al. 2022a).
    Dpm2m,
    /// DPM-Solver-2M SDE: the order 2 multistep of Lu et al. (2022a) for the diffusion SDE (diffusers' sde-dpmsolver).
    Dpm2mSde,
    /// DPM-Solver-2S: single-step of order 2 (Lu et al. 2022a, algorithm 1).
    Dpm2s,
    /// DPM-Solver of order 3, single-step with as many evaluations as steps (k-diffusion's DPM fast).
    DpmFast,
    /// DPM-Solver++(2M) (Lu et al. 2022b).
    Dpmpp2m,
    /// DPM-Solver++(3M): multistep of order 3 on the estimate (Lu et al. 2022b, appendix; diffusers).
    Dpmpp3m,
    /// SDE-DPM-Solver++(2M) (Lu et al. 2022b, section 5).
    Dpmpp2mSde,
    /// SDE-DPM-Solver++(3M): order 3 of the SDE of Lu et al. (2022b), as k-diffusion derives it (2023).
    Dpmpp3mSde,
    /// DPM-Solver++(2S): single-step of order 2 (Lu et al. 2022b, algorithm 1).
    Dpmpp2s,
    /// DPM-Solver++(3S): single-step of order 3 (Lu et al. 2022b; diffusers).
    Dpmpp3s,
    /// SDE-DPM-Solver++(2S): single-step of order 2 for the SDE of Lu et al. (2022b) (diffusers).
    Dpmpp2sSde,
    /// DPM-Solver++(2S) ancestral (k-diffusion).
    Dpmpp2sAncestral,
    /// DPM-Solver++ SDE with a midpoint evaluation (k-diffusion, diffusers' DPMSolverSDE).
    DpmppSde,
    /// DEIS in ln ρ (Zhang and Chen 2023).
    Deis,
    /// UniPC predictor and corrector (Zhao et al. 2023).
    Unipc,
    /// Stochastic Adams (Xue et al. 2023).
    SaSolver,
    /// DDIM on extrapolated noise (Permenter and Yuan 2024).
    AcceleratedDdim,
    /// Euler's method on a flow (Lipman et al. 2023; Liu et al. 2023).
    FlowEuler,
    /// Heun's method on a flow: the second-order step of Karras et al. (2022, algorithm 2) for the ODE of Lipman et al. (2023).
    FlowHeun,
    /// Stochastic flow sampling: a flow's estimate, noised anew at each step (Song et al. 2023, algorithm 1, on Lipman et al. 2023; diffusers' `stochastic_sampling`).
    FlowStochastic,
    /// Multistep consistency sampling (Song et al. 2023, algorithm 1).
    Consistency,
    /// Latent consistency models (Luo et al. 2023).
    Lcm,
    /// Trajectory consistency distillation (Zheng et al. 2024).
    Tcd,
    /// Inpainting by going back and forth (Lugmayr et al. 2022).
    Repaint,
}

impl Sampler {
    /// Every sampler, in the order they are listed to people.
    pub const ALL: [Self; 34] = [
        Self::Ddpm,
        Self::Ddim,
        Self::DdimInverse,
        Self::Euler,
        Self::EulerAncestral,
        Self::Heun,
        Self::Dpm2,
        Self::Dpm2Ancestral,
        Self::Lms,
        Self::Pndm,
        Self::Dpm2m,
        Self::Dpm2mSde,
        Self::Dpm2s,
        Self::DpmFast,
        Self::Dpmpp2m,
        Self::Dpmpp3m,
        Self::Dpmpp2mSde,
        Self::Dpmpp3mSde,
        Self::Dpmpp2s,
        Self::Dpmpp3s,
        Self::Dpmpp2sSde,
        Self::Dpmpp2sAncestral,
        Self::DpmppSde,
        Self::Deis,
        Self::Unipc,
        Self::SaSolver,
        Self::AcceleratedDdim,
        Self::FlowEuler,
        Self::FlowHeun,
        Self::FlowStochastic,
        Self::Consistency,
        Self::Lcm,
        Self::Tcd,
        Self::Repaint,
    ];

    /// The name used on the command line and in links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddpm => "ddpm",
            Self::Ddim => "ddim",
            Self::DdimInverse => "ddim-inverse",
            Self::Euler => "euler",
            Self::EulerAncestral => "euler-ancestral",
            Self::Heun => "heun",
            Self::Dpm2 => "dpm2",
            Self::Dpm2Ancestral => "dpm2-ancestral",
            Self::Lms => "lms",
            Self::Pndm => "pndm",
            Self::Dpm2m => "dpm-2m",
            Self::Dpm2mSde => "dpm-2m-sde",
            Self::Dpm2s => "dpm-2s",
            Self::DpmFast => "dpm-fast",
            Self::Dpmpp2m => "dpmpp-2m",
            Self::Dpmpp3m => "dpmpp-3m",
            Self::Dpmpp2mSde => "dpmpp-2m-sde",
            Self::Dpmpp3mSde => "dpmpp-3m-sde",
            Self::Dpmpp2s => "dpmpp-2s",
            Self::Dpmpp3s => "dpmpp-3s",
            Self::Dpmpp2sSde => "dpmpp-2s-sde",
            Self::Dpmpp2sAncestral => "dpmpp-2s-ancestral",
            Self::DpmppSde => "dpmpp-sde",
            Self::Deis => "deis",
            Self::Unipc => "unipc",
            Self::SaSolver => "sa-solver",
            Self::AcceleratedDdim => "accelerated-ddim",
            Self::FlowEuler => "flow-euler",
            Self::FlowHeun => "flow-heun",
            Self::FlowStochastic => "flow-stochastic",
            Self::Consistency => "consistency",
            Self::Lcm => "lcm",
            Self::Tcd => "tcd",
            Self::Repaint => "repaint",
        }
    }
}

/// A name that no sampler has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no sampler called {name}; the samplers are {}", Sampler::ALL.map(Sampler::name).join(", "))]
pub struct UnknownSampler {
    /// What was asked for.
    pub name: String,
}

impl FromStr for Sampler {
    type Err = UnknownSampler;

    /// Reads a [`Sampler::name`]; upper case and `_` for `-` are accepted.
    fn from_str(name: &str) -> Result<Self, UnknownSampler> {
        let wanted = name.trim().to_ascii_lowercase().replace('_', "-");
        let found = Self::ALL.into_iter().find(|sampler| sampler.name() == wanted);
        found.ok_or_else(|| UnknownSampler { name: name.to_owned() })
    }
}
