//! Numbers as people read them.

use crate::app::language::{Text, say, t};

/// Stands where a number is not known yet.
pub const NO_NUMBER: &str = "·";

/// A positive number over many orders of magnitude, in three digits.
pub fn ratio(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        0.01.. => format!("{value:.2}"),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number with a real minus sign.
pub fn whole(number: i32) -> String {
    if number < 0 { format!("−{}", number.unsigned_abs()) } else { number.to_string() }
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} B"),
        1000..1_000_000 => format!("{} kB", count / 1000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// A number for a readout: three digits after the point, a real minus sign, never wider than its box.
pub fn number(value: f64) -> String {
    signed(format!("{value:.3}"))
}

/// A mark of an equation as it is read out.
pub fn mark_read_out(mark: char) -> Option<Text> {
    Some(match mark {
        '=' => t("equals"),
        '+' => t("plus"),
        '−' => t("minus"),
        '·' => t("times"),
        '/' => t("divided by"),
        '²' => t("squared"),
        '(' => t("open bracket"),
        ')' => t("close bracket"),
        _ => return None,
    })
}

/// A term of an equation with its number, as they are read out.
pub fn term_read_out(term: &str, number: &str) -> String {
    match number.strip_prefix('−') {
        Some(number) => say!("{term}: minus {number}", term, number),
        None if number == NO_NUMBER => say!("{term}: no number yet", term),
        None => say!("{term}: {number}", term, number),
    }
}

/// A confidence interval behind a number.
pub fn interval(low: &str, high: &str) -> String {
    say!(" ({low} to {high})", low, high)
}

/// A number with two digits after the point.
pub fn short_number(value: f64) -> String {
    signed(format!("{value:.2}"))
}

/// The same text with a real minus sign, and none before a zero.
pub fn signed(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(-0.00004), "0.000");
        assert_eq!(number(-0.5), "−0.500");
        assert_eq!((bytes(999), bytes(1999), bytes(2_340_000)), ("999 B".into(), "1 kB".into(), "2.3 MB".into()));
    }
}
