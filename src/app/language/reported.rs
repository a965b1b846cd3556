//! What the engine reports: its sentences come in English, with their values in them, and are known by their templates.

use super::{SPOKEN, Source, pseudo, put};

/// Letters that a template needs besides its values: one of fewer could be anything.
const LEAST_LETTERS: usize = 5;
/// How deep a report may lie within another.
const DEPTH: usize = 4;

/// Pairs of a template and its translation, in the order of the templates.
type Pairs<'a> = &'a [(&'static str, &'static str)];

/// A sentence of the engine in the language of the page; one that the language lacks stays English.
pub fn reported(english: &str) -> String {
    SPOKEN.with_borrow(|spoken| match spoken.source {
        Source::English => english.to_owned(),
        Source::File => translated(&spoken.pairs, english, DEPTH),
        source => pseudo::said(english, source == Source::Mirrored),
    })
}

/// By the pair of this very text, else by the template that says most of it; values may be reports themselves.
fn translated(pairs: Pairs, english: &str, depth: usize) -> String {
    if let Ok(place) = pairs.binary_search_by(|(text, _)| (*text).cmp(english)) {
        return pairs[place].1.to_owned();
    }
    let fitting = pairs.iter().filter(|_| depth > 0).filter_map(|(template, translation)| {
        let letters = letters(template);
        let values = (letters >= LEAST_LETTERS).then(|| values(template, english)).flatten()?;
        Some((letters, translation, values))
    });
    let Some((_, translation, values)) = fitting.max_by_key(|(letters, ..)| *letters) else {
        return english.to_owned();
    };
    let mut unnamed = values.iter().filter(|(mark, _)| mark.is_empty());
    put(translation, |mark| {
        let named = || values.iter().find(|(known, _)| *known == mark);
        let (_, value) = if mark.is_empty() { unnamed.next() } else { named() }?;
        Some(translated(pairs, value, depth - 1))
    })
}

/// How many letters a template has outside of its marks.
fn letters(template: &str) -> usize {
    let parts = template.split('{').enumerate();
    let outside =
        parts.map(|(index, part)| if index == 0 { part } else { part.split_once('}').map_or("", |(_, after)| after) });
    outside.flat_map(str::chars).filter(|letter| letter.is_alphabetic()).count()
}

/// What stands in `text` where `template` has its marks, `{name}` or `{}`; `None` where the rest is not the same.
fn values<'a>(template: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (mut template, mut text, mut found) = (template, text, Vec::new());
    while let Some((before, rest)) = template.split_once('{') {
        let (mark, after) = rest.split_once('}')?;
        text = text.strip_prefix(before)?;
        let next = after.split('{').next().unwrap_or_default();
        let end = match next {
            // The last piece stands at the very end.
            next if next.len() == after.len() => text.strip_suffix(next)?.len(),
            "" => return None,
            next => text.find(next)?,
        };
        found.push((mark, &text[..end]));
        (template, text) = (after, &text[end..]);
    }
    (!found.is_empty() && template == text).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_known_by_their_templates() {
        let mut pairs = [
            ("the model folder lacks {0}", "dem Modellordner fehlt {0}"),
            ("{path} cannot be read: {error}", "{error}: {path} ist nicht lesbar"),
            ("{path} cannot be read: the file {what}", "{path} ist nicht lesbar, weil die Datei {what}"),
            ("{} variants of {} samples", "{} Varianten von {} Bildern"),
            ("Try again.", "Noch einmal."),
            ("{a}: {b}", "falsch"),
        ];
        pairs.sort_unstable();
        let said = |english: &str| translated(&pairs, english, DEPTH);
        assert_eq!(said("Try again."), "Noch einmal.");
        assert_eq!(said("the model folder lacks a/b.json"), "dem Modellordner fehlt a/b.json");
        assert_eq!(
            said("zip cannot be read: the model folder lacks x"),
            "dem Modellordner fehlt x: zip ist nicht lesbar",
            "a report within a report"
        );
        assert_eq!(
            said("zip cannot be read: the file ends"),
            "zip ist nicht lesbar, weil die Datei ends",
            "what says most"
        );
        assert_eq!(said("2 variants of 8 samples"), "2 Varianten von 8 Bildern");
        for unknown in ["nothing of this: at all", "the model folder", ""] {
            assert_eq!(said(unknown), unknown);
        }
    }

    #[test]
    fn english_needs_no_translation() {
        assert_eq!(reported("the model folder lacks {0}"), "the model folder lacks {0}");
    }
}
