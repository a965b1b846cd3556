//! The buttons that save what a run shows, and those that take changes back.

use leptos::prelude::*;

use super::canvas::Moving;
use super::controls::Button;
use crate::app::language::Text;
use crate::app::settings::Settings;
use crate::app::store::Store;
use crate::app::strings;

/// What of a run is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The picture on the stage.
    Picture,
    /// All states side by side.
    Strip,
    /// All states one after the other.
    Animation(Moving),
}

/// Buttons that call `save` with what is wanted (`label` names the picture; `strip`: whether there is one), then undo and redo.
pub fn keep_buttons<T: Settings>(
    store: Store<T>,
    label: Text,
    strip: bool,
    save: impl Fn(Kept) + Copy + 'static,
) -> AnyView {
    let strip = strip.then(|| view! { <Button label=strings::SAVE_STRIP on_press=move || save(Kept::Strip) /> });
    view! {
        <Button label on_press=move || save(Kept::Picture) />
        {strip}
        <Button label=strings::SAVE_ANIMATION on_press=move || save(Kept::Animation(Moving::Png)) />
        <Button label=strings::SAVE_GIF on_press=move || save(Kept::Animation(Moving::Gif)) />
        <Button label=strings::UNDO on_press=move || store.undo() />
        <Button label=strings::REDO on_press=move || store.redo() />
    }
    .into_any()
}
