//! Losses: what an error of the network costs, before its weight.

use super::math;

/// Losses of one error: squared, absolute, Huber (1964), smooth L1 (Girshick 2015, equation 3) and pseudo-Huber (Charbonnier et al. 1997).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// `d²` (Ho et al. 2020).
    Mse,
    /// `|d|` (Saharia et al. 2022, Palette).
    L1,
    /// `d²/2` up to δ, `δ (|d| − δ/2)` beyond (Huber 1964; torch's `huber_loss`).
    Huber {
        /// δ.
        delta: f64,
    },
    /// `d²/(2β)` up to β, `|d| − β/2` beyond: Huber divided by β (torch's `smooth_l1_loss`).
    SmoothL1 {
        /// β.
        beta: f64,
    },
    /// `2c (√(d² + c²) − c)`, smooth everywhere (Charbonnier et al. 1997; diffusers' `--loss_type huber`).
    PseudoHuber {
        /// c.
        c: f64,
    },
}

impl Loss {
    /// The cost of the error `d`.
    pub fn of(self, d: f64) -> f64 {
        let size = d.abs();
        match self {
            Self::Mse => d * d,
            Self::L1 => size,
            Self::Huber { delta } if size <= delta => 0.5 * d * d,
            Self::Huber { delta } => delta * (size - 0.5 * delta),
            Self::SmoothL1 { beta } if size < beta => 0.5 * d * d / beta,
            Self::SmoothL1 { beta } => size - 0.5 * beta,
            Self::PseudoHuber { c } => {
                // √(d² + c²) − c without cancellation.
                let root = math::sqrt(d * d + c * c) + c;
                if root > 0.0 { 2.0 * c * d * d / root } else { 0.0 }
            }
        }
    }

    /// The mean cost over all elements of one sample; 0 for none.
    pub fn mean(self, output: &[f64], target: &[f64]) -> f64 {
        let count = output.len().min(target.len()).max(1) as f64;
        output.iter().zip(target).map(|(output, target)| self.of(output - target)).sum::<f64>() / count
    }
}

/// Scheduled Huber loss (Khrapov et al. 2024; diffusers' `--huber_schedule`): how c of [`Loss::PseudoHuber`] runs with the timestep, from 1 or near it down to `huber_c`.
///
/// `exponential` is `exp(t · ln(huber_c)/T)` for timestep t of T.
pub fn exponential_huber_c(huber_c: f64, t: f64, total: f64) -> f64 {
    math::exp(t * math::ln(huber_c) / total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn losses_are_even_and_grow(a in 0.0f64..50.0, b in 0.0f64..50.0, width in 0.01f64..5.0) {
            let (small, large) = (a.min(b), a.max(b));
            let losses =
                [Loss::Mse, Loss::L1, Loss::Huber { delta: width }, Loss::SmoothL1 { beta: width }, Loss::PseudoHuber { c: width }];
            for loss in losses {
                prop_assert!(loss.of(small) <= loss.of(large));
                prop_assert_eq!(loss.of(a), loss.of(-a));
            }
            let (huber, smooth) = (Loss::Huber { delta: width }.of(a), Loss::SmoothL1 { beta: width }.of(a));
            prop_assert!((huber - width * smooth).abs() < 1e-10);
        }
    }

    /// Near zero the pseudo-Huber loss is d², far away 2c|d|.
    #[test]
    fn pseudo_huber_joins_both_others() {
        let loss = Loss::PseudoHuber { c: 0.1 };
        assert!((loss.of(1e-4) / 1e-8 - 1.0).abs() < 1e-6);
        assert!((loss.of(1e6) / (2.0 * 0.1 * 1e6) - 1.0).abs() < 1e-6);
        assert_eq!(loss.mean(&[], &[]), 0.0);
        assert!((exponential_huber_c(0.1, 1000.0, 1000.0) - 0.1).abs() < 1e-15);
    }
}
