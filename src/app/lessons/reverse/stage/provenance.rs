//! Where the run on the stage comes from, and how to make it again.

use super::*;
use crate::app::frames::Origin;
use crate::app::language::{Text, say, t};
use crate::app::widgets::chip::Provenance;
use crate::protocol::{ModelSummary, reproduce};

/// The chip of the stage.
pub fn provenance(store: Store<Reverse>, runs: Runs) -> Provenance {
    let (Some(spec), Some(model)) = (runs.shown_spec(), runs.model.get()) else {
        return Provenance { line: strings::NOT_YET.into(), ..Provenance::default() };
    };
    let origin = runs.origin.get();
    let name = format!("{} {}", model.name, model.short_hash);
    let shipped = "public/models/avatars";
    let is_recorded = origin == Origin::Recorded;
    let place = if is_recorded { shipped.into() } else { use_shell().engine.place(shipped) };
    let mut facts = vec![(t("device"), device(origin))];
    facts.extend(card(&model));
    facts.push((
        t("sampler"),
        say!("{sampler}, {steps} steps, η = {eta}", sampler = spec.sampler.name(), steps = spec.steps, eta = spec.eta),
    ));
    facts.push((t("seed"), spec.seed.to_string()));
    if is_recorded {
        facts.extend(runs.recorded_by().map(|command| (strings::RECORDED_WITH, command)));
    }
    facts.extend(runs.against_recorded().map(|worst| (t("recorded run"), text::against_recorded(worst))));
    let mut lines = vec![(strings::AS_COMMAND, reproduce::command(&spec, &place))];
    let settings = store.get();
    if settings.compare {
        lines.push((strings::OTHER_AS_COMMAND, reproduce::command(&settings.other_spec(), &place)));
    }
    let python = reproduce::python(&spec, &model, &place);
    let note = if python.is_none() { strings::NO_PYTHON } else { Text::NOTHING };
    lines.extend(python.map(|python| (strings::AS_PYTHON, python)));
    Provenance { line: origin.line(&name), facts, lines, note }
}

/// What computed the frames, and why there.
fn device(origin: Origin) -> String {
    let Origin::Live(kind, _) = origin else { return text::RECORDED_ON.into() };
    let report = use_shell().engine.device.get().filter(|report| report.kind == kind);
    let reason = report.map(|report| strings::device_reason(&report)).unwrap_or_default();
    format!("{}. {reason}", strings::device_kind(kind))
}

/// What the model's card says of it.
fn card(model: &ModelSummary) -> Vec<(Text, String)> {
    let (size, channels) = (model.sample_size, model.channels);
    let schedule = &model.schedule;
    let curve = schedule.beta_schedule.name();
    vec![
        (
            t("model"),
            say!(
                "{name}, {count} parameters",
                name = format_args!("{} {}", model.name, model.short_hash),
                count = model.parameters
            ),
        ),
        (t("pictures"), say!("{size} × {size} pixels, {channels} channels", size, channels)),
        (t("predicts"), text::prediction(model.prediction_type).into()),
        (
            t("trained on"),
            say!(
                "{schedule}, {count} timesteps",
                schedule = curve.replace('_', " "),
                count = schedule.num_train_timesteps
            ),
        ),
    ]
}

/// Has the recorded run computed again on this device; the chip then says how far the two are apart.
pub fn again(runs: Runs) -> AnyView {
    let offered = Memo::new(move |_| runs.recorded_spec().is_some());
    let button = move || view! { <Button class="small" label=text::RUN_AGAIN on_press=move || runs.run_again() /> };
    view! { {move || offered.get().then(button)} }.into_any()
}
