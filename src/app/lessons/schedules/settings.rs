//! What the lesson's address carries.

use crate::app::settings::{Codec, Settings};

/// The quantity that is plotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantity {
    /// β_t.
    Beta,
    /// ᾱ_t.
    #[default]
    AlphaCumprod,
    /// SNR, on a logarithmic axis.
    Snr,
    /// ln SNR.
    LogSnr,
    /// Information about the picture that a step destroys.
    Information,
}

/// Every quantity with its name in links.
pub const QUANTITIES: [(&str, Quantity); 5] = [
    ("beta", Quantity::Beta),
    ("alpha", Quantity::AlphaCumprod),
    ("snr", Quantity::Snr),
    ("logsnr", Quantity::LogSnr),
    ("information", Quantity::Information),
];

/// Index of the curve drawn by hand, after the seven of the registry.
pub const CUSTOM: u32 = 7;
/// Points of the curve drawn by hand between its two ends, evenly spaced.
pub const POINTS: usize = 5;
/// ᾱ of a point is kept in thousandths.
pub const UNIT: u32 = 1000;

/// Settings of lesson 4.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedules {
    /// Which curves are shown: indices of the registry, and [`CUSTOM`].
    pub shown: Vec<u32>,
    /// What is plotted.
    pub quantity: Quantity,
    /// T.
    pub total: u32,
    /// Seed of the avatar and of the noise.
    pub seed: u32,
    /// ᾱ of the points drawn by hand and of the end, in thousandths.
    pub points: Vec<u32>,
    /// Steps of the runs that spread them in several ways.
    pub steps: u32,
    /// Number of steps taken; the largest number means: a fifth of the way.
    pub head: u32,
}

impl Default for Schedules {
    fn default() -> Self {
        Self {
            shown: vec![0, 1, 2, 3],
            quantity: Quantity::AlphaCumprod,
            total: 1000,
            seed: 7,
            points: vec![950, 800, 500, 200, 50, 0],
            steps: 6,
            head: u32::MAX,
        }
    }
}

impl Settings for Schedules {
    fn fields(&mut self, codec: &mut Codec) {
        codec.integers("show", &mut self.shown, CUSTOM as usize + 1);
        codec.choice("plot", &mut self.quantity, &QUANTITIES);
        codec.integer("T", &mut self.total, 10..=1000);
        codec.seed("seed", &mut self.seed);
        codec.integers("points", &mut self.points, POINTS + 1);
        codec.integer("steps", &mut self.steps, 3..=30);
        codec.integer("at", &mut self.head, 0..=u32::MAX);
    }
}

impl Schedules {
    /// Adds a curve or takes it away; one always stays.
    pub fn toggle(&mut self, curve: u32) {
        match self.shown.iter().position(|shown| *shown == curve) {
            Some(at) if self.shown.len() > 1 => {
                self.shown.remove(at);
            }
            Some(_) => {}
            None => {
                self.shown.push(curve);
                self.shown.sort_unstable();
            }
        }
    }

    /// Moves a point of the curve drawn by hand; it cannot pass its neighbours. Returns whether they held it back.
    pub fn drag(&mut self, point: usize, value: u32) -> bool {
        let points = falling(&self.points);
        let above = point.checked_sub(1).map_or(UNIT, |before| points[before]);
        let below = points.get(point + 1).copied().unwrap_or(0);
        self.points = points;
        if let Some(slot) = self.points.get_mut(point) {
            *slot = value.clamp(below, above);
        }
        !(below..=above).contains(&value)
    }
}

/// The points as a curve can have them: as many as there should be, none above 1, none above the one before.
pub fn falling(points: &[u32]) -> Vec<u32> {
    let mut least = UNIT;
    (0..=POINTS)
        .map(|index| {
            least = points.get(index).copied().unwrap_or(least).min(least);
            least
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_curve_always_stays() {
        let mut settings = Schedules { shown: vec![2], ..Schedules::default() };
        settings.toggle(2);
        assert_eq!(settings.shown, [2]);
        settings.toggle(CUSTOM);
        settings.toggle(0);
        assert_eq!(settings.shown, [0, 2, CUSTOM]);
    }

    #[test]
    fn a_point_stops_at_its_neighbours() {
        let mut settings = Schedules::default();
        assert!(settings.drag(2, 999));
        assert_eq!(settings.points[2], 800);
        assert!(!settings.drag(2, 700));
        assert_eq!(settings.points[2], 700);
        assert!(settings.drag(5, 60));
    }

    proptest! {
        #[test]
        fn any_points_fall(points in proptest::collection::vec(any::<u32>(), 0..9)) {
            let points = falling(&points);
            prop_assert_eq!(points.len(), POINTS + 1);
            prop_assert!(points[0] <= UNIT && points.windows(2).all(|pair| pair[0] >= pair[1]));
        }

        #[test]
        fn a_link_restores_the_bench(total in 10u32..=1000, seed: u32, head: u32, quantity in 0..QUANTITIES.len()) {
            let settings = Schedules { total, seed, head, quantity: QUANTITIES[quantity].1, ..Schedules::default() };
            prop_assert_eq!(Schedules::read(&settings.write()), (settings, Vec::new()));
        }
    }
}
