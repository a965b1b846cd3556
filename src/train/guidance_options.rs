//! How guidance acts beyond its scale, on the command line.

use clap::{Args, ValueEnum};

use super::failure::{Failure, Outcome};
use crate::diffusion::guidance::nonlinear::Projection;
use crate::diffusion::guidance::{Formulation, Interval, Method};
use crate::model::guide::{Ramp, Refinement};

/// The methods of guidance that need no third answer of the network.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodName {
    /// Classifier-free guidance (Ho and Salimans 2022)
    Cfg,
    /// Adaptive projected guidance (Sadat et al. 2024): pushes mostly at right angles
    Apg,
    /// CFG-Zero* (Fan et al. 2025)
    CfgZero,
    /// Tangential guidance (Kwon et al. 2025)
    Tangential,
    /// Magnitude-aware guidance, MAMBO-G
    MagnitudeAware,
}

/// Method, interval and course of guidance.
#[derive(Debug, Args)]
pub struct GuidanceArgs {
    /// How the answers with and without the prompt are joined; cfg where absent
    #[arg(long, value_enum)]
    guidance_method: Option<MethodName>,
    /// Guide only this part of the run, in fractions of its steps: START:STOP, for example 0:0.5
    #[arg(long, value_name = "START:STOP", value_parser = parse_range)]
    guidance_interval: Option<[f64; 2]>,
    /// Guide only at noise levels LOW < σ/α ≤ HIGH (Kynkäänniemi et al. 2024)
    #[arg(long, value_name = "LOW:HIGH", value_parser = parse_range)]
    guidance_sigmas: Option<[f64; 2]>,
    /// Let the scale run from --guidance at the first step to this at the last
    #[arg(long, value_name = "SCALE", allow_negative_numbers = true)]
    guidance_to: Option<f64>,
    /// With --guidance-to: along half a cosine instead of a straight line
    #[arg(long)]
    guidance_cosine: bool,
    /// One scale a step instead of --guidance, for example 1,3,6,3; the last one holds for all further steps
    #[arg(long, value_name = "W,W,…", value_delimiter = ',', allow_hyphen_values = true)]
    guidance_list: Option<Vec<f64>>,
    /// Push from the answer with the prompt, as the paper of classifier-free guidance has it: a scale of 0 is then none, and w − 1 does what w did
    #[arg(long)]
    guidance_original: bool,
    /// cfg-zero: the first so many steps predict nothing, 0
    #[arg(long, default_value_t = 0)]
    zero_init_steps: usize,
    /// apg: share kept of the part parallel to the prediction; 0 is perpendicular guidance, 1 plain
    #[arg(long, default_value_t = 0.0)]
    apg_eta: f64,
    /// apg: largest norm of the push; 0 for no limit
    #[arg(long, default_value_t = 0.0)]
    apg_norm: f64,
    /// apg: momentum, mostly negative; 0 for none
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    apg_momentum: f64,
    /// magnitude-aware: how fast the scale falls where the two answers differ
    #[arg(long, default_value_t = 1.0)]
    magnitude_alpha: f64,
}

impl GuidanceArgs {
    /// What guidance does beside its scale; `None` where nothing was asked for.
    ///
    /// # Errors
    /// Where a number is out of range or two flags exclude each other.
    pub fn refinement(&self) -> Outcome<Option<Refinement>> {
        let must = |fine: bool, flag: &str, value: f64, range: &str| {
            if fine { Ok(()) } else { Err(Failure::new(format!("--{flag} is {value}, but must {range}"))) }
        };
        must((0.0..=1.0).contains(&self.apg_eta), "apg-eta", self.apg_eta, "lie between 0 and 1")?;
        must((0.0..1e9).contains(&self.apg_norm), "apg-norm", self.apg_norm, "be 0 or more")?;
        must(self.apg_momentum.abs() < 1.0, "apg-momentum", self.apg_momentum, "lie between -1 and 1")?;
        must((0.0..1e3).contains(&self.magnitude_alpha), "magnitude-alpha", self.magnitude_alpha, "be 0 or more")?;
        let last = self.guidance_to.unwrap_or_default();
        must(last.abs() <= 100.0, "guidance-to", last, "lie between -100 and 100")?;
        for scale in self.guidance_list.iter().flatten() {
            must(scale.abs() <= 100.0, "guidance-list", *scale, "hold scales between -100 and 100")?;
        }
        if self.zero_init_steps > 0 && !matches!(self.guidance_method, Some(MethodName::CfgZero)) {
            return Err(Failure::new("--zero-init-steps belongs to --guidance-method cfg-zero; add that"));
        }
        let interval = match (self.guidance_interval, self.guidance_sigmas) {
            (None, None) => Interval::Always,
            (Some([start, stop]), None) if start >= 0.0 && stop <= 1.0 => Interval::Steps { start, stop },
            (None, Some([low, high])) => Interval::Sigmas { low, high },
            (Some(_), None) => return Err(Failure::new("--guidance-interval takes fractions between 0 and 1")),
            (Some(_), Some(_)) => {
                return Err(Failure::new("--guidance-interval and --guidance-sigmas exclude each other; choose one"));
            }
        };
        let ramp = match (self.guidance_to, self.guidance_cosine) {
            (Some(_), _) if self.guidance_list.is_some() => {
                return Err(Failure::new("--guidance-list and --guidance-to exclude each other; choose one"));
            }
            (Some(last), true) => Some(Ramp::Cosine(last)),
            (Some(last), false) => Some(Ramp::Linear(last)),
            (None, true) => {
                return Err(Failure::new("--guidance-cosine says how the scale reaches --guidance-to; add that"));
            }
            (None, false) => self.guidance_list.clone().map(Ramp::List),
        };
        let formulation = if self.guidance_original { Formulation::Original } else { Formulation::Interpolated };
        let method = self.guidance_method.map(|name| self.method(name));
        let asked = method.is_some() || ramp.is_some() || interval != Interval::Always || self.guidance_original;
        Ok(asked.then_some(Refinement { method: method.unwrap_or_default(), interval, formulation, ramp }))
    }

    fn method(&self, name: MethodName) -> Method {
        match name {
            MethodName::Cfg => Method::ClassifierFree,
            MethodName::Apg => Method::Projected(Projection {
                eta: self.apg_eta,
                norm_threshold: self.apg_norm,
                momentum: (self.apg_momentum != 0.0).then_some(self.apg_momentum),
            }),
            MethodName::CfgZero => Method::ZeroStar { zero_init_steps: self.zero_init_steps },
            MethodName::Tangential => Method::Tangential,
            MethodName::MagnitudeAware => Method::MagnitudeAware { alpha: self.magnitude_alpha },
        }
    }
}

/// `LOW:HIGH` with LOW below HIGH.
fn parse_range(text: &str) -> Result<[f64; 2], String> {
    let parts =
        text.split_once(':').and_then(|(low, high)| Some([low.trim().parse().ok()?, high.trim().parse().ok()?]));
    let wrong = || format!("{text} is not LOW:HIGH with LOW below HIGH, for example 0.2:0.8");
    parts.filter(|[low, high]: &[f64; 2]| low < high).ok_or_else(wrong)
}
