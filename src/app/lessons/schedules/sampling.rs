//! The panel of the live variants: a row of pictures each, and where each asks the network.

use leptos::prelude::*;

use super::settings::Schedules;
use super::text;
use super::variants::{COUNT, VARIANTS, Variants, levels};
use crate::app::frames::Origin;
use crate::app::language::t;
use crate::app::plots::axis::{Axis, Scale};
use crate::app::plots::chart::Chart;
use crate::app::shell::use_shell;
use crate::app::store::Store;
use crate::app::strings;
use crate::app::widgets::canvas::{Bitmap, Picture, save};
use crate::app::widgets::controls::{Button, Slider};
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::schedule::ScheduleConfig;

/// Horizontal axis of the levels.
const STEP: Axis = Axis { name: t("step"), label: text::STEP_AXIS, range: None, scale: Scale::Linear };
/// Vertical axis of the levels.
const LEVEL: Axis = Axis { name: t("σ/α"), label: text::LEVEL, range: None, scale: Scale::Log };

/// Pictures, levels, number of steps.
pub fn panel(store: Store<Schedules>, variants: Variants) -> AnyView {
    let shell = use_shell();
    let model = shell.engine.model;
    let lines = Signal::derive(move || {
        let steps = store.get().steps;
        // Before a model is there, the grid of the one that will be: the cosine of a thousand steps.
        let usual = || (ScheduleConfig::default(), PredictionType::VPrediction);
        let (schedule, prediction) = model.get().map_or_else(usual, |model| (model.schedule, model.prediction_type));
        levels(&schedule, prediction, steps)
    });
    let steps = Signal::derive(move || f64::from(store.get().steps));
    let steps_text = Signal::derive(move || store.get().steps.to_string());
    let names: Vec<_> = VARIANTS
        .iter()
        .enumerate()
        .map(|(index, variant)| view! { <li class=format!("series-{index}")>{variant.name}</li> })
        .collect();
    let line = move || match (model.get(), variants.origin.get()) {
        (Some(model), origin @ Origin::Live(..)) => origin.line(&format!("{} {}", model.name, model.short_hash)),
        _ if variants.asked() => text::WAITS.to_string(),
        _ => text::NEEDS_ENGINE.to_string(),
    };
    let label = Signal::derive(move || text::variants(store.get().steps));
    view! {
        <div class="measured" data-control="spacing">
            <div class="named-rows">
                <ul class="row-names">{names}</ul>
                <Picture class="variants" label picture=move || Some(sheet(variants)) />
            </div>
            <p class="small-print" role="status">{line}</p>
            <div class="choice-row">
                <Button label=text::DRAW_VARIANTS on_press=move || variants.ask() />
                <Button label=strings::SAVE_STRIP on_press=move || {
                    save(&untrack(|| sheet(variants)), &format!("noisewalk-spacing-{}.png", store.peek().seed));
                } />
            </div>
            <Slider label=text::VARIANT_STEPS range=(3.0, 30.0, 1.0) value=steps text=steps_text
                on_change=move |steps| store.edit(|settings| settings.steps = steps as u32) />
            <Chart x=Signal::stored(STEP) y=Signal::stored(LEVEL) lines file="spacing" />
        </div>
    }
    .into_any()
}

/// One row a variant; a row that is not there yet is empty.
fn sheet(variants: Variants) -> Bitmap {
    let count = COUNT as usize;
    variants.rows.with(|rows| {
        let size = rows.iter().flatten().next().map_or(16, |frame| frame.size as usize);
        let row = |frame: &Option<crate::protocol::Frame>| {
            let pictures = frame.as_ref().map(|frame| frame.x.clone());
            pictures
                .filter(|rgba| rgba.len() == count * size * size * 4)
                .unwrap_or_else(|| vec![0; count * size * size * 4])
        };
        Bitmap::grid(&rows.iter().flat_map(row).collect::<Vec<u8>>(), size, count)
    })
}
