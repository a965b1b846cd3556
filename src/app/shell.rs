//! What every part of the page can reach: route, preferences, commands, clock, engine, notices. Lives as long as the page.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::clock::Clock;
use super::dom;
use super::engine_client::{DEVICES, EngineClient};
use super::keys::Commands;
use super::language;
use super::offline;
use super::prefs::{Prefs, Theme};
use super::query::Query;
use super::strings;
use super::tour::Tour;
use crate::protocol::GivenModel;

/// Answers the settings of a lesson as a query and as JSON.
type Describe = Box<dyn Fn() -> (Query, String)>;

/// The shared state of the page; copy it freely.
#[derive(Clone, Copy)]
pub struct Shell {
    /// The lesson's slug in the address; empty at home.
    pub slug: RwSignal<String>,
    /// Counts arrivals (a link, back, forward), so that the same lesson with other settings is rebuilt.
    pub arrival: RwSignal<u32>,
    /// What the visitor's browser remembers.
    pub prefs: Prefs,
    /// Who listens to keys.
    pub commands: Commands,
    /// The one clock.
    pub clock: Clock,
    /// What the browser keeps for use without a network, once it has said.
    pub kept: RwSignal<Option<offline::Kept>>,
    /// The worker that computes.
    pub engine: EngineClient,
    /// Sentences to show until they are closed.
    pub notices: RwSignal<Vec<String>>,
    /// The last summary for screen readers.
    pub announcement: RwSignal<String>,
    /// Whether the page sits in another page, without its frame.
    pub embed: bool,
    /// What the settings on the screen are as a query and as JSON.
    pub settings: StoredValue<Option<Describe>, LocalStorage>,
    /// The guided tour of the lesson on the screen.
    pub tour: StoredValue<Option<Tour>>,
    /// The term at which the glossary is open; an empty id opens it at its beginning.
    pub glossary: RwSignal<Option<&'static str>>,
    hidden: StoredValue<Vec<String>>,
}

impl Shell {
    /// Reads the address and starts the shared parts.
    pub fn start() -> Self {
        let query = Query::parse(&dom::search());
        let clock = Clock::default();
        let hidden = query.get("hide").unwrap_or_default();
        hide(hidden);
        let shell = Self {
            slug: RwSignal::new(query.get("lesson").unwrap_or_default().to_owned()),
            arrival: RwSignal::new(0),
            prefs: Prefs::load(query.get("theme")),
            commands: Commands::default(),
            clock,
            kept: RwSignal::new(None),
            engine: EngineClient::new(query.get("device")),
            notices: RwSignal::new(Vec::new()),
            announcement: RwSignal::new(String::new()),
            embed: query.get("embed") == Some("1"),
            settings: StoredValue::new_local(None),
            tour: StoredValue::new(None),
            glossary: RwSignal::new(None),
            hidden: StoredValue::new(hidden.split(',').map(str::to_owned).collect()),
        };
        shell.say_unknown(&query);
        query.get("model").into_iter().for_each(|url| shell.engine.open_address(url));
        offline::listen(shell.kept, move || shell.notify(strings::NEWER_BUILD.into()));
        provide_context(shell);
        window_event_listener(leptos::ev::popstate, move |_| shell.arrive());
        shell
    }

    /// A sentence for each value of the chassis' own keys that means nothing.
    fn say_unknown(self, query: &Query) {
        let spoken = language::tag();
        let known: [(&str, Vec<&str>); 4] = [
            ("device", DEVICES.iter().map(|(name, _)| *name).collect()),
            ("theme", Theme::ALL.iter().map(|(name, _)| *name).collect()),
            ("embed", vec!["0", "1"]),
            ("lang", vec!["en", &spoken]),
        ];
        for (key, names) in known {
            if let Some(text) = query.get(key).filter(|text| !names.contains(text)) {
                self.notify(strings::value_unknown(key, text, &names));
            }
        }
    }

    /// Follows the address after it changed.
    fn arrive(self) {
        self.slug.set(Query::parse(&dom::search()).get("lesson").unwrap_or_default().to_owned());
        self.arrival.update(|count| *count += 1);
    }

    /// Goes to a lesson (or home, for an empty slug) without loading the page anew.
    pub fn go(self, slug: &str) {
        self.go_with(slug, &Query::default());
    }

    /// Goes to a lesson with these settings.
    pub fn go_with(self, slug: &str, settings: &Query) {
        self.follow(&self.address(slug, settings));
    }

    /// Goes to an address of this page without loading the page anew.
    pub fn follow(self, address: &str) {
        dom::show_address(address, true);
        self.arrive();
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// The address of a lesson with settings; what a teacher or a test asked for (`embed`, `hide`, `device`, `lang`, `theme`, `model`) stays.
    pub fn address(self, slug: &str, settings: &Query) -> String {
        let mut query = Query::default();
        if !slug.is_empty() {
            query.push("lesson", slug.to_owned());
        }
        if !settings.pairs().is_empty() {
            query.push("v", super::settings::VERSION.to_string());
        }
        for (key, value) in settings.pairs() {
            query.push(key, value.clone());
        }
        let here = Query::parse(&dom::search());
        for key in super::settings::KEPT {
            if let Some(value) = here.get(key) {
                query.push(key, value.to_owned());
            }
        }
        if let Some(GivenModel::Url(url)) = self.engine.given.get_untracked() {
            query.push("model", url);
        }
        let text = query.format();
        if text.is_empty() { "?".to_owned() } else { text }
    }

    /// The address of what is on the screen, with `embed=1` or without.
    pub fn address_now(self, embed: bool) -> String {
        let settings = self.settings.with_value(|settings| settings.as_ref().map(|settings| settings().0));
        let address = self.address(&self.slug.get_untracked(), &settings.unwrap_or_default());
        let mut query = Query::default();
        for (key, value) in Query::parse(&address).pairs().iter().filter(|(key, _)| key != "embed") {
            query.push(key, value.clone());
        }
        if embed {
            query.push("embed", "1".to_owned());
        }
        format!("{}{}", dom::base(), query.format())
    }

    /// Whether all controls together are shown; `hide=controls` hides them.
    pub fn shows(self, name: &str) -> bool {
        self.hidden.with_value(|hidden| !hidden.iter().any(|other| other == name))
    }

    /// Shows a sentence until it is closed; the same sentence once only.
    pub fn notify(self, sentence: String) {
        self.notices.update(|notices| {
            if !notices.contains(&sentence) {
                notices.push(sentence);
            }
        });
    }

    /// Says a summary to screen readers, politely.
    pub fn announce(self, summary: String) {
        self.announcement.set(summary);
    }
}

/// Hides the controls of these names, joined by commas: each carries its own as `data-control`.
fn hide(names: &str) {
    let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let rules: String = names
        .split(',')
        .filter(plain)
        .map(|name| format!("[data-control=\"{name}\"] {{ display: none !important; }}\n"))
        .collect();
    // A sheet of the page's own making needs no leave of its policy, as a <style> element would.
    let Ok(class) = dom::get(&window(), "CSSStyleSheet").dyn_into::<Function>() else { return };
    let Ok(sheet) = Reflect::construct(&class, &Array::new()) else { return };
    dom::call(&sheet, "replaceSync", &Array::of1(&JsValue::from_str(&rules)));
    let sheets = dom::get(&document(), "adoptedStyleSheets");
    dom::call(&sheets, "push", &Array::of1(&sheet));
}

/// The shell of the page this code is shown on.
pub fn use_shell() -> Shell {
    expect_context::<Shell>()
}
