//! Settings from a TOML file and from `--set`, strictly: a key that nothing reads is refused, wherever it stands.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::failure::{Context, Failure, Outcome};
use super::files;

/// Reads settings from a file (or the defaults where there is none) and applies overrides of the form `section.key=value`.
///
/// # Errors
/// One sentence naming the file, the key and what is allowed.
pub fn read_settings<T: DeserializeOwned + Serialize>(path: Option<&Path>, overrides: &[String]) -> Outcome<T> {
    let text = match path {
        Some(path) => String::from_utf8_lossy(&files::read(path)?).into_owned(),
        None => String::new(),
    };
    let name = path.map_or_else(|| "the settings".into(), |path| path.display().to_string());
    parse_settings(&text, overrides).context(name)
}

/// The same from the text of a file.
///
/// # Errors
/// One sentence naming the key and what is allowed.
pub fn parse_settings<T: DeserializeOwned + Serialize>(text: &str, overrides: &[String]) -> Outcome<T> {
    let mut table: Table = text.parse().map_err(|error| Failure::new(sentence(&error, text)))?;
    for assignment in overrides {
        set(&mut table, assignment)?;
    }
    let settings: T = table.clone().try_into().map_err(|error| Failure::new(sentence(&error, "")))?;
    // What was understood, written down again, has every key that counts; serde itself lets some pass, as beside a unit variant.
    let understood = Table::try_from(&settings).context("the settings could not be written down")?;
    match unread(&table, &understood, "") {
        Some(key) => Err(Failure::new(format!("{key} is no setting here; remove it or mend its name"))),
        None => Ok(settings),
    }
}

/// Refuses a number outside of its range by name.
///
/// # Errors
/// One sentence naming the key and the range.
pub fn in_range(key: &str, value: f64, low: f64, high: f64) -> Outcome<()> {
    let message = || Failure::new(format!("{key} is {value}, but must lie between {low} and {high}"));
    if (low..=high).contains(&value) { Ok(()) } else { Err(message()) }
}

/// The first key of `given` that `understood` lacks, with its section.
fn unread(given: &Table, understood: &Table, section: &str) -> Option<String> {
    given.iter().find_map(|(key, value)| {
        let path = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match (value, understood.get(key)) {
            (_, None) => Some(path),
            (Value::Table(given), Some(Value::Table(understood))) => unread(given, understood, &path),
            _ => None,
        }
    })
}

/// The error on one line; the library draws the place in several.
fn sentence(error: &toml::de::Error, text: &str) -> String {
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) if !text.is_empty() => {
            let line = 1 + before.matches('\n').count();
            format!("line {line}: {}", error.message().replace('\n', ", "))
        }
        _ => error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "),
    }
}

/// Applies one `section.key=value`, where the value is TOML (a bare word counts as text).
fn set(table: &mut Table, assignment: &str) -> Outcome<()> {
    let Some((path, text)) = assignment.split_once('=') else {
        return Err(Failure::new(format!("--set needs KEY=VALUE, and {assignment} has no =")));
    };
    let parsed = format!("value = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("value"));
    let value = parsed.unwrap_or_else(|| Value::String(text.into()));
    let mut keys: Vec<&str> = path.split('.').collect();
    let Some(last) = keys.pop() else { return Ok(()) };
    let mut here = table;
    for key in keys {
        let entry = here.entry(key).or_insert_with(|| Value::Table(Table::new()));
        here =
            entry.as_table_mut().ok_or_else(|| Failure::new(format!("{key} in --set {assignment} is no section")))?;
    }
    here.insert(last.into(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::train::config::TrainConfig;

    /// A key that nothing reads is refused by name in every section, and so is a value of the wrong kind: one sentence each.
    #[test]
    fn unknown_keys_are_refused_in_every_section() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.toml");
        let refusal = |text: &str| {
            fs::write(&path, text).unwrap();
            let said = TrainConfig::load(Some(&path), &[]).unwrap_err().to_string();
            assert!(!said.contains('\n') && said.contains("run.toml"), "{said}");
            said
        };
        let sections = [
            "",
            "[data]\nkind = \"avatars\"\n",
            "[data]\nkind = \"captioned\"\n",
            "[data]\nkind = \"folder\"\npath = \"x\"\n",
            "[data]\nkind = \"captioned\"\n[text]\nencoder = \"x\"\n",
            "[unet]\n",
            "[schedule]\n",
            "[objective]\n",
            "[optimizer]\n",
            "[report]\n",
        ];
        for section in sections {
            assert!(refusal(&format!("{section}shedule = 3\n")).contains("shedule"), "{section}");
            // The same file without it is a configuration.
            fs::write(&path, section).unwrap();
            TrainConfig::load(Some(&path), &[]).unwrap();
        }
        assert!(refusal("[data]\nkind = \"avatars\"\npath = \"x\"").contains("data.path is no setting here"));
        assert!(refusal("[schedule]\nnum_train_timestep = 10").contains("schedule.num_train_timestep"));
        for (text, wanted) in [
            ("seed = \"one\"", "seed"),
            ("[unet]\nblock_out_channels = 3", "block_out_channels"),
            ("[schedule]\nbeta_schedule = \"wavy\"", "wavy"),
            ("[optimizer]\nsteps = -1", "steps"),
            ("[report]\nlog_every = 1.5", "log_every"),
            ("[text]\nlearns = true", "encoder"),
        ] {
            assert!(refusal(text).contains(wanted), "{text}");
        }
        let set = |text: &str| TrainConfig::load(None, &[text.to_owned()]).unwrap_err().to_string();
        assert!(set("schedule.bets=3").contains("schedule.bets") && set("unet.size.x=3").contains("unet"));
    }
}
