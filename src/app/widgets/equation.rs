//! Equations in MathML whose terms are linked to words, figures and live numbers.

use leptos::prelude::*;

use crate::app::language::Text;
use crate::app::prose::spoken;
use crate::app::terms::{self, Role};

/// A part of an equation.
pub enum Part {
    /// A symbol of the glossary with its live number under it.
    Term(&'static str, Signal<String>),
    /// An operator or a bracket.
    Operator(&'static str),
}

/// One line of parts; each term is linked by its id and shows its number.
pub fn equation(label: Text, parts: Vec<Part>) -> AnyView {
    let parts: Vec<AnyView> = parts
        .into_iter()
        .map(|part| match part {
            Part::Operator(text) => view! { <span class="operator" aria-hidden="true">{text}</span> }.into_any(),
            Part::Term(id, number) => {
                let term = terms::find(id);
                let role = term.map_or(Role::Plain, |term| term.role).class();
                let name = term.map_or(id, |term| term.symbol.get());
                view! {
                    <span class=format!("equation-term term {role}") data-link=id tabindex="0" role="link" aria-haspopup="dialog"
                        aria-description=term.map(|term| spoken(term.gloss.get()))>
                        <math>{symbol(name)}</math>
                        <output class="readout">{move || number.get()}</output>
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
