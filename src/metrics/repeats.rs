//! Confidence in the mean of a few repeated runs, such as training with other seeds: Student's t (1908).

use super::Scores;

/// Quantiles 0.975 of Student's t for 1 to 10 degrees of freedom.
const T_95: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/// Half the width of the 95 % interval of the mean of `scores`: `t · s / √n` with the standard deviation s of divisor n − 1; 0 of a single score.
///
/// Beyond 11 scores t is the first terms of its expansion around the normal quantile (Fisher and Cornish 1960), right to 0.005.
pub fn half_width(scores: &Scores) -> f64 {
    let count = scores.0.len();
    if count < 2 {
        return 0.0;
    }
    let freedom = (count - 1) as f64;
    let t = T_95.get(count - 2).copied().unwrap_or(1.959_964 + 2.372_3 / freedom + 2.822_5 / (freedom * freedom));
    t * scores.std_sample() / (count as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_intervals() {
        // Mean 2, s = 1: 4.303 / √3.
        assert!((half_width(&Scores(vec![1.0, 2.0, 3.0])) - 2.484).abs() < 1e-3);
        assert_eq!(half_width(&Scores(vec![5.0])), 0.0);
        // 31 scores of ±1 and one 0: s = 1, and tables give t = 2.042 for 30 degrees of freedom.
        let many = (0..30).map(|index| if index % 2 == 0 { 1.0 } else { -1.0 }).chain([0.0]).collect();
        assert!((half_width(&Scores(many)) - 2.042 / 31f64.sqrt()).abs() < 1e-3);
    }

    #[test]
    fn the_table_goes_on_without_a_jump() {
        let width = |count: usize| {
            let scores = Scores((0..count).map(|index| if index < count / 2 { 1.0 } else { -1.0 }).collect());
            half_width(&scores) * (count as f64).sqrt() / scores.std_sample()
        };
        // Tables: 2.228 for 10 degrees of freedom, 2.201 for 11.
        assert!((width(11) - 2.228).abs() < 5e-3 && (width(12) - 2.201).abs() < 5e-3);
    }
}
