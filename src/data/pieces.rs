//! Text into words and marks, as the `Whitespace` rule of Hugging Face's tokenizers does: `\w+|[^\w\s]+`.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// `\w` of Unicode's regular expressions (UTS #18, annex C): letters, combining marks, decimal digits, connectors such as `_`, and the joiners.
///
/// Superscripts and fractions are numbers, but no digits, and so no part of a word.
fn is_word(c: char) -> bool {
    use GeneralCategory::{ConnectorPunctuation, DecimalNumber, EnclosingMark, NonspacingMark, SpacingMark};
    c.is_alphabetic()
        || matches!(c, '\u{200C}' | '\u{200D}')
        || matches!(
            c.general_category(),
            NonspacingMark | SpacingMark | EnclosingMark | DecimalNumber | ConnectorPunctuation
        )
}

/// Byte ranges of the runs of word characters and of other marks; white space separates.
pub(super) fn pieces(text: &str) -> Vec<(usize, usize)> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Mark,
        Space,
    }
    let kind = |c: char| match c {
        c if is_word(c) => Kind::Word,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Mark,
    };
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut before = Kind::Space;
    for (at, c) in text.char_indices() {
        let (now, end) = (kind(c), at + c.len_utf8());
        match pieces.last_mut() {
            Some(piece) if now == before && now != Kind::Space => piece.1 = end,
            _ if now != Kind::Space => pieces.push((at, end)),
            _ => {}
        }
        before = now;
    }
    pieces
}
