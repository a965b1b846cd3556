//! Sums of states, estimates and noises, so that a sampler is written as its paper writes it.

use std::ops::{Add, Div, Mul, Sub};

use crate::diffusion::plan::Term;

/// `Σ a_j x_j + Σ b_k D_k + Σ c_k D*_k + Σ d_j [x_j] + Σ e_m z_m`: the right-hand side of an update.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Expression {
    pub states: Vec<Term>,
    pub denoised: Vec<Term>,
    pub unclipped: Vec<Term>,
    pub clamped: Vec<Term>,
    pub noise: Vec<Term>,
}

impl Expression {
    /// `x_index`, the state at the start of a stage.
    pub fn state(index: usize) -> Self {
        Self { states: one(index), ..Self::default() }
    }

    /// `D_index`, the denoised estimate of a stage.
    pub fn denoised(index: usize) -> Self {
        Self { denoised: one(index), ..Self::default() }
    }

    /// `D*_index`, the denoised estimate before thresholding.
    pub fn unclipped(index: usize) -> Self {
        Self { unclipped: one(index), ..Self::default() }
    }

    /// `[x_index]`, the state at the start of a stage after thresholding.
    pub fn clamped(index: usize) -> Self {
        Self { clamped: one(index), ..Self::default() }
    }

    /// `z_index`, a draw of N(0, 1).
    pub fn noise(index: usize) -> Self {
        Self { noise: one(index), ..Self::default() }
    }

    fn lists(&mut self) -> [&mut Vec<Term>; 5] {
        [&mut self.states, &mut self.denoised, &mut self.unclipped, &mut self.clamped, &mut self.noise]
    }

    /// True where every coefficient is a finite number.
    pub fn is_finite(&self) -> bool {
        let lists = [&self.states, &self.denoised, &self.unclipped, &self.clamped, &self.noise];
        lists.iter().all(|terms| terms.iter().all(|term| term.coefficient.is_finite()))
    }
}

fn one(index: usize) -> Vec<Term> {
    vec![Term { index, coefficient: 1.0 }]
}

impl Add for Expression {
    type Output = Self;

    /// Adds like terms; those that cancel to exactly 0 vanish.
    fn add(mut self, mut other: Self) -> Self {
        for (mine, theirs) in self.lists().into_iter().zip(other.lists()) {
            for term in theirs.drain(..) {
                match mine.binary_search_by_key(&term.index, |known| known.index) {
                    Ok(at) => mine[at].coefficient += term.coefficient,
                    Err(at) => mine.insert(at, term),
                }
            }
            mine.retain(|term| term.coefficient != 0.0);
        }
        self
    }
}

impl Mul<f64> for Expression {
    type Output = Self;

    fn mul(mut self, factor: f64) -> Self {
        for terms in self.lists() {
            terms.iter_mut().for_each(|term| term.coefficient *= factor);
            terms.retain(|term| term.coefficient != 0.0);
        }
        self
    }
}

impl Div<f64> for Expression {
    type Output = Self;

    fn div(mut self, divisor: f64) -> Self {
        for terms in self.lists() {
            terms.iter_mut().for_each(|term| term.coefficient /= divisor);
        }
        self
    }
}

impl Sub for Expression {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + other * -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_terms_add_and_cancel() {
        let (x, d) = (Expression::state(3), Expression::denoised(2));
        let sum = (x.clone() - d.clone()) / 2.0 + d * 0.5 + Expression::noise(0) * 0.0;
        assert_eq!(sum, x * 0.5);
    }

    #[test]
    fn a_division_by_zero_is_seen() {
        assert!(!(Expression::state(0) / 0.0).is_finite());
        assert!(Expression::state(0).is_finite());
    }
}
