//! Equations in MathML whose terms are linked to words, figures and live numbers, and which can be read out.

use leptos::prelude::*;

use crate::app::language::Text;
use crate::app::prose::spoken;
use crate::app::strings;
use crate::app::terms::{self, Role};

/// A part of an equation.
pub enum Part {
    /// A symbol of the glossary with its live number under it.
    Term(&'static str, Signal<String>),
    /// An operator or a bracket.
    Operator(&'static str),
}

/// One line of parts; each term is linked by its id and shows its number.
///
/// Read out, it is a sentence: operators have words beside their marks, and a term's name is its words and its number.
pub fn equation(label: Text, parts: Vec<Part>) -> AnyView {
    let parts: Vec<AnyView> = parts
        .into_iter()
        .map(|part| match part {
            Part::Operator(text) => {
                let (shown, heard) = (text, heard(text));
                view! { <span class="operator" aria-hidden="true">{shown}</span><span class="unseen">{heard}</span> }.into_any()
            }
            Part::Term(id, number) => {
                let term = terms::find(id);
                let role = term.map_or(Role::Plain, |term| term.role).class();
                let name = term.map_or(id, |term| term.symbol.get());
                let said = term.map_or(id, |term| term.said.get());
                let label = move || number.with(|number| strings::term_read_out(said, number));
                view! {
                    <span class=format!("equation-term term {role}") data-link=id tabindex="0" role="link" aria-haspopup="dialog"
                        aria-description=term.map(|term| spoken(term.gloss.get()))>
                        <span class="unseen">{label}</span>
                        <math aria-hidden="true">{symbol(name)}</math>
                        <output class="readout" aria-hidden="true">{move || number.get()}</output>
                    </span>
                }
                .into_any()
            }
        })
        .collect();
    view! { <div class="equation" role="group" aria-label=label>{parts}</div> }.into_any()
}

/// A symbol of the glossary as MathML: letters in italics, what follows `_` as an index, a root over what stands in `√(…)`.
fn symbol(text: &'static str) -> AnyView {
    if let Some(inner) = text.strip_prefix('√') {
        let inner = inner.trim_start_matches('(').trim_end_matches(')');
        return view! { <msqrt><mrow>{words(inner)}</mrow></msqrt> }.into_any();
    }
    view! { <mrow>{words(text)}</mrow> }.into_any()
}

fn words(text: &'static str) -> Vec<AnyView> {
    text.split(' ')
        .map(|word| match word.split_once('_') {
            Some((base, index)) => view! { <msub><mi>{base}</mi><mi>{index}</mi></msub> }.into_any(),
            None if word.chars().all(char::is_alphabetic) => view! { <mi>{word}</mi> }.into_any(),
            None => view! { <mo>{word}</mo> }.into_any(),
        })
        .collect()
}

/// Operators and brackets in words; what is no mark is read as it stands.
fn heard(operator: &str) -> String {
    let words = operator.chars().filter(|mark| *mark != ' ').map(|mark| match strings::mark_read_out(mark) {
        Some(word) => word.into(),
        None => mark.to_string(),
    });
    format!(" {} ", words.collect::<Vec<String>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_out() {
        assert_eq!(heard("="), " equals ");
        assert_eq!(heard(") + (1 −"), " close bracket plus open bracket 1 minus ");
        assert_eq!(heard("² /"), " squared divided by ");
    }
}
