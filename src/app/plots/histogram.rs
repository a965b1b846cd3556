//! How often each value occurs, with the bell curve of N(0, 1) behind.

use leptos::prelude::*;

use super::export::foot;
use super::sheet::Sheet;
use crate::app::language::Text;
use crate::app::strings;
use crate::diffusion::math;

/// Number of bars.
pub const BARS: usize = 32;
/// Values shown: from −RANGE to RANGE; the ends gather what lies beyond.
pub const RANGE: f64 = 3.2;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 120.0;
const BOTTOM: f64 = 100.0;
/// Density at the top of the plot; clean pictures have taller spikes, which are cut.
const TOP_DENSITY: f64 = 1.0;

/// Shares of the values in each bar, as densities.
pub fn densities(values: &[f32]) -> Vec<f64> {
    let mut counts = [0usize; BARS];
    for value in values {
        let place = (f64::from(*value) + RANGE) / (2.0 * RANGE) * BARS as f64;
        counts[(place.max(0.0) as usize).min(BARS - 1)] += 1;
    }
    let width = 2.0 * RANGE / BARS as f64;
    counts.iter().map(|count| *count as f64 / values.len().max(1) as f64 / width).collect()
}

/// Density of N(0, 1).
pub fn bell(x: f64) -> f64 {
    math::exp(-0.5 * x * x) / math::sqrt(2.0 * core::f64::consts::PI)
}

/// The plot of densities.
#[component]
pub fn Histogram(
    /// What is counted, for those who do not see it.
    label: Text,
    /// What [`densities`] answered.
    #[prop(into)]
    bars: Signal<Vec<f64>>,
) -> impl IntoView {
    let up = |density: f64| BOTTOM - density.min(TOP_DENSITY) / TOP_DENSITY * (BOTTOM - 10.0);
    let width = WIDTH / BARS as f64;
    // Counted once a change, however many read it.
    let bars = Memo::new(move |_| bars.get());
    let bar = |index: usize| {
        let top = move || up(bars.with(|bars| bars.get(index).copied().unwrap_or_default()));
        view! {
            <rect class="bar" x=index as f64 * width + 0.5 width=width - 1.0 y=top height=move || BOTTOM - top()></rect>
        }
    };
    let rects: Vec<_> = (0..BARS).map(bar).collect();
    let curve = (0..=64)
        .map(|index| {
            let x = (f64::from(index) / 32.0 - 1.0) * RANGE;
            format!("{:.1},{:.1}", f64::from(index) / 64.0 * WIDTH, up(bell(x)))
        })
        .collect::<Vec<_>>()
        .join(" ");
    let ticks: Vec<_> = (-3..=3)
        .map(|tick| {
            let x = (f64::from(tick) / RANGE + 1.0) / 2.0 * WIDTH;
            view! { <text class="tick" x=x y=BOTTOM + 14.0 text-anchor="middle">{strings::whole(tick)}</text> }
        })
        .collect();
    let sheet = move || {
        let step = 2.0 * RANGE / BARS as f64;
        let row = |(index, density): (usize, f64)| {
            let middle = (index as f64 + 0.5) * step - RANGE;
            vec![Some(middle), Some(density), Some(bell(middle))]
        };
        Sheet {
            quantity: String::new(),
            columns: [strings::VALUE.get(), strings::DENSITY.get(), "N(0, 1)"].map(str::to_owned).to_vec(),
            rows: bars.get().into_iter().enumerate().map(row).collect(),
        }
    };
    view! {
        <figure class="plot histogram">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=label>
                {rects}
                <polyline class="curve role-noise bell" points=curve></polyline>
                <text class="curve-label role-noise" x=WIDTH * 0.66 y="52">"N(0, 1)"</text>
                <line class="axis" x1="0" x2=WIDTH y1=BOTTOM y2=BOTTOM></line>
                {ticks}
            </svg>
            {foot("histogram", Signal::derive(move || label.to_string()), sheet)}
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_sum_to_one_and_the_ends_gather_the_rest() {
        let bars = densities(&[-100.0, 0.0, 0.1, 100.0]);
        let width = 2.0 * RANGE / BARS as f64;
        assert!((bars.iter().sum::<f64>() * width - 1.0).abs() < 1e-12);
        assert!(bars[0] > 0.0 && bars[BARS - 1] > 0.0);
    }

    #[test]
    fn noise_follows_the_bell() {
        use crate::diffusion::noise::{Purpose, Stream};
        let bars = densities(&Stream::new(1, Purpose::Forward).normal(100_000));
        for (index, density) in bars.iter().enumerate().take(BARS - 1).skip(1) {
            let middle = (index as f64 + 0.5) * 0.2 - RANGE;
            // Five standard errors of a count of 100 000 · 0.2 · density.
            let error = 5.0 * (bell(middle) / (100_000.0 * 0.2)).sqrt() + 0.002;
            assert!((density - bell(middle)).abs() < error, "{middle}: {density}");
        }
    }
}
