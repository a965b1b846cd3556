//! What the lesson's address carries.

use super::painting::Painting;
use crate::app::settings::{Codec, Settings};
use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

/// What is noised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subject {
    /// One avatar, by seed.
    #[default]
    Avatar,
    /// Sixteen avatars.
    Batch,
    /// A picture of the visitor's; it never leaves the browser, and never enters a link.
    Own,
    /// What the visitor paints.
    Painting,
}

/// Every subject with its name in links.
pub const SUBJECTS: [(&str, Subject); 4] =
    [("avatar", Subject::Avatar), ("batch", Subject::Batch), ("own", Subject::Own), ("paint", Subject::Painting)];

/// Which curve β follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// One of the registry.
    Named(BetaSchedule),
    /// The one that the loaded model was trained on; T is then the model's too.
    OfModel,
}

/// Every schedule with its name in links.
pub const SCHEDULES: [(&str, Curve); 8] = [
    ("cosine", Curve::Named(BetaSchedule::SquaredcosCapV2)),
    ("linear", Curve::Named(BetaSchedule::Linear)),
    ("quadratic", Curve::Named(BetaSchedule::ScaledLinear)),
    ("sigmoid", Curve::Named(BetaSchedule::Sigmoid)),
    ("exp", Curve::Named(BetaSchedule::Exp)),
    ("laplace", Curve::Named(BetaSchedule::Laplace)),
    ("sigmoid-ab", Curve::Named(BetaSchedule::SigmoidAlphasCumprod)),
    ("model", Curve::OfModel),
];

/// Settings of lesson 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Forward {
    /// What is noised.
    pub subject: Subject,
    /// Seed of the avatar and of the noise.
    pub seed: u32,
    /// The schedule.
    pub schedule: Curve,
    /// T.
    pub total: u32,
    /// Whether the state is walked to step by step instead of jumped to.
    pub walk: bool,
    /// Channel shown: 0 all, 1 red, 2 green, 3 blue.
    pub channel: u32,
    /// Index of the value whose numbers are shown.
    pub pixel: u32,
    /// What the visitor has painted.
    pub painting: Painting,
    /// Number of steps taken; the largest number means: play.
    pub head: u32,
}

impl Default for Forward {
    fn default() -> Self {
        Self {
            subject: Subject::Avatar,
            seed: 11,
            schedule: Curve::Named(BetaSchedule::SquaredcosCapV2),
            total: 1000,
            walk: false,
            channel: 0,
            pixel: 104,
            painting: Painting::default(),
            head: u32::MAX,
        }
    }
}

impl Settings for Forward {
    fn fields(&mut self, codec: &mut Codec) {
        codec.choice("subject", &mut self.subject, &SUBJECTS);
        codec.seed("seed", &mut self.seed);
        codec.choice("schedule", &mut self.schedule, &SCHEDULES);
        codec.integer("T", &mut self.total, 10..=1000);
        codec.flag("walk", &mut self.walk);
        codec.integer("channel", &mut self.channel, 0..=3);
        codec.integer("pixel", &mut self.pixel, 0..=255);
        codec.coded("paint", &mut self.painting, Painting::code, Painting::of_code);
        codec.integer("at", &mut self.head, 0..=u32::MAX);
    }
}

impl Forward {
    /// The schedule these settings describe, where `model` is that of the loaded model; before one is there, the default stands for it.
    pub fn config(&self, model: Option<&ScheduleConfig>) -> ScheduleConfig {
        let default = ScheduleConfig::default();
        match self.schedule {
            Curve::Named(beta_schedule) => {
                ScheduleConfig { num_train_timesteps: self.total as usize, beta_schedule, ..default }
            }
            Curve::OfModel => model.cloned().unwrap_or(default),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diffusion::schedule::NoiseSchedule;

    #[test]
    fn every_schedule_is_offered_and_exists_for_every_length() {
        let is_offered = |known: &BetaSchedule| SCHEDULES.iter().any(|(_, offered)| *offered == Curve::Named(*known));
        assert!(BetaSchedule::ALL.iter().all(is_offered));
        for (_, schedule) in SCHEDULES {
            for total in [10, 11, 100, 1000] {
                assert!(
                    NoiseSchedule::new(&Forward { schedule, total, ..Forward::default() }.config(None)).is_ok(),
                    "{schedule:?} {total}"
                );
            }
        }
    }

    #[test]
    fn the_schedule_of_a_model_is_all_of_it() {
        let settings = Forward { schedule: Curve::OfModel, total: 10, ..Forward::default() };
        let model = ScheduleConfig { num_train_timesteps: 400, beta_end: 0.01, ..ScheduleConfig::default() };
        assert_eq!(settings.config(Some(&model)), model);
        assert_eq!(settings.config(None), ScheduleConfig::default());
    }

    proptest! {
        #[test]
        fn a_link_restores_the_figure(
            subject in 0..SUBJECTS.len(), schedule in 0..SCHEDULES.len(), seed: u32, total in 10u32..=1000,
            walk: bool, channel in 0u32..=3, pixel in 0u32..=255, head: u32, painted in prop::collection::vec((0usize..16, 0usize..16, 0usize..10), 0..9),
        ) {
            let mut painting = Painting::default();
            painted.into_iter().for_each(|(x, y, color)| painting.paint(x, y, color));
            let (subject, schedule) = (SUBJECTS[subject].1, SCHEDULES[schedule].1);
            let settings = Forward { subject, seed, schedule, total, walk, channel, pixel, painting, head };
            prop_assert_eq!(Forward::read(&settings.write()), (settings, Vec::new()));
        }
    }
}
