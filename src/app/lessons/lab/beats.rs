//! The beats of the lab: each puts the benches into one state.

use leptos::prelude::*;

use super::options::{Curve, Source, View, Who, pack};
use super::settings::Lab;
use super::stage::Stage;
use super::text;
use crate::app::language::Text;
use crate::app::widgets::frame::Beat;
use crate::data::points::PointSet;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::BetaSchedule;
use crate::protocol::LabRun;

/// A change of the settings.
type Change = fn(&mut Lab);

/// Shows the plain settings, changed; what the visitor drew, and the seed, stay.
fn show(stage: Stage, change: Change) {
    stage.store.edit(|settings| {
        let Lab { seed, drawn, word, .. } = settings.clone();
        *settings = Lab { seed, drawn, word, ..Lab::default() };
        change(settings);
    });
}

/// What the beats show.
const STATES: [Change; 6] = [
    |settings| settings.forward = true,
    |_| {},
    |settings| {
        settings.view = View::Velocity;
        settings.launched = vec![pack(0.2, 0.3), pack(0.8, 0.25), pack(0.55, 0.85)];
    },
    |settings| {
        settings.view = View::Velocity;
        settings.who = Who::Difference;
    },
    |settings| {
        settings.sde = true;
        settings.curvature = true;
    },
    |settings| settings.rival = Some(Curve::Named(BetaSchedule::Linear)),
];

/// What each chip of "break it" does.
const BREAKS: [Change; 3] = [
    |settings| settings.rate = 1.0,
    |settings| settings.steps = 2,
    |settings| {
        settings.source = Source::Drawing;
        settings.drawn = vec![pack(0.3, 0.3), pack(0.7, 0.35), pack(0.5, 0.75)];
        settings.view = View::Flow;
        settings.who = Who::Exact;
    },
];

/// What each chip of the lab does.
const TRY: [Change; 4] = [
    |settings| settings.source = Source::Word,
    |settings| {
        settings.source = Source::Set(PointSet::Spiral);
        settings.view = View::Flow;
    },
    |settings| settings.prediction = PredictionType::Sample,
    |settings| {
        settings.schedule = Curve::Learned;
        settings.rival = Some(Curve::Named(BetaSchedule::Linear));
    },
];

/// All beats.
pub fn beats(stage: Stage) -> Vec<Beat> {
    let taught = text::BEATS.iter().zip(STATES).enumerate();
    let mut beats: Vec<Beat> = taught
        .map(|(index, ((title, text), change))| Beat {
            title: *title,
            text,
            enter: Box::new(move || {
                show(stage, change);
                // The first two are seen in motion: to noise by the formula, and from it.
                if index < 2 {
                    stage.player.play_to(usize::MAX);
                }
            }),
            extra: None,
        })
        .collect();
    let chips = |(title, text): (Text, &'static [Text]), labels, changes| Beat {
        title,
        text,
        enter: Box::new(|| {}),
        extra: Some(chips(stage, labels, changes)),
    };
    beats.push(chips(text::BREAK_IT, &text::BREAKS, &BREAKS));
    beats.push(chips(text::LAB, &text::TRY, &TRY));
    beats
}

/// Chips that set the benches and let them learn.
fn chips(stage: Stage, labels: &'static [Text], changes: &'static [Change]) -> AnyView {
    let chips: Vec<_> = labels
        .iter()
        .zip(changes)
        .map(|(label, change)| {
            let press = move |_| {
                show(stage, *change);
                stage.each(|bench| bench.run(LabRun::On));
            };
            view! { <button type="button" class="button try" on:click=press>{*label}</button> }
        })
        .collect();
    view! { <div class="choice-row">{chips}</div> }.into_any()
}
