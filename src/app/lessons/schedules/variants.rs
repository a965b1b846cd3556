//! The same network and the same noise, with the steps spread over the schedule in several ways; live.

use leptos::prelude::*;

use super::settings::Schedules;
use crate::app::engine_client::Status;
use crate::app::frames::Origin;
use crate::app::language::{Text, t};
use crate::app::plots::line::{Hue, Line};
use crate::app::shell::Shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::{Sampler, SigmaFamily, TimestepSpacing};
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use crate::protocol::{Event, Frame, GenerateSpec};

/// A way to spread steps.
pub struct Variant {
    /// What people call it.
    pub name: Text,
    sampler: Sampler,
    spacing: Option<TimestepSpacing>,
    sigmas: SigmaFamily,
}

const fn spaced(name: Text, spacing: TimestepSpacing) -> Variant {
    Variant { name, sampler: Sampler::Ddim, spacing: Some(spacing), sigmas: SigmaFamily::Training }
}

const fn in_sigma(name: Text, sigmas: SigmaFamily) -> Variant {
    Variant { name, sampler: Sampler::Euler, spacing: None, sigmas }
}

/// Timesteps spread in three ways, walked by DDIM; levels of σ from three families, walked by Euler, which is DDIM in σ.
pub static VARIANTS: [Variant; 6] = [
    spaced(t("leading"), TimestepSpacing::Leading),
    spaced(t("trailing"), TimestepSpacing::Trailing),
    spaced(t("linspace"), TimestepSpacing::Linspace),
    in_sigma(t("Karras"), SigmaFamily::Karras),
    in_sigma(t("exponential"), SigmaFamily::Exponential),
    in_sigma(t("Beta"), SigmaFamily::Beta),
];

/// Pictures of each.
pub const COUNT: u32 = 4;

impl Variant {
    /// Its run.
    pub fn spec(&self, steps: u32, seed: u32) -> GenerateSpec {
        GenerateSpec {
            sampler: self.sampler,
            steps,
            seed: u64::from(seed),
            count: COUNT,
            spacing: self.spacing,
            sigmas: self.sigmas.clone(),
            ..GenerateSpec::default()
        }
    }
}

/// Where each variant asks the network: σ/α of every step.
pub fn levels(schedule: &ScheduleConfig, prediction_type: PredictionType, steps: u32) -> Vec<Line> {
    let Ok(schedule) = NoiseSchedule::new(schedule) else { return Vec::new() };
    let line = |(index, variant): (usize, &Variant)| {
        let plan = variant.spec(steps, 0).plan(&schedule, prediction_type).ok()?;
        let ratios =
            plan.stages.iter().filter(|stage| stage.evaluate).map(|stage| stage.level.sigma / stage.level.alpha);
        let points = ratios.enumerate().map(|(step, ratio)| ((step + 1) as f64, ratio));
        let points = points.filter(|(_, ratio)| ratio.is_finite()).collect();
        Some(Line { name: variant.name.into(), hue: Hue::Series(index), points, bands: Vec::new() })
    };
    VARIANTS.iter().enumerate().filter_map(line).collect()
}

/// The runs of all variants, one after the other; copy it freely.
#[derive(Clone, Copy)]
pub struct Variants {
    shell: Shell,
    asked: RwSignal<bool>,
    /// What each ended in, and whether it is of the settings on the screen.
    pub rows: RwSignal<Vec<Option<Frame>>>,
    /// Where the pictures come from.
    pub origin: RwSignal<Origin>,
}

impl Variants {
    /// Runs them whenever settings or engine change, once they were asked for.
    pub fn new(shell: Shell, store: Store<Schedules>) -> Self {
        let rows = RwSignal::new((0..VARIANTS.len()).map(|_| None).collect());
        let variants = Self { shell, asked: RwSignal::new(false), rows, origin: RwSignal::new(Origin::Nothing) };
        let wanted = store.part(|settings| (settings.steps, settings.seed));
        Effect::new(move || {
            let (steps, seed) = wanted.get();
            if variants.asked.get() && shell.engine.status.get() == Status::Ready {
                variants.run(0, steps, seed);
            }
        });
        on_cleanup(move || shell.engine.cancel());
        variants
    }

    /// Asks for them; they run as soon as the engine can.
    pub fn ask(self) {
        self.asked.set(true);
    }

    /// Whether they were asked for.
    pub fn asked(self) -> bool {
        self.asked.get()
    }

    /// Runs one, and the next when it has ended: the engine holds one request at a time.
    fn run(self, index: usize, steps: u32, seed: u32) {
        let Some(variant) = VARIANTS.get(index) else { return };
        self.shell.engine.generate(variant.spec(steps, seed), move |event| match event {
            Event::Frame { frame, .. } if frame.step == frame.of => {
                self.rows.try_update(|rows| rows[index] = Some(frame.clone()));
            }
            Event::Finished { millis_per_step, .. } => {
                if let Some(device) = self.shell.engine.device.get_untracked() {
                    self.origin.try_set(Origin::Live(device.kind, Some(*millis_per_step)));
                }
                if index + 1 == VARIANTS.len() {
                    self.shell.announce(strings::run_finished(steps, *millis_per_step));
                }
                self.run(index + 1, steps, seed);
            }
            Event::Failed { what, hint, .. } => self.shell.notify(format!("{what}. {hint}")),
            _ => {}
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_asks_elsewhere() {
        let lines = levels(&ScheduleConfig::default(), PredictionType::VPrediction, 6);
        assert_eq!(lines.len(), VARIANTS.len());
        for (index, line) in lines.iter().enumerate() {
            assert_eq!(line.points.len(), 6, "{}", line.name);
            assert!(line.points.windows(2).all(|pair| pair[1].1 < pair[0].1), "{} falls", line.name);
            assert!(lines[..index].iter().all(|other| other.points != line.points), "{} is another grid", line.name);
        }
    }
}
