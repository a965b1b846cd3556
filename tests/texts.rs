//! The catalogue as a file: every text of the page, gathered from its sources, so that a translator finds all of them in one place.
//!
//! `UPDATE=1 cargo test --test texts` writes `docs/texts.json` anew.
//! A language in `public/languages/` has to have the same texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the English texts are gathered: texts as keys, translations, here empty, as values.
const CATALOGUE: &str = "docs/texts.json";
/// Where the languages are.
const LANGUAGES: &str = "public/languages";
/// What the page's menu offers: tags, and names as the languages call themselves.
const LISTED: &str = "public/languages.json";

/// All Rust files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    entries.into_iter().flat_map(below).filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

/// A piece of Rust: a string literal with its escapes resolved, or what stands between two of them.
#[derive(Debug, PartialEq)]
enum Piece {
    Code(String),
    Literal(String),
}

/// The code of a file in pieces, without comments and without its tests.
fn pieces(source: &str) -> Vec<Piece> {
    let source = source.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let (mut out, mut code_so_far, mut letters) = (Vec::new(), String::new(), code.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                let mut literal = String::new();
                while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                    literal.push(if letter == '\\' { escaped(letters.next().unwrap()) } else { letter });
                }
                out.extend([Piece::Code(std::mem::take(&mut code_so_far)), Piece::Literal(literal)]);
            }
            '\'' => {
                // A letter in quotes may itself be a quote; a lifetime has no second quote.
                code_so_far.push(letter);
                let first = letters.next().unwrap();
                code_so_far.push(if first == '"' { '_' } else { first });
                if first == '\\' {
                    code_so_far.extend(letters.next());
                }
            }
            letter => code_so_far.push(letter),
        }
    }
    out.push(Piece::Code(code_so_far));
    out
}

fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        other => other,
    }
}

/// Whether what stands before a literal makes it a text of the catalogue.
fn opens_a_text(code: &str) -> bool {
    let code = code.trim_end();
    code.ends_with("say!(")
        || code.strip_suffix("t(").is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The texts of a file, in order.
fn texts(source: &str) -> Vec<String> {
    let pieces = pieces(source);
    let pairs = pieces.iter().zip(pieces.iter().skip(1));
    let found = pairs.filter_map(|pair| match pair {
        (Piece::Code(code), Piece::Literal(text)) if opens_a_text(code) && !text.is_empty() => Some(text.clone()),
        _ => None,
    });
    found.collect()
}

/// The folders whose errors the engine may report to the page.
const REPORTING: [&str; 6] = [
    "src/engine",
    "src/model",
    "src/diffusion/guidance",
    "src/diffusion/sampler",
    "src/diffusion/schedule",
    "src/protocol",
];

/// What a file may report to people: the sentences of its errors and, in the engine, all others.
fn reports(source: &str, is_engine: bool) -> Vec<String> {
    let pieces = pieces(source);
    let mut before = String::new();
    let mut found = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Code(code) => before = code,
            Piece::Literal(text) => {
                let is_error = before.trim_end().ends_with("#[error(");
                let is_reason = before.trim_end().ends_with("reason =");
                let values = marks(&text).into_iter().filter(|mark| mark.starts_with('{'));
                let plain = values.fold(text.clone(), |plain, mark| plain.replace(&mark, ""));
                let is_sentence = has_three_words(&plain) && !plain.contains('\n');
                if is_error && !plain.trim().is_empty() || is_engine && is_sentence && !is_reason {
                    found.push(text);
                }
            }
        }
    }
    found
}

/// Every text of the page and every report of the engine, with the file where it stands first.
fn gathered() -> Vec<(String, PathBuf)> {
    let mut known = BTreeSet::new();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let of_page = files(Path::new("src/app")).into_iter().filter(|path| !path.starts_with("src/app/language"));
    let of_page = of_page.flat_map(|path| texts(&read(&path)).into_iter().map(move |text| (text, path.clone())));
    let of_engine = REPORTING.iter().flat_map(|folder| {
        let reports = move |path: PathBuf| {
            let reports = reports(&read(&path), *folder == "src/engine").into_iter();
            reports.map(move |text| (text, path.clone())).collect::<Vec<_>>()
        };
        files(Path::new(folder)).into_iter().flat_map(reports)
    });
    of_page.chain(of_engine).filter(|(text, _)| known.insert(text.clone())).collect()
}

/// What a translation must not lose: names of values, ids of terms, code.
fn marks(text: &str) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    for (open, close) in [("{", "}"), ("](", ")"), ("`", "`")] {
        let mut rest = text;
        while let Some((mark, after)) = rest.split_once(open).and_then(|(_, after)| after.split_once(close)) {
            marks.insert(format!("{open}{mark}{close}"));
            rest = after;
        }
    }
    marks
}

#[test]
fn the_catalogue_has_every_text_and_no_other() {
    let lines: Vec<String> =
        gathered().iter().map(|(text, _)| format!("  {}: \"\"", serde_json::to_string(text).unwrap())).collect();
    let now = format!("{{\n{}\n}}\n", lines.join(",\n"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(CATALOGUE, &now).unwrap();
    }
    assert!(lines.len() > 500, "{} texts were found, far fewer than there are", lines.len());
    let kept = fs::read_to_string(CATALOGUE).unwrap_or_default();
    let (kept, now): (BTreeSet<&str>, BTreeSet<&str>) = (kept.lines().collect(), now.lines().collect());
    let (new, old): (Vec<_>, Vec<_>) = (now.difference(&kept).collect(), kept.difference(&now).collect());
    assert!(
        new.is_empty() && old.is_empty(),
        "{CATALOGUE} is not up to date, run `UPDATE=1 cargo test --test texts`\nnew: {new:#?}\ngone: {old:#?}"
    );
}

#[test]
fn every_text_is_used() {
    let sources: Vec<(PathBuf, String)> = files(Path::new("src/app"))
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    let is_used = |name: &str, path: &Path| {
        let word = |source: &str| {
            let ends = |part: &str| !part.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            source
                .match_indices(name)
                .filter(|(at, _)| {
                    let before = source[..*at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && c != '_') && ends(&source[at + name.len()..])
                })
                .count()
        };
        let lesson = path.strip_prefix("src/app/lessons").ok().and_then(|rest| rest.iter().next());
        let may_use = |other: &Path| lesson.is_none_or(|lesson| other.iter().any(|part| part == lesson));
        let uses = |(other, source): &(PathBuf, String)| if other == path { word(source) - 1 } else { word(source) };
        sources.iter().filter(|(other, _)| may_use(other)).map(uses).sum::<usize>() > 0
    };
    let mut unused = Vec::new();
    for (path, source) in sources.iter().filter(|(path, _)| is_of_texts(path)) {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let declared = code.lines().filter_map(|line| {
            let rest = line.strip_prefix("pub const ").or_else(|| line.strip_prefix("pub fn "))?;
            rest.split([':', '(']).next()
        });
        unused.extend(declared.filter(|name| !is_used(name, path)).map(|name| format!("{}: {name}", path.display())));
    }
    assert!(unused.is_empty(), "{unused:#?}");
}

/// Files whose only business is texts.
fn is_of_texts(path: &Path) -> bool {
    let is_in = |folder: &str| path.parent().is_some_and(|parent| parent.ends_with(folder));
    ["strings.rs", "text.rs"].iter().any(|name| path.ends_with(name)) || is_in("strings") || is_in("text")
}

#[test]
fn nothing_is_said_outside_the_catalogue() {
    let mut outside = Vec::new();
    for path in files(Path::new("src/app")).into_iter().filter(|path| !path.starts_with("src/app/language")) {
        let mut before = String::new();
        for piece in pieces(&fs::read_to_string(&path).unwrap()) {
            match piece {
                Piece::Code(code) => before += &code,
                Piece::Literal(text)
                    if reads_like_a_sentence(&text) && !opens_a_text(&before) && !is_a_name(&before) =>
                {
                    outside.push(format!("{}: {text}", path.display()));
                }
                Piece::Literal(_) => {}
            }
        }
    }
    assert!(outside.is_empty(), "wrap these into t(…) or say!(…):\n{}", outside.join("\n"));
}

/// Three words of small letters: what a person would read as a sentence, and no query, markup or code.
fn reads_like_a_sentence(literal: &str) -> bool {
    const MARKS: [&str; 9] = ["{", "=", "<", "[", "--", "://", "#", "_", "\n"];
    has_three_words(literal) && !MARKS.iter().any(|mark| literal.contains(mark))
}

/// Whether there are three words of small letters.
fn has_three_words(text: &str) -> bool {
    let is_word = |word: &&str| word.chars().filter(char::is_ascii_lowercase).count() > 1;
    text.split_whitespace().filter(is_word).count() > 2
}

/// Whether code before a literal says that it is the same in every language: a paper, a command, a prompt, a class.
fn is_a_name(before: &str) -> bool {
    let constant = before.rsplit("const ").next().unwrap_or_default();
    let last = before.trim_end();
    let is_prompt = ["prompt:", "prompt =", "other:"].iter().any(|end| last.ends_with(end));
    is_prompt
        || constant.starts_with("SOURCES:")
        || last.ends_with("COMMAND: &str =")
        || last.ends_with("class=")
        || last.ends_with("assert!(")
}

#[test]
fn every_language_says_everything() {
    let texts = gathered();
    for path in fs::read_dir(LANGUAGES).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let said: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for (text, file) in &texts {
            let translation = said.get(text).map_or("", String::as_str);
            assert!(!translation.is_empty(), "{} lacks a text of {}: {text}", path.display(), file.display());
            assert_eq!(marks(translation), marks(text), "{}: {text}", path.display());
        }
        assert_eq!(said.len(), texts.len(), "{} has texts that the page has not", path.display());
    }
}

#[test]
fn the_menu_lists_every_language_and_no_other() {
    let listed: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(LISTED).unwrap()).unwrap();
    let files = fs::read_dir(LANGUAGES).into_iter().flatten().map(|entry| entry.unwrap().path());
    let tags = files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    let there: BTreeSet<String> = tags.chain(["en".to_owned()]).collect();
    assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), there);
    assert!(listed.values().all(|name| !name.trim().is_empty()));
}

#[test]
fn reports_are_found_where_people_may_read_them() {
    let source = r#"
#[error("{path} lacks {0}")]
#[error("{0}")]
#[expect(clippy::x, reason = "this is for the lint alone")]
let what = format!("the run of {count} was too long"); at("no sentence");"#;
    assert_eq!(reports(source, true), ["{path} lacks {0}", "the run of {count} was too long"]);
    assert_eq!(reports(source, false), ["{path} lacks {0}"]);
    let known: BTreeSet<String> = gathered().into_iter().map(|(text, _)| text).collect();
    assert!(
        ["the CPU was asked for", "{url} could not be fetched", "the model folder lacks {0}"]
            .iter()
            .all(|text| known.contains(*text))
    );
}

#[test]
fn the_page_is_described_as_in_its_file() {
    let file = fs::read_to_string("index.html").unwrap();
    let (_, rest) = file.split_once("name=\"description\" content=\"").unwrap();
    let (description, _) = rest.split_once('"').unwrap();
    assert!(gathered().iter().any(|(text, _)| text == description), "{description}");
}

#[test]
fn texts_are_found_however_they_are_written() {
    let source = r#"
const A: Text = t("a \"b\"");
// t("comment")
let c = '"';
say!(
    "{x} c", x); at("no"); t(
"d")
#[cfg(test)]
mod tests { t("e") }"#;
    assert_eq!(texts(source), ["a \"b\"", "{x} c", "d"]);
}
