//! Sentences of lesson 4 with numbers in them.

use crate::app::language::say;

/// Whose numbers stand under the equation.
pub fn ratio_of(name: &str, head: usize) -> String {
    say!("The numbers are those of {name} after {head} steps.", name, head)
}

/// Where no experiment was recorded.
pub fn not_recorded(command: &str) -> String {
    say!("The recorded numbers are not here. Run {command} to make them.", command)
}

/// Numbers of steps as a list.
pub fn rows(rows: &[u32]) -> String {
    let rows: Vec<String> = rows.iter().map(u32::to_string).collect();
    rows.join(", ")
}

/// What the rows of the samples are.
pub fn strips(rows: &str) -> String {
    say!("Samples from the same noise; the rows took {rows} steps.", rows)
}

/// A strip for those who do not see it.
pub fn samples(name: &str, rows: &str) -> String {
    say!("samples of {name}, in rows of {rows} steps, all from the same noise", name, rows)
}

/// The variants for those who do not see them.
pub fn variants(steps: u32) -> String {
    say!("one row a way to spread {steps} steps, four avatars each, from the same noise", steps)
}

/// A point of the editor.
pub fn point(index: usize, value: f64) -> String {
    say!("point {number} of 6: ᾱ = {value}", number = index + 1, value = format_args!("{value:.3}"))
}

/// A curve that does not end in noise.
pub fn warning(name: &str, snr: &str) -> String {
    say!("{name} keeps a ratio of {snr} at the end", name, snr)
}

/// Where the head is.
pub fn state(head: usize, last: usize) -> String {
    say!("{head} of {last} steps", head, last)
}

/// What the picture shows, for those who do not see it.
pub fn picture(names: &str, head: usize, last: usize) -> String {
    say!("the same avatar after {head} of {last} steps under {names}", head, last, names)
}
