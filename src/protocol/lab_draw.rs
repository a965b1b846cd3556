//! What of a plane of the 2-D lab the engine draws itself, with the shaders of `shaders/`.

use serde::{Deserialize, Serialize};

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Largest width of a drawn plane in pixels.
pub const DRAWN_SIDE: u32 = 2048;

/// A picture of held particles; the rest of the plane is transparent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LabDraw {
    /// Width and height in pixels, 16 to [`DRAWN_SIDE`].
    pub side: u32,
    /// Whose particles, by [`super::LabEvent::Cloud`]'s `held`; nothing is drawn where they are not held any more.
    pub held: u32,
    /// In which state, 0 for pure noise.
    pub state: u32,
    /// How.
    pub how: LabDrawing,
    /// Colour of the particles.
    pub color: Rgb,
}

/// How particles are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum LabDrawing {
    /// A soft dot each.
    Dots {
        /// Opacity of a dot in its middle.
        opacity: f32,
        /// Particles that have a trail: the first ones.
        trailed: u32,
        /// States a trail reaches back; 0 for none.
        trail: u32,
        /// Colour of a particle whose way bends by half a turn or more, where bends are shown.
        bent: Option<Rgb>,
        /// A line from each particle to where other held particles are in the same state, and its colour.
        apart: Option<(u32, Rgb)>,
    },
    /// How many are where, in shades of one colour.
    Density,
}

/// Opacity of the newest piece of a trail; each older one is fainter by the same amount.
pub const TRAIL_OPACITY: f32 = 0.3;
/// Opacity of a line between particles that end apart.
pub const APART_OPACITY: f32 = 0.35;
