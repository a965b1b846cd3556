//! What a drawing says to its shader, as bytes.

use crate::protocol::Rgb;

/// Bytes of the largest of the shaders' `Look`s.
pub const BYTES: u64 = 96;

/// The bytes of a `Look`: 32-bit words one after the other.
#[derive(Debug, Default)]
pub struct Look(Vec<u8>);

impl Look {
    /// A colour with a fourth number.
    pub fn color(mut self, color: Rgb, last: f32) -> Self {
        let shares = color.map(|channel| f32::from(channel) / 255.0);
        shares.into_iter().chain([last]).for_each(|share| self.0.extend(share.to_le_bytes()));
        self
    }

    /// Whole numbers.
    pub fn counts(mut self, counts: &[u32]) -> Self {
        counts.iter().for_each(|count| self.0.extend(count.to_le_bytes()));
        self
    }

    /// A number.
    pub fn number(mut self, number: f32) -> Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    /// The bytes, filled up with zeros.
    pub fn bytes(mut self) -> Vec<u8> {
        self.0.resize(BYTES as usize, 0);
        self.0
    }
}
