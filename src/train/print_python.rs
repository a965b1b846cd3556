//! `noisewalk sample --print-python`: Python of diffusers instead of a picture.

use std::path::Path;

use super::failure::{Failure, Outcome};
use crate::protocol::{GenerateSpec, ModelSummary, reproduce};

/// Prints the Python that makes the picture of these settings; `is_refined` says whether flags refine the guidance.
///
/// # Errors
/// Where the Python cannot say what the settings ask for.
pub fn print_python(spec: &GenerateSpec, is_refined: bool, model: &ModelSummary, folder: &Path) -> Outcome<()> {
    if is_refined {
        return Err(Failure::new("the Python knows plain guidance only; leave the flags that refine it out"));
    }
    let text = reproduce::python(spec, model, &folder.display().to_string()).ok_or_else(|| {
        Failure::new(format!("there is no Python for the sampler {}; choose ddim or ddpm", spec.sampler.name()))
    })?;
    say!("{text}");
    Ok(())
}
