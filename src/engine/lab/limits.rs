//! What a bench refuses, in words.

use crate::engine::platform::Trouble;
use crate::protocol::{LabField, LabLook, LabSpec};

/// Refuses settings nobody can train under.
///
/// # Errors
/// [`Trouble`] naming the first setting that is out of its range.
pub fn check(spec: &LabSpec) -> Result<(), Trouble> {
    let out_of = |what: &str| {
        Err(Trouble::new(format!("{what} is out of its range"), "Move it back into the range the page offers."))
    };
    match spec {
        LabSpec { points, .. } if points.is_empty() => {
            Err(Trouble::new("there is no point to learn from", "Draw some, or choose a data set."))
        }
        LabSpec { points, .. } if points.len() > 20_000 => out_of("the number of points"),
        LabSpec { points, held_out, .. } if points.iter().chain(held_out).flatten().any(|v| !v.is_finite()) => {
            out_of("a point")
        }
        LabSpec { width, .. } if !(4..=256).contains(width) => out_of("the width"),
        LabSpec { depth, .. } if !(1..=6).contains(depth) => out_of("the depth"),
        LabSpec { embedding, .. } if !(2..=64).contains(embedding) || embedding % 2 == 1 => out_of("the embedding"),
        LabSpec { batch_size, .. } if !(1..=2048).contains(batch_size) => out_of("the batch size"),
        LabSpec { learning_rate, .. } if !(learning_rate.is_finite() && *learning_rate >= 0.0) => {
            out_of("the learning rate")
        }
        _ => Ok(()),
    }
}

/// Refuses views nobody can draw.
///
/// # Errors
/// [`Trouble`] where a number is out of its range.
pub fn check_look(look: LabLook) -> Result<LabLook, Trouble> {
    let launched = look.launched.len() <= 64 && look.launched.iter().flatten().all(|v| v.is_finite());
    let some = look.particles as usize + look.launched.len() > 0;
    let numbers = look.particles <= 20_000 && (1..=1000).contains(&look.steps) && (0.0..=1.0).contains(&look.eta);
    if numbers && launched && some { Ok(look) } else { Err(no_view()) }
}

/// Refuses fields nobody can draw.
///
/// # Errors
/// [`Trouble`] where the grid is out of its range.
pub fn check_field(field: Option<LabField>) -> Result<Option<LabField>, Trouble> {
    if field.is_none_or(|field| (2..=64).contains(&field.grid)) { Ok(field) } else { Err(no_view()) }
}

fn no_view() -> Trouble {
    Trouble::new("this view is out of its range", "Move its settings back into the range the page offers.")
}
