//! Preconditioning: what stands between a network F and the denoiser D that samplers see, in σ-space `x = x0 + σ·ε`.
//!
//! `D(x; σ) = c_skip · x + c_out · F(c_in · x; c_noise)` (Karras et al. 2022, equation 7 and table 1).

use core::f64::consts::FRAC_PI_2;

use super::math;

/// The four factors at one σ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scalings {
    /// Factor of the state in the denoised estimate.
    pub c_skip: f64,
    /// Factor of the network's answer in the denoised estimate.
    pub c_out: f64,
    /// Factor of the state in the network's input.
    pub c_in: f64,
    /// What the network is told of σ.
    pub c_noise: f64,
}

impl Scalings {
    /// `c_skip · x + c_out · F`.
    pub fn denoised(&self, x: &[f64], output: &[f64]) -> Vec<f64> {
        super::forward::combine(self.c_skip, x, self.c_out, output)
    }

    /// What F should answer for the picture x0: `(x0 − c_skip · x)/c_out`; `None` where c_out is 0, at σ = 0.
    pub fn target(&self, x0: &[f64], x: &[f64]) -> Option<Vec<f64>> {
        let of_x0 = 1.0 / self.c_out;
        (self.c_out != 0.0).then(|| super::forward::combine(of_x0, x0, -self.c_skip * of_x0, x))
    }
}

/// The columns of table 1 of Karras et al. (2022).
#[derive(Debug, Clone, PartialEq)]
pub enum Preconditioning {
    /// Variance preserving (Song et al. 2021): an ε-network told `(M − 1) · t`.
    Vp {
        /// β_max − β_min, 19.9.
        beta_d: f64,
        /// β_min, 0.1.
        beta_min: f64,
        /// M, 1000.
        steps: f64,
    },
    /// Variance exploding (Song et al. 2021): a network for −ε, told ln(σ/2).
    Ve,
    /// iDDPM (Nichol and Dhariwal 2021): an ε-network told the nearest of M timesteps.
    Iddpm(IddpmGrid),
    /// EDM (Karras et al. 2022): unit variance of input and target at every σ, told ln(σ)/4.
    Edm {
        /// σ_data, the standard deviation of the data, 0.5.
        sigma_data: f64,
        /// diffusers' `prediction_type` v: the same with c_out of the other sign.
        v_prediction: bool,
    },
}

impl Preconditioning {
    /// EDM for an x0 or ε reading, as in the paper.
    pub fn edm(sigma_data: f64) -> Self {
        Self::Edm { sigma_data, v_prediction: false }
    }

    /// The factors at `sigma`.
    pub fn scalings(&self, sigma: f64) -> Scalings {
        let square = sigma * sigma;
        let unit = 1.0 / math::sqrt(square + 1.0);
        match self {
            Self::Vp { beta_d, beta_min, steps } => {
                // The inverse of σ(t)² = exp(β_d t²/2 + β_min t) − 1.
                let root = math::sqrt(beta_min * beta_min + 2.0 * beta_d * math::ln_1p(square));
                let t = (root - beta_min) / beta_d;
                Scalings { c_skip: 1.0, c_out: -sigma, c_in: unit, c_noise: (steps - 1.0) * t }
            }
            Self::Ve => Scalings { c_skip: 1.0, c_out: sigma, c_in: 1.0, c_noise: math::ln(0.5 * sigma) },
            Self::Iddpm(grid) => {
                Scalings { c_skip: 1.0, c_out: -sigma, c_in: unit, c_noise: grid.timestep(sigma) as f64 }
            }
            Self::Edm { sigma_data, v_prediction } => {
                let norm = math::sqrt(square + sigma_data * sigma_data);
                let c_out = sigma * sigma_data / norm;
                Scalings {
                    c_skip: sigma_data * sigma_data / (norm * norm),
                    c_out: if *v_prediction { -c_out } else { c_out },
                    c_in: 1.0 / norm,
                    c_noise: 0.25 * math::ln(sigma),
                }
            }
        }
    }

    /// λ(σ), the weight of the squared error of D in training: 1/c_out², so that the error of F counts alike at every σ.
    ///
    /// `1/σ²` for VP, VE and iDDPM, `(σ² + σ_data²)/(σ σ_data)²` for EDM.
    pub fn loss_weight(&self, sigma: f64) -> f64 {
        let c_out = self.scalings(sigma).c_out;
        1.0 / (c_out * c_out)
    }
}

/// The noise levels u_j of iDDPM: a cosine ᾱ whose steps down are limited (Karras et al. 2022, table 1).
///
/// `u_M = 0`, `u_{j−1} = √((u_j² + 1)/max(ᾱ_{j−1}/ᾱ_j, C_1) − 1)`, `ᾱ_j = sin²(π/2 · j/(M (C_2 + 1)))`; C_1 = 0.001 and C_2 = 0.008.
#[derive(Debug, Clone, PartialEq)]
pub struct IddpmGrid {
    levels: Vec<f64>,
}

impl IddpmGrid {
    /// The grid of M = `steps` timesteps with the paper's constants; at least one.
    pub fn new(steps: usize) -> Self {
        let steps = steps.clamp(1, 100_000);
        let alpha_bar = |j: usize| {
            let s = math::sin(FRAC_PI_2 * j as f64 / (steps as f64 * 1.008));
            s * s
        };
        let mut levels = vec![0.0; steps + 1];
        for j in (1..=steps).rev() {
            let ratio = (alpha_bar(j - 1) / alpha_bar(j)).max(0.001);
            levels[j - 1] = math::sqrt((levels[j] * levels[j] + 1.0) / ratio - 1.0);
        }
        Self { levels }
    }

    /// u_j for j in `0..=M`, from noise to picture.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// `M − 1 − argmin_j |u_j − σ|`, the timestep whose noise is nearest.
    pub fn timestep(&self, sigma: f64) -> usize {
        let last = self.levels.len() - 2;
        let distance = |j: &usize| (self.levels[*j] - sigma).abs();
        let nearest = (0..=last).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        last - nearest.unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The defining property of EDM's factors: unit variance of the input and of the target, for data of variance σ_data².
        #[test]
        fn edm_keeps_unit_variance(sigma in 1e-3f64..1e3, sigma_data in 0.1f64..3.0) {
            let c = Preconditioning::edm(sigma_data).scalings(sigma);
            let data = sigma_data * sigma_data;
            prop_assert!((c.c_in.powi(2) * (data + sigma * sigma) - 1.0).abs() < 1e-12);
            // x0 − c_skip (x0 + σ ε) has variance (1 − c_skip)² σ_data² + c_skip² σ², which c_out² undoes.
            let target = (1.0 - c.c_skip).powi(2) * data + (c.c_skip * sigma).powi(2);
            prop_assert!((target / c.c_out.powi(2) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn targets_and_estimates_are_inverse(sigma in 1e-2f64..1e2, x0 in -1.0f64..1.0, x in -9.0f64..9.0) {
            for kind in [Preconditioning::edm(0.5), Preconditioning::Ve, Preconditioning::Iddpm(IddpmGrid::new(10))] {
                let c = kind.scalings(sigma);
                let answer = c.target(&[x0], &[x]).unwrap();
                prop_assert!((c.denoised(&[x], &answer)[0] - x0).abs() < 1e-12);
            }
        }
    }

    /// The VP column read backwards: σ at t gives t again, and the end is σ(1) = 152.17 of k-diffusion's `get_sigmas_vp`.
    #[test]
    fn vp_is_told_its_time() {
        let vp = Preconditioning::Vp { beta_d: 19.9, beta_min: 0.1, steps: 1000.0 };
        assert!((vp.scalings(152.166_970_284).c_noise - 999.0).abs() < 1e-6);
    }

    #[test]
    fn iddpm_levels_fall_to_the_picture() {
        let grid = IddpmGrid::new(1000);
        assert!(grid.levels().windows(2).all(|pair| pair[1] < pair[0]));
        assert_eq!((grid.timestep(1e9), grid.timestep(0.0)), (999, 0));
        assert_eq!(grid.timestep(grid.levels()[400]), 599);
    }
}
