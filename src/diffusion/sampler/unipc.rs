//! UniPC: a predictor of any order, corrected with the next answer at no extra cost (Zhao et al. 2023, algorithms 5 to 8).
//!
//! A step predicts x_{i+1} from the corrected x̄_i; the answer asked at x_{i+1} then corrects it to x̄_{i+1}, where the next step starts.
//! In a plan x̄ is no state of its own: `x̄_i = x_i + (corrector − predictor)`, in which all older states cancel.
//!
//! Conventions of diffusers' `UniPCMultistepScheduler`: bh1 has B(h) = h, bh2 has B(h) = eʰ − 1; a predictor of order 2 and a corrector of order 1
//! have weight 1/2; the last steps are of lower order where `lower_order_final` is set; where the noise is held, no estimate is thresholded.
//! bh1 has no finite coefficients for a step to σ = 0.

use super::choices::BhVariant;
use super::error::PlanError;
use super::exponential::{Held, check_order};
use super::expression::Expression;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};

type History = [(Level, Expression)];

/// The plan of UniPC of order `solver_order` (2 unless said otherwise).
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let order = check_order(options.solver_order.unwrap_or(2))?;
    let held = if options.predict_x0 { Held::Data } else { Held::Noise };
    let steps = grid.levels.len();
    let mut history: Vec<(Level, Expression)> = Vec::new();
    // Where the last step started, what it predicted, and its order.
    let mut last: Option<(Expression, Expression, usize)> = None;
    for (index, from, to) in grid.pairs() {
        let d = if held == Held::Data { recorder.d() } else { recorder.d_unclipped() };
        let answer = held.answer(recorder.x(), d, from);
        let mut x = recorder.x();
        if let Some((start, predicted, order)) =
            last.take().filter(|_| !options.disable_corrector.contains(&(index - 1)))
        {
            let corrected = correct(held, start, &history, (from, answer.clone()), options.bh_variant, order);
            x = x + (corrected - predicted);
        }
        history.insert(0, (from, answer));
        history.truncate(order);
        let allowed = if options.lower_order_final { order.min(steps - index) } else { order };
        let this_order = allowed.min(history.len());
        let predicted = predict(held, x.clone(), &history[..this_order], to, options.bh_variant);
        last = Some((x, predicted.clone(), this_order));
        recorder.evaluate(index, from, predicted)?;
    }
    Ok(grid.finish(recorder))
}

/// UniP: from `x` at the newest answer's level to `to`.
fn predict(held: Held, x: Expression, history: &History, to: Level, variant: BhVariant) -> Expression {
    let (from, newest) = &history[0];
    let step = Bh::new(held, *from, to, variant);
    let ratios: Vec<f64> = history[1..].iter().map(|(level, _)| step.ratio(*level, *from)).collect();
    let weights = match ratios.len() {
        0 => Vec::new(),
        1 => vec![0.5],
        _ => solve(&ratios, &step.targets(ratios.len())),
    };
    let mut update = x * step.carry + newest.clone() * step.constant;
    for (((_, older), ratio), weight) in history[1..].iter().zip(&ratios).zip(weights) {
        update = update + (older.clone() - newest.clone()) * (step.bend * weight / ratio);
    }
    update
}

/// UniC: the same step again, now with the answer at its end.
fn correct(
    held: Held,
    x: Expression,
    history: &History,
    (to, answer): (Level, Expression),
    variant: BhVariant,
    order: usize,
) -> Expression {
    let (from, newest) = &history[0];
    let step = Bh::new(held, *from, to, variant);
    let older = &history[1..order];
    let mut ratios: Vec<f64> = older.iter().map(|(level, _)| step.ratio(*level, *from)).collect();
    ratios.push(1.0);
    let weights = if order == 1 { vec![0.5] } else { solve(&ratios, &step.targets(order)) };
    let mut update = x * step.carry + newest.clone() * step.constant;
    let answers = older.iter().map(|(_, answer)| answer).chain([&answer]);
    for ((answer, ratio), weight) in answers.zip(&ratios).zip(weights) {
        update = update + (answer.clone() - newest.clone()) * (step.bend * weight / ratio);
    }
    update
}

/// The numbers of one step that do not depend on the history.
struct Bh {
    h: f64,
    /// −h for data, h for noise.
    signed: f64,
    carry: f64,
    constant: f64,
    /// Factor of the differences: −α_t B(h) or −σ_t B(h).
    bend: f64,
    b: f64,
}

impl Bh {
    fn new(held: Held, from: Level, to: Level, variant: BhVariant) -> Self {
        let h = to.lambda() - from.lambda();
        let (signed, carry, size) = match held {
            Held::Data => (-h, to.sigma / from.sigma, to.alpha),
            Held::Noise => (h, to.alpha / from.alpha, to.sigma),
        };
        let b = match variant {
            BhVariant::Bh1 => signed,
            BhVariant::Bh2 => math::expm1(signed),
        };
        Self { h, signed, carry, constant: -size * math::expm1(signed), bend: -size * b, b }
    }

    fn ratio(&self, level: Level, from: Level) -> f64 {
        (level.lambda() - from.lambda()) / self.h
    }

    /// `φ_{p+1}(h) · p! / B(h)` for p = 1 … `count`, the right-hand side of the order conditions.
    fn targets(&self, count: usize) -> Vec<f64> {
        let (mut phi, mut factorial) = (math::expm1(self.signed) / self.signed - 1.0, 1.0);
        let target = |p: usize| {
            let target = phi * factorial / self.b;
            factorial *= (p + 1) as f64;
            phi = phi / self.signed - 1.0 / factorial;
            target
        };
        (1..=count).map(target).collect()
    }
}

/// Solves `Σ_k r_k^p w_k = b_p` for p = 0 … by elimination with pivoting; the system has as many rows as the order.
fn solve(ratios: &[f64], targets: &[f64]) -> Vec<f64> {
    let n = ratios.len();
    let mut rows: Vec<Vec<f64>> =
        (0..n).map(|p| ratios.iter().map(|ratio| math::powf(*ratio, p as f64)).chain([targets[p]]).collect()).collect();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
        rows.swap(column, pivot.unwrap_or(column));
        let pivot = rows[column].clone();
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / pivot[column];
            row.iter_mut().zip(&pivot).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    let mut weights = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| rows[row][k] * weights[k]).sum();
        weights[row] = (rows[row][n] - known) / rows[row][row];
    }
    weights
}
