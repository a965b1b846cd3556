//! The curves of the lab: the loss over training, its parts along the schedule, the schedules themselves.

use leptos::prelude::*;

use super::options::{Curve, as_drawn, drawn_curve};
use super::runs::Bench;
use super::stage::Stage;
use super::text;
use crate::app::language::t;
use crate::app::plots::axis::Scale;
use crate::app::plots::overlay::{Axis, Line, Overlay};
use crate::app::query::Query;
use crate::app::shell::{Shell, use_shell};
use crate::diffusion::math;
use crate::diffusion::schedule::alpha_bar::AlphaBar;
use crate::diffusion::schedule::control_points::ControlPoints;
use crate::diffusion::schedule::{NoiseSchedule, ScheduleConfig};
use crate::protocol::CURVE;

/// Points of a loss curve.
const RESOLUTION: usize = 120;
/// T.
const TIMESTEPS: usize = 1000;
/// ln SNR is drawn within ± this: infinity has no place on an axis.
const LOG_SNR_END: f64 = 12.0;

/// All plots of the stage.
pub fn plots(stage: Stage) -> AnyView {
    let shell = use_shell();
    let [first, second] = stage.benches;
    // Both curves share the axis: the same place is the same moment.
    let end = Memo::new(move |_| first.update.get().max(second.update.get()).max(1));
    let line = move |index: usize, values: Vec<f64>| Line { name: stage.name(index), series: index, values };
    let each = move |of: fn(Bench, u64) -> Vec<f64>| {
        Signal::derive(move || {
            let end = end.get();
            stage.active().iter().map(|index| line(*index, of(stage.benches[*index], end))).collect::<Vec<_>>()
        })
    };
    let losses = each(|bench, end| bench.with(|records| records.losses(RESOLUTION, end)));
    let errors = each(|bench, _| bench.with(super::records::Records::by_timestep));
    let schedules = Signal::derive(move || {
        let curve = |index: &usize| line(*index, log_snr(stage, *index));
        stage.active().iter().map(curve).collect::<Vec<_>>()
    });
    let marks = Signal::derive(move || first.with(|records| records.marks(end.get())));
    let loss = Signal::derive(move || Axis {
        name: text::LOSS_NAME,
        label: text::LOSS,
        range: Some(bounds(&losses.get())),
        scale: Scale::Log,
    });
    let error = Signal::derive(move || Axis {
        name: text::ERROR_NAME,
        label: text::BY_TIMESTEP,
        range: Some(bounds(&errors.get())),
        scale: Scale::Log,
    });
    let log = Signal::derive(move || Axis {
        name: text::LOG_SNR_NAME,
        label: text::LOG_SNR,
        range: Some((-LOG_SNR_END, LOG_SNR_END)),
        scale: Scale::Linear,
    });
    let last = Signal::derive(|| TIMESTEPS as f64);
    let x_end = Signal::derive(move || end.get() as f64);
    let none = Signal::derive(|| 0.0);
    view! {
        <div class="plots">
            <Overlay axis=loss x_label=t("update") x_end lines=losses marker=Signal::derive(|| 1.0) file="loss" marks />
            <Overlay axis=error x_label=t("t") x_end=last lines=errors marker=none file="errors" />
            <Overlay axis=log x_label=t("t") x_end=last lines=schedules marker=none file="log-snr" />
        </div>
        {move || learned(shell, stage)}
    }
    .into_any()
}

/// The least range of whole and half powers of ten that holds all values above 0; from 0.3 to 1 where there is none.
fn bounds(lines: &[Line]) -> (f64, f64) {
    let powers = lines.iter().flat_map(|line| &line.values).filter(|value| value.is_finite() && **value > 0.0);
    let powers = powers.map(|value| math::ln(*value) / core::f64::consts::LN_10);
    let (low, high) = powers.fold((-0.5f64, 0.0f64), |(low, high), power| (low.min(power), high.max(power)));
    [(2.0 * low).floor(), (2.0 * high).ceil()].map(|half| math::powf(10.0, half / 2.0)).into()
}

/// ln SNR of a bench's schedule over its timesteps.
fn log_snr(stage: Stage, index: usize) -> Vec<f64> {
    let settings = stage.store.get();
    let named = match settings.curve_of(index == 1) {
        Curve::Named(beta_schedule) => {
            NoiseSchedule::new(&ScheduleConfig { beta_schedule, ..ScheduleConfig::default() })
        }
        Curve::Drawn => ControlPoints::new(drawn_curve(&settings.curve))
            .and_then(|points| AlphaBar::Points(points).schedule(TIMESTEPS, 0.999)),
        Curve::Learned => {
            let learned = stage.benches[index].with(|records| records.learned.clone());
            return learned.map_or_else(|| vec![0.0; CURVE], |(curve, _)| curve.into_iter().map(f64::from).collect());
        }
    };
    let Ok(schedule) = named else { return vec![0.0; CURVE] };
    let at = |point: usize| schedule.log_snr((point * (TIMESTEPS - 1) / (CURVE - 1)) as i64);
    (0..CURVE).map(|point| at(point).clamp(-LOG_SNR_END, LOG_SNR_END)).collect()
}

/// What is said of a learnt schedule, and the way to the lesson that has the others.
fn learned(shell: Shell, stage: Stage) -> Option<AnyView> {
    let index = *stage.active().iter().find(|index| stage.store.get().curve_of(**index == 1) == Curve::Learned)?;
    let (curve, spread) = stage.benches[index].with(|records| records.learned.clone())?;
    let points: Vec<String> = as_drawn(&curve).iter().map(u32::to_string).collect();
    let mut query = Query::default();
    query.push("show", "0.2.7".into());
    query.push("plot", "logsnr".into());
    query.push("points", points.join("."));
    let address = shell.address("schedules", &query);
    Some(
        view! {
            <p class="remark learned">{text::learned(spread)}" "<a href=address>{text::COMPARE_LEARNED}</a></p>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_loss_is_cut_off() {
        let line = |values: &[f64]| Line { name: text::LOSS_NAME, series: 0, values: values.to_vec() };
        let near = |(low, high): (f64, f64), wanted: [f64; 2]| {
            [low / wanted[0], high / wanted[1]].iter().all(|ratio| (ratio - 1.0).abs() < 1e-9)
        };
        let half = 10f64.sqrt();
        assert!(near(bounds(&[line(&[0.5]), line(&[7e-4, 12.0])]), [half * 1e-4, 10.0 * half]));
        assert!(near(bounds(&[line(&[0.0, f64::NAN])]), [half / 10.0, 1.0]));
    }
}
