//! Pixels between bytes and the range that networks work in.

/// A byte 0..=255 as a value in [−1, 1]: `byte / 127.5 − 1` (`VaeImageProcessor.normalize` of diffusers).
pub fn normalized(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

/// The byte nearest to a value of [−1, 1]: `(value + 1) · 127.5`, what lies beyond clamped and a half rounded to even
/// (`VaeImageProcessor.denormalize` and `numpy_to_pil` of diffusers).
pub fn byte(value: f32) -> u8 {
    ((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round_ties_even() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        assert!((0..=255).all(|value| byte(normalized(value)) == value));
        assert_eq!([normalized(0), normalized(255)], [-1.0, 1.0]);
    }

    #[test]
    fn values_go_to_the_nearest_byte_and_no_further() {
        assert_eq!([-7.0, -1.0, 0.0, 1.0, 7.0].map(byte), [0, 0, 128, 255, 255]);
        // Exact in f64, where a half is the furthest that a byte may be away; f32 rounds the product by at most 2⁻¹⁷ there.
        let near = |value: f32| (f64::from(byte(value)) - (f64::from(value) + 1.0) * 127.5).abs();
        assert!((0..=2000).all(|step| near(step as f32 / 1000.0 - 1.0) <= 0.5 + 2f64.powi(-17)));
    }
}
