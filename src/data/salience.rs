//! Where in a picture each word is decided, and weights under which every attribute counts alike.
//!
//! A mouth is six pixels of 256 and low in contrast: in a plain mean of squares, all that its word explains is a two-hundredth of
//! what a shirt's colour explains, and its gradient drowns in the noise of the rest. Weights that depend on the place alone, not on
//! the picture, leave the best answer at each pixel, the conditional mean, where it was; they change only what is learned first.

use super::avatar::{Avatar, SIZE};
use super::balanced::avatar_for_training;
use super::look::{Attribute, Look};
use super::look_alikes::take;

const PIXELS: usize = SIZE * SIZE;
/// Pairs of avatars that exchange an attribute.
const PAIRS: u64 = 800;

/// What an attribute decides, `[H · W]`: the mean square, over pairs of avatars, of the change at each pixel when one takes the
/// attribute from the other and the word for it becomes another; pictures in [−1, 1].
pub fn decided_by(attribute: Attribute) -> Vec<f64> {
    let mut sum = vec![0.0; PIXELS];
    let mut count = 0.0;
    for seed in 0..PAIRS {
        let (avatar, stranger) = (avatar_for_training(2 * seed), avatar_for_training(2 * seed + 1));
        let mut changed = avatar.clone();
        take(attribute, &mut changed, &stranger);
        let values = [&avatar, &changed].map(|avatar| Look::of(avatar).get(attribute));
        if values.contains(&None) || values[0] == values[1] {
            continue;
        }
        count += 1.0;
        add_squares(&mut sum, &avatar, &changed);
    }
    sum.iter_mut().for_each(|value| *value /= f64::max(count, 1.0));
    sum
}

fn add_squares(sum: &mut [f64], one: &Avatar, other: &Avatar) {
    let (one, other) = (one.rgb(), other.rgb());
    for (sum, (one, other)) in sum.iter_mut().zip(one.chunks_exact(3).zip(other.chunks_exact(3))) {
        *sum += one.iter().zip(other).map(|(&a, &b)| ((f64::from(a) - f64::from(b)) / 127.5).powi(2)).sum::<f64>();
    }
}

/// Weights of pixels, `[H · W]`, mean 1, under which every attribute decides alike: `w = Σ_a c_a · r_a` with `r_a` of
/// [`decided_by`] and `c_a` such that `Σ_p w(p) · r_a(p)` differs as little between attributes as their overlap allows.
///
/// Each round takes `c_a` down by the square root of what a decides too much, as iterative proportional fitting does.
pub fn balanced_weights() -> Vec<f64> {
    const ROUNDS: usize = 12;
    let decided: Vec<Vec<f64>> = Attribute::ALL.iter().map(|&attribute| decided_by(attribute)).collect();
    let mut shares = vec![1.0; decided.len()];
    let mut weights = vec![1.0; PIXELS];
    for _ in 0..ROUNDS {
        let total = |decided: &Vec<f64>| decided.iter().zip(&weights).map(|(r, w)| r * w).sum::<f64>();
        let totals: Vec<f64> = decided.iter().map(total).collect();
        shares.iter_mut().zip(&totals).for_each(|(share, total)| *share /= total.max(f64::MIN_POSITIVE).sqrt());
        let at = |pixel: usize| decided.iter().zip(&shares).map(|(r, share)| share * r[pixel]).sum::<f64>();
        weights = (0..PIXELS).map(at).collect();
        let mean = weights.iter().sum::<f64>() / PIXELS as f64;
        weights.iter_mut().for_each(|weight| *weight /= mean);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_decide_more_alike_than_in_a_plain_mean() {
        let decided: Vec<Vec<f64>> = Attribute::ALL.iter().map(|&attribute| decided_by(attribute)).collect();
        let spread = |weights: &[f64]| {
            let of = |r: &Vec<f64>| r.iter().zip(weights).map(|(r, w)| r * w).sum::<f64>();
            let totals: Vec<f64> = decided.iter().map(of).collect();
            totals.iter().copied().fold(0.0, f64::max) / totals.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let weights = balanced_weights();
        let mean = weights.iter().sum::<f64>() / PIXELS as f64;
        assert!((mean - 1.0).abs() < 1e-9 && weights.iter().all(|&weight| weight >= 0.0));
        // About 50 in a plain mean; 9 is what the overlap of beard, mouth and skin leaves.
        assert!(spread(&weights) < 0.3 * spread(&[1.0; PIXELS]), "{} {}", spread(&weights), spread(&[1.0; PIXELS]));
        // The mouth lies in the middle of row 10, hair in row 2.
        assert!(weights[10 * SIZE + 7] > 3.0 * weights[2 * SIZE + 7]);
    }
}
