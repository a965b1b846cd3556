//! `noisewalk sample --print-python`: Python of diffusers instead of a picture.

use std::path::Path;

use super::failure::{Failure, Outcome};
use crate::model::folder::Model;
use crate::protocol::{GenerateSpec, reproduce};

/// Prints the Python that makes the picture of these settings.
///
/// `unsaid` are the flags given that the settings do not hold; `is_refined` says whether flags refine the guidance.
///
/// # Errors
/// Where the Python cannot say what is asked for.
pub fn print_python(
    spec: &GenerateSpec,
    unsaid: &[&str],
    is_refined: bool,
    model: &Model,
    folder: &Path,
) -> Outcome<()> {
    if !unsaid.is_empty() {
        return Err(Failure::new(format!("the Python cannot say {}; leave that out", unsaid.join(" and "))));
    }
    if is_refined {
        return Err(Failure::new("the Python knows plain guidance only; leave the flags that refine it out"));
    }
    if model.vae.is_some() {
        return Err(Failure::new("this model draws latents, and the Python knows models of pixels only"));
    }
    let text = reproduce::python(spec, &model.summary, &folder.display().to_string()).ok_or_else(|| {
        Failure::new(format!("there is no Python for the sampler {}; choose ddim or ddpm", spec.sampler.name()))
    })?;
    say!("{text}");
    Ok(())
}
