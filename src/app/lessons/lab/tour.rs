//! The guided tour of the 2-D lab.

use super::options::{Source, View, Who};
use super::settings::Lab;
use crate::app::language::t;
use crate::app::tour::Stop;
use crate::data::points::PointSet;

/// Its stops.
pub const STOPS: [Stop<Lab>; 5] = [
    Stop {
        target: "figure",
        text: t(
            "A point of the plane is a picture of two numbers. Blue dots are the data; the others began as [noise](eps) and were moved by a network that learns in this tab.",
        ),
        set: |_| {},
        at: Some(1.0),
        ask: None,
    },
    Stop {
        target: "train",
        text: t(
            "Training measures the network on noised points and corrects it, many times a second. It can be paused, stepped by one update, and begun anew; the cloud sharpens as it goes.",
        ),
        set: |_| {},
        at: Some(1.0),
        ask: None,
    },
    Stop {
        target: "show",
        text: t("What [the network](network) has learned is a wind over the plane, one for each level of noise."),
        set: |_| {},
        at: Some(0.5),
        ask: Some((t("Do this: show the velocity."), |settings| settings.view == View::Velocity)),
    },
    Stop {
        target: "of",
        text: t(
            "For points, the best possible wind is known exactly. The figure can show the network's, the optimum, or what is between them.",
        ),
        set: |settings| settings.view = View::Velocity,
        at: Some(0.5),
        ask: Some((t("Do this: show their difference."), |settings| settings.who == Who::Difference)),
    },
    Stop {
        target: "data",
        text: t("Everything can be changed while it learns: the data, the network, the sampler."),
        set: |_| {},
        at: Some(1.0),
        ask: Some((t("Do this: choose the spiral, and watch it being learned from nothing."), |settings| {
            settings.source == Source::Set(PointSet::Spiral)
        })),
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_tour_is_sound() {
        crate::app::tour::check(&super::STOPS);
    }
}
