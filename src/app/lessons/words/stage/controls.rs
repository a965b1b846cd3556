//! Controls under the picture: three of the first rank, which depend on what is compared, and the drawer.

use super::super::settings::{MAX_FACTOR, MAX_GUIDANCE, MAX_STEPS, MODES};
use super::*;
use crate::app::widgets::controls::{Choice, Drawer, Seed};
use crate::app::widgets::keep::keep_buttons;
use crate::app::widgets::own_model::OwnModel;
use crate::app::widgets::status::DeviceControl;

/// Which rank a control has while something is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    First,
    Drawer,
}

/// Guidance gives its place to the two texts of a sum.
fn of_guidance(mode: Mode) -> Rank {
    if mode == Mode::Sum { Rank::Drawer } else { Rank::First }
}

/// The seed gives its place to whatever a comparison needs.
fn of_seed(mode: Mode) -> Rank {
    if matches!(mode, Mode::One | Mode::Grid) { Rank::First } else { Rank::Drawer }
}

/// All controls.
pub fn controls(store: Store<Words>, runs: Runs, player: Player, locked: RwSignal<bool>) -> AnyView {
    let modes: Vec<_> = text::MODES.into_iter().zip(MODES.map(|(_, mode)| mode)).collect();
    view! {
        {guidance(store, Rank::First)}
        <Choice label=text::MODE options=modes value=store.part(|s| s.mode) on_change=move |mode| store.edit(|s| s.mode = mode) />
        {of_mode(store, runs)}
        {seed(store, locked, Rank::First)}
        {drawer(store, runs, player, locked)}
    }
    .into_any()
}

fn guidance(store: Store<Words>, rank: Rank) -> AnyView {
    let is_here = Memo::new(move |_| of_guidance(store.get().mode) == rank);
    let said = Signal::derive(move || strings::short_number(store.get().guidance));
    let dial = move || {
        is_here.get().then(|| {
            view! {
                <Slider label=text::GUIDANCE range=(0.0, MAX_GUIDANCE, 0.05) value=Signal::derive(move || store.get().guidance)
                    text=said link="w" on_change=move |w| store.edit(|s| s.guidance = w) />
            }
        })
    };
    view! { {dial} }.into_any()
}

fn seed(store: Store<Words>, locked: RwSignal<bool>, rank: Rank) -> AnyView {
    let is_here = Memo::new(move |_| of_seed(store.get().mode) == rank);
    let field = move || {
        is_here.get().then(|| {
            view! { <Seed value=store.part(|s| s.seed) locked on_change=move |seed| store.edit(|s| s.seed = seed) /> }
        })
    };
    view! { {field} }.into_any()
}

/// What only one comparison needs.
fn of_mode(store: Store<Words>, runs: Runs) -> AnyView {
    let mode = store.part(|settings| settings.mode);
    let factor_text = Signal::derive(move || strings::short_number(store.get().factor));
    let controls = move || match mode.get() {
        Mode::One | Mode::Grid => ().into_any(),
        Mode::Weigh => view! {
            <Slider label=text::FACTOR range=(0.0, MAX_FACTOR, 0.05) value=Signal::derive(move || store.get().factor)
                text=factor_text on_change=move |factor| store.edit(|s| s.factor = factor) />
        }
        .into_any(),
        Mode::Versus | Mode::Walk => prompt::line(store, runs, prompt::OTHER),
        Mode::Sum => {
            view! { {prompt::line(store, runs, prompt::MINUS)}{prompt::line(store, runs, prompt::PLUS)} }.into_any()
        }
    };
    view! { <div class="mode-controls">{controls}</div> }.into_any()
}

/// Controls of the second rank.
fn drawer(store: Store<Words>, runs: Runs, player: Player, locked: RwSignal<bool>) -> AnyView {
    let layers: Vec<_> = text::LAYERS.into_iter().zip(LAYERS.map(|(_, layer)| layer)).collect();
    let part = move |of: fn(&Words) -> f64| Signal::derive(move || of(&store.get()));
    let steps_text = Signal::derive(move || store.get().steps.to_string());
    let rescale_text = Signal::derive(move || strings::short_number(store.get().rescale));
    view! {
        <Drawer>
            {guidance(store, Rank::Drawer)}
            {seed(store, locked, Rank::Drawer)}
            {prompt::line(store, runs, prompt::NEGATIVE)}
            <Slider label=text::STEPS range=(1.0, f64::from(MAX_STEPS), 1.0) value=part(|s| f64::from(s.steps)) text=steps_text
                on_change=move |steps| store.edit(|s| s.steps = steps as u32) />
            <Slider label=text::RESCALE range=(0.0, 1.0, 0.05) value=part(|s| s.rescale) text=rescale_text
                on_change=move |rescale| store.edit(|s| s.rescale = rescale) />
            <Choice label=text::LAYER options=layers value=store.part(|s| s.shown)
                on_change=move |shown| store.edit(|s| s.shown = shown) />
            {heard::controls(store, runs)}
            {heard::pixel(store, runs)}
            <div class="choice-row">
                {keep_buttons(store, text::SAVE, true, move |kept| save_run(store, runs, player, kept))}
            </div>
            <DeviceControl />
            <OwnModel />
        </Drawer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_comparison_has_more_than_three_controls_of_the_first_rank() {
        for (name, mode) in MODES {
            let own = match mode {
                Mode::One | Mode::Grid => 0,
                Mode::Weigh | Mode::Versus | Mode::Walk => 1,
                Mode::Sum => 2,
            };
            let moved = [of_guidance(mode), of_seed(mode)].iter().filter(|rank| **rank == Rank::First).count();
            // The choice of the comparison itself is always there.
            assert_eq!(1 + own + moved, 3, "{name}");
        }
    }
}
