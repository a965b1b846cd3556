//! What the chip of lesson 1 says of its picture, and how to make it again.

use leptos::prelude::*;

use crate::app::language::{Text, t};
use crate::app::lessons::forward::figure::Figure;
use crate::app::lessons::forward::settings::{Curve, Forward, SCHEDULES, SUBJECTS, Subject};
use crate::app::lessons::forward::text;
use crate::app::player::Player;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::chip::Provenance;
use crate::protocol::reproduce::{Noising, noising};

/// What the picture is of.
pub fn facts(store: Store<Forward>) -> Vec<(Text, String)> {
    let settings = store.get();
    let name = |index: Option<usize>, names: &[Text]| index.map_or(String::new(), |index| names[index].into());
    let subject = SUBJECTS.iter().position(|(_, subject)| *subject == settings.subject);
    let schedule = SCHEDULES.iter().position(|(_, schedule)| *schedule == settings.schedule);
    let model = use_shell().engine.model.get().filter(|_| settings.schedule == Curve::OfModel);
    let model = model.map(|model| (t("model"), format!("{} {}", model.name, model.short_hash)));
    [
        (t("picture"), name(subject, &text::SUBJECTS)),
        (t("schedule"), format!("{}, T = {}", name(schedule, &text::SCHEDULES), settings.total)),
        (t("seed"), settings.seed.to_string()),
    ]
    .into_iter()
    .chain(model)
    .collect()
}

/// The command line of the picture, or why there is none.
pub fn again(figure: Figure, player: Player) -> Provenance {
    let settings = figure.settings();
    let count = match settings.subject {
        Subject::Avatar => 1,
        Subject::Batch => 16,
        Subject::Own | Subject::Painting => return Provenance { note: text::NO_COMMAND, ..Provenance::default() },
    };
    let config = figure.config.get();
    let line = noising(&Noising {
        seed: settings.seed,
        count,
        points: None,
        total: config.num_train_timesteps as u32,
        schedules: vec![config],
        steps: player.head.get() as u32,
        walk: settings.walk,
        strip: None,
    });
    let note = match (&line, settings.channel) {
        (None, _) => text::NO_COMMAND_FOR_TABLE,
        (_, 0) => strings::NO_PYTHON_AVATARS,
        _ => text::ALL_CHANNELS,
    };
    let lines = line.into_iter().map(|line| (strings::AS_COMMAND, line)).collect();
    Provenance { lines, note, ..Provenance::default() }
}
