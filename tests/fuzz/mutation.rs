//! Small damages to valid bytes.

use proptest::collection::vec;
use proptest::prelude::*;

/// One damage; places are fractions of the length.
#[derive(Debug, Clone)]
enum Edit {
    /// Other bits in one byte.
    Flip(f64, u8),
    /// Everything from there on is gone.
    Cut(f64),
    /// A stretch is gone.
    Remove(f64, usize),
    /// Foreign bytes come in.
    Insert(f64, Vec<u8>),
    /// A stretch is there twice.
    Repeat(f64, usize),
}

/// Numbers and marks at which readers stumble.
const SPITEFUL: [&str; 20] = [
    "18446744073709551615",
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "0",
    "NaN",
    "null",
    "[]",
    "{}",
    "\"",
    "[[[[[[[[",
    "4294967296",
    "99999999999999999999",
    "\u{0}",
    "\u{fe}\u{ff}",
    "true",
    ",",
    "0.1",
    "[1,2,3]",
];

fn edit() -> impl Strategy<Value = Edit> {
    let foreign = prop_oneof![
        vec(any::<u8>(), 1..16),
        vec(Just(0xff), 1..12),
        (0..SPITEFUL.len()).prop_map(|i| SPITEFUL[i].as_bytes().to_vec()),
    ];
    prop_oneof![
        4 => (0.0..1.0, 1u8..).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        1 => (0.0..1.0).prop_map(Edit::Cut),
        2 => (0.0..1.0, 1usize..40).prop_map(|(at, size)| Edit::Remove(at, size)),
        3 => (0.0..1.0, foreign).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => (0.0..1.0, 1usize..200).prop_map(|(at, size)| Edit::Repeat(at, size)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let place = |at: f64| (at * bytes.len() as f64) as usize;
    let end = |at: usize, size: usize| (at + size).min(bytes.len());
    match edit {
        Edit::Flip(at, bits) => {
            let at = place(*at);
            bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits);
        }
        Edit::Cut(at) => bytes.truncate(place(*at)),
        Edit::Remove(at, size) => {
            let at = place(*at);
            drop(bytes.drain(at..end(at, *size)));
        }
        Edit::Insert(at, foreign) => {
            let at = place(*at);
            drop(bytes.splice(at..at, foreign.iter().copied()));
        }
        Edit::Repeat(at, size) => {
            let at = place(*at);
            let again = bytes[at..end(at, *size)].to_vec();
            drop(bytes.splice(at..at, again));
        }
    }
}

/// One of `valid` with up to five edits, now and then random bytes.
pub fn damaged(valid: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edited = (0..valid.len(), vec(edit(), 0..6)).prop_map(move |(index, edits)| {
        let mut bytes = valid[index].clone();
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        bytes
    });
    prop_oneof![9 => edited, 1 => vec(any::<u8>(), 0..400)]
}

/// A JSON object with one value replaced, which stays JSON and so gets past the first reader.
pub fn with_another_value(valid: serde_json::Value) -> impl Strategy<Value = serde_json::Value> {
    let keys: Vec<String> = valid.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let other = prop_oneof![
        (0..SPITEFUL.len()).prop_map(|i| serde_json::from_str(SPITEFUL[i]).unwrap_or(SPITEFUL[i].into())),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<u64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        vec(0.0f64..1.0, 0..6).prop_map(serde_json::Value::from),
        vec(any::<u64>(), 0..40).prop_map(serde_json::Value::from),
    ];
    (vec((prop::sample::select(keys), other), 1..4)).prop_map(move |changes| {
        let mut value = valid.clone();
        changes.into_iter().for_each(|(key, other)| value[key] = other);
        value
    })
}
