//! The query part of an address as ordered pairs, so that a link works from any static host and sub-path.

/// Ordered key–value pairs of a query string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `?a=1&b=2`, with or without the question mark; a pair that is no UTF-8 after decoding is dropped.
    pub fn parse(text: &str) -> Self {
        let pairs = text.trim_start_matches('?').split('&').filter(|part| !part.is_empty());
        Self(
            pairs
                .filter_map(|part| {
                    let (key, value) = part.split_once('=').unwrap_or((part, ""));
                    Some((decode(key)?, decode(value)?))
                })
                .collect(),
        )
    }

    /// The last value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Appends a pair.
    pub fn push(&mut self, key: &str, value: String) {
        self.0.push((key.to_owned(), value));
    }

    /// All but the pairs of `key`.
    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self
    }

    /// The pairs in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// `?a=1&b=2`; empty without pairs.
    pub fn format(&self) -> String {
        let mut out = String::new();
        for (key, value) in &self.0 {
            out.push(if out.is_empty() { '?' } else { '&' });
            encode(key, &mut out);
            if !value.is_empty() {
                out.push('=');
                encode(value, &mut out);
            }
        }
        out
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => {
                        bytes.push((high * 16 + low) as u8);
                        rest = after;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,!:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_pairs_survive_an_address(pairs in prop::collection::vec((".{1,12}", ".{0,12}"), 0..6)) {
            let query = Query(pairs);
            prop_assert_eq!(Query::parse(&query.format()), query);
        }

        #[test]
        fn any_text_can_be_read(text in ".*") {
            Query::parse(&text);
        }
    }

    #[test]
    fn nonsense_is_kept_or_dropped_but_never_fatal() {
        let query = Query::parse("?a=%zz&b&c=%ff&d=1&d=2&&=");
        assert_eq!((query.get("a"), query.get("b"), query.get("c")), (Some("%zz"), Some(""), None));
        assert_eq!(query.get("d"), Some("2"));
        assert_eq!(query.without("d").get("d"), None);
    }
}
