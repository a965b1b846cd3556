//! Where the panel stands: beside what is lit if there is room, else above or below it, always inside the window.

/// A place on the screen, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Space between the panel and what is lit.
const GAP: f64 = 16.0;
/// Space to the edge of the window.
const EDGE: f64 = 8.0;

/// Left and top of a panel of this size beside `target` in a window of this size.
pub fn beside(target: Place, (width, height): (f64, f64), (wide, high): (f64, f64)) -> (f64, f64) {
    let clamp = |value: f64, most: f64| value.min(most - EDGE).max(EDGE);
    let (across, down) = (clamp(target.left, wide - width), clamp(target.top, high - height));
    let (right, bottom) = (target.left + target.width, target.top + target.height);
    if target.left - GAP - width >= EDGE {
        (target.left - GAP - width, down)
    } else if right + GAP + width <= wide - EDGE {
        (right + GAP, down)
    } else if bottom + GAP + height <= high - EDGE {
        (across, bottom + GAP)
    } else if target.top - GAP - height >= EDGE {
        (across, target.top - GAP - height)
    } else if target.top > high - bottom {
        // No room anywhere: the farther edge covers the least of it.
        (across, EDGE)
    } else {
        (across, clamp(high, high - height))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overlap(a: Place, b: Place) -> bool {
        a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
    }

    proptest! {
        #[test]
        fn the_panel_is_inside_and_covers_nothing_where_there_is_room(
            left in 0.0..300.0f64, top in 0.0..700.0f64, width in 20.0..340.0f64, height in 20.0..300.0f64,
        ) {
            let target = Place { left, top, width, height };
            for (window, panel) in [((360.0, 740.0), (344.0, 200.0)), ((1280.0, 800.0), (352.0, 220.0))] {
                let (x, y) = beside(target, panel, window);
                prop_assert!(x >= EDGE && y >= EDGE && x + panel.0 <= window.0 && y + panel.1 <= window.1);
                let is_wide = window.0 > 1000.0;
                let above_or_below = top >= panel.1 + GAP + EDGE || window.1 - top - height >= panel.1 + GAP + EDGE;
                if is_wide || above_or_below {
                    let place = Place { left: x, top: y, width: panel.0, height: panel.1 };
                    prop_assert!(!overlap(place, target), "{:?} over {:?}", place, target);
                }
            }
        }
    }

    #[test]
    fn a_stage_on_the_right_has_the_panel_on_its_left() {
        let target = Place { left: 800.0, top: 100.0, width: 400.0, height: 400.0 };
        assert_eq!(beside(target, (352.0, 220.0), (1280.0, 800.0)), (432.0, 100.0));
    }
}
