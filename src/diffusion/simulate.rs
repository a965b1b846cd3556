//! Runs a plan on plain numbers: for tests, and for lessons on points instead of pictures.

use super::plan::{Level, Plan, Stage, Term, Threshold};

/// Every state and estimate of a run on one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// `x_0 … x_n`: the start and the state after each stage.
    pub states: Vec<Vec<f64>>,
    /// The denoised estimate of each stage, after thresholding; empty for a stage that asks no network.
    pub denoised: Vec<Vec<f64>>,
}

impl Trajectory {
    /// The last state.
    pub fn last(&self) -> &[f64] {
        self.states.last().map_or(&[], Vec::as_slice)
    }
}

/// What a run is given beside the plan.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Inputs<'a> {
    /// Draw `m` of N(0, 1) at index `m`; a draw or a number that is missing counts as 0.
    pub noise: &'a [Vec<f64>],
    /// The second half of the network's output, where the plan learns its variance; constant over the run.
    pub variance: &'a [f64],
    /// The known picture and the mask of an inpainting: 1 keeps the known pixel, 0 fills it.
    pub known: Option<(&'a [f64], &'a [f64])>,
}

/// The plan's recurrence `x_{i+1} = Σ a_j x_j + Σ b_k D_k + Σ e_m z_m` in plain numbers: runs `plan` from the state `start` (already scaled by `init_noise_sigma`), asking `denoise` for x̂0 at each stage.
///
/// `denoise` gets the state as the plan keeps it, not multiplied by `input_scale`, and its level; it returns as many numbers as it gets.
/// One call is one sample: dynamic thresholding takes its quantile over `start.len()` numbers.
pub fn simulate(
    plan: &Plan,
    start: &[f64],
    inputs: Inputs<'_>,
    mut denoise: impl FnMut(&[f64], &Level) -> Vec<f64>,
) -> Trajectory {
    let mut states = vec![start.to_vec()];
    let mut raw: Vec<Vec<f64>> = Vec::new();
    let mut denoised: Vec<Vec<f64>> = Vec::new();
    for (stage, i) in plan.stages.iter().zip(0..) {
        let answer = if stage.evaluate { denoise(&states[i], &stage.level) } else { Vec::new() };
        denoised.push(threshold(plan.threshold, &answer));
        raw.push(answer);
        let mut x = vec![0.0; start.len()];
        add(&mut x, &stage.states, &states);
        add(&mut x, &stage.denoised, &denoised);
        add(&mut x, &stage.unclipped, &raw);
        for Term { index, coefficient } in &stage.clamped {
            let state = states.get(*index).map(|state| threshold(plan.threshold, state)).unwrap_or_default();
            x.iter_mut().zip(state).for_each(|(x, state)| *x += coefficient * state);
        }
        add(&mut x, &stage.noise, inputs.noise);
        finish(&mut x, stage, inputs);
        states.push(x);
    }
    Trajectory { states, denoised }
}

/// `x += Σ coefficient · values[index]`.
fn add(x: &mut [f64], terms: &[Term], values: &[Vec<f64>]) {
    for Term { index, coefficient } in terms {
        for (x, value) in x.iter_mut().zip(values.get(*index).into_iter().flatten()) {
            *x += coefficient * value;
        }
    }
}

/// The noise of learned size, and the known pixels.
fn finish(x: &mut [f64], stage: &Stage, inputs: Inputs<'_>) {
    if let Some(learned) = stage.learned {
        let draw = inputs.noise.get(learned.index).into_iter().flatten();
        for ((x, z), v) in x.iter_mut().zip(draw).zip(inputs.variance) {
            *x += learned.reading.std_dev(*v) * z;
        }
    }
    if let (Some(known), Some((picture, mask))) = (&stage.known, inputs.known) {
        let mut kept: Vec<f64> = picture.iter().map(|pixel| known.alpha * pixel).collect();
        add(&mut kept, &known.noise, inputs.noise);
        for ((x, kept), mask) in x.iter_mut().zip(kept).zip(mask) {
            *x = mask * kept + (1.0 - mask) * *x;
        }
    }
}

/// Applies `threshold` to the estimate of one sample.
///
/// Dynamic thresholding (Saharia et al. 2022): s = the `ratio` quantile of |D| (linear interpolation), raised to 1 and then lowered to `max`; then `clamp(D, −s, s) / s`.
pub fn threshold(threshold: Threshold, denoised: &[f64]) -> Vec<f64> {
    match threshold {
        Threshold::None => denoised.to_vec(),
        Threshold::Static { range } => denoised.iter().map(|d| d.max(-range).min(range)).collect(),
        Threshold::Dynamic { ratio, max } => {
            let mut sizes: Vec<f64> = denoised.iter().map(|d| d.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let scale = quantile(&sizes, ratio).max(1.0).min(max);
            denoised.iter().map(|d| d.max(-scale).min(scale) / scale).collect()
        }
    }
}

/// The `q` quantile of sorted numbers, interpolating linearly between neighbours; 0 for an empty list.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let low = position.floor();
    let (below, above) = (sorted[low as usize], sorted[(low as usize + 1).min(last)]);
    below + (above - below) * (position - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_thresholding_scales_by_the_quantile() {
        let dynamic = |max| Threshold::Dynamic { ratio: 0.5, max };
        // |D| sorted is 0.5, 1, 2, 4; its median is 1.5.
        assert_eq!(threshold(dynamic(2.0), &[4.0, -1.0, 0.5, -2.0]), [1.0, -1.0 / 1.5, 0.5 / 1.5, -1.0]);
        assert_eq!(threshold(dynamic(1.0), &[4.0, -1.0, 0.5, -2.0]), [1.0, -1.0, 0.5, -1.0]);
        // torch.clamp(s, min=1, max=0.5) is 0.5 whatever s.
        assert_eq!(threshold(dynamic(0.5), &[4.0, -1.0, 0.25, -2.0]), [1.0, -1.0, 0.5, -1.0]);
        assert_eq!(threshold(dynamic(2.0), &[]), Vec::<f64>::new());
    }

    #[test]
    fn static_thresholding_clamps() {
        assert_eq!(threshold(Threshold::Static { range: 0.5 }, &[0.7, -0.7, 0.1]), [0.5, -0.5, 0.1]);
    }
}
