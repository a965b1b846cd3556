//! Sliders, choices, switches, the seed.

use leptos::prelude::*;

use crate::app::dom;
use crate::app::prose::indexed;
use crate::app::strings;

/// A slider with its value as text; `input[type=range]`, so keyboard and screen reader come for free.
#[component]
pub fn Slider(
    /// What it sets.
    label: &'static str,
    /// Lowest, highest and step.
    range: (f64, f64, f64),
    /// The value.
    #[prop(into)]
    value: Signal<f64>,
    /// The value in words.
    #[prop(into)]
    text: Signal<String>,
    /// Called while it is dragged.
    on_change: impl Fn(f64) + 'static,
    /// The glossary term it belongs to.
    #[prop(optional)]
    link: &'static str,
) -> impl IntoView {
    let (low, high, step) = range;
    let read = move |event| {
        if let Ok(value) = event_target_value(&event).parse::<f64>() {
            on_change(value.clamp(low, high));
        }
    };
    view! {
        <label class="control slider" data-link=link>
            <span class="control-label">{label}</span>
            <input type="range" min=low max=high step=step prop:value=move || value.get().to_string()
                aria-valuetext=move || text.get() on:input=read />
            <output class="readout">{move || text.get()}</output>
        </label>
    }
}

/// One of a few named values, as a row of buttons.
#[component]
pub fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    /// What it sets.
    label: &'static str,
    /// Names and values.
    options: Vec<(&'static str, T)>,
    /// The value.
    #[prop(into)]
    value: Signal<T>,
    /// Called with the chosen value.
    on_change: impl Fn(T) + Clone + 'static,
) -> impl IntoView {
    let buttons: Vec<_> = options
        .into_iter()
        .map(|(name, option)| {
            let choose = on_change.clone();
            let pressed = move || value.get() == option;
            view! {
                <button type="button" class="choice-button" aria-pressed=move || pressed().to_string()
                    on:click=move |_| choose(option)>{indexed(name)}</button>
            }
        })
        .collect();
    view! {
        <div class="control choice" role="group" aria-label=label>
            <span class="control-label">{label}</span>
            <span class="choice-row">{buttons}</span>
        </div>
    }
}

/// Something that is on or off.
#[component]
pub fn Switch(
    /// What it sets.
    label: &'static str,
    /// Whether it is on.
    #[prop(into)]
    value: Signal<bool>,
    /// Called with the new state.
    on_change: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <label class="control switch">
            <input type="checkbox" prop:checked=move || value.get()
                on:change=move |event| on_change(event_target_checked(&event)) />
            <span class="control-label">{label}</span>
        </label>
    }
}

/// A seed: a number, a dice, a lock.
#[component]
pub fn Seed(
    /// The seed.
    #[prop(into)]
    value: Signal<u32>,
    /// Whether other controls leave it alone.
    locked: RwSignal<bool>,
    /// Called with a new seed.
    on_change: impl Fn(u32) + Clone + 'static,
) -> impl IntoView {
    let throw = on_change.clone();
    let read = move |event| {
        if let Ok(seed) = event_target_value(&event).trim().parse::<u32>() {
            on_change(seed);
        }
    };
    view! {
        <div class="control seed" data-link="seed">
            <label>
                <span class="control-label">{strings::SEED}</span>
                <input type="text" inputmode="numeric" prop:value=move || value.get().to_string() on:change=read />
            </label>
            <button type="button" class="icon-button" aria-label=strings::NEW_SEED title=strings::NEW_SEED
                disabled=move || locked.get() on:click=move |_| throw(dom::random_seed())>"⚄"</button>
            <button type="button" class="icon-button" aria-label=strings::LOCK_SEED title=strings::LOCK_SEED
                aria-pressed=move || locked.get().to_string() on:click=move |_| locked.update(|on| *on = !*on)>
                {strings::LOCK}
            </button>
        </div>
    }
}

/// A plain button.
#[component]
pub fn Button(
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// Called when pressed.
    on_press: impl Fn() + 'static,
    /// Whether it is pressed in; `None` for a button that only acts.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Extra class.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <button type="button" class=format!("button {class}")
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=move |_| on_press()>{move || label.get()}</button>
    }
}

/// Controls of the second rank.
#[component]
pub fn Drawer(
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! { <details class="drawer"><summary>{strings::MORE}</summary><div class="drawer-body">{children()}</div></details> }
}
