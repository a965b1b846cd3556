//! What a picture file says of itself in its first bytes, before anything is decoded.

/// Most pixels a picture may have: a decoded one takes four bytes each.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No byte at all.
    Empty,
    /// Not PNG, JPEG, GIF or WebP.
    NotAPicture,
    /// More than [`MAX_PIXELS`].
    TooLarge {
        /// Its size in millions of pixels.
        megapixels: u64,
    },
}

/// Width and height by the first bytes of a file (a megabyte is enough for nearly all); `None` where they do not say.
///
/// # Errors
/// [`Refusal`] where the file should not be decoded.
pub fn inspect(head: &[u8]) -> Result<Option<(u32, u32)>, Refusal> {
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    let size = match head {
        [0x89, b'P', b'N', b'G', ..] => be32(head, 16).zip(be32(head, 20)),
        [0xFF, 0xD8, 0xFF, ..] => jpeg_size(head),
        [b'G', b'I', b'F', b'8', ..] => le16(head, 6).zip(le16(head, 8)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp_size(head),
        _ => return Err(Refusal::NotAPicture),
    };
    match size.map(|(width, height)| u64::from(width) * u64::from(height)) {
        Some(pixels) if pixels > MAX_PIXELS => Err(Refusal::TooLarge { megapixels: pixels / 1_000_000 }),
        _ => Ok(size),
    }
}

/// The width to decode a picture at, so that no more of it is kept than is shown; `None` where it is decoded as it is.
///
/// A camera's file may be turned by its Exif data, so that its width becomes its height: both must be long enough.
pub fn decoding_width(size: Option<(u32, u32)>, most: u32) -> Option<u32> {
    size.filter(|(width, height)| *width.min(height) > most).map(|_| most)
}

/// Width and height that fit into a square of `most`, never larger than they are and never 0.
pub fn fit(width: u32, height: u32, most: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= most {
        return (width.max(1), height.max(1));
    }
    let scaled = |side: u32| ((u64::from(side) * u64::from(most)).div_ceil(u64::from(longest)) as u32).max(1);
    (scaled(width), scaled(height))
}

/// Walks the segments of a JPEG to the frame header.
fn jpeg_size(head: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    while let [0xFF, marker, ..] = head.get(at..)? {
        let is_frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if is_frame {
            return be16(head, at + 7).zip(be16(head, at + 5));
        }
        at += 2 + be16(head, at + 2)?.max(2) as usize;
    }
    None
}

fn webp_size(head: &[u8]) -> Option<(u32, u32)> {
    let le24 = |at: usize| Some(le16(head, at)? | u32::from(*head.get(at + 2)?) << 16);
    match head.get(12..16)? {
        b"VP8X" => Some((le24(24)? + 1, le24(27)? + 1)),
        b"VP8 " => Some((le16(head, 26)? & 0x3FFF, le16(head, 28)? & 0x3FFF)),
        b"VP8L" => {
            let bits = le16(head, 21)? | le16(head, 23)? << 16;
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        _ => None,
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    #[test]
    fn sizes_are_read_before_decoding() {
        assert_eq!(inspect(&png(512, 512)), Ok(Some((512, 512))));
        assert_eq!(inspect(&png(10_000, 10_000)), Err(Refusal::TooLarge { megapixels: 100 }));
        // An application segment, then a baseline frame header of 12 000 × 10 000.
        let jpeg = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8, 0x27, 0x10, 0x2E, 0xE0][..], &[0; 8]];
        assert_eq!(inspect(&jpeg.concat()), Err(Refusal::TooLarge { megapixels: 120 }));
        assert_eq!(inspect(b"GIF89a\x10\0\x11\0"), Ok(Some((16, 17))));
        assert_eq!(inspect(b""), Err(Refusal::Empty));
        assert_eq!(inspect(b"%PDF-1.7"), Err(Refusal::NotAPicture));
    }

    #[test]
    fn pictures_shrink_to_fit_and_never_grow() {
        assert_eq!(fit(16, 16, 512), (16, 16));
        assert_eq!(fit(4000, 1000, 512), (512, 128));
        assert_eq!(fit(100_000, 1, 512), (512, 1));
        assert_eq!(fit(0, 0, 512), (1, 1));
    }

    #[test]
    fn only_pictures_large_both_ways_are_decoded_smaller() {
        assert_eq!(decoding_width(Some((4000, 3000)), 512), Some(512));
        assert_eq!(decoding_width(Some((100_000, 100)), 512), None);
        assert_eq!(decoding_width(Some((512, 512)), 512), None);
        assert_eq!(decoding_width(None, 512), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..64), kind in 0usize..4) {
            let magic: &[u8] = [&b"\x89PNG"[..], b"\xFF\xD8\xFF", b"GIF8", b"RIFF0000WEBPVP8X"][kind];
            inspect(&[magic, &bytes].concat()).ok();
        }
    }
}
