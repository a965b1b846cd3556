//! Where the run on the stage comes from, and how to make it again.

use super::*;
use crate::app::frames::Origin;
use crate::app::language::{Text, say, t};
use crate::app::widgets::chip::Provenance;
use crate::protocol::{Variant, reproduce};

/// The chip of the stage.
pub fn provenance(runs: Runs) -> Provenance {
    let (Some(spec), Some(model)) = (runs.shown_spec(), runs.model.get()) else {
        return Provenance { line: strings::NOT_YET.into(), ..Provenance::default() };
    };
    let name = format!("{} {}", model.name, model.short_hash);
    let line = runs.origin.get().line(&name);
    let first = spec.words.as_ref().and_then(|words| words.variants.first().cloned());
    let first = first.unwrap_or_else(|| Variant::prompt("", 1.0));
    let prompt = first.prompt.first().map_or("", |term| term.text.as_str());
    let mut facts = vec![
        (t("model"), say!("{name}, {count} parameters", name, count = model.parameters)),
        (t("prompt"), prompt.to_owned()),
        (t("guidance"), first.guidance_scale.to_string()),
        (t("sampler"), say!("{sampler}, {steps} steps", sampler = spec.sampler.name(), steps = spec.steps)),
        (t("seed"), spec.seed.to_string()),
    ];
    if spec.pictures() > 1 {
        facts.push((
            t("pictures"),
            say!("{count}; prompt and guidance are those of the first", count = spec.pictures()),
        ));
    }
    let shipped = "public/models/words";
    let is_recorded = runs.origin.get() == Origin::Recorded;
    if is_recorded {
        facts.push((strings::RECORDED_WITH, runs.recorded_by.get()));
    }
    let place = if is_recorded { shipped.into() } else { use_shell().engine.place(shipped) };
    let mut lines = vec![(strings::AS_COMMAND, reproduce::command(&spec, &place))];
    let python = reproduce::python(&spec, &model, &place);
    let note = if python.is_none() { strings::NO_PYTHON } else { Text::NOTHING };
    lines.extend(python.map(|python| (strings::AS_PYTHON, python)));
    Provenance { line, facts, lines, note }
}
