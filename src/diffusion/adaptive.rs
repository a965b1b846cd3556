//! DPM-Solver with adaptive steps (Lu et al. 2022a, appendix C; k-diffusion's `sample_dpm_adaptive`).
//!
//! Its steps depend on the states it meets, so it is no plan: it takes a step of order k and one of order k − 1 from the same evaluations,
//! and a PID controller makes the step in λ = −ln σ longer or shorter by their difference.

use super::math;
use super::sampler::ancestral;

/// Tolerances and the controller of a run; the defaults are k-diffusion's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveOptions {
    /// Order of the solver, 2 or 3 (any other number is read as 3).
    pub order: usize,
    /// Error allowed relative to the state.
    pub rtol: f64,
    /// Error always allowed.
    pub atol: f64,
    /// First step in λ.
    pub h_init: f64,
    /// Proportional coefficient of the controller.
    pub pcoeff: f64,
    /// Integral coefficient of the controller.
    pub icoeff: f64,
    /// Derivative coefficient of the controller.
    pub dcoeff: f64,
    /// A step is taken if the controller would not shrink it below this share.
    pub accept_safety: f64,
    /// Share of the noise added back after each step taken: 0 is deterministic, 1 that of ancestral sampling.
    pub eta: f64,
    /// Scale of that noise.
    pub s_noise: f64,
}

impl Default for AdaptiveOptions {
    fn default() -> Self {
        let (pcoeff, icoeff, dcoeff) = (0.0, 1.0, 0.0);
        let (accept_safety, eta, s_noise) = (0.81, 0.0, 1.0);
        Self { order: 3, rtol: 0.05, atol: 0.0078, h_init: 0.05, pcoeff, icoeff, dcoeff, accept_safety, eta, s_noise }
    }
}

/// How an adaptive run went.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaptiveRun {
    /// The state at the end.
    pub x: Vec<f64>,
    /// Steps taken.
    pub accepted: usize,
    /// Steps tried and dropped.
    pub rejected: usize,
    /// Evaluations of the network.
    pub evaluations: usize,
    /// False where the run gave up before its end, after 10 000 steps tried.
    pub finished: bool,
}

/// Steps tried before a run gives up; a run at the default tolerances tries about ten.
const MOST_STEPS: usize = 10_000;

/// DPM-Solver-12 or -23 with a PID step controller (Lu et al. 2022a, appendix C; k-diffusion's `sample_dpm_adaptive`).
///
/// Runs from `x` at σ = `sigma_max` to `sigma_min`, the state being `x0 + σ ε` and `denoise` giving x̂0 at (x, σ).
/// With η above 0 a step to σ' goes on to σ_down, and `noise(m)`, draw `m` of N(0, 1), brings the m-th step taken back up to σ'.
pub fn dpm_adaptive(
    x: &[f64],
    (sigma_max, sigma_min): (f64, f64),
    options: &AdaptiveOptions,
    mut denoise: impl FnMut(&[f64], f64) -> Vec<f64>,
    mut noise: impl FnMut(usize) -> Vec<f64>,
) -> AdaptiveRun {
    let order = if options.order == 2 { 2 } else { 3 };
    let (mut s, end) = (-math::ln(sigma_max), -math::ln(sigma_min));
    // With noise the error falls as that of an SDE solver of strong order 1.5, whatever the order of the solver.
    let mut controller = Controller::new(options, if options.eta == 0.0 { order as f64 } else { 1.5 });
    let mut run = AdaptiveRun { x: x.to_vec(), accepted: 0, rejected: 0, evaluations: 0, finished: false };
    let mut previous = x.to_vec();
    while s < end - 1e-5 && run.accepted + run.rejected < MOST_STEPS {
        let t = end.min(s + controller.h);
        let (down, up) = below(s, t, end, options.eta);
        let (low, high) = pair(&run.x, (s, down), order, &mut denoise);
        run.evaluations += order;
        if controller.accepts(error(&low, &high, &previous, options)) {
            (previous, run.x, s) = (low, high, t);
            if options.eta != 0.0 {
                let scale = up * options.s_noise;
                run.x.iter_mut().zip(noise(run.accepted)).for_each(|(x, z)| *x += scale * z);
            }
            run.accepted += 1;
        } else {
            run.rejected += 1;
        }
    }
    run.finished = s >= end - 1e-5;
    run
}

/// λ where the deterministic part of a step from λ = s to t ends, and the size of the noise that leads back from there.
fn below(s: f64, t: f64, end: f64, eta: f64) -> (f64, f64) {
    if eta == 0.0 {
        return (t, 0.0);
    }
    let sigma = |lambda: f64| math::exp(-lambda);
    let (down, _) = ancestral(sigma(s), sigma(t), eta);
    let reached = end.min(-math::ln(down));
    let variance = sigma(t) * sigma(t) - sigma(reached) * sigma(reached);
    (reached, math::sqrt(variance.max(0.0)))
}

/// The root mean square of the difference in units of what is allowed.
fn error(low: &[f64], high: &[f64], previous: &[f64], options: &AdaptiveOptions) -> f64 {
    let square = |((low, high), previous): ((&f64, &f64), &f64)| {
        let allowed = options.atol.max(options.rtol * low.abs().max(previous.abs()));
        let off = (low - high) / allowed;
        off * off
    };
    let sum: f64 = low.iter().zip(high).zip(previous).map(square).sum();
    math::sqrt(sum / low.len().max(1) as f64)
}

/// Steps of order k − 1 and k from λ = s to t, sharing their evaluations.
fn pair(
    x: &[f64],
    (s, t): (f64, f64),
    order: usize,
    denoise: &mut impl FnMut(&[f64], f64) -> Vec<f64>,
) -> (Vec<f64>, Vec<f64>) {
    let sigma = |lambda: f64| math::exp(-lambda);
    let mut eps = |x: &[f64], lambda: f64| -> Vec<f64> {
        let denoised = denoise(x, sigma(lambda));
        x.iter().zip(denoised).map(|(x, d)| (x - d) / sigma(lambda)).collect()
    };
    let h = t - s;
    let first = eps(x, s);
    // x moved by the share r of the step, with `bend` times the change of ε.
    let moved = |r: f64, bend: f64, later: &[f64]| -> Vec<f64> {
        let (end, grow) = (sigma(s + r * h), math::expm1(r * h));
        let change = x.iter().zip(&first).zip(later);
        change.map(|((x, e), later)| x - end * (grow * e + bend * (later - e))).collect()
    };
    let curve = |r: f64| math::expm1(r * h) / (r * h) - 1.0;
    if order == 2 {
        let low = moved(1.0, 0.0, &first);
        let middle = eps(&moved(0.5, 0.0, &first), s + 0.5 * h);
        return (low, moved(1.0, math::expm1(h), &middle));
    }
    let third = eps(&moved(1.0 / 3.0, 0.0, &first), s + h / 3.0);
    let low = moved(1.0, 1.5 * math::expm1(h), &third);
    let two_thirds = eps(&moved(2.0 / 3.0, 2.0 * curve(2.0 / 3.0), &third), s + 2.0 * h / 3.0);
    (low, moved(1.0, 1.5 * curve(1.0), &two_thirds))
}

/// A PID controller of the step in λ.
struct Controller {
    h: f64,
    powers: [f64; 3],
    errors: Option<[f64; 3]>,
    accept_safety: f64,
}

impl Controller {
    fn new(options: &AdaptiveOptions, order: f64) -> Self {
        let AdaptiveOptions { pcoeff: p, icoeff: i, dcoeff: d, accept_safety, .. } = *options;
        let powers = [p + i + d, -(p + 2.0 * d), d].map(|power| power / order);
        Self { h: options.h_init.abs(), powers, errors: None, accept_safety }
    }

    /// Whether a step with this error is taken; sets the next step's length either way.
    fn accepts(&mut self, error: f64) -> bool {
        let inverse = 1.0 / (error + 1e-8);
        let [_, before, earlier] = self.errors.unwrap_or([inverse; 3]);
        let errors = [inverse, before, earlier];
        let factor: f64 = errors.iter().zip(self.powers).map(|(error, power)| math::powf(*error, power)).product();
        let factor = 1.0 + math::atan(factor - 1.0);
        let accept = factor >= self.accept_safety;
        self.errors = Some(if accept { [inverse, inverse, before] } else { errors });
        self.h *= factor;
        accept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tighter_tolerances_come_closer() {
        // One Gaussian N(0.3, 0.25): the exact solution is 0.3 + (x − 0.3) √(0.25 + σ'²)/√(0.25 + σ²).
        let denoise =
            |x: &[f64], sigma: f64| x.iter().map(|x| 0.3 + 0.25 * (x - 0.3) / (0.25 + sigma * sigma)).collect();
        let truth = 0.3 + 4.7 * (0.2525f64 / 64.25).sqrt();
        for order in [2, 3] {
            let off = |tolerance: f64| {
                let options = AdaptiveOptions { order, rtol: tolerance, atol: tolerance, ..AdaptiveOptions::default() };
                let run = dpm_adaptive(&[5.0], (8.0, 0.05), &options, denoise, |_| Vec::new());
                assert!(run.finished);
                (run.x[0] - truth).abs()
            };
            assert!(off(1e-6) < 1e-5 && off(1e-6) < off(1e-2), "{} {}", off(1e-6), off(1e-2));
        }
    }

    #[test]
    fn a_broken_network_ends_the_run() {
        let nothing = |x: &[f64], _| vec![f64::NAN; x.len()];
        let run = dpm_adaptive(&[1.0], (8.0, 0.05), &AdaptiveOptions::default(), nothing, |_| Vec::new());
        assert!(!run.finished);
    }
}
