//! Languages: every text that people read is a [`Text`], named by its English and said in the language of the page.
//!
//! A text is written [`t`]`("…")`, a sentence with values [`say!`]`("… {name} …", name)`; both show the translation of what stands there.
//! The type keeps the promise: a [`Text`] cannot come onto the page without being looked up, and widgets take no bare string for a label.
//! The tests gather all of them in `docs/texts.json`, the catalogue.
//!
//! `?lang=` in the address chooses the language and stays from lesson to lesson; without it the visitor's own choice counts, which the browser
//! keeps, and before there is one, the language that the browser asks for.
//! A language is a file `public/languages/TAG.json` of pairs, English and translation, fetched before the page is built;
//! `public/languages.json` lists them for the menu.
//! Two languages test the mechanism and are computed from English (see [`pseudo`]): `x-long` is longer, `x-rtl` runs from right to left.
//!
//! What the engine reports comes in English and is translated here, see [`reported`].
//! Not translated are names of people, papers and devices, prompts and tokens, command lines and Python.

mod loading;
mod pseudo;
mod reported;
mod view;

use std::cell::RefCell;
use std::fmt::{self, Display};

use leptos::prelude::document;

use super::dom;
pub use reported::reported;

/// A text of the catalogue, by its English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text(&'static str);

/// A text of the catalogue.
pub const fn t(english: &'static str) -> Text {
    Text(english)
}

impl Text {
    /// Nothing at all.
    pub const NOTHING: Self = Self("");

    /// Its English, which is also its name in links and tests.
    pub const fn english(self) -> &'static str {
        self.0
    }

    /// The text in the language of the page.
    pub fn get(self) -> &'static str {
        SPOKEN.with_borrow_mut(|spoken| spoken.say(self.0))
    }
}

impl Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.get())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.get().to_owned()
    }
}

/// Where translations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The text itself.
    English,
    /// A file of pairs; what it lacks stays English.
    File,
    /// Computed: longer, and in the second case from right to left.
    Longer,
    Mirrored,
}

/// The language of the page with the translations known so far, in the order of their English.
struct Spoken {
    source: Source,
    pairs: Vec<(&'static str, &'static str)>,
}

thread_local! {
    static SPOKEN: RefCell<Spoken> = const { RefCell::new(Spoken { source: Source::English, pairs: Vec::new() }) };
}

impl Spoken {
    fn say(&mut self, english: &'static str) -> &'static str {
        if self.source == Source::English {
            return english;
        }
        match self.pairs.binary_search_by_key(&english, |pair| pair.0) {
            Ok(place) => self.pairs[place].1,
            Err(_) if self.source == Source::File => english,
            Err(place) => {
                // Kept for good: there are no more of them than texts in the catalogue.
                let said = pseudo::said(english, self.source == Source::Mirrored).leak();
                self.pairs.insert(place, (english, said));
                said
            }
        }
    }
}

/// Languages written from right to left, by the first part of their tag.
const RIGHT_TO_LEFT: [&str; 8] = ["ar", "dv", "fa", "he", "ps", "ur", "yi", "x-rtl"];

/// The languages of the page: English, which needs no file, and those that have one.
const WRITTEN: [&str; 2] = ["en", "de"];

/// Speaks the language of this tag from now on, or without one what the visitor chose, or else what the browser asks for; then goes on.
///
/// A tag that is none, and a language without a file, leave the page in English.
pub fn speak(tag: Option<&str>, then: impl FnOnce() + 'static) {
    let chosen = dom::stored(CHOICE);
    let asked = || dom::languages().iter().find_map(|tag| written(tag, &WRITTEN));
    match tag.or(chosen.as_deref()).or_else(asked) {
        Some("x-long") => begin("x-long", Source::Longer, Vec::new()),
        Some("x-rtl") => begin("x-rtl", Source::Mirrored, Vec::new()),
        Some(tag) if is_tag(tag) && tag != "en" => {
            let tag = tag.to_owned();
            return loading::fetch(format!("languages/{tag}.json"), move |pairs| {
                if let Some(pairs) = pairs {
                    begin(&tag, Source::File, pairs);
                }
                then();
            });
        }
        _ => {}
    }
    then();
}

/// The language that serves who asks for `tag`, which loses its last part until there is one (RFC 4647, 3.4): Austria's German is read as German.
fn written(mut tag: &str, languages: &[&'static str]) -> Option<&'static str> {
    loop {
        if let Some(found) = languages.iter().find(|known| known.eq_ignore_ascii_case(tag)) {
            return Some(found);
        }
        tag = tag.rsplit_once('-')?.0;
    }
}

/// The key of the visitor's choice in the browser's storage.
const CHOICE: &str = "lang";

/// Keeps a language as the visitor's choice, so that it is spoken from the next start of the page on; whether the browser keeps it.
pub fn choose(tag: &str) -> bool {
    dom::store(CHOICE, tag);
    dom::stored(CHOICE).as_deref() == Some(tag)
}

/// A language by its tag, and as it calls itself.
pub type Named = (String, String);

/// English, which needs no file.
pub fn english() -> Named {
    ("en".into(), "English".into())
}

/// Whether this is one of the two languages that are computed for tests.
pub fn is_computed(tag: &str) -> bool {
    ["x-long", "x-rtl"].contains(&tag)
}

/// Fetches the list of languages; `then` is not called where there is none.
pub fn list(then: impl FnOnce(Vec<Named>) + 'static) {
    loading::fetch("languages.json".into(), |pairs| {
        if let Some(pairs) = pairs {
            then(pairs.into_iter().map(|(tag, name)| (tag.into(), name.into())).collect());
        }
    });
}

/// The tag of the language of the page, as the document has it.
pub fn tag() -> String {
    document().document_element().and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

fn begin(tag: &str, source: Source, mut pairs: Vec<(&'static str, &'static str)>) {
    pairs.sort_unstable();
    SPOKEN.set(Spoken { source, pairs });
    let Some(root) = document().document_element() else { return };
    let is_mirrored = RIGHT_TO_LEFT.iter().any(|known| tag == *known || tag.split('-').next() == Some(known));
    root.set_attribute("lang", tag).ok();
    root.set_attribute("dir", if is_mirrored { "rtl" } else { "ltr" }).ok();
}

/// Whether this could be a tag of a language (BCP 47): letters, digits and hyphens, and so the name of a file.
fn is_tag(tag: &str) -> bool {
    (2..=20).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Puts values into a template by their names; a language may have its own order.
pub fn fill(template: Text, values: &[(&str, &dyn Display)]) -> String {
    put(template.get(), |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string()))
}

/// Puts what `value` has for each mark in its place.
fn put(template: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.extend(value(name));
        rest = after;
    }
    out + rest
}

/// A sentence with values, in the language of the page: `say!("{head} of {last} steps", head, last = count - 1)`.
macro_rules! say {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::app::language::fill(
            $crate::app::language::t($template),
            &[$((stringify!($name), &$crate::app::language::value!($name $(= $value)?) as &dyn ::std::fmt::Display)),*],
        )
    };
}

/// A value of [`say!`]: what its name stands for, or the variable of that name.
macro_rules! value {
    ($name:ident) => {
        $name
    };
    ($name:ident = $value:expr) => {
        $value
    };
}

pub(crate) use {say, value};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_their_places_by_name() {
        let (head, last) = (1, 2);
        assert_eq!(say!("{head} of {last}", head, last), "1 of 2");
        assert_eq!(say!("{last} before {head}: {head}", head, last = format_args!("{last:.1}"),), "2 before 1: 1");
        assert_eq!(fill(t("no value {"), &[]), "no value {");
    }

    #[test]
    fn a_language_says_what_it_knows_and_the_rest_in_english() {
        let mut spoken = Spoken { source: Source::File, pairs: vec![("Back", "Zurück"), ("Next", "Weiter")] };
        assert_eq!(["Back", "Next", "Done."].map(|text| spoken.say(text)), ["Zurück", "Weiter", "Done."]);
        let mut spoken = Spoken { source: Source::Longer, pairs: Vec::new() };
        let once = spoken.say("Next");
        assert_ne!(once, "Next");
        assert!(std::ptr::eq(once, spoken.say("Next")), "a translation is made once");
        assert_eq!(t("Next").get(), "Next", "tests of other things read English");
    }

    #[test]
    fn a_browser_gets_its_language_where_there_is_one() {
        let found = |tag| written(tag, &["en", "de", "pt-BR", "zh-Hant"]);
        assert_eq!(["de", "de-AT", "DE-de", "en-US"].map(found), [Some("de"), Some("de"), Some("de"), Some("en")]);
        assert_eq!(
            ["pt-br", "zh-Hant-TW", "pt", "fr", ""].map(found),
            [Some("pt-BR"), Some("zh-Hant"), None, None, None]
        );
        let listed = include_str!("../../public/languages.json");
        assert!(WRITTEN.iter().all(|tag| listed.contains(&format!("\"{tag}\":"))), "{listed}");
        assert_eq!(
            listed.matches("\":").count(),
            WRITTEN.len(),
            "each language of the list belongs in WRITTEN: {listed}"
        );
    }

    #[test]
    fn only_tags_become_addresses() {
        assert!(["de", "pt-BR", "zh-Hant-TW"].into_iter().all(is_tag));
        assert!(["", "x", "../de", "de/..", "a very long name of a language"].into_iter().all(|tag| !is_tag(tag)));
    }
}
