//! A lesson's settings ⇄ the address: one typed struct, one function that names its fields.
//!
//! Links are versioned and short (defaults are left out); unknown keys are ignored; bad values are clamped and said.
//! A link without `v` is of version 0, from before links had versions; its keys mean what they mean in version 1.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::query::Query;
use super::strings;

/// The version of the links this page writes.
pub const VERSION: u32 = 1;

/// Keys of the chassis that stay in the address from lesson to lesson; like `lesson` and `v` they are none of a lesson's.
pub const KEPT: [&str; 5] = ["device", "embed", "hide", "lang", "theme"];

/// The settings of a lesson.
pub trait Settings: Clone + PartialEq + Default + Send + Sync + 'static {
    /// Names every field once, with its key in the address and its range; serves both reading and writing.
    fn fields(&mut self, codec: &mut Codec);

    /// The settings a query describes, and a sentence for each value that had to be changed.
    fn read(query: &Query) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut codec = Codec { direction: Direction::Read(query.clone()), notices: Vec::new() };
        if let Some(version) = query.get("v").and_then(|text| text.parse::<u32>().ok())
            && version > VERSION
        {
            codec.notices.push(strings::newer_link(version, VERSION));
        }
        settings.fields(&mut codec);
        (settings, codec.notices)
    }

    /// The pairs that differ from the default.
    fn write(&self) -> Query {
        let pairs_of = |mut settings: Self| {
            let mut codec = Codec { direction: Direction::Write(Query::default()), notices: Vec::new() };
            settings.fields(&mut codec);
            match codec.direction {
                Direction::Write(query) => query,
                Direction::Read(_) | Direction::Json(_) => Query::default(),
            }
        };
        let (mine, default) = (pairs_of(self.clone()), pairs_of(Self::default()));
        let mut out = Query::default();
        for (key, value) in mine.pairs().iter().filter(|pair| !default.pairs().contains(pair)) {
            out.push(key, value.clone());
        }
        out
    }

    /// Every field, also those at their default, as a JSON object.
    fn json(&self, lesson: &str) -> String {
        let start = format!("{{\n  \"lesson\": {},\n  \"v\": {VERSION}", quoted(lesson));
        let mut codec = Codec { direction: Direction::Json(start), notices: Vec::new() };
        self.clone().fields(&mut codec);
        match codec.direction {
            Direction::Json(text) => text + "\n}\n",
            Direction::Read(_) | Direction::Write(_) => String::new(),
        }
    }
}

enum Direction {
    Read(Query),
    Write(Query),
    Json(String),
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out + "\""
}

/// Appends a member to an object that has one already.
fn member(json: &mut String, key: &str, value: &str) {
    json.push_str(&format!(",\n  {}: {value}", quoted(key)));
}

/// Reads fields from a query or writes them into one.
pub struct Codec {
    direction: Direction,
    notices: Vec<String>,
}

impl Codec {
    /// A whole number in `range`.
    pub fn integer(&mut self, key: &'static str, value: &mut u32, range: RangeInclusive<u32>) {
        let mut wide = f64::from(*value);
        // Through f64 so that 1e9 or −3 is clamped like any other number out of range.
        self.scalar(key, &mut wide, f64::from(*range.start())..=f64::from(*range.end()), f64::round);
        *value = wide as u32;
    }

    /// A number in `range`, kept to four decimals.
    pub fn number(&mut self, key: &'static str, value: &mut f64, range: RangeInclusive<f64>) {
        self.scalar(key, value, range, |number| (number * 1e4).round() / 1e4);
    }

    /// A seed: any whole number of 32 bits, short enough to read aloud.
    pub fn seed(&mut self, key: &'static str, value: &mut u32) {
        self.integer(key, value, 0..=u32::MAX);
    }

    /// A switch, written 1 or 0.
    pub fn flag(&mut self, key: &'static str, value: &mut bool) {
        if let Direction::Json(json) = &mut self.direction {
            return member(json, key, if *value { "true" } else { "false" });
        }
        self.choice(key, value, &[("1", true), ("0", false)]);
    }

    /// One of a list of named values.
    pub fn choice<T: Copy + PartialEq>(&mut self, key: &'static str, value: &mut T, choices: &[(&'static str, T)]) {
        let name_of = |wanted: T| choices.iter().find(|(_, choice)| *choice == wanted).map_or("", |(name, _)| name);
        match &mut self.direction {
            Direction::Write(query) => query.push(key, name_of(*value).to_owned()),
            Direction::Json(json) => member(json, key, &quoted(name_of(*value))),
            Direction::Read(query) => {
                let Some(text) = query.get(key) else { return };
                match choices.iter().find(|(name, _)| *name == text) {
                    Some((_, choice)) => *value = *choice,
                    None => self.notices.push(strings::value_replaced(key, text, &name_of(*value))),
                }
            }
        }
    }

    /// Whole numbers joined by `.`, at most `most` of them.
    pub fn integers(&mut self, key: &'static str, values: &mut Vec<u32>, most: usize) {
        match &mut self.direction {
            Direction::Write(query) => {
                let parts: Vec<String> = values.iter().map(u32::to_string).collect();
                query.push(key, parts.join("."));
            }
            Direction::Json(json) => {
                let parts: Vec<String> = values.iter().map(u32::to_string).collect();
                member(json, key, &format!("[{}]", parts.join(", ")));
            }
            Direction::Read(query) => {
                let Some(text) = query.get(key) else { return };
                let parts = text.split('.').filter(|part| !part.is_empty());
                match parts.map(str::parse).collect::<Result<Vec<u32>, _>>() {
                    Ok(numbers) if numbers.len() <= most => *values = numbers,
                    _ => self.notices.push(strings::value_replaced(key, text, &strings::NOTHING)),
                }
            }
        }
    }

    /// A text of at most `most` characters; a longer one is cut.
    pub fn text(&mut self, key: &'static str, value: &mut String, most: usize) {
        match &mut self.direction {
            Direction::Write(query) => query.push(key, value.clone()),
            Direction::Json(json) => member(json, key, &quoted(value)),
            Direction::Read(query) => {
                let Some(text) = query.get(key) else { return };
                *value = text.chars().take(most).collect();
                if value.len() < text.len() {
                    self.notices.push(strings::text_cut(key, most));
                }
            }
        }
    }

    /// Anything with a code of its own; `decode` answers `None` for what is no code.
    pub fn coded<T>(
        &mut self,
        key: &'static str,
        value: &mut T,
        encode: fn(&T) -> String,
        decode: fn(&str) -> Option<T>,
    ) {
        match &mut self.direction {
            Direction::Write(query) => query.push(key, encode(value)),
            Direction::Json(json) => member(json, key, &quoted(&encode(value))),
            Direction::Read(query) => {
                let Some(text) = query.get(key) else { return };
                match decode(text) {
                    Some(decoded) => *value = decoded,
                    None => self.notices.push(strings::value_replaced(key, text, &strings::NOTHING)),
                }
            }
        }
    }

    fn scalar(&mut self, key: &'static str, value: &mut f64, range: RangeInclusive<f64>, tidy: fn(f64) -> f64) {
        match &mut self.direction {
            Direction::Write(query) => query.push(key, tidy(*value).to_string()),
            Direction::Json(json) => member(json, key, &tidy(*value).to_string()),
            Direction::Read(query) => {
                let Some(text) = query.get(key) else { return };
                match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
                    Some(number) if range.contains(&tidy(number)) => *value = tidy(number),
                    Some(number) => {
                        *value = number.clamp(*range.start(), *range.end());
                        self.notices.push(strings::value_replaced(key, text, value as &dyn Display));
                    }
                    None => self.notices.push(strings::value_replaced(key, text, value as &dyn Display)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Example {
        steps: u32,
        eta: f64,
        seed: u32,
        noisy: bool,
        kind: char,
        list: Vec<u32>,
    }

    impl Default for Example {
        fn default() -> Self {
            Self { steps: 20, eta: 0.0, seed: 0, noisy: true, kind: 'a', list: Vec::new() }
        }
    }

    impl Settings for Example {
        fn fields(&mut self, codec: &mut Codec) {
            codec.integer("n", &mut self.steps, 1..=100);
            codec.number("eta", &mut self.eta, 0.0..=1.0);
            codec.seed("seed", &mut self.seed);
            codec.flag("noise", &mut self.noisy);
            codec.choice("kind", &mut self.kind, &[("first", 'a'), ("second", 'b')]);
            codec.integers("list", &mut self.list, 4);
        }
    }

    proptest! {
        #[test]
        fn settings_survive_an_address(
            steps in 1u32..=100, eta in 0u32..=10_000, seed: u32, noisy: bool,
            second: bool, list in prop::collection::vec(any::<u32>(), 0..=4),
        ) {
            let kind = if second { 'b' } else { 'a' };
            let settings = Example { steps, eta: f64::from(eta) / 1e4, seed, noisy, kind, list };
            let (back, notices) = Example::read(&Query::parse(&settings.write().format()));
            prop_assert_eq!(back, settings);
            prop_assert!(notices.is_empty());
        }

        #[test]
        fn any_value_leaves_every_field_in_its_range(key in "n|eta|seed|noise|kind|list|v", value in ".*") {
            let mut query = Query::default();
            query.push(&key, value);
            let (settings, _) = Example::read(&query);
            prop_assert!((1..=100).contains(&settings.steps));
            prop_assert!((0.0..=1.0).contains(&settings.eta));
            prop_assert!(settings.list.len() <= 4);
        }
    }

    #[test]
    fn bad_values_are_clamped_and_said() {
        let query = Query::parse("?n=4000&eta=-1&kind=third&list=1.2.x&unknown=7");
        let (settings, notices) = Example::read(&query);
        assert_eq!(settings, Example { steps: 100, ..Example::default() });
        assert_eq!(notices.len(), 4, "{notices:?}");
        let (settings, notices) = Example::read(&Query::parse("?n=NaN"));
        assert_eq!((settings, notices.len()), (Example::default(), 1));
    }

    #[test]
    fn defaults_are_left_out_of_links() {
        assert_eq!(Example::default().write().format(), "");
        assert_eq!(Example { seed: 7, ..Example::default() }.write().format(), "?seed=7");
    }

    #[test]
    fn a_link_of_every_version_is_read_and_a_newer_one_said() {
        let wanted = Example { steps: 7, noisy: false, kind: 'b', ..Example::default() };
        for (version, said) in [("", 0), ("&v=0", 0), ("&v=1", 0), ("&v=2", 1), ("&v=banana", 0)] {
            let (settings, notices) = Example::read(&Query::parse(&format!("?n=7&noise=0&kind=second{version}")));
            assert_eq!((settings, notices.len()), (wanted.clone(), said), "{version}");
        }
    }

    proptest! {
        #[test]
        fn json_says_what_the_settings_are(text in ".{0,40}", list in prop::collection::vec(any::<u32>(), 0..=4), noisy: bool) {
            let settings = Example { list: list.clone(), noisy, eta: 0.25, ..Example::default() };
            let read: serde_json::Value = serde_json::from_str(&settings.json(&text)).unwrap();
            prop_assert_eq!(read, serde_json::json!({
                "lesson": text, "v": VERSION, "n": 20, "eta": 0.25, "seed": 0, "noise": noisy, "kind": "first", "list": list,
            }));
        }
    }
}
