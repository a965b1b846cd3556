//! Guidance of a batch, on tensors: each picture with its own scale, all by one method.
//!
//! The formulas are those of [`crate::diffusion::guidance`], which documents them; its numbers are the test of these.

use burn::tensor::{Device, Tensor, TensorData};

use crate::diffusion::guidance::nonlinear::Projection;
use crate::diffusion::guidance::{Formulation, Guidance, Interval, Method, Moment, ScaleSchedule};

/// What guidance does beside its scale, the same for every picture of a batch.
#[derive(Debug, Clone, Default)]
pub struct Refinement {
    /// The method; [`Method::Weakened`] needs a third answer, which nothing here asks for, and acts as classifier-free guidance.
    pub method: Method,
    /// The part of the run that is guided.
    pub interval: Interval,
    /// Where the push starts from.
    pub formulation: Formulation,
    /// Where the scale goes from its first value; it stays where absent.
    pub ramp: Option<Ramp>,
}

/// How the scale changes in the course of a run.
#[derive(Debug, Clone)]
pub enum Ramp {
    /// In a straight line to this scale at the last step.
    Linear(f64),
    /// Along half a cosine.
    Cosine(f64),
    /// One scale a step, whatever the first; the last one holds for all further steps.
    List(Vec<f64>),
}

/// Where a run stands, and what guidance remembers of it: the running difference of [`Projection`].
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Step and noise level.
    pub moment: Moment,
    momentum: Option<Tensor<4>>,
}

/// The guidance of every picture of a batch.
#[derive(Debug, Clone)]
pub struct BatchGuidance {
    /// One a picture, without rescaling; all of the same method.
    rows: Vec<Guidance>,
    rescale: Vec<f64>,
}

impl BatchGuidance {
    /// Classifier-free guidance (Ho and Salimans 2022) with `guidance_scale` w and `guidance_rescale` φ of each picture.
    pub fn new(scales: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let row = |w| Guidance { scale: ScaleSchedule::Constant(w), ..Guidance::default() };
        let (rows, rescale) = scales.into_iter().map(|(w, phi)| (row(w), phi)).unzip();
        Self { rows, rescale }
    }

    /// The same scales with another method, interval or course.
    #[must_use]
    pub fn refined(mut self, refinement: &Refinement) -> Self {
        let Refinement { method, interval, formulation, ramp } = refinement;
        for row in &mut self.rows {
            let first = row.scale.at(Moment::default());
            row.scale = match ramp {
                None => ScaleSchedule::Constant(first),
                Some(Ramp::Linear(last)) => ScaleSchedule::Linear { first, last: *last },
                Some(Ramp::Cosine(last)) => ScaleSchedule::Cosine { first, last: *last },
                Some(Ramp::List(scales)) => ScaleSchedule::List(scales.clone()),
            };
            (row.method, row.interval, row.formulation) = (*method, *interval, *formulation);
        }
        self
    }

    /// Whether the answer without the prompt counts for any picture.
    pub fn is_needed(&self, moment: Moment) -> bool {
        self.rows.iter().any(|row| row.coefficients(moment) != Some([1.0, 0.0, 0.0]))
    }

    /// The guided prediction from `u` without and `c` with the prompt, each `[B, C, H, W]`, then the rescaling of Lin et al. (2023), equations 15 and 16.
    pub fn apply(&self, u: Tensor<4>, c: Tensor<4>, progress: &mut Progress) -> Tensor<4> {
        let (moment, device) = (progress.moment, c.device());
        let per_row = |number: &dyn Fn(&Guidance) -> f64| column(self.rows.iter().map(number).collect(), &device);
        let linear = |side: usize| {
            per_row(&|row| row.coefficients(moment).map_or([1.0, 0.0][side], |coefficients| coefficients[side]))
        };
        let mut guided = c.clone() * linear(0) + u.clone() * linear(1);
        if self.rows.iter().any(|row| row.coefficients(moment).is_none()) {
            let bends = per_row(&|row| f64::from(u8::from(row.coefficients(moment).is_none())));
            let w = per_row(&|row| row.scale.at(moment));
            guided = guided.clone() + (self.bend(u, &c, w, progress) - guided) * bends;
        }
        if self.rescale.iter().all(|phi| *phi == 0.0) {
            return guided;
        }
        let phi = column(self.rescale.clone(), &device);
        let rescaled = guided.clone() * (deviation(c) / deviation(guided.clone()));
        rescaled * phi.clone() + guided * (-phi + 1.0)
    }

    /// The methods that look at the predictions themselves.
    fn bend(&self, u: Tensor<4>, c: &Tensor<4>, w: Tensor<4>, progress: &mut Progress) -> Tensor<4> {
        let first = self.rows.first();
        let original = first.is_some_and(|row| row.formulation == Formulation::Original);
        // The original formulation pushes from the answer with the prompt, the other one from that without.
        let start = |base: Tensor<4>| if original { c.clone() } else { base };
        let towards = |base: Tensor<4>| start(base.clone()) + (c.clone() - base) * w.clone();
        match first.map(|row| row.method).unwrap_or_default() {
            Method::ZeroStar { .. } => towards(u.clone() * (dot(c, &u) / (dot(&u, &u) + 1e-8))),
            Method::Tangential => towards(tangential(c, &u)),
            Method::MagnitudeAware { alpha } => {
                let d = c.clone() - u.clone();
                let ratio = dot(&d, &d).sqrt() / dot(&u, &u).sqrt().clamp_min(SMALLEST);
                let damping = (ratio * -alpha).exp();
                let damped = if original { w * damping } else { (w - 1.0) * damping + 1.0 };
                start(u) + d * damped
            }
            Method::Projected(projection) => start(u.clone()) + update(&projection, c, u, progress) * w,
            Method::ClassifierFree | Method::Weakened { .. } => towards(u),
        }
    }
}

/// Keeps quotients finite where a prediction is zero.
const SMALLEST: f64 = 1e-30;

/// The direction of adaptive projected guidance ([`Projection::update`]).
fn update(projection: &Projection, c: &Tensor<4>, u: Tensor<4>, progress: &mut Progress) -> Tensor<4> {
    let mut d = c.clone() - u;
    if let Some(beta) = projection.momentum {
        if let Some(before) = progress.momentum.take() {
            d = d + before * beta;
        }
        progress.momentum = Some(d.clone());
    }
    if projection.norm_threshold > 0.0 {
        let norm = dot(&d, &d).sqrt().clamp_min(SMALLEST);
        d = d * (norm.recip() * projection.norm_threshold).clamp_max(1.0);
    }
    let parallel = dot(&d, c) / dot(c, c).clamp_min(SMALLEST);
    d - c.clone() * (parallel * (1.0 - projection.eta))
}

/// [`crate::diffusion::guidance::nonlinear::tangential`]: `u` on the direction that both share most.
fn tangential(c: &Tensor<4>, u: &Tensor<4>) -> Tensor<4> {
    let (cc, cu, uu) = (dot(c, c), dot(c, u), dot(u, u));
    let half = (cc.clone() - uu.clone()) * 0.5;
    let lambda = (cc.clone() + uu.clone()) * 0.5 + (half.clone().square() + cu.clone().square()).sqrt();
    let of_c_first = half.greater_equal_elem(0.0);
    let a = cu.clone().mask_where(of_c_first.clone(), lambda.clone() - uu.clone());
    let b = (lambda - cc.clone()).mask_where(of_c_first, cu.clone());
    let squared = a.clone().square() * cc + a.clone() * b.clone() * cu.clone() * 2.0 + b.clone().square() * uu.clone();
    let share = (a.clone() * cu + b.clone() * uu) / squared.clamp_min(SMALLEST);
    (c.clone() * a + u.clone() * b) * share
}

/// `⟨a, b⟩` of each picture, `[B, 1, 1, 1]`.
fn dot(a: &Tensor<4>, b: &Tensor<4>) -> Tensor<4> {
    (a.clone() * b.clone()).sum_dim(1).sum_dim(2).sum_dim(3)
}

/// One number a picture, `[B, 1, 1, 1]`.
fn column(numbers: Vec<f64>, device: &Device) -> Tensor<4> {
    let count = numbers.len();
    let numbers: Vec<f32> = numbers.into_iter().map(|number| number as f32).collect();
    Tensor::from_data(TensorData::new(numbers, [count, 1, 1, 1]), device)
}

/// Standard deviation of each picture's numbers, `[B, 1, 1, 1]`, dividing by n − 1 as PyTorch does.
fn deviation(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let flat: Tensor<2> = x.reshape([batch, channels * height * width]);
    flat.var(1).sqrt().clamp_min(1e-12).reshape([batch, 1, 1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::guidance::Predictions;
    use crate::diffusion::noise::{Purpose, Stream};

    const NUMBERS: usize = 3 * 4 * 4;

    fn predictions(draw: u32) -> Vec<f32> {
        Stream::new(5, Purpose::Sampling).draw(draw).normal(2 * NUMBERS)
    }

    fn tensor(numbers: &[f32]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(numbers.to_vec(), [2, 3, 4, 4]), &Device::flex())
    }

    /// Three steps of a run, so that momentum has something to remember.
    #[test]
    fn tensors_are_guided_as_numbers_are() {
        let projection = Projection { eta: 0.3, norm_threshold: 4.0, momentum: Some(-0.5) };
        let methods = [
            (Method::ClassifierFree, 0.0),
            (Method::ClassifierFree, 0.6),
            (Method::Projected(projection), 0.0),
            (Method::Projected(Projection { norm_threshold: 0.0, ..projection }), 0.3),
            (Method::ZeroStar { zero_init_steps: 1 }, 0.0),
            (Method::Tangential, 0.0),
            (Method::MagnitudeAware { alpha: 0.8 }, 0.0),
        ];
        let formulations = [Formulation::Interpolated, Formulation::Original];
        for ((method, phi), formulation) in methods.into_iter().flat_map(|one| formulations.map(|form| (one, form))) {
            let original = formulation == Formulation::Original;
            let ramp = if original { Ramp::List(vec![5.0, 2.5]) } else { Ramp::Linear(2.0) };
            let interval = Interval::Steps { start: 0.0, stop: 0.9 };
            let refinement = Refinement { method, interval, formulation, ramp: Some(ramp) };
            let batch = BatchGuidance::new([(3.0, phi), (6.0, phi)]).refined(&refinement);
            let (mut progress, mut memory) = (Progress::default(), [Vec::new(), Vec::new()]);
            for step in 0..3 {
                let (c, u) = (predictions(2 * step), predictions(2 * step + 1));
                progress.moment = Moment { step: step as usize, steps: 3, sigma: 1.0 };
                let got = batch.apply(tensor(&u), tensor(&c), &mut progress).into_data().try_to_vec::<f32>().unwrap();
                for row in 0..2 {
                    let part = |x: &[f32]| -> Vec<f64> {
                        x[row * NUMBERS..][..NUMBERS].iter().copied().map(f64::from).collect()
                    };
                    let guidance = Guidance { rescale: phi, ..batch.rows[row].clone() };
                    let (c, u) = (part(&c), part(&u));
                    let predictions = Predictions { conditional: &c, unconditional: &u, weakened: None };
                    let want = guidance.apply(progress.moment, predictions, &mut memory[row]).unwrap();
                    for (want, got) in want.iter().zip(part(&got)) {
                        // f32 sums of 48 numbers near 1, scaled by up to 6.
                        assert!((want - got).abs() < 2e-5, "{method:?} step {step} row {row}: {want} {got}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_second_answer_is_asked_for_only_where_it_counts() {
        let interval = Interval::Steps { start: 0.0, stop: 0.5 };
        let guided =
            BatchGuidance::new([(1.0, 0.0), (3.0, 0.0)]).refined(&Refinement { interval, ..Refinement::default() });
        let at = |step| guided.is_needed(Moment { step, steps: 4, sigma: 1.0 });
        assert_eq!([0, 1, 2, 3].map(at), [true, true, false, false]);
        assert!(!BatchGuidance::new([(1.0, 0.5)]).is_needed(Moment::default()));
    }
}
