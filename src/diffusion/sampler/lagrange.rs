//! Lagrange interpolation, for solvers that integrate a polynomial through past answers.

/// The coefficients of `l_j(u) = Π_{k≠j} (u − u_k)/(u_j − u_k)`, lowest power first.
pub(super) fn basis(nodes: &[f64], j: usize) -> Vec<f64> {
    let mut polynomial = vec![1.0];
    for (_, node) in nodes.iter().enumerate().filter(|(k, _)| *k != j) {
        let scale = 1.0 / (nodes[j] - node);
        let mut next = vec![0.0; polynomial.len() + 1];
        for (power, coefficient) in polynomial.iter().enumerate() {
            next[power + 1] += coefficient * scale;
            next[power] -= coefficient * node * scale;
        }
        polynomial = next;
    }
    polynomial
}

/// `∫ l_j(u) w(u) du` for every j, given the moments `∫ u^p w(u) du`, p from 0.
pub(super) fn weights(nodes: &[f64], moments: &[f64]) -> Vec<f64> {
    let integral = |j| basis(nodes, j).iter().zip(moments).map(|(coefficient, moment)| coefficient * moment).sum();
    (0..nodes.len()).map(integral).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_give_the_adams_bashforth_weights() {
        let moments = [1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0];
        let weights = weights(&[0.0, -1.0, -2.0, -3.0], &moments);
        for (weight, want) in weights.iter().zip([55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0]) {
            assert!((weight - want).abs() < 1e-14, "{weights:?}");
        }
    }
}
