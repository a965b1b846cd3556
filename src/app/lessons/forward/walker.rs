//! The forward walk as the figure takes it: on by the steps that are missing, back from the last mark.

use crate::diffusion::schedule::NoiseSchedule;
use crate::diffusion::walk::ForwardWalk;

/// Steps between two marks. Noise cannot be taken back, so going back means walking from a mark: at most so many steps.
const MARK: usize = 50;

/// A walk that remembers some of its states.
pub struct Walker {
    schedule: NoiseSchedule,
    walk: ForwardWalk,
    /// Walks at steps 0, [`MARK`], 2 · [`MARK`] and so on, as far as it has been.
    marks: Vec<ForwardWalk>,
}

impl Walker {
    /// Starts at the clean picture.
    pub fn new(schedule: &NoiseSchedule, x0: &[f32], seed: u64) -> Self {
        let walk = ForwardWalk::new(x0.to_vec(), seed);
        Self { schedule: schedule.clone(), marks: vec![walk.clone()], walk }
    }

    /// Whether it walks by this schedule.
    pub fn follows(&self, schedule: &NoiseSchedule) -> bool {
        self.schedule == *schedule
    }

    /// Walks to the state after `steps` steps.
    pub fn go_to(&mut self, steps: usize) {
        let mark = (steps / MARK).min(self.marks.len() - 1);
        if steps < self.walk.steps() || self.marks[mark].steps() > self.walk.steps() {
            self.walk = self.marks[mark].clone();
        }
        while self.walk.steps() < steps.min(self.schedule.num_train_timesteps()) {
            self.walk.step(&self.schedule);
            if self.walk.steps() == self.marks.len() * MARK {
                self.marks.push(self.walk.clone());
            }
        }
    }

    /// The state that was walked to.
    pub fn state(&self) -> impl Iterator<Item = f32> + '_ {
        self.walk.state().iter().map(|value| *value as f32)
    }

    /// The same state by one jump, with the noises of all steps added up into one.
    pub fn jump(&self) -> Vec<f32> {
        self.walk.jump(&self.schedule).iter().map(|value| *value as f32).collect()
    }

    /// Largest difference between the two.
    pub fn disagreement(&self) -> f64 {
        self.walk.disagreement(&self.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::schedule::ScheduleConfig;

    #[test]
    fn every_way_to_a_state_leads_to_the_same_state() {
        let schedule =
            NoiseSchedule::new(&ScheduleConfig { num_train_timesteps: 220, ..ScheduleConfig::default() }).unwrap();
        let x0 = [-1.0, 0.25, 0.5, 1.0];
        let straight = |steps| {
            let mut walk = ForwardWalk::new(x0.to_vec(), 3);
            walk.go_to(steps, &schedule);
            walk.state().iter().map(|value| *value as f32).collect::<Vec<_>>()
        };
        let mut walker = Walker::new(&schedule, &x0, 3);
        for steps in [0, 120, 119, 100, 99, 3, 220, 50, 51, 49, 0, 1000, 130] {
            walker.go_to(steps);
            assert_eq!(walker.state().collect::<Vec<_>>(), straight(steps.min(220)), "{steps}");
            // f64 rounding over 220 steps of numbers near 1.
            assert!(walker.disagreement() < 1e-12, "{steps}");
        }
    }
}
