//! Reads files of golden cases: numbers that other libraries computed, with their inputs and tolerances.
//!
//! `GOLDEN_DIR` points the tests at another folder of the same form; no test knows a case by its id.
#![allow(dead_code, reason = "each test binary uses a part of this reader")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test says what failed by panicking")]

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value};

/// One case of a file.
pub struct Case {
    /// Name, for messages only.
    pub id: String,
    /// Package, version and function the numbers come from.
    pub source: String,
    /// What goes in.
    pub inputs: Value,
    /// What should come out.
    pub expected: Value,
    /// Limits.
    pub tolerance: Value,
    /// The closed-form models of its file.
    pub models: Value,
}

/// What a test makes of a case: the numbers compared with their expected values, or why it cannot be read.
pub type Outcome = Result<Vec<Comparison>, String>;

/// Numbers beside their expected values.
pub struct Comparison {
    pub name: String,
    pub got: Vec<f64>,
    pub want: Vec<f64>,
    /// Absolute and relative limit, where it is not the `abs` and `rel` of the case.
    pub limits: Option<(f64, f64)>,
    /// What each value may be off beside that.
    pub slack: Vec<f64>,
}

impl Comparison {
    pub fn new(name: impl Into<String>, got: Vec<f64>, want: Vec<f64>) -> Self {
        Self { name: name.into(), got, want, limits: None, slack: Vec::new() }
    }

    /// The same with limits of its own.
    pub fn within(self, abs: f64, rel: f64) -> Self {
        Self { limits: Some((abs, rel)), ..self }
    }

    /// The same with each value allowed to be off by its own amount more.
    pub fn with_slack(self, slack: Vec<f64>) -> Self {
        Self { slack, ..self }
    }
}

/// Where `file` of the golden folder is.
fn path(file: &str) -> PathBuf {
    std::env::var_os("GOLDEN_DIR").map_or_else(|| PathBuf::from("tests/golden"), PathBuf::from).join(file)
}

/// The whole of `file` in the golden folder; a file that cannot be read fails the test, one that another folder lacks is said and left out.
pub fn document(file: &str) -> Value {
    let path = path(file);
    if std::env::var_os("GOLDEN_DIR").is_some() && !path.exists() {
        println!("skipped {}: this folder has none", path.display());
        return Value::Null;
    }
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let read = text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    assert!(read.is_ok(), "{}: {read:?}", path.display());
    read.unwrap_or_default()
}

/// The cases of `file` in the golden folder and, where there is one, of the file of the same name in its folder `edges`.
pub fn cases(file: &str) -> Vec<Case> {
    let edges = format!("edges/{file}");
    let more = if path(&edges).exists() { read_cases(&edges) } else { Vec::new() };
    read_cases(file).into_iter().chain(more).collect()
}

fn read_cases(file: &str) -> Vec<Case> {
    let file = document(file);
    let text = |case: &Value, key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let read = |case: &Value| Case {
        id: text(case, "id"),
        source: text(case, "source"),
        inputs: case["inputs"].clone(),
        expected: case["expected"].clone(),
        tolerance: case["tolerance"].clone(),
        models: file["models"].clone(),
    };
    file["cases"].as_array().into_iter().flatten().map(read).collect()
}

/// Writes a line past the capture of the tests, so that a run that passes shows it too.
#[expect(clippy::explicit_write, reason = "eprintln is captured")]
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// Why cases were left out, and how many for each reason.
#[derive(Default)]
pub struct Skipped(BTreeMap<String, usize>);

impl Skipped {
    pub fn add(&mut self, reason: String) {
        *self.0.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(reason, count)| write!(f, "; {count}: {reason}"))
    }
}

/// Runs `check` on every case of `file`, prints a count, and fails with all misses at once.
pub fn run(file: &str, check: impl Fn(&Case) -> Outcome) {
    let checked = run_some(file, |_| None, check);
    assert!(checked > 0 || std::env::var_os("GOLDEN_DIR").is_some(), "{file} holds no case");
}

/// The same without the cases for which `skip` has a reason, which are printed; gives the number of those checked.
pub fn run_some(file: &str, skip: impl Fn(&Case) -> Option<String>, check: impl Fn(&Case) -> Outcome) -> usize {
    let cases = cases(file);
    let (mut checked, mut failed, mut failures, mut left_out) = (0, 0, Vec::new(), Skipped::default());
    for case in &cases {
        if let Some(reason) = skip(case) {
            left_out.add(reason);
            continue;
        }
        let misses = misses(case, check(case));
        checked += 1;
        failed += usize::from(!misses.is_empty());
        failures.extend(misses);
    }
    let skipped = cases.len() - checked;
    let passed = checked - failed;
    say(&format!("{file}: {passed} passed, {failed} failed, {skipped} skipped of {} cases{left_out}", cases.len()));
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    checked
}

fn misses(case: &Case, outcome: Outcome) -> Vec<String> {
    let comparisons = match outcome {
        Ok(comparisons) if comparisons.is_empty() => return vec![format!("{}: nothing was compared", case.id)],
        Ok(comparisons) => comparisons,
        Err(reason) => return vec![format!("{}: {reason}", case.id)],
    };
    let limit = |key: &str| case.tolerance.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let miss = |Comparison { name, got, want, limits, slack }: &Comparison| {
        let (abs, rel) = limits.unwrap_or((limit("abs"), limit("rel")));
        if got.len() != want.len() {
            return Some(format!("{} {name}: {} values, expected {}", case.id, got.len(), want.len()));
        }
        // Infinities are equal or far apart: their difference or their limit would be no number.
        let more = slack.iter().copied().chain(std::iter::repeat(0.0));
        let pairs = got.iter().copied().zip(want.iter().copied()).zip(more);
        let off = |((g, w), more): &((f64, f64), f64)| {
            let equal = g == w || g.is_nan() && w.is_nan();
            !equal && (!g.is_finite() || !w.is_finite() || (g - w).abs() > abs + more + rel * w.abs())
        };
        let distance = |((g, w), _): &((f64, f64), f64)| (g - w).abs();
        let worst = pairs.filter(off).max_by(|a, b| distance(a).total_cmp(&distance(b)));
        worst.map(|((g, w), _)| format!("{} {name}: {g} should be {w}", case.id))
    };
    comparisons.iter().filter_map(miss).collect()
}

/// A number; `"inf"`, `"-inf"` and `"nan"` are strings, true and false are 1 and 0.
pub fn number(value: &Value) -> Result<f64, String> {
    match value {
        Value::String(text) => text.parse().map_err(|_| format!("{text} is no number")),
        Value::Bool(truth) => Ok(f64::from(u8::from(*truth))),
        other => other.as_f64().ok_or_else(|| format!("{other} is no number")),
    }
}

/// All numbers of a scalar, a list of lists, or a tensor `{shape, data}`, row-major.
pub fn numbers(value: &Value) -> Result<Vec<f64>, String> {
    match value {
        Value::Array(items) => Ok(items.iter().map(numbers).collect::<Result<Vec<_>, _>>()?.concat()),
        Value::Object(tensor) if tensor.contains_key("data") => numbers(&tensor["data"]),
        other => Ok(vec![number(other)?]),
    }
}

/// The shape of a tensor or of a list of lists.
pub fn shape(value: &Value) -> Result<Vec<usize>, String> {
    match value {
        Value::Object(tensor) => tensor.get("shape").map_or_else(
            || Err("a tensor without a shape".to_owned()),
            |sizes| Ok(numbers(sizes)?.into_iter().map(|size| size as usize).collect()),
        ),
        Value::Array(items) => {
            let inner = items.first().map_or(Ok(Vec::new()), shape)?;
            Ok([vec![items.len()], inner].concat())
        }
        _ => Ok(Vec::new()),
    }
}

/// A case's settings, each of which must be asked for: [`Settings::finish`] refuses what was not.
pub struct Settings<'a> {
    map: &'a Map<String, Value>,
    asked: std::cell::RefCell<Vec<String>>,
}

impl<'a> Settings<'a> {
    pub fn new(value: &'a Value) -> Result<Self, String> {
        let map = value.as_object().ok_or("the settings are not an object")?;
        Ok(Self { map, asked: std::cell::RefCell::default() })
    }

    /// The value of `key`; `None` where it is missing or null.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(key.to_owned());
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub fn need(&self, key: &str) -> Result<&'a Value, String> {
        self.get(key).ok_or_else(|| format!("{key} is missing"))
    }

    pub fn number(&self, key: &str, default: f64) -> Result<f64, String> {
        self.get(key).map_or(Ok(default), number)
    }

    pub fn numbers(&self, key: &str) -> Result<Vec<f64>, String> {
        numbers(self.need(key)?)
    }

    pub fn flag(&self, key: &str, default: bool) -> Result<bool, String> {
        self.get(key).map_or(Ok(default), |value| value.as_bool().ok_or_else(|| format!("{key} is no truth value")))
    }

    pub fn text(&self, key: &str) -> Result<&'a str, String> {
        self.need(key)?.as_str().ok_or_else(|| format!("{key} is no text"))
    }

    /// Names settings that nobody asked for: a case with an unknown setting must not pass by ignoring it.
    pub fn finish(&self) -> Result<(), String> {
        let asked = self.asked.borrow();
        let ignored: Vec<&String> = self.map.keys().filter(|key| !asked.contains(key)).collect();
        if ignored.is_empty() { Ok(()) } else { Err(format!("unknown settings {ignored:?}")) }
    }
}
