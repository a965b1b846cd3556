//! The curves on the bench: built from the settings once, read by plot, strips and sentences.

use leptos::prelude::*;

use super::settings::{CUSTOM, POINTS, Quantity, Schedules, UNIT, falling};
use super::text;
use crate::app::language::Text;
use crate::app::plots::line::{Hue, Line};
use crate::app::store::Store;
use crate::data::avatar::{Avatar, SIZE};
use crate::data::pixel;
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};
use crate::diffusion::schedule::alpha_bar::AlphaBar;
use crate::diffusion::schedule::control_points::ControlPoints;
use crate::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use crate::protocol::reproduce::{Noising, noising};

/// Largest β of a curve that is given as ᾱ, as diffusers caps it.
const MAX_BETA: f64 = 0.999;
/// Points of a plotted curve.
const RESOLUTION: usize = 101;
/// ln SNR is drawn within ± this: 0 and infinity have no place on an axis.
const LOG_SNR_END: f64 = 12.0;

/// A curve with its place among all of them, which decides its colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Place: an index of the registry, or [`CUSTOM`].
    pub place: u32,
    /// Its table.
    pub schedule: NoiseSchedule,
}

impl Entry {
    /// What people call it.
    pub fn name(&self) -> Text {
        text::NAMES.get(self.place as usize).copied().unwrap_or_default()
    }
}

/// The curves that are shown.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The settings.
    pub store: Store<Schedules>,
    /// The curves.
    pub entries: Memo<Vec<Entry>>,
}

impl Bench {
    /// The bench of these settings.
    pub fn new(store: Store<Schedules>) -> Self {
        let wanted = store.part(|settings| (settings.shown.clone(), settings.total, settings.points.clone()));
        let entries = Memo::new(move |_| {
            let (shown, total, points) = wanted.get();
            shown.into_iter().filter_map(|place| entry(place, total as usize, &points)).collect()
        });
        Self { store, entries }
    }

    /// The command line of the states after `steps` steps, or of the strips.
    pub fn command(self, steps: usize, strip: Option<u32>) -> Option<String> {
        let settings = self.store.get();
        let config = |place: &u32| {
            let beta_schedule = *BetaSchedule::ALL.get(*place as usize)?;
            Some(ScheduleConfig { beta_schedule, ..ScheduleConfig::default() })
        };
        let points = drawn(&settings.points).filter(|_| settings.shown.contains(&CUSTOM));
        noising(&Noising {
            seed: settings.seed,
            count: 1,
            schedules: settings.shown.iter().filter_map(config).collect(),
            points: points.map(|curve| curve.points().to_vec()),
            total: settings.total,
            steps: steps as u32,
            walk: false,
            strip,
        })
    }

    /// The plotted lines of the chosen quantity.
    pub fn lines(self) -> Vec<Line> {
        let quantity = self.store.get().quantity;
        let line = |entry: &Entry| {
            let values: Vec<f64> = (0..RESOLUTION).map(|point| plotted(&entry.schedule, point, quantity)).collect();
            let total = entry.schedule.num_train_timesteps() as f64;
            Line::even(entry.name().get(), Hue::Series(entry.place as usize), &values, total)
        };
        self.entries.with(|entries| entries.iter().map(line).collect())
    }

    /// One strip a curve: the avatar after equal shares of the steps, RGBA of `columns` pictures a row.
    pub fn strips(self, columns: usize) -> Vec<Vec<u8>> {
        let seed = u64::from(self.store.get().seed);
        let (clean, noise) = subject(seed);
        let row = |entry: &Entry| -> Vec<u8> {
            let last = entry.schedule.num_train_timesteps();
            (0..columns)
                .flat_map(|column| state(&entry.schedule, column * last / (columns - 1).max(1), &clean, &noise))
                .collect()
        };
        self.entries.with(|entries| entries.iter().map(row).collect())
    }

    /// The avatar after `steps` of T steps under each curve, RGBA one after the other.
    pub fn states(self, steps: usize) -> Vec<u8> {
        let (clean, noise) = subject(u64::from(self.store.get().seed));
        self.entries
            .with(|entries| entries.iter().flat_map(|entry| state(&entry.schedule, steps, &clean, &noise)).collect())
    }
}

/// The curve of a place; `None` for a place that no curve has.
fn entry(place: u32, total: usize, points: &[u32]) -> Option<Entry> {
    let schedule = if place == CUSTOM {
        custom(points, total)?
    } else {
        let beta_schedule = *BetaSchedule::ALL.get(place as usize)?;
        NoiseSchedule::new(&ScheduleConfig { num_train_timesteps: total, beta_schedule, ..ScheduleConfig::default() })
            .ok()?
    };
    Some(Entry { place, schedule })
}

/// The curve through the points drawn by hand, ᾱ over u in [0, 1].
pub fn drawn(points: &[u32]) -> Option<ControlPoints> {
    let drawn = falling(points).into_iter().enumerate();
    let places =
        drawn.map(|(index, value)| ((index + 1) as f64 / (POINTS + 1) as f64, f64::from(value) / f64::from(UNIT)));
    ControlPoints::new(std::iter::once((0.0, 1.0)).chain(places).collect()).ok()
}

/// The schedule along that curve.
fn custom(points: &[u32], total: usize) -> Option<NoiseSchedule> {
    let curve = drawn(points)?;
    AlphaBar::Points(curve).schedule(total, MAX_BETA).ok()
}

/// The quantity at a point of the plot; the first point is the clean picture.
fn plotted(schedule: &NoiseSchedule, point: usize, quantity: Quantity) -> f64 {
    let t = (point * schedule.num_train_timesteps() / (RESOLUTION - 1)) as i64 - 1;
    let log_snr = |t: i64| schedule.log_snr(t).clamp(-LOG_SNR_END, LOG_SNR_END);
    match quantity {
        Quantity::Beta => schedule.beta(t.max(0)),
        Quantity::AlphaCumprod => schedule.alpha_cumprod(t),
        Quantity::Snr => math::exp(log_snr(t.max(0))),
        Quantity::LogSnr => log_snr(t.max(0)),
        Quantity::Information => information(schedule, t.max(0)),
    }
}

/// Bits that step `t` takes from each number of a picture, if numbers were Gaussian of variance 1: `½ log₂(1 + SNR_{t−1}) − ½ log₂(1 + SNR_t)`.
///
/// `1 + SNR_t = 1 / (1 − ᾱ_t)`, so it is `½ log₂((1 − ᾱ_t) / (1 − ᾱ_{t−1}))`; the first step, which begins with everything known, has no finite number and is left at 0.
pub fn information(schedule: &NoiseSchedule, t: i64) -> f64 {
    let variance = |t: i64| 1.0 - schedule.alpha_cumprod(t);
    let before = variance(t - 1);
    if before <= 0.0 { 0.0 } else { 0.5 * math::ln(variance(t) / before) / math::ln(2.0) }
}

/// The avatar of a seed and the noise that every curve shares.
fn subject(seed: u64) -> (Vec<f64>, Vec<f32>) {
    let clean: Vec<f64> = Avatar::from_seed(seed).rgb().iter().map(|byte| f64::from(*byte) / 127.5 - 1.0).collect();
    let mut noise = vec![0.0; clean.len()];
    Stream::new(seed, Purpose::Forward).fill_normal(&mut noise);
    (clean, noise)
}

/// `x_t = √ᾱ_t · x_0 + √(1 − ᾱ_t) · ε` after `steps` steps, as RGBA of one picture.
fn state(schedule: &NoiseSchedule, steps: usize, clean: &[f64], noise: &[f32]) -> Vec<u8> {
    let t = steps.min(schedule.num_train_timesteps()) as i64 - 1;
    let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
    let noised = |(x, z): (&f64, &f32)| pixel::byte((alpha * x + sigma * f64::from(*z)) as f32);
    let values: Vec<u8> = clean.iter().zip(noise).map(noised).collect();
    values.chunks_exact(3).take(SIZE * SIZE).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_curve_and_a_name() {
        for place in 0..=CUSTOM {
            let entry = entry(place, 1000, &Schedules::default().points).unwrap();
            assert!(!entry.name().get().is_empty());
            assert_eq!(entry.schedule.num_train_timesteps(), 1000);
        }
        assert!(entry(CUSTOM + 1, 1000, &[]).is_none());
        assert_eq!(text::NAMES.len(), CUSTOM as usize + 1);
    }

    #[test]
    fn the_bits_of_all_steps_add_up_to_what_the_first_state_had() {
        let schedule = entry(2, 1000, &[]).unwrap().schedule;
        let sum: f64 = (1..1000).map(|t| information(&schedule, t)).sum();
        let whole = 0.5 * math::ln((1.0 - schedule.alpha_cumprod(999)) / (1.0 - schedule.alpha_cumprod(0)));
        assert!((sum - whole / math::ln(2.0)).abs() < 1e-9);
    }

    #[test]
    fn the_drawn_curve_goes_through_its_points() {
        let schedule = custom(&[900, 700, 400, 300, 100, 0], 600).unwrap();
        for (index, wanted) in [0.9, 0.7, 0.4, 0.3, 0.1].into_iter().enumerate() {
            let reached = schedule.alpha_cumprod((index as i64 + 1) * 100 - 1);
            assert!((reached - wanted).abs() < 1e-9, "{reached} {wanted}");
        }
        // Nonsense is made to fall instead of refused.
        assert!(custom(&[0, 4000, 7], 10).is_some());
    }

    #[test]
    fn no_plotted_number_is_without_a_place() {
        for (_, quantity) in super::super::settings::QUANTITIES {
            for place in 0..=CUSTOM {
                let schedule = entry(place, 10, &Schedules::default().points).unwrap().schedule;
                assert!((0..RESOLUTION).all(|point| plotted(&schedule, point, quantity).is_finite()));
            }
        }
    }

    #[test]
    fn a_state_without_steps_is_the_picture() {
        let (clean, noise) = subject(3);
        let schedule = entry(0, 100, &[]).unwrap().schedule;
        let rgb: Vec<u8> = state(&schedule, 0, &clean, &noise).chunks_exact(4).flat_map(|p| p[..3].to_vec()).collect();
        assert_eq!(rgb, Avatar::from_seed(3).rgb());
    }
}
