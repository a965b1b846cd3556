//! Sliders, choices, switches, the seed.
//!
//! Each component hands its closures over as trait objects, so that its elements are compiled once and not once a use.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;

use crate::app::dom;
use crate::app::language::Text;
use crate::app::prose::indexed;
use crate::app::strings;

/// The name by which `hide=` in a link knows a control: its English label in plain letters, `word-factor` for “Word × factor”.
pub fn name_of(label: &str) -> String {
    let words = label.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// A slider with its value as text; `input[type=range]`, so keyboard and screen reader come for free.
#[component]
pub fn Slider(
    /// What it sets.
    label: Text,
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
    slider(label, range, value, text, Box::new(on_change), link)
}

fn slider(
    label: Text,
    (low, high, step): (f64, f64, f64),
    value: Signal<f64>,
    text: Signal<String>,
    on_change: Box<dyn Fn(f64)>,
    link: &'static str,
) -> AnyView {
    let read = move |event| {
        if let Ok(value) = event_target_value(&event).parse::<f64>() {
            on_change(value.clamp(low, high));
        }
    };
    view! {
        <label class="control slider" data-link=link data-control=name_of(label.english())>
            <span class="control-label">{label}</span>
            <input type="range" min=low max=high step=step prop:value=move || value.get().to_string()
                aria-valuetext=move || text.get() on:input=read />
            <output class="readout">{move || text.get()}</output>
        </label>
    }
    .into_any()
}

/// One of a few named values, as a row of buttons.
#[component]
pub fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    /// What it sets.
    label: Text,
    /// Names and values.
    options: Vec<(Text, T)>,
    /// The value.
    #[prop(into)]
    value: Signal<T>,
    /// Called with the chosen value.
    on_change: impl Fn(T) + 'static,
) -> impl IntoView {
    let (names, values): (Vec<_>, Vec<T>) = options.into_iter().unzip();
    let offered = values.clone();
    let chosen = move |index: usize| offered.get(index) == Some(&value.get());
    let choose = move |index: usize| values.get(index).copied().map_or((), &on_change);
    let chosen: Arc<dyn Fn(usize) -> bool + Send + Sync> = Arc::new(chosen);
    let choose: Rc<dyn Fn(usize)> = Rc::new(choose);
    choice(label, names, &chosen, &choose)
}

fn choice(
    label: Text,
    names: Vec<Text>,
    chosen: &Arc<dyn Fn(usize) -> bool + Send + Sync>,
    choose: &Rc<dyn Fn(usize)>,
) -> AnyView {
    let button = |(index, name): (usize, Text)| {
        let (chosen, choose) = (chosen.clone(), choose.clone());
        view! {
            <button type="button" class="choice-button" aria-pressed=move || chosen(index).to_string()
                on:click=move |_| choose(index)>{indexed(name.get())}</button>
        }
    };
    let buttons: Vec<_> = names.into_iter().enumerate().map(button).collect();
    view! {
        <div class="control choice" role="group" aria-label=label data-control=name_of(label.english())>
            <span class="control-label">{label}</span>
            <span class="choice-row">{buttons}</span>
        </div>
    }
    .into_any()
}

/// Buttons that only act, by their place among the labels.
pub fn chips(labels: &'static [Text], press: impl Fn(usize) + 'static) -> AnyView {
    let press: Rc<dyn Fn(usize)> = Rc::new(press);
    chip_row(labels, &press)
}

fn chip_row(labels: &'static [Text], press: &Rc<dyn Fn(usize)>) -> AnyView {
    let chip = |(index, label): (usize, &Text)| {
        let press = press.clone();
        view! { <button type="button" class="button try" on:click=move |_| press(index)>{*label}</button> }
    };
    let chips: Vec<_> = labels.iter().enumerate().map(chip).collect();
    view! { <div class="choice-row">{chips}</div> }.into_any()
}

/// Something that is on or off.
#[component]
pub fn Switch(
    /// What it sets.
    label: Text,
    /// Whether it is on.
    #[prop(into)]
    value: Signal<bool>,
    /// Called with the new state.
    on_change: impl Fn(bool) + 'static,
) -> impl IntoView {
    switch(label, value, Box::new(on_change))
}

fn switch(label: Text, value: Signal<bool>, on_change: Box<dyn Fn(bool)>) -> AnyView {
    view! {
        <label class="control switch" data-control=name_of(label.english())>
            <input type="checkbox" prop:checked=move || value.get()
                on:change=move |event| on_change(event_target_checked(&event)) />
            <span class="control-label">{label}</span>
        </label>
    }
    .into_any()
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
    on_change: impl Fn(u32) + 'static,
) -> impl IntoView {
    seed(value, locked, Rc::new(on_change))
}

fn seed(value: Signal<u32>, locked: RwSignal<bool>, on_change: Rc<dyn Fn(u32)>) -> AnyView {
    let throw = on_change.clone();
    let read = move |event| {
        if let Ok(seed) = event_target_value(&event).trim().parse::<u32>() {
            on_change(seed);
        }
    };
    view! {
        <div class="control seed" data-link="seed" data-control="seed">
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
    .into_any()
}

/// A plain button.
#[component]
pub fn Button(
    /// What it does.
    label: Text,
    /// Called when pressed.
    on_press: impl Fn() + 'static,
    /// Whether it is pressed in; `None` for a button that only acts.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// What stands on it where that is not always the same; the label stays its name.
    #[prop(optional, into)]
    face: Option<Signal<String>>,
    /// Extra class.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let face = face.unwrap_or_else(|| label.into());
    button(name_of(label.english()), face, Box::new(on_press), pressed, class)
}

fn button(
    name: String,
    face: Signal<String>,
    on_press: Box<dyn Fn()>,
    pressed: Option<Signal<bool>>,
    class: &'static str,
) -> AnyView {
    view! {
        <button type="button" class=format!("button {class}") data-control=name
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=move |_| on_press()>{move || face.get()}</button>
    }
    .into_any()
}

/// Controls of the second rank.
#[component]
pub fn Drawer(
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! { <details class="drawer" data-control="more"><summary>{strings::MORE}</summary><div class="drawer-body">{children()}</div></details> }
}
