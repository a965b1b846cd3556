//! English made strange: what the tests of the mechanism read instead of a real language.

/// Vowels with their accents.
const VOWELS: [(char, char); 10] = [
    ('a', 'á'),
    ('e', 'é'),
    ('i', 'í'),
    ('o', 'ó'),
    ('u', 'ú'),
    ('A', 'Á'),
    ('E', 'É'),
    ('I', 'Í'),
    ('O', 'Ó'),
    ('U', 'Ú'),
];

/// The text with an accent on each vowel, which is doubled: about four tenths longer; `mirrored` also writes each word from right to left.
///
/// Values, ids of terms, code, indices, symbols and abbreviations stay, as they would in any language.
pub fn said(text: &str, mirrored: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kept = kept(rest);
        if kept > 0 {
            out.push_str(&rest[..kept]);
            rest = &rest[kept..];
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            word(&rest[..end], mirrored, &mut out);
            rest = &rest[end..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// How many bytes at the start of `text` mean something to the page: a value, the id of a term, code, an index.
fn kept(text: &str) -> usize {
    let up_to = |end: char| text[1..].find(end).map_or(0, |at| at + 2);
    match text.as_bytes() {
        [b'{', ..] => up_to('}'),
        [b'`', ..] => up_to('`'),
        [b']', b'(', ..] => up_to(')'),
        [b'_', ..] => text[1..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |at| at + 1),
        _ => 0,
    }
}

/// One word; a single letter is a symbol, and two capitals make an abbreviation or a name.
fn word(word: &str, mirrored: bool, out: &mut String) {
    if word.len() == 1 || word.bytes().filter(u8::is_ascii_uppercase).count() > 1 {
        return out.push_str(word);
    }
    if mirrored {
        // A mark that the text runs from right to left, and an override that is ended after the word: any font can show it.
        out.push_str("\u{200F}\u{202E}");
    }
    for letter in word.chars() {
        let accented = VOWELS.iter().find(|(plain, _)| *plain == letter).map(|(_, accented)| *accented);
        out.extend(accented.into_iter().chain([accented.unwrap_or(letter)]));
    }
    if mirrored {
        out.push('\u{202C}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_the_page_stays() {
        assert_eq!(
            said("See [the state](xt) at x_next, `ls -a`: {head} of DDIM.", false),
            "Séééé [théé stáátéé](xt) áát x_next, `ls -a`: {head} óóf DDIM."
        );
        assert_eq!(said("t = T", false), "t = T");
    }

    #[test]
    fn mirrored_words_are_overridden_one_by_one() {
        assert_eq!(said("go on", true), "\u{200F}\u{202E}góó\u{202C} \u{200F}\u{202E}óón\u{202C}");
    }
}
