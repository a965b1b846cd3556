//! The recorded experiments: what a schedule does to training and to samples, and what a sampler does with few steps.

use leptos::prelude::*;

use super::text;
use crate::app::dom;
use crate::app::language::t;
use crate::app::plots::axis::{Axis, Scale};
use crate::app::plots::chart::Chart;
use crate::app::plots::line::{Hue, Line};
use crate::app::recorded;
use crate::app::strings;
use crate::app::widgets::chip::{Chip, Provenance};
use crate::protocol::{Experiment, Measured, Subject};

/// Horizontal axis of the errors.
const TIMESTEP: Axis = Axis { name: t("t"), label: text::TIMESTEP, range: None, scale: Scale::Linear };
/// Horizontal axis of the distances: what counts is how many times more steps.
const STEPS: Axis = Axis { name: t("steps"), label: text::STEPS_AXIS, range: None, scale: Scale::Log };
/// Vertical axis of the errors; their span is a factor of many.
const LOSS: Axis = Axis { name: text::LOSS_NAME, label: text::LOSS, range: None, scale: Scale::Log };
/// Vertical axis of the distances.
const DISTANCE: Axis = Axis { name: text::DISTANCE_NAME, label: text::DISTANCE, range: None, scale: Scale::Log };

/// Experiments whose results lie in `public/experiments/`; the lesson leaves out the beats of others.
pub const RECORDED: [&str; 2] = ["schedules", "samplers"];

/// Loss, distance and samples by schedule.
pub fn schedules() -> AnyView {
    experiment("schedules", text::SCHEDULES_COMMAND, |found| {
        view! {
            {chart(found, TIMESTEP, LOSS, |subject| &subject.loss, "loss-by-timestep")}
            {chart(found, STEPS, DISTANCE, |subject| &subject.distance, "distance-by-schedule")}
        }
        .into_any()
    })
}

/// Distance and samples by sampler.
pub fn samplers() -> AnyView {
    experiment("samplers", text::SAMPLERS_COMMAND, |found| {
        chart(found, STEPS, DISTANCE, |subject| &subject.distance, "distance-by-sampler")
    })
}

/// What is shown of an experiment once it is here; without it, how to make it.
fn experiment(
    kind: &'static str,
    command: &'static str,
    charts: impl Fn(&Experiment) -> AnyView + Send + 'static,
) -> AnyView {
    let found = RwSignal::new(None::<Experiment>);
    recorded::fetch_file(format!("experiments/{kind}/results.experiment"), move |experiment| {
        found.try_set(Some(experiment));
    });
    let shown = move || {
        found.with(|found| match found {
            Some(experiment) => view! {
                {charts(experiment)}
                {strips(kind, experiment)}
                {provenance(experiment)}
            }
            .into_any(),
            None => view! { <p class="small-print">{text::not_recorded(command)}</p> }.into_any(),
        })
    };
    view! { <div class="measured" data-control=kind>{shown}</div> }.into_any()
}

fn chart(experiment: &Experiment, x: Axis, y: Axis, of: fn(&Subject) -> &[Measured], file: &'static str) -> AnyView {
    let lines = lines(experiment, of);
    // The floor belongs to distances alone.
    let floor = (y.name == text::DISTANCE_NAME).then(|| (text::FLOOR.to_string(), experiment.floor));
    let levels: Vec<_> = floor.into_iter().collect();
    let y = Axis { range: Some(ends(&lines, &levels)), ..y };
    view! {
        <Chart x=Signal::stored(x) y=Signal::stored(y) lines=Signal::stored(lines) levels=Signal::stored(levels) file />
    }
    .into_any()
}

/// The curves of an experiment, each in the colour that its subject has on the bench.
fn lines(experiment: &Experiment, of: fn(&Subject) -> &[Measured]) -> Vec<Line> {
    let line = |(index, subject): (usize, &Subject)| {
        let known = text::MEASURED.iter().position(|(name, _)| *name == subject.name);
        let name = known.map_or(subject.name.as_str(), |known| text::MEASURED[known].1.get());
        Line {
            name: name.to_owned(),
            hue: Hue::Series(known.unwrap_or(index)),
            points: of(subject).iter().map(|measured| (measured.x, measured.value)).collect(),
            bands: of(subject).iter().map(|measured| (measured.low, measured.high)).collect(),
        }
    };
    experiment.subjects.iter().enumerate().map(line).collect()
}

/// Ends of a logarithmic axis: those of all values and levels; a band may run out of it, since its low end can be 0.
fn ends(lines: &[Line], levels: &[(String, f64)]) -> (f64, f64) {
    let values = lines.iter().flat_map(|line| &line.points).map(|point| point.1);
    let all: Vec<f64> = values.chain(levels.iter().map(|level| level.1)).filter(|value| *value > 0.0).collect();
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    if low <= high { (low / 1.3, high * 1.3) } else { (0.1, 1.0) }
}

/// Samples of each subject from the same noise, a row for each of a few numbers of steps.
fn strips(kind: &'static str, experiment: &Experiment) -> AnyView {
    let rows = text::rows(&experiment.rows);
    let strip = |(index, subject): (usize, &Subject)| {
        let known = text::MEASURED.iter().position(|(name, _)| *name == subject.name);
        let name = known.map_or_else(|| subject.name.clone(), |known| text::MEASURED[known].1.to_string());
        let source = format!("{}experiments/{kind}/{}.png", dom::base(), subject.name);
        let file = format!("noisewalk-{kind}-{}.png", subject.name);
        view! {
            <figure>
                <figcaption class=format!("series-name series-{}", known.unwrap_or(index))>{name.clone()}</figcaption>
                <img src=source.clone() alt=text::samples(&name, &rows) loading="lazy" />
                <a class="small-print" href=source download=file>{strings::SAVE_PNG}</a>
            </figure>
        }
    };
    view! {
        <p class="small-print">{text::strips(&rows)}</p>
        <div class="sample-strips">{experiment.subjects.iter().enumerate().map(strip).collect::<Vec<_>>()}</div>
    }
    .into_any()
}

fn provenance(experiment: &Experiment) -> AnyView {
    let facts: Vec<_> =
        experiment.facts.iter().cloned().map(|(name, fact)| view! { <dt>{name}</dt><dd>{fact}</dd> }).collect();
    let lines = vec![(strings::AS_COMMAND, experiment.command.clone())];
    let provenance = Provenance { line: text::RECORDED.into(), lines, ..Provenance::default() };
    view! { <Chip provenance=Signal::stored(provenance)><dl>{facts}</dl></Chip> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64) -> Measured {
        Measured { x: 5.0, value, low: 0.0, high: 2.0 * value }
    }

    #[test]
    fn curves_have_their_bands_and_the_colour_of_the_bench() {
        let subject = |name: &str| Subject {
            name: name.into(),
            loss: Vec::new(),
            distance: vec![measured(0.5)],
            evaluations: vec![5],
        };
        let experiment = Experiment {
            command: String::new(),
            facts: Vec::new(),
            floor: 0.1,
            rows: vec![5],
            columns: 1,
            subjects: vec![subject("cosine"), subject("heun")],
        };
        let lines = lines(&experiment, |subject| &subject.distance);
        assert_eq!((lines[0].hue, lines[1].hue), (Hue::Series(2), Hue::Series(1)));
        assert_eq!((lines[0].points[0], lines[0].bands[0]), ((5.0, 0.5), (0.0, 1.0)));
        let (low, high) = ends(&lines, &[("floor".into(), experiment.floor)]);
        assert!(low < 0.1 && high > 0.5);
        assert_eq!(ends(&[], &[]), (0.1, 1.0));
    }
}
