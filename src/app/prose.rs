//! Prose of the catalogue as elements.
//!
//! The markup is four marks: `[words](id)` links words to a term of the glossary, `*words*` stresses, `` `words` `` is code, and `x_t` has an index.

use leptos::prelude::*;

use super::terms::{self, Role};
use crate::app::language::Text;

/// A piece of prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain words.
    Text(&'a str),
    /// Words linked to a term, by its id.
    Term(&'a str, &'a str),
    /// Stressed words.
    Stress(&'a str),
    /// Code.
    Code(&'a str),
}

/// Cuts prose into pieces; a mark without its other half is plain text.
pub fn pieces(mut rest: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    while let Some(start) = rest.find(['[', '*', '`']) {
        let (plain, marked) = rest.split_at(start);
        let found = match marked.as_bytes().first() {
            Some(b'[') => marked[1..].split_once("](").and_then(|(words, after)| {
                let (id, after) = after.split_once(')')?;
                Some((Piece::Term(words, id), after))
            }),
            Some(b'*') => marked[1..].split_once('*').map(|(words, after)| (Piece::Stress(words), after)),
            _ => marked[1..].split_once('`').map(|(words, after)| (Piece::Code(words), after)),
        };
        let Some((piece, after)) = found else { break };
        if !plain.is_empty() {
            out.push(Piece::Text(plain));
        }
        out.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// Text whose indices, written `x_t`, are set as indices.
pub fn indexed(text: &str) -> AnyView {
    let views: Vec<AnyView> = index_runs(text)
        .into_iter()
        .map(|(is_index, run)| {
            let run = run.to_owned();
            if is_index { view! { <sub>{run}</sub> }.into_any() } else { run.into_any() }
        })
        .collect();
    views.into_any()
}

/// The same for those who listen: an index is a word of its own.
pub fn spoken(text: &str) -> String {
    text.replace('_', " ")
}

/// Cuts text into plain runs and indices: the letters and digits after each `_`.
pub fn index_runs(text: &str) -> Vec<(bool, &str)> {
    let mut parts = text.split('_');
    let mut out = vec![(false, parts.next().unwrap_or_default())];
    for part in parts {
        let end = part.find(|c: char| !c.is_alphanumeric()).unwrap_or(part.len());
        out.extend([(true, &part[..end]), (false, &part[end..])]);
    }
    out.retain(|(_, run)| !run.is_empty());
    out
}

/// One paragraph.
pub fn paragraph(text: Text) -> AnyView {
    view! { <p>{inline(text)}</p> }.into_any()
}

/// Prose within a paragraph.
pub fn inline(text: Text) -> AnyView {
    let views: Vec<AnyView> = pieces(text.get())
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(words) => indexed(words),
            Piece::Stress(words) => view! { <em>{indexed(words)}</em> }.into_any(),
            Piece::Code(words) => view! { <code>{words}</code> }.into_any(),
            Piece::Term(words, id) => linked(words, id),
        })
        .collect();
    views.into_any()
}

/// Words that light what they speak of, and lead to their place in the glossary.
fn linked(words: &'static str, id: &'static str) -> AnyView {
    let role = terms::find(id).map_or(Role::Plain, |term| term.role);
    let gloss = terms::find(id).map(|term| spoken(term.gloss.get()));
    view! { <span class=format!("term {}", role.class()) data-link=id tabindex="0" role="link" aria-haspopup="dialog" aria-description=gloss>{indexed(words)}</span> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_cut_out_and_nothing_is_lost() {
        assert_eq!(index_runs("β_t is"), [(false, "β"), (true, "t"), (false, " is")]);
        assert_eq!(index_runs("x_next − x_t"), [(false, "x"), (true, "next"), (false, " − x"), (true, "t")]);
        assert_eq!(index_runs("plain"), [(false, "plain")]);
        for term in terms::TERMS {
            let runs: String = index_runs(term.symbol.english()).into_iter().map(|(_, run)| run).collect();
            assert_eq!(runs, term.symbol.english().replace('_', ""));
        }
    }

    #[test]
    fn marks_become_pieces() {
        assert_eq!(
            pieces("See [the state](xt), *now*: `ls`."),
            [
                Piece::Text("See "),
                Piece::Term("the state", "xt"),
                Piece::Text(", "),
                Piece::Stress("now"),
                Piece::Text(": "),
                Piece::Code("ls"),
                Piece::Text("."),
            ]
        );
        assert_eq!(pieces("3 * 4 is [not closed"), [Piece::Text("3 * 4 is [not closed")]);
        assert_eq!(pieces(""), []);
    }
}
