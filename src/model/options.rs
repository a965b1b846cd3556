//! Options of a `config.json`: known ones are read, fixed ones compared, all others refused by name.

use super::config::ConfigError;

/// An option of diffusers that this crate runs only at one of these values (JSON text).
pub type FixedOption = (&'static str, &'static [&'static str]);

/// Keys that say something about the file and nothing about the network.
const IGNORED_OPTIONS: [&str; 3] = ["_name_or_path", "decay", "_use_default_values"];

/// Refuses by name every option that is neither known nor fixed at one of its allowed values.
pub fn check_options(
    options: &serde_json::Value,
    known: &serde_json::Value,
    fixed: &[FixedOption],
) -> Result<(), ConfigError> {
    for (option, value) in options.as_object().into_iter().flatten() {
        let text = value.to_string();
        let supported = match fixed.iter().find(|(name, _)| name == option) {
            Some((_, allowed)) => allowed.contains(&text.as_str()),
            None => known.get(option).is_some() || IGNORED_OPTIONS.contains(&option.as_str()),
        };
        if !supported {
            return Err(ConfigError::Unsupported { option: option.clone(), value: text });
        }
    }
    Ok(())
}

/// Writes the fixed options too, so that diffusers reads the file whatever its defaults are.
pub fn add_fixed_options(options: &mut serde_json::Value, fixed: &[FixedOption]) -> Result<(), ConfigError> {
    if let Some(object) = options.as_object_mut() {
        for (option, allowed) in fixed {
            object.insert((*option).into(), serde_json::from_str(allowed.first().unwrap_or(&"null"))?);
        }
    }
    Ok(())
}
