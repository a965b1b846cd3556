//! What the page remembers of a visitor, in the browser only: theme, keys, lessons read.

use leptos::prelude::*;

use super::dom;

/// The colours of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme with its name in the storage and in links.
    pub const ALL: [(&'static str, Self); 3] = [("system", Self::System), ("light", Self::Light), ("dark", Self::Dark)];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, theme)| *theme == self).map_or("", |(name, _)| name)
    }

    /// The theme of a name.
    pub fn named(wanted: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == wanted).map(|(_, theme)| *theme)
    }

    /// The next in the cycle of the button.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::System,
        }
    }
}

/// The remembered choices.
#[derive(Clone, Copy)]
pub struct Prefs {
    /// Colours.
    pub theme: RwSignal<Theme>,
    /// Whether single keys do something.
    pub keys: RwSignal<bool>,
    /// For each lesson read to its end, its slug.
    pub read: RwSignal<Vec<String>>,
}

impl Prefs {
    /// Reads the storage; `theme` of a link wins, but only what the visitor chooses is kept.
    pub fn load(theme: Option<&str>) -> Self {
        let stored_theme = dom::stored("theme");
        let theme = theme.and_then(Theme::named).or_else(|| Theme::named(stored_theme.as_deref()?)).unwrap_or_default();
        let read = dom::stored("read").unwrap_or_default();
        let read = read.split(' ').filter(|slug| !slug.is_empty()).map(str::to_owned).collect();
        let prefs = Self {
            theme: RwSignal::new(theme),
            keys: RwSignal::new(dom::stored("keys").as_deref() != Some("off")),
            read: RwSignal::new(read),
        };
        Effect::new(move || {
            let theme = prefs.theme.get();
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-theme", theme.name());
            }
        });
        Effect::new(move || dom::store("keys", if prefs.keys.get() { "on" } else { "off" }));
        Effect::new(move || dom::store("read", &prefs.read.get().join(" ")));
        prefs
    }

    /// Goes on to the next theme; a link's wish ends with the visitor's own.
    pub fn next_theme(&self) {
        let next = self.theme.get_untracked().next();
        dom::store("theme", next.name());
        dom::set_in_address("theme", None);
        self.theme.set(next);
    }

    /// Marks a lesson as read.
    pub fn mark_read(&self, slug: &str) {
        if self.read.with_untracked(|read| !read.iter().any(|known| known == slug)) {
            self.read.update(|read| read.push(slug.to_owned()));
        }
    }
}
