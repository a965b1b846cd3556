//! The command line of the forward process: avatars after some steps towards noise.

use super::shell_quoted;
use crate::diffusion::schedule::ScheduleConfig;

/// What `noisewalk noise` draws: each of `count` avatars under each curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Noising {
    /// Seed of the first avatar and of the noise.
    pub seed: u32,
    /// How many avatars, of consecutive seeds.
    pub count: u32,
    /// The curves; all have the same T.
    pub schedules: Vec<ScheduleConfig>,
    /// A last curve, ᾱ through these points (u, ᾱ).
    pub points: Option<Vec<(f64, f64)>>,
    /// T.
    pub total: u32,
    /// Steps taken, from 0, the clean picture, to T.
    pub steps: u32,
    /// Walked step by step instead of reached by one jump.
    pub walk: bool,
    /// So many states of each curve, evenly from the clean picture to `steps`, a row each.
    pub strip: Option<u32>,
}

/// The command line; `None` for curves that its flags cannot say: a table of β, or curves of different ends.
pub fn noising(what: &Noising) -> Option<String> {
    let mut line = format!("cargo noisewalk noise --avatar-seed {}", what.seed);
    if what.count != 1 {
        line.push_str(&format!(" --count {}", what.count));
    }
    for config in &what.schedules {
        line.push_str(&format!(" --schedule {}", config.beta_schedule.name()));
    }
    if let Some(points) = &what.points {
        let points: Vec<String> = points.iter().map(|(u, alpha_cumprod)| format!("{u}:{alpha_cumprod}")).collect();
        line.push_str(&format!(" --schedule custom --points {}", shell_quoted(&points.join(","))));
    }
    line.push_str(&format!(" --timesteps {}", what.total));
    line.push_str(&ends(what)?);
    match what.strip {
        Some(columns) => line.push_str(&format!(" --strip {columns}")),
        None => line.push_str(&format!(" --steps {}", what.steps)),
    }
    if what.walk {
        line.push_str(" --walk");
    }
    Some(line + " -o noise.png")
}

/// The flags of β's ends and of its rescaling, which all curves share.
fn ends(what: &Noising) -> Option<String> {
    let default = ScheduleConfig::default();
    let ends = |config: &ScheduleConfig| (config.beta_start, config.beta_end, config.rescale_betas_zero_snr);
    let Some(first) = what.schedules.first() else { return Some(String::new()) };
    let is_sayable = what.schedules.iter().all(|config| config.trained_betas.is_none() && ends(config) == ends(first));
    if !is_sayable || (what.points.is_some() && ends(first) != ends(&default)) {
        return None;
    }
    let mut flags = String::new();
    if first.beta_start != default.beta_start {
        flags.push_str(&format!(" --beta-start {}", first.beta_start));
    }
    if first.beta_end != default.beta_end {
        flags.push_str(&format!(" --beta-end {}", first.beta_end));
    }
    if first.rescale_betas_zero_snr {
        flags.push_str(" --zero-snr");
    }
    Some(flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::schedule::BetaSchedule;

    fn example() -> Noising {
        let schedules = vec![ScheduleConfig { beta_schedule: BetaSchedule::Linear, ..ScheduleConfig::default() }];
        Noising { seed: 11, count: 1, schedules, points: None, total: 1000, steps: 500, walk: false, strip: None }
    }

    #[test]
    fn a_line_says_what_differs_from_the_default() {
        assert_eq!(
            noising(&example()).unwrap(),
            "cargo noisewalk noise --avatar-seed 11 --schedule linear --timesteps 1000 --steps 500 -o noise.png"
        );
        let mut model = example();
        model.schedules[0].beta_start = 0.00085;
        model.schedules[0].rescale_betas_zero_snr = true;
        assert!(noising(&model).unwrap().contains(" --beta-start 0.00085 --zero-snr --steps 500"));
        let drawn = Noising { points: Some(vec![(0.0, 1.0), (1.0, 0.0)]), strip: Some(9), count: 2, ..example() };
        assert!(
            noising(&drawn).unwrap().contains(
                "--count 2 --schedule linear --schedule custom --points '0:1,1:0' --timesteps 1000 --strip 9"
            )
        );
    }

    #[test]
    fn a_table_of_betas_has_no_line() {
        let mut table = example();
        table.schedules[0].trained_betas = Some(vec![0.1; 1000]);
        assert_eq!(noising(&table), None);
    }
}
