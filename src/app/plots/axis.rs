//! Axes: linear or logarithmic, with ticks at round numbers.

use crate::app::language::Text;
use crate::app::strings;
use crate::diffusion::math;

/// How a value becomes a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Equal distances are equal differences.
    #[default]
    Linear,
    /// Equal distances are equal factors; what is not above 0 lies at the low end.
    Log,
}

/// An axis as a lesson asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Axis {
    /// The quantity in a word or a symbol, for tables and files.
    pub name: Text,
    /// What is plotted, with its unit.
    pub label: Text,
    /// Its ends; `None` for those of the values, with 0 on a linear axis.
    pub range: Option<(f64, f64)>,
    /// How a value becomes a place.
    pub scale: Scale,
}

/// An axis whose ends are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    low: f64,
    high: f64,
    scale: Scale,
}

/// About how many ticks an axis has.
const TICKS: f64 = 5.0;

impl Span {
    /// The axis for these values; a vertical one has 0, a horizontal one begins with the first value.
    pub fn of(axis: &Axis, values: impl Iterator<Item = f64>, has_zero: bool) -> Self {
        let is_placed = |value: &f64| value.is_finite() && (axis.scale == Scale::Linear || *value > 0.0);
        let ends = values.filter(is_placed).fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let (mut low, mut high) = axis.range.or(ends).unwrap_or((1.0, 1.0));
        if axis.range.is_none() && has_zero && axis.scale == Scale::Linear {
            low = low.min(0.0);
        }
        if low >= high {
            high = if axis.scale == Scale::Log { low * 10.0 } else { low + 1.0 };
        }
        Self { low, high, scale: axis.scale }
    }

    fn ruler(self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => math::ln(value.max(f64::MIN_POSITIVE)),
        }
    }

    /// The place of a value, from 0 at the low end to 1.
    pub fn share(self, value: f64) -> f64 {
        let (low, high) = (self.ruler(self.low), self.ruler(self.high));
        ((self.ruler(value) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// The value of a place.
    pub fn value(self, share: f64) -> f64 {
        let (low, high) = (self.ruler(self.low), self.ruler(self.high));
        let at = low + (high - low) * share;
        if self.scale == Scale::Log { math::exp(at) } else { at }
    }

    /// Round numbers along the axis.
    pub fn ticks(self) -> Vec<f64> {
        let decades = math::ln(self.high / self.low.max(f64::MIN_POSITIVE)) / math::ln(10.0);
        let ticks: Vec<f64> = match self.scale {
            Scale::Linear => {
                let step = round_up((self.high - self.low) / TICKS);
                let first = (self.low / step - 1e-9).ceil() as i64;
                (0..12).map(|index| (first + index) as f64 * step).collect()
            }
            // Within few decades 1, 2 and 5 of each; over many, each so many decades.
            Scale::Log => {
                let stride = (decades / TICKS).ceil().max(1.0) as i32;
                let first = (math::ln(self.low) / math::ln(10.0) + 1e-9).floor() as i32;
                let parts: &[f64] = if decades <= 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
                let powers = (first.div_euclid(stride)..).map(move |power| 10f64.powi(power * stride)).take(14);
                powers.flat_map(|power| parts.iter().map(move |part| part * power)).collect()
            }
        };
        // A power of ten or a multiple of a step may miss an end by its last digit.
        let room = match self.scale {
            Scale::Linear => [(self.high - self.low) * 1e-9; 2],
            Scale::Log => [self.low * 1e-9, self.high * 1e-9],
        };
        ticks.into_iter().filter(|tick| *tick >= self.low - room[0] && *tick <= self.high + room[1]).collect()
    }
}

/// 1, 2 or 5 times a power of ten, not below `step`.
fn round_up(step: f64) -> f64 {
    let power = 10f64.powf((math::ln(step) / math::ln(10.0) + 1e-9).floor());
    let parts = [1.0, 2.0, 5.0, 10.0].map(|part| part * power);
    parts.into_iter().find(|part| *part >= step * (1.0 - 1e-9)).unwrap_or(step)
}

/// A number of an axis: as short as it can be, powers of ten where it would be long.
pub fn tick(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        let power = (math::ln(size) / math::ln(10.0) + 1e-9).floor() as i32;
        let part = (value / 10f64.powi(power) * 100.0).round() / 100.0;
        let raised = format!("10{}", superscript(power));
        return if part == 1.0 { raised } else { strings::signed(format!("{part}·{raised}")) };
    }
    strings::signed(format!("{}", (value * 1e6).round() / 1e6))
}

/// A value of a plot for people: three digits after the point, or three that count where that would hide it.
pub fn readable(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (0.01..1e5).contains(&size) {
        return strings::number(value);
    }
    if !size.is_finite() {
        return "–".into();
    }
    let power = (math::ln(size) / math::ln(10.0) + 1e-9).floor() as i32;
    strings::signed(format!("{:.2}·10{}", value / 10f64.powi(power), superscript(power)))
}

fn superscript(power: i32) -> String {
    let raised = |digit: char| match digit {
        '-' => '⁻',
        digit => digit.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)).unwrap_or(digit),
    };
    power.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, range: (f64, f64)) -> Span {
        Span::of(&Axis { range: Some(range), scale, ..Axis::default() }, std::iter::empty(), true)
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(axis(Scale::Linear, (0.0, 1000.0)).ticks(), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert_eq!(axis(Scale::Linear, (-12.0, 12.0)).ticks(), [-10.0, -5.0, 0.0, 5.0, 10.0]);
        let near = |got: Vec<f64>, want: &[f64]| {
            assert_eq!(got.len(), want.len(), "{got:?}");
            // Powers of ten are rounded in their last digit.
            assert!(got.iter().zip(want).all(|(got, want)| (got / want - 1.0).abs() < 1e-12), "{got:?}");
        };
        near(axis(Scale::Log, (3.0, 50.0)).ticks(), &[5.0, 10.0, 20.0, 50.0]);
        near(axis(Scale::Log, (1e-5, 1e5)).ticks(), &[1e-4, 1e-2, 1.0, 1e2, 1e4]);
    }

    #[test]
    fn equal_factors_are_equal_distances() {
        let span = axis(Scale::Log, (1.0, 100.0));
        assert!((span.share(10.0) - 0.5).abs() < 1e-12 && (span.value(0.5) - 10.0).abs() < 1e-9);
        assert_eq!((span.share(0.0), span.share(1e9)), (0.0, 1.0));
    }

    #[test]
    fn an_axis_without_ends_takes_those_of_its_values() {
        let open = |scale| Axis { scale, ..Axis::default() };
        let linear = Span::of(&open(Scale::Linear), [2.0, 8.0, f64::NAN].into_iter(), true);
        assert_eq!((linear.value(0.0), linear.value(1.0)), (0.0, 8.0));
        let log = Span::of(&open(Scale::Log), [0.0, 2.0, 8.0].into_iter(), true);
        assert!((log.value(0.0) - 2.0).abs() < 1e-12 && (log.value(1.0) - 8.0).abs() < 1e-12);
        for scale in [Scale::Linear, Scale::Log] {
            let none = Span::of(&open(scale), std::iter::empty(), true);
            assert!(none.share(0.5).is_finite() && !none.ticks().is_empty());
        }
    }

    #[test]
    fn numbers_keep_what_counts() {
        assert_eq!([0.0, -0.25, 1e-4, 2e5, 0.005].map(tick), ["0", "−0.25", "10⁻⁴", "2·10⁵", "0.005"]);
        assert_eq!([0.0, -0.5, 0.000_123_4, f64::INFINITY].map(readable), ["0.000", "−0.500", "1.23·10⁻⁴", "–"]);
    }
}
